/** The use case of `vsoc retire`: archives every finding of ours that is ACTIVE, until a whole pass finds none. */
import type { AwsSecurityFinding } from '@aws-sdk/client-securityhub';
import { sendableAgain } from '../lambda/adapters/returned-finding.ts';
import type { AsffFinding } from '../lambda/core/asff-finding.ts';
import type { Resource } from '../lambda/core/finding.ts';
import { identityOf } from '../lambda/core/resource.ts';
import { COMPANY_NAME, PRODUCT_NAME } from '../lambda/core/security-hub-target.ts';
import type { FindingImport, ImportFailure } from '../lambda/enrich-finding.ts';
import { archived } from '../lambda/reconcile.ts';
import { RefusedInput } from '../lambda/refused-input.ts';

/** What retiring needs. */
export interface RetirementDependencies {
  /** One pass over the findings of ours that are ACTIVE. */
  readonly activeSlices: () => AsyncIterable<readonly AwsSecurityFinding[]>;
  readonly securityHub: FindingImport;
  readonly now: () => Date;
  /** Waits between two passes. */
  readonly pause: (milliseconds: number) => Promise<unknown>;
  /** Called with how many have been archived so far. */
  readonly onProgress?: (archived: number) => void;
}

/** What came of it. */
export interface Retirement {
  readonly archived: number;
  /** Still ACTIVE, and why, by our own Ids. */
  readonly refused: readonly ImportFailure[];
  /** Findings kept being opened while they were archived: somebody has to stop that first. */
  readonly stillOpening: boolean;
}

/** Passes in which a finding is tried that Security Hub refuses; each tries again several times itself. */
const MAX_TRIES = 3;
/** Passes that found something to archive, after which it is a race that cannot be won. */
const MAX_PASSES = 30;
/** Milliseconds between two passes; doubled while Security Hub only shows what it has already been told otherwise. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 60_000;
/** GetFindings may show an import only after some minutes. */
const SETTLING_MILLISECONDS = 15 * 60_000;
/** The code, of ours, of findings that were taken as archived and are shown as ACTIVE after all that time. */
const STILL_ACTIVE = 'StillActive';

/** Codes that say that Security Hub does not take the finding as it gave it. */
const CONTENT_CODES = new Set(['InvalidInput', 'InvalidInputException', 'FindingSizeExceeded']);

/** What is remembered from pass to pass, by Id. */
interface Memory {
  /** The UpdatedAt, in milliseconds, with which Security Hub took a finding as archived. */
  readonly taken: Map<string, number>;
  readonly refusals: Map<string, { readonly code: string; readonly tries: number }>;
}

/** What a pass met. */
interface Pass {
  /** Findings sent, taken or not. */
  sent: number;
  /** Taken before, and still shown as they were. */
  readonly settling: string[];
  /** Refused so often that they were not sent again. */
  readonly refused: ImportFailure[];
}

/** Throws where Security Hub does not answer; what is archived by then stays so, and a second run does the rest. */
export async function retireFindings(dependencies: RetirementDependencies): Promise<Retirement> {
  const memory: Memory = { taken: new Map(), refusals: new Map() };
  const result = (refused: readonly ImportFailure[], stillOpening = false): Retirement => {
    const active = new Set(refused.map(({ id }) => id));
    return { archived: [...memory.taken.keys()].filter((id) => !active.has(id)).length, refused, stillOpening };
  };
  let sendingPasses = 0;
  let pause = FIRST_PAUSE;
  let settledFor = 0;
  for (;;) {
    const { sent, settling, refused } = await retireOnce(dependencies, memory);
    if (sent === 0 && settling.length === 0) return result(refused);
    if (sent > 0) {
      sendingPasses += 1;
      if (sendingPasses >= MAX_PASSES) return result(refused, true);
      pause = FIRST_PAUSE;
      settledFor = 0;
    } else if (settledFor >= SETTLING_MILLISECONDS) {
      return result([...refused, ...settling.map((id) => ({ id, code: STILL_ACTIVE }))]);
    }
    await dependencies.pause(pause);
    settledFor += pause;
    pause = Math.min(2 * pause, LONGEST_PAUSE);
  }
}

async function retireOnce(dependencies: RetirementDependencies, memory: Memory): Promise<Pass> {
  const pass: Pass = { sent: 0, settling: [], refused: [] };
  const seen = new Set<string>();
  for await (const slice of dependencies.activeSlices()) {
    const sending: AwsSecurityFinding[] = [];
    for (const finding of slice) {
      const id = finding.Id ?? '';
      // Slices share the instant at which one ends and the next begins.
      if (seen.has(id)) continue;
      seen.add(id);
      const refusal = memory.refusals.get(id);
      // Newer than what was taken means that somebody has opened it again; older, that this is yesterday's picture.
      if (Date.parse(finding.UpdatedAt ?? '') < (memory.taken.get(id) ?? -Infinity)) pass.settling.push(id);
      else if (refusal !== undefined && refusal.tries >= MAX_TRIES) pass.refused.push({ id, code: refusal.code });
      else sending.push(finding);
    }
    pass.sent += sending.length;
    await archiveSlice(sending, dependencies, memory);
    dependencies.onProgress?.(memory.taken.size);
  }
  return pass;
}

async function archiveSlice(
  findings: readonly AwsSecurityFinding[],
  { securityHub, now }: RetirementDependencies,
  { taken, refusals }: Memory,
): Promise<void> {
  if (findings.length === 0) return;
  const sending = findings.map((finding) => archived(sendableAgain(finding), now()));
  const failures = await importOrBare(sending, securityHub);
  const codes = new Map(failures.map(({ id, code }) => [id, code]));
  for (const { Id, UpdatedAt } of sending) {
    const code = codes.get(Id);
    if (code === undefined) {
      taken.set(Id, Date.parse(UpdatedAt));
      refusals.delete(Id);
    } else {
      refusals.set(Id, { code, tries: (refusals.get(Id)?.tries ?? 0) + 1 });
    }
  }
}

/** Imports, and what is refused for its content once more with only what has to be there: an archived stub is better than an open finding. */
async function importOrBare(
  findings: readonly AsffFinding[],
  securityHub: FindingImport,
): Promise<readonly ImportFailure[]> {
  const failures = await importOrName(findings, securityHub);
  const refused = new Set(failures.filter(({ code }) => CONTENT_CODES.has(code)).map(({ id }) => id));
  if (refused.size === 0) return failures;
  const bare = findings.filter(({ Id }) => refused.has(Id)).map(bareFinding);
  return [...failures.filter(({ id }) => !refused.has(id)), ...(await importOrName(bare, securityHub))];
}

/** Imports; where a call is refused as a whole, in halves, until the finding is alone that it is about. */
async function importOrName(
  findings: readonly AsffFinding[],
  securityHub: FindingImport,
): Promise<readonly ImportFailure[]> {
  try {
    return await securityHub.importFindings(findings);
  } catch (error) {
    if (!(error instanceof RefusedInput)) throw error;
    const [first] = findings;
    if (findings.length === 1 && first) return [{ id: first.Id, code: 'InvalidInputException' }];
    const middle = Math.ceil(findings.length / 2);
    return [
      ...(await importOrName(findings.slice(0, middle), securityHub)),
      ...(await importOrName(findings.slice(middle), securityHub)),
    ];
  }
}

/** No more than ASFF requires. https://docs.aws.amazon.com/securityhub/latest/userguide/asff-required-attributes.html */
export function bareFinding(finding: AsffFinding): AsffFinding {
  const { SchemaVersion, Id, ProductArn, GeneratorId, AwsAccountId, Title, Description, RecordState } = finding;
  const { CreatedAt, UpdatedAt, FindingProviderFields } = finding;
  const bare = {
    ...{ SchemaVersion, Id, ProductArn, GeneratorId, AwsAccountId, Title, Description, RecordState },
    ...{ CreatedAt, UpdatedAt },
    // Without these it would change its name.
    ProductName: PRODUCT_NAME,
    CompanyName: COMPANY_NAME,
    Resources: (finding.Resources as readonly Resource[]).map(identityOf),
    FindingProviderFields: {
      Severity: { Label: FindingProviderFields.Severity.Label },
      Types: FindingProviderFields.Types,
    },
  };
  return bare as unknown as AsffFinding;
}
