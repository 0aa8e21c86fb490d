import assert from 'node:assert/strict';
import fc from 'fast-check';
import { QueryTypes } from 'sequelize';
import { parseFinding } from '../../lambda/core/finding.ts';
import { sourceKeyOf } from '../../lambda/core/source-event.ts';
import type { EnrichFindingDependencies, FindingImport, FindingState } from '../../lambda/enrich-finding.ts';
import { type Message, sqsEvent } from '../../local/event-queue.ts';
import type { TestDatabase } from '../support/database.ts';
import {
  type Enrichment,
  catalogueDatabase,
  forgetState,
  quietHandler,
  startEnrichment,
} from '../support/enrichment.ts';
import { configRuleFinding, findingEvent } from '../support/source-findings.ts';

/** How often the property is tried; a longer hunt sets it by hand. */
const RUNS = Number(process.env['REPLAY_RUNS'] ?? 30);

interface Scenario {
  readonly events: readonly SourceEventSpec[];
  /** Order of delivery: indexes into the events, some twice. */
  readonly order: readonly number[];
  /** Size of each batch; three batches run at a time. */
  readonly batchSizes: readonly number[];
  /** What goes wrong at each step that can, in the order in which they come: most are nothing. */
  readonly crashes: readonly boolean[];
  readonly faults: {
    readonly throttle: number;
    readonly serverErrorBefore: number;
    readonly serverErrorAfter: number;
    readonly partialFailure: number;
    readonly seed: number;
  };
}

const NO_FAULTS: Scenario['faults'] = {
  throttle: 0,
  serverErrorBefore: 0,
  serverErrorAfter: 0,
  partialFailure: 0,
  seed: 0,
};

interface SourceEventSpec {
  readonly source: number;
  readonly minute: number;
  readonly processed: number | undefined;
  readonly arrived: number;
  readonly status: 'FAILED' | 'PASSED' | 'WARNING' | 'ARCHIVED' | 'NOTIFIED' | 'SUPPRESSED';
  readonly severity: 'LOW' | 'HIGH' | 'CRITICAL';
  readonly rule: string;
}

/** Two words of one moment that nothing was checked, which differ in the rule: whichever comes first, the same one is kept. */
const TWO_OF_ONE_MOMENT: Scenario = {
  events: ['restricted-ssh', 'cloudtrail-enabled'].map((rule) => ({
    source: 0,
    minute: 0,
    processed: 1,
    arrived: 2,
    status: 'WARNING',
    severity: 'LOW',
    rule,
  })),
  order: [1, 0],
  batchSizes: [1],
  crashes: [],
  faults: NO_FAULTS,
};

const RULES = ['restricted-ssh', 'encrypted-volumes', 'cloudtrail-enabled', 'no-such-rule'];

const eventSpec: fc.Arbitrary<SourceEventSpec> = fc.record({
  source: fc.integer({ min: 0, max: 3 }),
  minute: fc.integer({ min: 0, max: 3 }),
  processed: fc.option(fc.integer({ min: 0, max: 1 }), { nil: undefined }),
  arrived: fc.integer({ min: 0, max: 2 }),
  status: fc.constantFrom('FAILED', 'FAILED', 'FAILED', 'NOTIFIED', 'PASSED', 'WARNING', 'ARCHIVED', 'SUPPRESSED'),
  severity: fc.constantFrom('LOW', 'HIGH', 'CRITICAL'),
  rule: fc.constantFrom(...RULES),
});

const scenario: fc.Arbitrary<Scenario> = fc.array(eventSpec, { minLength: 1, maxLength: 14 }).chain((events) => {
  const indexes = events.map((_, index) => index);
  const repeated = fc.array(fc.constantFrom(...indexes), { maxLength: 5 });
  const rate = fc.constantFrom(0, 0, 0.2, 0.4);
  return fc.record({
    events: fc.constant(events),
    order: repeated.chain((again) =>
      fc.shuffledSubarray([...indexes, ...again], { minLength: indexes.length + again.length }),
    ),
    batchSizes: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 20, maxLength: 20 }),
    crashes: fc.array(fc.constantFrom(false, false, false, true), { minLength: 30, maxLength: 30 }),
    faults: fc.record({
      throttle: rate,
      serverErrorBefore: rate,
      serverErrorAfter: rate,
      partialFailure: rate,
      seed: fc.nat(),
    }),
  });
});

function message(spec: SourceEventSpec, id: string): Message {
  const workflow = spec.status === 'NOTIFIED' || spec.status === 'SUPPRESSED' ? spec.status : 'NEW';
  const compliance = spec.status === 'PASSED' || spec.status === 'WARNING' ? spec.status : 'FAILED';
  const finding = configRuleFinding(spec.rule, {
    Id: `source-${spec.source}`,
    UpdatedAt: `2026-11-01T10:0${spec.minute}:00.000Z`,
    ...(spec.processed === undefined ? {} : { ProcessedAt: `2026-11-01T11:00:0${spec.processed}.000Z` }),
    Severity: { Label: spec.severity },
    RecordState: spec.status === 'ARCHIVED' ? 'ARCHIVED' : 'ACTIVE',
    Workflow: { Status: workflow },
    Compliance: { Status: compliance },
  });
  return { id, body: JSON.stringify(findingEvent(finding, `2026-11-01T12:00:0${spec.arrived}Z`)) };
}

/** Makes the use case die before it records, between recording and importing, or between importing and confirming. */
function crashing(dependencies: EnrichFindingDependencies, dies: () => boolean): EnrichFindingDependencies {
  const perhapsDie = (where: string) => {
    if (dies()) throw new Error(`died ${where}`);
  };
  const state: FindingState = {
    record: (batch) => {
      perhapsDie('before recording');
      return dependencies.state.record(batch);
    },
    confirm: async (techniques) => {
      perhapsDie('before confirming');
      await dependencies.state.confirm(techniques);
      perhapsDie('after confirming');
    },
  };
  const securityHub: FindingImport = {
    importFindings: (findings) => {
      perhapsDie('before importing');
      return dependencies.securityHub.importFindings(findings);
    },
  };
  return { ...dependencies, state, securityHub };
}

/** Delivers as SQS does: what failed or was lost comes again, in the end to a system without faults. */
async function replay(enrichment: Enrichment, { events, order, batchSizes, crashes, faults }: Scenario): Promise<void> {
  const remaining = [...crashes];
  const chaotic = quietHandler(crashing(enrichment.dependencies, () => remaining.shift() ?? false));
  const calm = quietHandler(enrichment.dependencies);
  let queue = order.map((index, position) => message(events[index] as SourceEventSpec, String(position)));

  enrichment.hub.setFaults(faults);
  for (let round = 0; round < 3; round += 1) queue = await deliverOnce(queue, chaotic, batchSizes);
  enrichment.hub.setFaults({});
  queue = await deliverOnce(queue, calm, batchSizes);
  assert.deepEqual(queue, [], 'nothing fails where nothing is wrong');
}

async function deliverOnce(queue: Message[], handler: ReturnType<typeof quietHandler>, sizes: readonly number[]) {
  const batches: Message[][] = [];
  for (let first = 0, index = 0; first < queue.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    batches.push(queue.slice(first, first + size));
    first += size;
  }
  const failed: Message[] = [];
  for (let first = 0; first < batches.length; first += 3) {
    const outcomes = batches.slice(first, first + 3).map(async (batch) => {
      try {
        const { batchItemFailures } = await handler(sqsEvent(batch));
        return batch.filter(({ id }) => batchItemFailures.some(({ itemIdentifier }) => itemIdentifier === id));
      } catch {
        return batch;
      }
    });
    failed.push(...(await Promise.all(outcomes)).flat());
  }
  return failed;
}

/** Everything that must not depend on how the events came; times of our own writing do, and nothing else. */
async function outcome(enrichment: Enrichment) {
  const { owner } = enrichment.database;
  const query = (sql: string) => owner.query<Record<string, unknown>>(sql, { type: QueryTypes.SELECT });
  const active = (kind: 'technique' | 'tactic') =>
    enrichment
      .findings(kind)
      .filter(({ RecordState }) => RecordState === 'ACTIVE')
      .map((finding) => ({ ...finding, CreatedAt: '', UpdatedAt: '', ProcessedAt: '' }));
  return {
    sources: await query(
      `SELECT source_key, updated_at_ns, processed_at_ns, event_at_ns, is_open, content_hash, provider, rule_key,
          unmapped_reason, severity, resource_ids, CASE WHEN is_open THEN finding END AS finding
       FROM state.source ORDER BY source_key`,
    ),
    unchecked: await query('SELECT * FROM state.unchecked_source ORDER BY source_key'),
    techniques: await query(
      `SELECT source_key, technique_id, content_hash, tactic_ids, effect, score, severity
       FROM state.technique_finding WHERE record_state = 'ACTIVE' ORDER BY source_key, technique_id`,
    ),
    unsent: await query('SELECT * FROM state.technique_finding WHERE published < revision'),
    tactics: await query(
      `SELECT tactic_id, content FROM state.tactic_finding WHERE record_state = 'ACTIVE' ORDER BY tactic_id`,
    ),
    inHub: active('technique'),
    tacticsInHub: active('tactic'),
  };
}

/** The answer by the rules of the life-cycle, worked out without the code under test. */
function expectedOpen(events: readonly SourceEventSpec[]): string[] {
  const rank = (spec: SourceEventSpec) => [
    spec.minute,
    spec.processed ?? -1,
    spec.arrived,
    spec.status === 'FAILED' || spec.status === 'NOTIFIED' ? 1 : 0,
  ];
  const open: string[] = [];
  for (const source of new Set(events.map((spec) => spec.source))) {
    const decided = events.filter((spec) => spec.source === source && spec.status !== 'WARNING');
    const best = decided.reduce<number[] | undefined>((highest, spec) => {
      const own = rank(spec);
      const differing = own.findIndex((value, index) => value !== highest?.[index]);
      return !highest || (differing >= 0 && (own[differing] ?? 0) > (highest[differing] ?? 0)) ? own : highest;
    }, undefined);
    if (best?.[3] === 1) open.push(`source-${source}`);
  }
  return open;
}

function keyOf(id: string): string {
  const parsed = parseFinding(configRuleFinding('restricted-ssh', { Id: id }));
  assert.ok('finding' in parsed);
  return sourceKeyOf(parsed.finding);
}

/** Plays a scenario on an empty state and an empty hub, rolls up, and says what is there then. */
async function play(database: TestDatabase, tried: Scenario): Promise<Awaited<ReturnType<typeof outcome>>> {
  await forgetState(database);
  const enrichment = await startEnrichment({ database });
  try {
    await replay(enrichment, tried);
    await enrichment.rollUp();
    return await outcome(enrichment);
  } finally {
    await enrichment.close();
  }
}

describe('a replay of the same events', () => {
  let databases: [TestDatabase, TestDatabase];

  before(async () => {
    databases = await Promise.all([catalogueDatabase(), catalogueDatabase()]);
  });

  after(() => Promise.all(databases.map((database) => database.drop())));

  it('ends in the same state and the same findings, however they are permuted, repeated, split, crashed and faulted', async function () {
    this.timeout(600_000);

    await fc.assert(
      fc.asyncProperty(scenario, async (tried) => {
        const inOrder = {
          ...tried,
          order: tried.events.map((_, index) => index),
          batchSizes: [1],
          crashes: [],
          faults: NO_FAULTS,
        };

        const [expected, actual] = await Promise.all([play(databases[0], inOrder), play(databases[1], tried)]);

        assert.deepEqual(actual, expected);
        assert.deepEqual(actual.unsent, []);
        const openKeys = actual.sources.filter((row) => row['is_open']).map((row) => row['source_key']);
        assert.deepEqual(openKeys, expectedOpen(tried.events).map(keyOf).sort());
      }),
      { numRuns: RUNS, examples: [[TWO_OF_ONE_MOMENT]] },
    );
  });
});
