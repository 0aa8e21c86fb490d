import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readRolloutOrganization } from '../../local/rollout-plan.ts';
import { readStatus } from '../../local/rollout-status.ts';
import { readConfiguredRollout } from '../../local/rollout/configured-rollout.ts';
import { known } from '../../local/rollout/known.ts';
import type { RolloutStatus } from '../../local/rollout/status.ts';
import { statusReport } from '../../local/rollout/status-report.ts';
import { readRuleFacts, type RuleFacts } from '../../stacksets/rule-facts.ts';
import type { StandInInstance, StandInStackSet } from '../support/cloudformation-stand-in.ts';
import type { StandInPlace } from '../support/config-stand-in.ts';
import {
  configurationText,
  EXAMPLE,
  GOVERNANCE,
  HUB,
  type Landscape,
  landscapeClients,
  largeOrganization,
  MANAGEMENT,
  placesOf,
  type RunningLandscape,
  startLandscape,
} from '../support/rollout-landscape.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { vsoc } from '../support/vsoc.ts';

const SHOP = '777788889999';
const DEEP = '888800000001';
const RULES = 'virtual-soc-config-rules';
const ROLES = 'virtual-soc-member-roles';
const LAUNCH = 'virtual-soc-launch-role';

/** Accounts of the example that are rolled out to. */
const COVERED = [HUB, GOVERNANCE, SHOP, DEEP];
const OPERATION = { id: 'operation-1', startedAt: '2026-11-20T08:00:00Z' };

const everywhere = (region = 'eu-west-1') => COVERED.map((account): StandInInstance => ({ account, region }));
const withChange = (account: string, change: Partial<StandInInstance>) =>
  everywhere().map((instance) => (instance.account === account ? { ...instance, ...change } : instance));

function healthySets(): StandInStackSet[] {
  return [
    {
      name: LAUNCH,
      autoDeployment: false,
      instances: [{ account: HUB, region: 'eu-west-1' }],
      operations: [OPERATION],
    },
    { name: ROLES, instances: everywhere(), operations: [OPERATION] },
    { name: RULES, instances: everywhere(), operations: [OPERATION] },
  ];
}

/** The stack sets of a healthy roll-out with the one of rules changed. */
function withRules(change: Partial<StandInStackSet>): StandInStackSet[] {
  return healthySets().map((set) => (set.name === RULES ? { ...set, ...change } : set));
}

describe('rollout status', () => {
  let directory: string;
  let running: RunningLandscape | undefined;
  let facts: RuleFacts;
  /** Packs of the example, with their number of rules. */
  let packs: Record<string, number>;

  before(async () => {
    facts = await readRuleFacts();
    directory = await mkdtemp(path.join(os.tmpdir(), 'vsoc-test-'));
    const { content } = await configured({});
    packs = Object.fromEntries(
      content.packs.flatMap(({ name, variants }) =>
        variants.filter(({ regions }) => regions.includes('eu-west-1')).map(({ rules }) => [name, rules.length]),
      ),
    );
  });

  after(() => rm(directory, { recursive: true, force: true }));

  afterEach(async () => {
    await running?.close();
    running = undefined;
  });

  async function configured(rollout: object) {
    const file = path.join(directory, 'configuration.yaml');
    await writeFile(file, configurationText(rollout));
    return readConfiguredRollout(file, () => Promise.resolve(facts));
  }

  function aggregatorOf(change: (place: StandInPlace) => StandInPlace = (place) => place) {
    return { name: 'organization', places: placesOf(EXAMPLE, ['eu-west-1'], (place) => change({ ...place, packs })) };
  }

  async function status(rollout: object, landscape: Partial<Landscape> = {}, latency = 0) {
    const read = await configured(rollout);
    const clock = virtualClock();
    const organization = landscape.organization ?? EXAMPLE;
    running = await startLandscape({
      now: clock.now,
      aggregator: aggregatorOf(),
      ...landscape,
      organization,
      cloudFormation: { stackSets: healthySets(), now: clock.now, ...landscape.cloudFormation },
    });
    const clients = landscapeClients(running, clock, latency);
    try {
      const found = await clock.run(async () => {
        const walked = await readRolloutOrganization(clients.organizations, clock, read, 'configuration.yaml');
        return readStatus({ ...clients, cloudFormation: clients.cloudFormationIn }, clock, {
          configured: read,
          organization: walked,
          caller: known(landscape.caller ?? GOVERNANCE),
          aggregatorRegion: 'eu-west-1',
        });
      });
      return { status: found, seconds: clock.now() / 1000, running };
    } finally {
      clients.destroy();
    }
  }

  function stateOf({ places }: RolloutStatus, account: string, stackSet = RULES) {
    const found = places.find((place) => place.account === account && place.stackSet === stackSet);
    assert.ok(found, `no place ${account} of ${stackSet}`);
    return found;
  }

  it('is healthy where every stack is current and every pack there', async () => {
    const { status: found } = await status({});

    assert.deepEqual([found.healthy, found.problems], [true, []]);
    assert.equal(found.places.length, 1 + 4 + 4);
    assert.ok(found.places.every(({ state }) => state === 'current'));
    const expected = 4 * Object.keys(packs).length;
    assert.deepEqual(found.packs, {
      known: true,
      value: { expected, present: expected, missing: [], unknown: 0, compliance: { COMPLIANT: expected } },
    });
  });

  it('tells each account that should have a stack and has none', async () => {
    const instances = everywhere().filter(({ account }) => account !== SHOP);

    const { status: found } = await status({}, { cloudFormation: { stackSets: withRules({ instances }) } });

    assert.deepEqual(
      found.places.filter(({ state }) => state === 'missing').map(({ account, stackSet }) => [account, stackSet]),
      [[SHOP, RULES]],
    );
    assert.deepEqual(found.problems, ['stack instances: 1 missing']);
  });

  it('expects nothing in accounts that are left out, and tells stacks that are where they are not meant to be', async () => {
    const instances = [...everywhere(), { account: '123412341234', region: 'eu-west-1' }];

    const { status: found } = await status(
      { excludedAccounts: [SHOP] },
      { cloudFormation: { stackSets: withRules({ instances }) } },
    );

    assert.ok(!found.places.some(({ account }) => [SHOP, '888800000002', MANAGEMENT].includes(account)));
    assert.equal(found.healthy, true);
    const { strays } = found.stackSets.find(({ name }) => name === RULES) ?? { strays: [] };
    assert.deepEqual(
      strays.map(({ account }) => account),
      [SHOP, '123412341234'],
    );
  });

  for (const [instance, state] of [
    [{ status: 'OUTDATED', detailedStatus: 'PENDING' }, 'running'],
    [{ status: 'OUTDATED', detailedStatus: 'RUNNING' }, 'running'],
    [{ status: 'OUTDATED', detailedStatus: 'FAILED' }, 'failed'],
    [{ status: 'CURRENT', detailedStatus: 'FAILED' }, 'failed'],
    [{ status: 'OUTDATED', detailedStatus: 'CANCELLED' }, 'outdated'],
    [{ status: 'OUTDATED', detailedStatus: 'SUCCEEDED' }, 'outdated'],
    [{ status: 'OUTDATED', detailedStatus: 'SKIPPED_SUSPENDED_ACCOUNT' }, 'skipped'],
    [{ status: 'INOPERABLE', detailedStatus: 'INOPERABLE' }, 'inoperable'],
    [{ status: 'CURRENT', detailedStatus: 'SUCCEEDED' }, 'current'],
  ] as const) {
    it(`takes ${instance.status} and ${instance.detailedStatus} as ${state}`, async () => {
      const stackSets = withRules({ instances: withChange(SHOP, instance) });

      const { status: found } = await status({}, { cloudFormation: { stackSets } });

      assert.equal(stateOf(found, SHOP).state, state);
      assert.equal(found.healthy, ['current', 'running'].includes(state));
    });
  }

  it('gives the cause of a failure, from the instance or from the last operation', async () => {
    const instances = withChange(SHOP, {
      status: 'OUTDATED',
      detailedStatus: 'FAILED',
      reason: 'ResourceLogicalId:PackIdentity, ResourceStatusReason:NoAvailableConfigurationRecorderException',
    }).filter(({ account }) => account !== DEEP);
    const operations = [
      // Not in order, and an older one with another result.
      {
        id: 'old',
        startedAt: '2026-11-18T08:00:00Z',
        results: [{ account: DEEP, region: 'eu-west-1', status: 'FAILED', reason: 'of long ago' }],
      },
      {
        id: 'new',
        startedAt: '2026-11-20T08:00:00Z',
        results: [
          { account: HUB, region: 'eu-west-1', status: 'SUCCEEDED' },
          {
            account: DEEP,
            region: 'eu-west-1',
            status: 'FAILED',
            reason:
              'User: arn:… is not authorized to perform: config:PutConformancePack with an explicit deny in a service control policy',
          },
        ],
      },
    ];

    const { status: found } = await status({}, { cloudFormation: { stackSets: withRules({ instances, operations }) } });

    assert.deepEqual(
      [SHOP, DEEP].map((account) => [stateOf(found, account).state, stateOf(found, account).cause?.code]),
      [
        ['failed', 'no-recorder'],
        ['failed', 'policy-denied'],
      ],
    );
    assert.equal(found.stackSets.find(({ name }) => name === RULES)?.lastOperation?.id, 'new');
  });

  it('gives the command that tries again, for those accounts and Regions only', async () => {
    const instances = withChange(SHOP, { status: 'OUTDATED', detailedStatus: 'FAILED' }).filter(
      ({ account }) => account !== DEEP,
    );

    const { status: found } = await status({}, { cloudFormation: { stackSets: withRules({ instances }) } });

    const commands = found.retries.map(({ command }) => command.replace(/ --operation-preferences.*/, ''));
    const common = '--call-as DELEGATED_ADMIN --deployment-targets OrganizationalUnitIds=r-abcd';
    assert.deepEqual(commands, [
      `aws cloudformation update-stack-instances --region eu-west-1 --stack-set-name ${RULES} ${common},Accounts=${SHOP},AccountFilterType=INTERSECTION --regions eu-west-1`,
      `aws cloudformation create-stack-instances --region eu-west-1 --stack-set-name ${RULES} ${common},Accounts=${DEEP},AccountFilterType=INTERSECTION --regions eu-west-1`,
    ]);
  });

  it('expects recorders where the configuration names them, and no roles where it wants none', async () => {
    const recorders = [{ accounts: [SHOP, MANAGEMENT], regions: ['eu-west-1'], deliveryBucket: 'config-history' }];
    const instances = [{ account: SHOP, region: 'eu-west-1' }];
    const stackSets = [...healthySets(), { name: 'virtual-soc-recorders-1', instances }];

    const { status: found } = await status(
      { recorders, memberRoles: { publish: false } },
      { cloudFormation: { stackSets } },
    );

    assert.equal(found.healthy, true);
    assert.deepEqual(
      found.stackSets.map(({ name }) => name),
      [LAUNCH, 'virtual-soc-recorders-1', RULES],
    );
  });

  it('names the accounts of recorders in the command that tries again, however many, since no other may get one', async () => {
    const organization = largeOrganization();
    const accounts = placesOf(organization, ['eu-west-1'])
      .map(({ account }) => account)
      .filter((account) => account.startsWith('2'))
      .slice(0, 50);
    const recorders = [{ accounts, regions: ['eu-west-1'], deliveryBucket: 'config-history' }];
    const stackSets = [...healthySets(), { name: 'virtual-soc-recorders-1', instances: [] }];

    const { status: found } = await status({ recorders }, { organization, cloudFormation: { stackSets } });

    const retry = found.retries.find(({ stackSet }) => stackSet === 'virtual-soc-recorders-1');
    assert.ok(retry?.command.includes(`,Accounts=${accounts.join(',')},AccountFilterType=INTERSECTION `));
  });

  it('says that a stack set does not exist', async () => {
    const stackSets = healthySets().filter(({ name }) => name !== ROLES);

    const { status: found } = await status({}, { cloudFormation: { stackSets } });

    assert.deepEqual(found.problems, [`no stack set ${ROLES}`]);
    assert.equal(stateOf(found, SHOP, ROLES).state, 'missing');
    assert.deepEqual(found.retries, []);
  });

  it('takes a stack set that it may not read, or not as this account, as unknown and not as healthy', async () => {
    const { status: denied } = await status({}, { cloudFormation: { denied: ['ListStackInstances'] } });
    await running?.close();
    const { status: other } = await status({}, { cloudFormation: { callAs: 'SELF' } });

    assert.equal(denied.healthy, false);
    assert.ok(denied.places.every(({ state }) => state === 'unknown'));
    assert.match(denied.stackSets[0]?.reason ?? '', /cannot answer ListStackInstances \(AccessDenied\)/);
    assert.match(other.stackSets[0]?.reason ?? '', /You must be the management account or delegated admin account/);
  });

  it('tells the last drift detection, and starts none', async () => {
    const drift = { status: 'DRIFTED', drifted: 1, checkedAt: '2026-11-19T10:00:00.000Z' };
    const stackSets = withRules({ drift, instances: withChange(SHOP, { driftStatus: 'DRIFTED' }) });

    const { status: found, running: landscape } = await status({}, { cloudFormation: { stackSets } });

    assert.deepEqual(found.problems, ['1 drifted']);
    assert.deepEqual([stateOf(found, SHOP).state, stateOf(found, SHOP).drifted], ['current', true]);
    const operations = [landscape.cloudFormation, landscape.config, landscape.hub].flatMap(({ calls }) =>
      calls.map(({ operation }) => operation),
    );
    assert.ok(operations.every((operation) => /^(Describe|List|Get)/.test(operation)));
  });

  describe('plain stacks of the management account', () => {
    const rollout = { managementAccount: MANAGEMENT };
    const ROLES_STACK = 'VirtualSocManagementMemberRoles';
    const RULES_STACK = 'VirtualSocManagementConfigRules-eu-west-1';

    it('are unknown to other accounts, which is no problem', async () => {
      const { status: found } = await status(rollout);

      assert.deepEqual(
        found.managementStacks.map(({ name, stack }) => [name, stack.known]),
        [
          [ROLES_STACK, false],
          [RULES_STACK, false],
        ],
      );
      assert.equal(found.healthy, true);
    });

    it('are read with credentials of that account', async () => {
      const stacks = { [ROLES_STACK]: 'UPDATE_ROLLBACK_COMPLETE' };

      const { status: found } = await status(rollout, { caller: MANAGEMENT, cloudFormation: { stacks } });

      assert.deepEqual(
        found.managementStacks.map(({ stack }) => (stack.known ? (stack.value?.status ?? 'none') : 'unknown')),
        ['UPDATE_ROLLBACK_COMPLETE', 'none'],
      );
      assert.deepEqual(found.problems, ['2 plain stacks of the management account missing or failed']);
    });
  });

  describe('packs', () => {
    it('are missed where the stack is current and the aggregator has the place', async () => {
      const { 'virtual-soc-identity': _, ...others } = packs;
      const aggregator = aggregatorOf((place) => (place.account === SHOP ? { ...place, packs: others } : place));

      const { status: found } = await status({}, { aggregator });

      assert.deepEqual(found.packs.known && found.packs.value.missing, [
        { account: SHOP, region: 'eu-west-1', name: 'virtual-soc-identity' },
      ]);
      assert.deepEqual(found.problems, ['1 packs missing although their stack is current']);
    });

    it('are unknown where the aggregator does not know the place, or there is none, or it may not be asked', async () => {
      const aggregator = aggregatorOf((place) =>
        place.account === SHOP ? { ...place, packs: {}, source: { status: 'OUTDATED' } } : place,
      );
      const { status: outdated } = await status({}, { aggregator });
      await running?.close();
      const { status: none } = await status({}, { aggregator: null });
      await running?.close();
      const denied = ['DescribeAggregateComplianceByConformancePacks'];
      const { status: refused } = await status({}, { config: { denied } });

      assert.equal(outdated.packs.known && outdated.packs.value.unknown, Object.keys(packs).length);
      assert.match(none.packs.known ? '' : none.packs.reason, /has no aggregator of AWS Config/);
      assert.match(refused.packs.known ? '' : refused.packs.reason, /AccessDeniedException/);
      assert.ok([outdated, none, refused].every(({ healthy }) => healthy));
    });

    it('are no subject where rules are rolled out one by one', async () => {
      const { status: found, running: landscape } = await status({ configRules: { rendering: 'config-rules' } });

      assert.equal(found.packs.known, false);
      assert.deepEqual(found.packFindings, { known: true, value: 'not-used' });
      assert.deepEqual(landscape.config.calls, []);
    });
  });

  describe('findings of packs in Security Hub', () => {
    it('have arrived, told after an empty page too', async () => {
      const findings = ['restricted-ssh', 'iam-root-access-key-check-conformance-pack-abc123'];

      const { status: found } = await status({}, { caller: HUB, findings, emptyPages: true });

      assert.deepEqual(found.packFindings, { known: true, value: 'arrived' });
    });

    it('have not arrived although packs are deployed, which points to the check', async () => {
      const { status: found } = await status({}, { caller: HUB, findings: ['restricted-ssh'] });

      assert.deepEqual(found.packFindings, { known: true, value: 'none' });
      assert.deepEqual(found.problems, ['no finding of a pack has reached Security Hub']);
      assert.match(statusReport(found), /Then make the check in docs\/rollout\.md;/);
    });

    it('cannot have arrived where no pack is deployed', async () => {
      const { status: found } = await status(
        {},
        { caller: HUB, cloudFormation: { stackSets: withRules({ instances: [] }) } },
      );

      assert.deepEqual(found.packFindings, { known: true, value: 'nothing-deployed' });
    });

    it('are unknown to other accounts, which do not ask', async () => {
      const { status: found, running: landscape } = await status({});

      assert.deepEqual(found.packFindings, {
        known: false,
        reason: `only credentials of the hub account ${HUB} can tell`,
      });
      assert.deepEqual(landscape.hub.calls, []);
    });
  });

  describe('reading', () => {
    const LARGE = largeOrganization();
    const accounts = placesOf(LARGE, ['eu-west-1']).map(({ account }) => account);
    const reached = accounts.filter((account) => account !== MANAGEMENT);
    const regions = ['eu-west-1', 'eu-central-1', 'us-east-1'];
    const largeSets = (): StandInStackSet[] => [
      { name: LAUNCH, instances: [{ account: HUB, region: 'eu-west-1' }] },
      { name: ROLES, instances: reached.map((account) => ({ account, region: 'eu-west-1' })) },
      { name: RULES, instances: reached.flatMap((account) => regions.map((region) => ({ account, region }))) },
    ];
    const large = () => ({
      organization: LARGE,
      aggregator: { name: 'organization', places: placesOf(LARGE, regions, (place) => ({ ...place, packs })) },
      cloudFormation: { stackSets: largeSets() },
    });

    it('takes under two minutes for 1,000 accounts in three Regions', async () => {
      const { status: found, seconds, running: landscape } = await status({ regions }, large(), 150);

      assert.equal(found.places.filter(({ state }) => state === 'current').length, 1 + 1001 + 3003);
      // 3,003 places × 7 packs come in 211 pages, one after the other.
      assert.ok(seconds < 120, `${seconds} s`);
      assert.deepEqual(
        [...landscape.cloudFormation.calls, ...landscape.config.calls].filter(({ error }) => error !== undefined),
        [],
      );
    });

    it('finds the same with empty pages and while it is throttled', async () => {
      const { status: plain } = await status({});
      await running?.close();
      const throttles = (_: string, count: number) => count % 3 === 1;

      const { status: found, running: landscape } = await status(
        {},
        { emptyPages: true, cloudFormation: { throttles, emptyPages: true }, config: { throttles } },
      );

      assert.deepEqual(found, plain);
      assert.ok(landscape.cloudFormation.calls.some(({ error }) => error === 'Throttling'));
      assert.ok(landscape.config.calls.some(({ error }) => error === 'ThrottlingException'));
    });

    it('keeps the report short where 1,000 accounts fail for the same reason', async () => {
      const stackSets = largeSets().map((set) =>
        set.name === RULES
          ? {
              ...set,
              instances: set.instances.map((instance) => ({
                ...instance,
                status: 'OUTDATED',
                detailedStatus: 'FAILED',
                reason: 'MaxNumberOfConfigRulesExceededException',
              })),
            }
          : set,
      );

      const report = statusReport((await status({ regions }, { ...large(), cloudFormation: { stackSets } })).status);

      assert.ok(report.split('\n').length < 60, `${report.split('\n').length} lines`);
      assert.match(
        report,
        / {2}The account has 1,000 rules of AWS Config in the Region \[1,001 accounts, 3,003 places\]/,
      );
      assert.match(report, /│ +1001 │ 200000000000 +│ virtual-soc-config-rules │ eu-west-1/);
      // Not a command with a thousand accounts in it.
      assert.match(
        report,
        /--deployment-targets OrganizationalUnitIds=r-abcd --regions eu-west-1 eu-central-1 us-east-1/,
      );
    });
  });

  describe('vsoc rollout status', () => {
    async function run(landscape: Partial<Landscape> = {}, args: readonly string[] = []) {
      running = await startLandscape({
        organization: EXAMPLE,
        aggregator: aggregatorOf(),
        ...landscape,
        cloudFormation: { stackSets: healthySets(), ...landscape.cloudFormation },
      });
      await configured({});
      const file = path.join(directory, 'configuration.yaml');
      return vsoc(['rollout', 'status', '--configuration', file, ...args], { env: running.env });
    }

    it('exits 0 where the roll-out is healthy', async () => {
      const { code, stdout, stderr } = await run();

      assert.deepEqual([code, stderr], [0, '']);
      assert.match(
        stdout,
        /^Roll-out in organisation o-exampleorgid: healthy\. 9 of 9 stack instances current, 0 under way\.$/m,
      );
      assert.match(stdout, /virtual-soc-config-rules: drift was never looked for/);
      assert.match(
        stdout,
        /Conformance packs where the stack is current: 28 of 28 there \(28 COMPLIANT\), 0 missing, 0 unknown\./,
      );
    });

    it('exits 1 where something needs a look, and says what, why and what mends it', async () => {
      const reason = 'Role with name virtual-soc-publish already exists.\u001b[31m';
      const stackSets = healthySets().map((set) =>
        set.name === ROLES
          ? { ...set, instances: withChange(SHOP, { status: 'OUTDATED', detailedStatus: 'FAILED', reason }) }
          : set,
      );

      const { code, stdout } = await run({ cloudFormation: { stackSets } });

      assert.equal(code, 1);
      assert.match(
        stdout,
        /needs a look\. 8 of 9 stack instances current, 0 under way\.\n {2}stack instances: 1 failed\n/,
      );
      assert.match(stdout, /│ +1 │ 777788889999 │ virtual-soc-member-roles │ eu-west-1 │ failed/);
      assert.match(
        stdout,
        / {2}A role of that name is there and not ours \[1 account, 1 place\]\n {4}AWS: Role with name/,
      );
      assert.match(stdout, /→ delete it with credentials of the account/);
      assert.match(
        stdout,
        /aws cloudformation update-stack-instances --region eu-west-1 --stack-set-name virtual-soc-member-roles/,
      );
      assert.ok(!stdout.includes('\u001b'));
    });

    it('prints everything as JSON', async () => {
      const { code, stdout } = await run({ cloudFormation: { stackSets: withRules({ instances: [] }) } }, ['--json']);

      assert.equal(code, 1);
      const document = JSON.parse(stdout) as RolloutStatus;
      assert.equal(document.healthy, false);
      assert.deepEqual(document.problems, ['stack instances: 4 missing']);
      assert.equal(document.places.length, 9);
      assert.deepEqual(
        document.stackSets.map(({ counts }) => counts.missing),
        [0, 0, 4],
      );
      assert.equal(document.retries.length, 1);
    });

    it('says in its help what the exit codes mean', async () => {
      const { code, stdout } = await vsoc(['rollout', 'status', '--help']);

      assert.equal(code, 0);
      assert.match(stdout, /Exit codes: 0 healthy, or under way; 1 something needs a look/);
    });
  });
});
