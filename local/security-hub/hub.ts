/**
 * The local Security Hub without its network: what each operation does to the findings it keeps.
 *
 * The cost of an import does not depend on how many findings are stored. Only GetFindings looks at more than the
 * findings it is given.
 */

import {
  GetFindingsRequest$,
  type AwsSecurityFinding,
  type BatchImportFindingsResponse,
  type BatchUpdateFindingsRequest,
  type BatchUpdateFindingsResponse,
  type BatchUpdateFindingsUnprocessedFinding,
  type DescribeHubResponse,
  type GetFindingsResponse,
  type ImportFindingsError,
} from '@aws-sdk/client-securityhub';
import { compileFilters } from './finding-filter.ts';
import { MAXIMUM_FINDING_BYTES, MAXIMUM_FINDINGS, QUERY_LIMITS } from './finding-limits.ts';
import { isTooLarge } from './finding-size.ts';
import {
  compareById,
  decodeToken,
  encodeToken,
  findingOrder,
  selectPage,
  selectSortedPage,
  type SortCriterion,
} from './finding-page.ts';
import { findingKey, type FindingRecord, type StoredFinding } from './finding.ts';
import { defaultProductArn, hubArn } from './hub-arn.ts';
import { importFinding, type ImportContext } from './import-finding.ts';
import { isExpired } from './retention.ts';
import { ServiceError } from './service-error.ts';
import { receiveFinding, requireServiceFinding } from './service-finding.ts';
import { compileShape, describeViolations } from './shape.ts';
import { recordKey, type HubState } from './store-file.ts';
import { updateFinding, validateUpdate } from './update-finding.ts';
import { validateFinding } from './validate-finding.ts';

/** What a hub needs from outside. */
export interface HubSurroundings {
  readonly now: () => Date;
  /** Called once for each finding that is new or changed, after it is stored. */
  readonly onFinding: (finding: StoredFinding, processedAt: string) => void;
  /** Whether the next finding of an import or update fails for no reason of its own. */
  readonly failsPartially: () => boolean;
}

/** The operations of a hub. Requests are JSON as received; errors of a whole call are thrown as `ServiceError`. */
export interface Hub {
  readonly productArn: string;
  /** @param bytes size of the request: what no finding in it can exceed */
  importFindings(request: unknown, bytes: number): BatchImportFindingsResponse;
  getFindings(request: unknown): GetFindingsResponse;
  updateFindings(request: unknown): BatchUpdateFindingsResponse;
  describe(requestedArn: string | undefined): DescribeHubResponse;
  enable(): Record<string, never>;
  /** Takes a finding of an AWS service, which no client could import. */
  receive(finding: object): void;
  /** All findings in the order of GetFindings. */
  findings(): StoredFinding[];
  /** All that has to be saved. */
  state(): HubState;
}

const MAXIMUM_RESULTS = 100;
const checkQuery = compileShape(GetFindingsRequest$, QUERY_LIMITS);

/**
 * A hub in the given state.
 *
 * @param initial what it remembers from before; an empty list of records for a new one
 */
export function createHub(initial: HubState, { now, onFinding, failsPartially }: HubSurroundings): Hub {
  const { account, region } = initial;
  let { enabled, subscribedAt } = initial;
  const productArn = defaultProductArn(account, region);
  const records = new Map<string, FindingRecord>(initial.records.map((record) => [recordKey(record), record]));
  /** All findings in the default order, until the next change. */
  let sorted: readonly StoredFinding[] | undefined;

  function context(): ImportContext {
    const at = now();
    return { now: at.getTime(), processedAt: at.toISOString(), region };
  }

  function find(key: string, at: number): FindingRecord | undefined {
    const record = records.get(key);
    return record === undefined || isExpired(record, at) ? undefined : record;
  }

  function keep(record: FindingRecord, processedAt: string): void {
    records.set(recordKey(record), record);
    sorted = undefined;
    onFinding(record.finding, processedAt);
  }

  function sortedFindings(at: number): readonly StoredFinding[] {
    for (const [key, record] of records) {
      if (!isExpired(record, at)) continue;
      records.delete(key);
      sorted = undefined;
    }
    sorted ??= [...records.values()].map(({ finding }) => finding).sort(compareById);
    return sorted;
  }

  function requireEnabled(): void {
    if (!enabled) throw new ServiceError('InvalidAccessException', notSubscribed(account));
  }

  /** One finding of an import. Says what is wrong with it, or nothing. */
  function importOne(sent: unknown, mayBeTooLarge: boolean, at: ImportContext): ImportProblem | undefined {
    if (failsPartially()) return { code: 'InternalFailure', message: 'Internal service failure' };
    const violations = validateFinding(sent);
    if (violations.length > 0) return notInFormat(describeViolations(violations));
    if (mayBeTooLarge && isTooLarge(sent)) {
      return { code: 'FindingSizeExceeded', message: 'Finding size exceeded 240 KB' };
    }
    const finding = sent as AwsSecurityFinding;
    const outcome = importFinding(find(findingKey(productArn, finding.Id ?? ''), at.now), finding, at);
    switch (outcome.kind) {
      case 'refused':
        return notInFormat(outcome.problem);
      case 'created':
      case 'updated':
        keep(outcome.record, at.processedAt);
        return undefined;
      case 'ignored':
        return undefined;
    }
  }

  return {
    productArn,

    importFindings(request, bytes) {
      const findings = requireFindings(request);
      for (const finding of findings) requireOwner(finding, account, productArn);
      const at = context();
      const failed: ImportFindingsError[] = [];
      const seen = new Set<string>();
      if (!enabled) {
        const problem = { ErrorCode: 'InvalidAccess', ErrorMessage: notSubscribed(account) };
        const refused = findings.map(({ Id }) => ({ Id, ...problem }));
        return { SuccessCount: 0, FailedCount: refused.length, FailedFindings: refused };
      }
      for (const finding of findings) {
        // Of several findings with one Id only the first is looked at: the others succeed and change nothing.
        if (seen.has(finding.Id)) continue;
        seen.add(finding.Id);
        const problem = importOne(finding, bytes > MAXIMUM_FINDING_BYTES, at);
        if (problem !== undefined) {
          failed.push({ Id: finding.Id, ErrorCode: problem.code, ErrorMessage: problem.message });
        }
      }
      return { SuccessCount: findings.length - failed.length, FailedCount: failed.length, FailedFindings: failed };
    },

    getFindings(request) {
      requireEnabled();
      const { filters, criteria, token, limit } = readQuery(request);
      const at = now().getTime();
      const passes = compileFilters(filters, at);
      const order = findingOrder(criteria);
      const query = [filters, criteria];
      const after = token === undefined ? undefined : decodeToken(token, query);
      const all = sortedFindings(at);
      const select = order.isDefault ? selectSortedPage : selectPage;
      const page = select(all, passes, order, after, limit);
      const Findings = [...page.findings];
      return page.next === undefined ? { Findings } : { Findings, NextToken: encodeToken(page.next, query) };
    },

    updateFindings(request) {
      requireEnabled();
      const violations = validateUpdate(request);
      const unreadable = violations.filter(({ path }) => path === '' || path.startsWith('.FindingIdentifiers'));
      if (unreadable.length > 0) {
        throw new ServiceError('InvalidInputException', `Invalid request. ${describeViolations(unreadable)}.`);
      }
      const { FindingIdentifiers: identifiers = [], ...update } = request as BatchUpdateFindingsRequest;
      const at = context();
      const times = new Map<string, number>();
      for (const { ProductArn, Id } of identifiers) {
        const key = findingKey(ProductArn ?? '', Id ?? '');
        times.set(key, (times.get(key) ?? 0) + 1);
      }
      const updateOne = (key: string): UpdateProblem | undefined => {
        if (violations.length > 0) return UPDATE_PROBLEMS.InvalidInput;
        if ((times.get(key) ?? 0) > 1) return UPDATE_PROBLEMS.DuplicatedFindingIdentifier;
        if (failsPartially()) return UPDATE_PROBLEMS.InternalFailure;
        const record = find(key, at.now);
        if (record === undefined) return UPDATE_PROBLEMS.FindingNotFound;
        const updated = updateFinding(record, update, at.now, at.processedAt);
        if (isTooLarge(updated.finding)) {
          return UPDATE_PROBLEMS.FindingSizeExceeded;
        }
        keep(updated, at.processedAt);
        return undefined;
      };
      const processed: { Id: string; ProductArn: string }[] = [];
      const unprocessed: BatchUpdateFindingsUnprocessedFinding[] = [];
      for (const { ProductArn = '', Id = '' } of identifiers) {
        const problem = updateOne(findingKey(ProductArn, Id));
        const identifier = { Id, ProductArn };
        if (problem === undefined) processed.push(identifier);
        else unprocessed.push({ FindingIdentifier: identifier, ...problem });
      }
      return { ProcessedFindings: processed, UnprocessedFindings: unprocessed };
    },

    describe(requestedArn) {
      requireEnabled();
      const HubArn = hubArn(account, region);
      if (requestedArn !== undefined && requestedArn !== HubArn) {
        throw new ServiceError('ResourceNotFoundException', `There is no hub ${requestedArn}.`);
      }
      return {
        HubArn,
        SubscribedAt: subscribedAt,
        AutoEnableControls: true,
        ControlFindingGenerator: 'SECURITY_CONTROL',
      };
    },

    enable() {
      if (enabled) {
        throw new ServiceError('ResourceConflictException', 'Account is already subscribed to Security Hub');
      }
      enabled = true;
      subscribedAt = now().toISOString();
      return {};
    },

    receive(value) {
      const finding = requireServiceFinding(value);
      const at = context();
      const key = findingKey(finding.ProductArn ?? '', finding.Id ?? '');
      const record = receiveFinding(find(key, at.now), finding, at);
      if (record !== undefined) keep(record, at.processedAt);
    },

    findings: () => [...sortedFindings(now().getTime())],

    state() {
      sortedFindings(now().getTime());
      return { account, region, enabled, subscribedAt, records: [...records.values()] };
    },
  };
}

interface ImportProblem {
  readonly code: 'FindingSizeExceeded' | 'InternalFailure' | 'InvalidInput';
  readonly message: string;
}

interface UpdateProblem {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

/** Source: https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchUpdateFindingsUnprocessedFinding.html */
const UPDATE_PROBLEMS = {
  DuplicatedFindingIdentifier: {
    ErrorCode: 'DuplicatedFindingIdentifier',
    ErrorMessage: 'Finding Identifier is duplicated',
  },
  FindingNotFound: { ErrorCode: 'FindingNotFound', ErrorMessage: 'Finding Not Found' },
  FindingSizeExceeded: { ErrorCode: 'FindingSizeExceeded', ErrorMessage: 'Finding size exceeded 240 KB' },
  InternalFailure: { ErrorCode: 'InternalFailure', ErrorMessage: 'Internal service failure' },
  InvalidInput: { ErrorCode: 'InvalidInput', ErrorMessage: 'Invalid Input' },
} as const satisfies Record<string, UpdateProblem>;

function notInFormat(problems: string): ImportProblem {
  return { code: 'InvalidInput', message: `Finding does not adhere to Amazon Finding Format. ${problems}.` };
}

function notSubscribed(account: string): string {
  return `Account ${account} is not subscribed to AWS Security Hub`;
}

/** A finding that can at least be named in the answer, and whose owner can be told. */
interface NamedFinding {
  readonly Id: string;
  readonly ProductArn: string;
  readonly AwsAccountId: string;
}

/** The findings of an import. One that cannot be named makes the whole call invalid. */
function requireFindings(request: unknown): readonly NamedFinding[] {
  const findings = isObject(request) ? request.Findings : undefined;
  if (!Array.isArray(findings)) throw invalidFindings('data.Findings should be array');
  if (findings.length === 0) throw invalidFindings('data.Findings should NOT have fewer than 1 items');
  if (findings.length > MAXIMUM_FINDINGS) {
    throw invalidFindings(`data.Findings should NOT have more than ${MAXIMUM_FINDINGS} items`);
  }
  for (const [index, finding] of findings.entries()) {
    if (!isObject(finding)) throw invalidFindings(`data.Findings[${index}] should be object`);
    for (const name of ['Id', 'ProductArn', 'AwsAccountId']) {
      const value = finding[name];
      if (typeof value === 'string' && value.trim() !== '') continue;
      throw invalidFindings(`data.Findings[${index}].${name} should be a string that is not blank`);
    }
  }
  return findings as NamedFinding[];
}

/**
 * Refuses a whole call for one finding of somebody else, as AWS does, and as tersely.
 *
 * Source: https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html; the error is the one
 * reported for a foreign account in https://github.com/prowler-cloud/prowler/issues/867
 */
function requireOwner(finding: NamedFinding, account: string, productArn: string): void {
  if (finding.ProductArn === productArn && finding.AwsAccountId === account) return;
  throw new ServiceError(
    'AccessDeniedException',
    `User: ${account} is not authorized to perform: securityhub:BatchImportFindings on resource: ${finding.ProductArn}` +
      ` (finding of account ${finding.AwsAccountId})`,
  );
}

function readQuery(request: unknown): {
  readonly filters: unknown;
  readonly criteria: readonly SortCriterion[] | undefined;
  readonly token: string | undefined;
  readonly limit: number;
} {
  // Filters have an error message of their own.
  const { Filters: filters, ...rest } = isObject(request) ? request : { Filters: undefined, request };
  const violations = checkQuery(rest);
  if (violations.length > 0) {
    throw new ServiceError('InvalidInputException', `Invalid request. ${describeViolations(violations)}.`);
  }
  const { SortCriteria, NextToken, MaxResults } = rest as {
    readonly SortCriteria?: readonly SortCriterion[];
    readonly NextToken?: string;
    readonly MaxResults?: number;
  };
  return { filters, criteria: SortCriteria, token: NextToken, limit: MaxResults ?? MAXIMUM_RESULTS };
}

function invalidFindings(problem: string): ServiceError {
  return new ServiceError('InvalidInputException', `Invalid parameter 'Findings'. ${problem}.`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
