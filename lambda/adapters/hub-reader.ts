/** What reconciliation reads from Security Hub. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AwsSecurityFinding,
  type AwsSecurityFindingFilters,
  GetFindingsCommand,
  type GetFindingsCommandInput,
  type SecurityHubClient,
} from '@aws-sdk/client-securityhub';
import { OWN_GENERATOR_PREFIX, type SecurityHubTarget } from '../core/security-hub-target.ts';
import type { HubFinding, HubReader } from '../reconcile.ts';
import { sendableAgain } from './returned-finding.ts';

/** Findings of one page, the most Security Hub gives. https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_GetFindings.html */
const PAGE_SIZE = 100;

/** Milliseconds between two calls. GetFindings allows 3 a second for the whole account; analysts need the rest. */
const PACE = 1000;

/** Reads at most one page each `pace` milliseconds. Throws where Security Hub does not answer. */
export function hubReader(client: SecurityHubClient, target: SecurityHubTarget, pace = PACE): HubReader {
  let nextCallAt = 0;
  const turn = async () => {
    await sleep(Math.max(0, nextCallAt - Date.now()));
    nextCallAt = Date.now() + pace;
  };
  const pages = (Filters: AwsSecurityFindingFilters) => findingPages(client, { Filters }, turn);
  const ours = (kind: 'technique' | 'tactic'): AwsSecurityFindingFilters => ({
    ProductArn: [{ Comparison: 'EQUALS', Value: target.productArn }],
    GeneratorId: [{ Comparison: 'PREFIX', Value: `${OWN_GENERATOR_PREFIX}${kind}/` }],
  });
  return {
    ownFindings: async function* (Start, End) {
      for await (const page of pages({ ...ours('technique'), UpdatedAt: [{ Start, End }] })) yield page.map(hubFinding);
    },
    tacticFindings: async () => (await all(pages(ours('tactic')))).map(hubFinding),
    sourceFindings: (ids) => all(pages({ Id: ids.map((Value) => ({ Comparison: 'EQUALS', Value })) })),
  };
}

/** What GetFindings answers, a page at a time; waits for its turn before each call. */
export async function* findingPages(
  client: SecurityHubClient,
  query: Pick<GetFindingsCommandInput, 'Filters' | 'SortCriteria'>,
  turn?: () => Promise<void>,
): AsyncGenerator<readonly AwsSecurityFinding[]> {
  let NextToken: string | undefined;
  do {
    await turn?.();
    const page = await client.send(
      new GetFindingsCommand({ ...query, MaxResults: PAGE_SIZE, ...(NextToken ? { NextToken } : {}) }),
    );
    yield page.Findings ?? [];
    NextToken = page.NextToken;
  } while (NextToken);
}

async function all<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const items: T[] = [];
  for await (const page of pages) items.push(...page);
  return items;
}

function hubFinding(found: AwsSecurityFinding): HubFinding {
  const finding = sendableAgain(found);
  return { id: finding.Id, recordState: finding.RecordState, finding };
}
