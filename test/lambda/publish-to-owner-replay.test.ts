import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { EnrichFindingDependencies } from '../../lambda/enrich-finding.ts';
import { reconcile } from '../../lambda/reconcile.ts';
import { type Message, sqsEvent } from '../../local/event-queue.ts';
import type { FaultRates } from '../../local/security-hub/server.ts';
import type { TestDatabase } from '../support/database.ts';
import { TARGET, catalogueDatabase, forgetState, quietHandler } from '../support/enrichment.ts';
import { ALPHA, BETA, type OwnerAccounts, startOwnerAccounts } from '../support/owner-accounts.ts';
import { configRuleFinding, findingEvent } from '../support/source-findings.ts';

/** How often the property is tried; a longer hunt sets it by hand. */
const RUNS = Number(process.env['REPLAY_RUNS'] ?? 15);

const OWNERS = [`${TARGET.accountId}/${TARGET.region}`, ALPHA, BETA] as const;
const RULES = ['restricted-ssh', 'encrypted-volumes', 'no-such-rule'];

interface EventSpec {
  readonly owner: (typeof OWNERS)[number];
  readonly source: number;
  readonly minute: number;
  readonly status: 'FAILED' | 'PASSED' | 'WARNING';
  readonly severity: 'LOW' | 'HIGH';
  readonly rule: string;
}

interface Scenario {
  readonly events: readonly EventSpec[];
  readonly order: readonly number[];
  readonly batchSizes: readonly number[];
  readonly crashes: readonly boolean[];
  readonly faults: FaultRates;
  /** For each round of deliveries: whether each member's role is there, and whether findings go to owners at all. */
  readonly rounds: readonly { readonly alpha: boolean; readonly beta: boolean; readonly toOwner: boolean }[];
}

const eventSpec: fc.Arbitrary<EventSpec> = fc.record({
  owner: fc.constantFrom(...OWNERS),
  source: fc.integer({ min: 0, max: 1 }),
  minute: fc.integer({ min: 0, max: 3 }),
  status: fc.constantFrom('FAILED', 'FAILED', 'FAILED', 'PASSED', 'WARNING'),
  severity: fc.constantFrom('LOW', 'HIGH'),
  rule: fc.constantFrom(...RULES),
});

const scenario: fc.Arbitrary<Scenario> = fc.array(eventSpec, { minLength: 1, maxLength: 12 }).chain((events) => {
  const indexes = events.map((_, index) => index);
  const rate = fc.constantFrom(0, 0, 0.2);
  return fc.record({
    events: fc.constant(events),
    order: fc
      .array(fc.constantFrom(...indexes), { maxLength: 5 })
      .chain((again) => fc.shuffledSubarray([...indexes, ...again], { minLength: indexes.length + again.length })),
    batchSizes: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 10, maxLength: 10 }),
    crashes: fc.array(fc.constantFrom(false, false, false, false, false, true), { minLength: 120, maxLength: 120 }),
    faults: fc.record({
      throttle: rate,
      serverErrorBefore: rate,
      serverErrorAfter: rate,
      partialFailure: rate,
      seed: fc.nat(),
    }),
    rounds: fc.array(
      fc.record({ alpha: fc.boolean(), beta: fc.boolean(), toOwner: fc.constantFrom(true, true, false) }),
      {
        minLength: 3,
        maxLength: 3,
      },
    ),
  });
});

function message(spec: EventSpec, id: string): Message {
  const [account = '', region = ''] = spec.owner.split('/');
  const finding = configRuleFinding(spec.rule, {
    Id: `source-${spec.source}`,
    AwsAccountId: account,
    Region: region,
    ProductArn: `arn:aws:securityhub:${region}::product/aws/config`,
    UpdatedAt: `2026-11-01T10:0${spec.minute}:00.000Z`,
    Severity: { Label: spec.severity },
    Compliance: { Status: spec.status },
  });
  return { id, body: JSON.stringify(findingEvent(finding)) };
}

/** Makes the use case of one batch die before or after any of its steps, imports included: from then on none happens. */
function crashing(dependencies: EnrichFindingDependencies, dies: () => boolean): EnrichFindingDependencies {
  let isDead = false;
  const perhapsDie = () => {
    isDead ||= dies();
    if (isDead) throw new Error('the container died');
  };
  const mortal =
    <A extends unknown[], R>(step: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      perhapsDie();
      const result = await step(...args);
      perhapsDie();
      return result;
    };
  const { targets, state } = dependencies;
  assert.ok(targets);
  return {
    ...dependencies,
    state: { record: mortal((batch) => state.record(batch)), confirm: mortal((rows) => state.confirm(rows)) },
    targets: {
      reach: mortal((place) => targets.reach(place)),
      admit: mortal(async (calls) => {
        const admitted = await targets.admit(calls);
        return {
          admissionOf: (place) => admitted.admissionOf(place),
          at: (place) => ({
            importFindings: mortal((findings) => admitted.at(place).importFindings(findings)),
          }),
        };
      }),
      fallBack: mortal((rows, answers) => targets.fallBack(rows, answers)),
      settle: mortal((settlements, answers) => targets.settle(settlements, answers)),
    },
  };
}

async function deliverOnce(
  queue: Message[],
  handlerOfBatch: () => ReturnType<typeof quietHandler>,
  sizes: readonly number[],
) {
  const failed: Message[] = [];
  for (let first = 0, index = 0; first < queue.length;) {
    const together: Message[][] = [];
    for (let lane = 0; lane < 3 && first < queue.length; lane += 1, index += 1) {
      const size = sizes[index % sizes.length] ?? 1;
      together.push(queue.slice(first, first + size));
      first += size;
    }
    const outcomes = together.map(async (batch) => {
      try {
        const { batchItemFailures } = await handlerOfBatch()(sqsEvent(batch));
        return batch.filter(({ id }) => batchItemFailures.some(({ itemIdentifier }) => itemIdentifier === id));
      } catch {
        return batch;
      }
    });
    failed.push(...(await Promise.all(outcomes)).flat());
  }
  return failed;
}

async function replay(accounts: OwnerAccounts, { events, order, batchSizes, crashes, faults, rounds }: Scenario) {
  const remaining = [...crashes];
  const { clock, hub } = accounts.enrichment;
  const pass = (minutes: number) => (clock.now = new Date(clock.now.getTime() + minutes * 60_000));
  const setFaults = (rates: FaultRates) => [hub, ...accounts.hubs.values()].forEach((each) => each.setFaults(rates));
  let queue = order.map((index, position) => message(events[index] as EventSpec, String(position)));

  setFaults(faults);
  for (const { alpha, beta, toOwner } of rounds) {
    const missing = [...(alpha ? [] : [ALPHA]), ...(beta ? [] : [BETA])].map((place) => place.slice(0, 12));
    accounts.withoutRole.clear();
    for (const account of missing) accounts.withoutRole.add(account);
    const publishTo = toOwner ? 'owner' : 'hub';
    const chaotic = () =>
      quietHandler(crashing({ ...accounts.dependencies, publishTo }, () => remaining.shift() ?? false));
    queue = await deliverOnce(queue, chaotic, batchSizes);
    pass(20);
  }

  setFaults({});
  accounts.withoutRole.clear();
  pass(61);
  const calm = () => quietHandler(accounts.dependencies);
  // After an outage one batch tries its place; what others had for it comes again once more.
  queue = await deliverOnce(await deliverOnce(queue, calm, batchSizes), calm, batchSizes);
  assert.deepEqual(queue, [], 'nothing fails where nothing is wrong');
  pass(61);
  const report = await reconcile(accounts.reconcileDependencies);
  assert.equal(report.importFailures, 0);
  await accounts.enrichment.rollUp();
}

/** Everything that must not depend on how the events came. */
async function outcome(accounts: OwnerAccounts) {
  const open = (findings: object[]) =>
    findings
      .filter((finding) => 'RecordState' in finding && finding.RecordState === 'ACTIVE')
      .map((finding) => ({ ...finding, CreatedAt: '', UpdatedAt: '', ProcessedAt: '' }));
  return {
    hub: open(accounts.enrichment.findings('technique')),
    tactics: open(accounts.enrichment.findings('tactic')),
    members: [...accounts.hubs].map(([place, hub]) => [place, open(hub.findings())]),
    state: await accounts.query(
      `SELECT source_key, technique_id, content_hash, written_account, written_region, left_in, stranded_since,
          published = revision AS sent
       FROM state.technique_finding WHERE record_state = 'ACTIVE' ORDER BY source_key, technique_id`,
    ),
    unfinished: await accounts.query(
      `SELECT source_key, technique_id, record_state, written_account, left_in, revision, published FROM state.technique_finding
       WHERE published < revision OR left_in IS NOT NULL OR stranded_since IS NOT NULL`,
    ),
    shut: await accounts.query('SELECT place FROM state.publish_target WHERE refused'),
  };
}

async function play(database: TestDatabase, tried: Scenario): Promise<Awaited<ReturnType<typeof outcome>>> {
  await forgetState(database);
  const accounts = await startOwnerAccounts({ database });
  try {
    await replay(accounts, tried);
    return await outcome(accounts);
  } finally {
    await accounts.close();
  }
}

describe('a replay over three accounts', () => {
  let databases: [TestDatabase, TestDatabase];

  before(async () => {
    databases = await Promise.all([catalogueDatabase(), catalogueDatabase()]);
  });

  after(() => Promise.all(databases.map((database) => database.drop())));

  it('ends in the same findings in the same places, however events are permuted, repeated, crashed and faulted, and roles come and go', async function () {
    this.timeout(600_000);

    await fc.assert(
      fc.asyncProperty(scenario, async (tried) => {
        const calm = {
          ...tried,
          order: tried.events.map((_, index) => index),
          batchSizes: [1],
          crashes: [],
          faults: {},
          rounds: [{ alpha: true, beta: true, toOwner: true }],
        };

        const [expected, actual] = await Promise.all([play(databases[0], calm), play(databases[1], tried)]);

        assert.deepEqual(actual.unfinished, []);
        assert.deepEqual(actual, expected);
      }),
      { numRuns: RUNS },
    );
  });
});
