/** Findings of ours that are ACTIVE in Security Hub, within the quota of GetFindings and whatever their number. */
import type { AwsSecurityFinding, AwsSecurityFindingFilters, SecurityHubClient } from '@aws-sdk/client-securityhub';
import { findingPages } from '../lambda/adapters/hub-reader.ts';
import {
  isOwnFinding,
  OWN_GENERATOR_PREFIX,
  type SecurityHubTarget,
  securityHubTarget,
} from '../lambda/core/security-hub-target.ts';
import { parseTechniqueFindingId } from '../lambda/core/technique-finding.ts';
import type { CallBudget } from './call-budget.ts';

/** GetFindings calls a second, per account and Region. https://docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html */
export const GET_CALLS_PER_SECOND = 3;
/** Calls at once: one less than AWS's 6, or a request that is a little late on its way would have the next one throttled. */
export const GET_BURST = 5;

/** Findings after which a query ends and the next one begins where it ended: AWS does not say how far paging goes. */
export const SLICE_SIZE = 1000;

const ACTIVE = { RecordState: [{ Comparison: 'EQUALS' as const, Value: 'ACTIVE' }] };

/** A date filter needs an end. A finding from later than this (a clock went wrong) is found once the others are archived. */
const END_AHEAD_MILLISECONDS = 86_400_000;

/** Makes each GetFindings request of a client wait for the budget: the SDK's own retries are calls too. */
export function paceGetFindings(client: SecurityHubClient, budget: CallBudget): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === 'GetFindingsCommand') await budget.reserve(1);
        return next(args);
      },
    // After the retry middleware, which has a high priority in this step.
    { name: 'paceGetFindings', step: 'finalizeRequest', priority: 'low' },
  );
}

/** Whether a finding is ours in this hub and ACTIVE: asked for by filters, and looked at again before anything is done to it. */
export function isActiveOfOurs(finding: AwsSecurityFinding, { accountId, productArn }: SecurityHubTarget): boolean {
  return (
    finding.ProductArn === productArn &&
    finding.AwsAccountId === accountId &&
    isOwnFinding({ GeneratorId: finding.GeneratorId ?? '' }) &&
    finding.RecordState === 'ACTIVE'
  );
}

/**
 * One pass over them, oldest first, in slices that are read whole before they are given out: archiving one slice does not
 * move the pages of another. A finding that changes meanwhile gets a later UpdatedAt, so it is met again or belongs to the
 * next pass; none is skipped for good.
 */
export async function* activeSlices(
  client: SecurityHubClient,
  target: SecurityHubTarget,
  sliceSize = SLICE_SIZE,
): AsyncGenerator<readonly AwsSecurityFinding[]> {
  for (let from: string | undefined; ;) {
    const { slice, next } = await readSlice(client, target, from, sliceSize);
    yield slice;
    if (next === undefined) return;
    from = next;
  }
}

/**
 * How many technique findings of ours are ACTIVE in other accounts and Regions, by `account/Region`: what was written for
 * the owners of the sources. The administrator of Security Hub sees those of its members, of the Regions linked to this one.
 */
export async function activeElsewhere(
  client: SecurityHubClient,
  target: SecurityHubTarget,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const query = {
    Filters: {
      GeneratorId: [{ Comparison: 'PREFIX' as const, Value: `${OWN_GENERATOR_PREFIX}technique/` }],
      ...ACTIVE,
    },
  };
  for await (const page of findingPages(client, query)) {
    for (const { AwsAccountId = '', ProductArn = '', Id = '', RecordState } of page) {
      const [, , , region = ''] = ProductArn.split(':');
      const isTheirs =
        ProductArn !== target.productArn && ProductArn === securityHubTarget(AwsAccountId, region).productArn;
      if (!isTheirs || RecordState !== 'ACTIVE' || parseTechniqueFindingId(Id) === undefined) continue;
      const place = `${AwsAccountId}/${region}`;
      counts.set(place, (counts.get(place) ?? 0) + 1);
    }
  }
  return new Map([...counts].sort());
}

/** A slice, and the UpdatedAt that the next one begins with. Those of one instant are never torn apart, or it could not move on. */
async function readSlice(
  client: SecurityHubClient,
  target: SecurityHubTarget,
  from: string | undefined,
  sliceSize: number,
): Promise<{ slice: readonly AwsSecurityFinding[]; next?: string }> {
  const query = {
    Filters: {
      ...filtersOf(target),
      ...(from === undefined ? {} : { UpdatedAt: [{ Start: from, End: endOfTime() }] }),
    },
    SortCriteria: [{ Field: 'UpdatedAt', SortOrder: 'asc' as const }],
  };
  const slice: AwsSecurityFinding[] = [];
  for await (const page of findingPages(client, query)) {
    slice.push(...page.filter((finding) => isActiveOfOurs(finding, target)));
    const next = slice.at(-1)?.UpdatedAt;
    if (slice.length >= sliceSize && next !== undefined && instant(next) > instant(slice[0]?.UpdatedAt)) {
      return { slice, next };
    }
  }
  return { slice };
}

function filtersOf({ accountId, productArn }: SecurityHubTarget): AwsSecurityFindingFilters {
  return {
    ProductArn: [{ Comparison: 'EQUALS', Value: productArn }],
    AwsAccountId: [{ Comparison: 'EQUALS', Value: accountId }],
    GeneratorId: [{ Comparison: 'PREFIX', Value: OWN_GENERATOR_PREFIX }],
    ...ACTIVE,
  };
}

function endOfTime(): string {
  return new Date(Date.now() + END_AHEAD_MILLISECONDS).toISOString();
}

function instant(time: string | undefined): number {
  return Date.parse(time ?? '');
}
