import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readPlan, readRolloutOrganization } from '../../local/rollout-plan.ts';
import { readConfiguredRollout } from '../../local/rollout/configured-rollout.ts';
import { known } from '../../local/rollout/known.ts';
import type { PlannedPlace, RolloutPlan } from '../../local/rollout/plan.ts';
import { planReport } from '../../local/rollout/plan-report.ts';
import { readRuleFacts, type RuleFacts } from '../../stacksets/rule-facts.ts';
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

describe('rollout plan', () => {
  let directory: string;
  let running: RunningLandscape | undefined;
  let facts: RuleFacts;

  before(async () => {
    facts = await readRuleFacts();
  });

  beforeEach(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'vsoc-test-'));
  });

  afterEach(async () => {
    await running?.close();
    running = undefined;
    await rm(directory, { recursive: true, force: true });
  });

  async function configurationFile(rollout: object): Promise<string> {
    const file = path.join(directory, 'configuration.yaml');
    await writeFile(file, configurationText(rollout));
    return file;
  }

  /** Plans over HTTP by a clock of its own. */
  async function plan(rollout: object, landscape: Partial<Landscape> = {}, latency = 0) {
    const file = await configurationFile(rollout);
    const configured = await readConfiguredRollout(file, () => Promise.resolve(facts));
    const clock = virtualClock();
    const organization = landscape.organization ?? EXAMPLE;
    const aggregator =
      landscape.aggregator === undefined
        ? { name: 'organization', places: placesOf(organization, configured.rollout.regions) }
        : landscape.aggregator;
    running = await startLandscape({ now: clock.now, ...landscape, organization, aggregator });
    const clients = landscapeClients(running, clock, latency);
    try {
      const found = await clock.run(async () => {
        const walked = await readRolloutOrganization(clients.organizations, clock, configured, file);
        return readPlan(clients, clock, {
          configured,
          organization: walked,
          caller: known(landscape.caller ?? GOVERNANCE),
          aggregatorRegion: 'eu-west-1',
        });
      });
      return { plan: found, seconds: clock.now() / 1000, running };
    } finally {
      clients.destroy();
    }
  }

  function placeOf({ places }: RolloutPlan, account: string, region = 'eu-west-1'): PlannedPlace {
    const found = places.find((place) => place.account === account && place.region === region);
    assert.ok(found, `no place ${account}/${region}`);
    return found;
  }

  function reasonsOf(found: RolloutPlan, account: string, region = 'eu-west-1'): string[] {
    return placeOf(found, account, region).reasons.map(({ code, detail }) => `${code}${detail ? `: ${detail}` : ''}`);
  }

  /** The aggregator's answers, with one place changed. */
  function withShop(change: Partial<StandInPlace>, regions: readonly string[] = ['eu-west-1']) {
    const places = placesOf(EXAMPLE, regions, (place) => (place.account === SHOP ? { ...place, ...change } : place));
    return { aggregator: { name: 'organization', places } };
  }

  describe('who is covered', () => {
    it('covers active accounts of nested units, and leaves out the others with the reason', async () => {
      const { plan: found } = await plan({ excludedAccounts: [HUB] });

      const states = found.places.map(({ account, state, reasons }) => [account, state, reasons[0]?.code]);
      assert.deepEqual(states, [
        [MANAGEMENT, 'left-out', 'management-account'],
        [HUB, 'left-out', 'excluded'],
        [GOVERNANCE, 'covered', undefined],
        [SHOP, 'covered', undefined],
        ['888800000001', 'covered', undefined],
        ['888800000002', 'left-out', 'suspended'],
        ['888800000003', 'left-out', 'pending-closure'],
        ['888800000004', 'left-out', 'pending-activation'],
        ['888800000005', 'left-out', 'suspended'],
      ]);
    });

    it('says nothing of accounts outside the targets, and covers the management account where it is named', async () => {
      const { plan: found } = await plan({ targets: ['ou-abcd-workloads'], managementAccount: MANAGEMENT });

      assert.ok(!found.places.some(({ account }) => [HUB, GOVERNANCE].includes(account)));
      const { state, delivery } = placeOf(found, MANAGEMENT);
      assert.deepEqual([state, delivery], ['covered', 'plain-stack']);
      assert.equal(placeOf(found, '888800000001').state, 'covered');
    });

    it('brings the roles to the home Region only, and packs to each Region', async () => {
      const { plan: found } = await plan({ regions: ['eu-west-1', 'us-east-1'] });

      assert.deepEqual(placeOf(found, SHOP, 'eu-west-1').roles, ['virtual-soc-publish']);
      assert.deepEqual(placeOf(found, SHOP, 'us-east-1').roles, []);
      const names = found.regions.map(({ packs }) => packs.map(({ name }) => name));
      assert.ok(names[0]?.includes('virtual-soc-global') && !names[1]?.includes('virtual-soc-global'));
      assert.ok(!names[0]?.includes('virtual-soc-us-east-1') && names[1]?.includes('virtual-soc-us-east-1'));
    });

    it('names what of the configuration has no effect', async () => {
      const { plan: found } = await plan({
        targets: ['ou-abcd-workloads'],
        excludedAccounts: [GOVERNANCE, '123412341234'],
        managementAccount: SHOP,
        recorders: [{ accounts: [HUB], regions: ['eu-north-1'], deliveryBucket: 'config-history' }],
      });

      assert.deepEqual(found.notes, [
        `rollout.excludedAccounts: ${GOVERNANCE}, 123412341234 (not in the organisation) below no target.`,
        `rollout.recorders: no stack set reaches ${HUB}, so that no recorder is made there.`,
        'rollout.recorders: eu-north-1 would get recorders, and no rules: not among rollout.regions.',
        `rollout.managementAccount: ${SHOP} is not it; ${MANAGEMENT} is.`,
      ]);
    });
  });

  describe('prerequisites', () => {
    const states = ({ prerequisites }: RolloutPlan) =>
      prerequisites.map(({ state, reason }) => (reason === undefined ? state : reason.code));

    it('are met', async () => {
      const { plan: found } = await plan({});

      assert.deepEqual(states(found), ['ok', 'ok', 'ok']);
    });

    it('block every place of a stack set where trusted access was never activated, whatever Organizations lists', async () => {
      const { plan: found } = await plan({ managementAccount: MANAGEMENT }, { cloudFormation: { access: 'DISABLED' } });

      assert.deepEqual(states(found), ['ok', 'stack-sets-trust', 'ok']);
      assert.deepEqual(reasonsOf(found, SHOP), ['stack-sets-trust']);
      assert.equal(placeOf(found, SHOP).state, 'blocked');
      assert.equal(placeOf(found, MANAGEMENT).state, 'covered');
    });

    it('are unknown where CloudFormation does not say, and missing where Organizations rules them out', async () => {
      const denied = { cloudFormation: { denied: ['DescribeOrganizationsAccess'] } };
      const { plan: trusted } = await plan({}, denied);
      await running?.close();
      const { plan: alone } = await plan({}, { ...denied, organization: { ...EXAMPLE, trusted: [] } });

      assert.deepEqual(states(trusted), ['ok', 'unknown', 'ok']);
      assert.match(trusted.prerequisites[1]?.detail ?? '', /could not be read: .*DescribeOrganizationsAccess/);
      assert.deepEqual(states(alone), ['ok', 'stack-sets-trust', 'ok']);
    });

    it('want the governance account to be what the configuration says', async () => {
      const { plan: delegated } = await plan({}, { organization: { ...EXAMPLE, delegated: {} } });
      await running?.close();
      const { plan: management } = await plan({ callAs: 'management-account' }, { cloudFormation: { callAs: 'SELF' } });

      assert.deepEqual(states(delegated), ['ok', 'ok', 'stack-sets-administrator']);
      assert.deepEqual(states(management), ['ok', 'ok', 'not-management-account']);
    });

    it('are all features of the organisation before anything else', async () => {
      const organization = { ...EXAMPLE, featureSet: 'CONSOLIDATED_BILLING' };

      const { plan: found } = await plan({}, { organization });

      assert.deepEqual(states(found), ['all-features']);
      assert.equal(placeOf(found, SHOP).state, 'blocked');
    });
  });

  describe('recorders', () => {
    it('are missing where the aggregator has the place and no recorder but that of a service', async () => {
      const { plan: found } = await plan({}, withShop({ recorder: undefined }));

      assert.deepEqual(reasonsOf(found, SHOP), ['no-recorder']);
      assert.equal(placeOf(found, SHOP).state, 'blocked');
    });

    it('are not missed where the configuration brings one, and are in its way where there is one', async () => {
      const recorders = [{ accounts: [SHOP], regions: ['eu-west-1'], deliveryBucket: 'config-history' }];

      const { plan: brought } = await plan({ recorders }, withShop({ recorder: undefined }));
      await running?.close();
      const { plan: there } = await plan({ recorders }, withShop({}));
      await running?.close();
      const { plan: ours } = await plan(
        { recorders },
        {
          ...withShop({}),
          cloudFormation: {
            stackSets: [{ name: 'virtual-soc-recorders-1', instances: [{ account: SHOP, region: 'eu-west-1' }] }],
          },
        },
      );

      assert.deepEqual([placeOf(brought, SHOP).state, placeOf(brought, SHOP).recorder], ['covered', true]);
      assert.deepEqual(reasonsOf(there, SHOP), ['recorder-exists: default']);
      assert.equal(placeOf(ours, SHOP).state, 'covered');
    });

    it('block where they do not record', async () => {
      const { plan: found } = await plan({}, withShop({ recorder: { name: 'own', recording: false } }));

      assert.deepEqual(reasonsOf(found, SHOP), ['recorder-stopped: own']);
    });

    it('leave a gap where they leave out what a rule looks at on change, named by type', async () => {
      const exclusion = {
        AllSupported: false,
        ExclusionByResourceTypes: { ResourceTypes: ['AWS::S3::Bucket', 'AWS::Nothing::OfOurs'] },
        RecordingStrategy: { UseOnly: 'EXCLUSION_BY_RESOURCE_TYPES' },
      };

      const { plan: found } = await plan({}, withShop({ recorder: { group: exclusion } }));

      assert.deepEqual(reasonsOf(found, SHOP), ['recorder-lacks-types: AWS::S3::Bucket']);
      assert.equal(placeOf(found, SHOP).state, 'partly');
    });

    it('need IAM only in the Region where IAM is evaluated', async () => {
      const group = { AllSupported: true, IncludeGlobalResourceTypes: false };
      const regions = ['eu-west-1', 'eu-central-1'];

      const { plan: found } = await plan({ regions }, withShop({ recorder: { group } }, regions));

      assert.match(reasonsOf(found, SHOP, 'eu-west-1')[0] ?? '', /^recorder-lacks-types: AWS::IAM::/);
      assert.deepEqual(reasonsOf(found, SHOP, 'eu-central-1'), []);
    });

    it('are unknown where the answer does not say what they record', async () => {
      const { plan: found } = await plan({}, withShop({ recorder: { group: {} } }));

      assert.deepEqual(reasonsOf(found, SHOP), ['recorder-unknown: which resource types it records']);
      assert.equal(placeOf(found, SHOP).state, 'unknown');
    });
  });

  describe('what cannot be read is unknown, with the reason', () => {
    const unknowns = (detail: string) => [
      `recorder-unknown: ${detail}`,
      `rules-unknown: ${detail}`,
      `packs-unknown: ${detail}`,
    ];

    it('where there is no aggregator of the organisation', async () => {
      const { plan: found } = await plan({}, { aggregator: null });

      assert.deepEqual(
        reasonsOf(found, SHOP),
        unknowns(`${GOVERNANCE} in eu-west-1 has no aggregator of AWS Config for the organisation`),
      );
      assert.equal(found.cost.basis, 'assumed');
      assert.ok(!found.places.some(({ state }) => state === 'covered'));
    });

    it('where AWS Config may not be asked', async () => {
      const { plan: found } = await plan({}, { config: { denied: ['DescribeConfigurationAggregators'] } });

      const [reason] = reasonsOf(found, SHOP);
      assert.match(
        reason ?? '',
        /^recorder-unknown: AWS Config cannot answer DescribeConfigurationAggregators \(AccessDenied/,
      );
    });

    for (const [operation, code] of [
      ['SelectAggregateResourceConfig', 'recorder-unknown'],
      ['DescribeAggregateComplianceByConfigRules', 'rules-unknown'],
      ['DescribeAggregateComplianceByConformancePacks', 'packs-unknown'],
    ] as const) {
      it(`where ${operation} is denied, and only that`, async () => {
        const { plan: found } = await plan({}, { config: { denied: [operation] } });

        const reasons = placeOf(found, SHOP).reasons;
        assert.deepEqual(
          reasons.map((reason) => reason.code),
          [code],
        );
        assert.match(reasons[0]?.detail ?? '', new RegExp(`cannot answer ${operation} \\(AccessDeniedException\\)`));
        assert.equal(placeOf(found, SHOP).state, 'unknown');
      });
    }

    it('where the aggregator has not got the place, got it wrong, or got it long ago', async () => {
      const { plan: failed } = await plan({}, withShop({ source: { status: 'FAILED', message: 'no role' } }));
      await running?.close();
      const { plan: outdated } = await plan({}, withShop({ source: { status: 'OUTDATED' } }));
      await running?.close();
      const { plan: never } = await plan({}, withShop({ recorder: undefined, source: null }));

      assert.deepEqual(
        reasonsOf(failed, SHOP),
        unknowns('what the aggregator organization has of it was not collected: no role'),
      );
      assert.deepEqual(
        reasonsOf(outdated, SHOP),
        unknowns('what the aggregator organization has of it is out of date'),
      );
      assert.match(reasonsOf(never, SHOP)[0] ?? '', /^recorder-unknown: the aggregator organization has nothing of it/);
      assert.equal(placeOf(never, SHOP).state, 'unknown');
    });

    it('where the aggregator does not collect from the Region, or cannot read the organisation', async () => {
      const regions = ['eu-west-1', 'eu-central-1'];
      const places = placesOf(EXAMPLE, regions);

      const { plan: part } = await plan({ regions }, { aggregator: { name: 'some', regions: ['eu-west-1'], places } });
      await running?.close();
      const { plan: failing } = await plan(
        {},
        { aggregator: { name: 'organization', places, organizationFailure: 'no right to list accounts' } },
      );

      assert.equal(placeOf(part, SHOP, 'eu-west-1').state, 'covered');
      assert.deepEqual(
        reasonsOf(part, SHOP, 'eu-central-1'),
        unknowns('the aggregator some does not collect from eu-central-1'),
      );
      assert.equal(
        reasonsOf(failing, SHOP)[0],
        'recorder-unknown: the aggregator organization cannot read the organisation: no right to list accounts',
      );
    });

    it('whether a name that is taken is ours, where stack instances may not be read', async () => {
      const { plan: found } = await plan(
        {},
        { ...withShop({ packs: { 'virtual-soc-identity': 12 } }), cloudFormation: { denied: ['ListStackSets'] } },
      );

      assert.match(
        reasonsOf(found, SHOP)[0] ?? '',
        /^ownership-unknown: AWS CloudFormation cannot answer ListStackSets/,
      );
      assert.equal(placeOf(found, GOVERNANCE).deployed, undefined);
    });
  });

  describe('Regions', () => {
    const OPT_IN = { regions: ['eu-west-1', 'eu-south-1'] };

    it('are not asked for where every account has them', async () => {
      const { running: landscape } = await plan({ regions: ['eu-west-1', 'us-east-1'] });

      assert.deepEqual(landscape.account.calls, []);
    });

    it('block where an account has not opted in, and say nothing more of it', async () => {
      const statuses = { [SHOP]: { 'eu-south-1': 'DISABLED' }, '888800000001': { 'eu-south-1': 'ENABLING' } };

      const { plan: found } = await plan(OPT_IN, { account: { statuses } });

      assert.deepEqual(reasonsOf(found, SHOP, 'eu-south-1'), ['region-disabled']);
      assert.deepEqual(reasonsOf(found, '888800000001', 'eu-south-1'), ['region-enabling']);
      assert.equal(placeOf(found, SHOP, 'eu-west-1').state, 'covered');
      assert.equal(placeOf(found, GOVERNANCE, 'eu-south-1').state, 'covered');
    });

    it('are unknown without trusted access of Account Management, but for the own account, after one question', async () => {
      const { plan: found, running: landscape } = await plan(OPT_IN, { account: { trusted: false } });

      assert.equal(placeOf(found, SHOP, 'eu-south-1').state, 'unknown');
      assert.match(reasonsOf(found, SHOP, 'eu-south-1')[0] ?? '', /^region-unknown: .*no trusted access/);
      assert.equal(placeOf(found, GOVERNANCE, 'eu-south-1').state, 'covered');
      assert.equal(landscape.account.calls.length, 2);
    });

    it('of the management account only that account itself may ask for', async () => {
      const rollout = { ...OPT_IN, managementAccount: MANAGEMENT };
      const { plan: other } = await plan(rollout);
      await running?.close();
      const { plan: own } = await plan(rollout, { caller: MANAGEMENT });

      assert.equal(placeOf(other, MANAGEMENT, 'eu-south-1').state, 'unknown');
      assert.equal(placeOf(other, SHOP, 'eu-south-1').state, 'covered');
      assert.equal(placeOf(own, MANAGEMENT, 'eu-south-1').state, 'covered');
    });
  });

  describe('limits and names', () => {
    const names = (count: number) => Array.from({ length: count }, (_, index) => `their-rule-${index}`);

    it('count what is there and ours against 1,000 rules', async () => {
      const { plan: empty } = await plan({});
      const ours = empty.regions[0]?.rules.length ?? 0;
      assert.ok(ours > 0);
      await running?.close();
      const { plan: fits } = await plan({}, withShop({ rules: names(1000 - ours) }));
      await running?.close();
      const { plan: exceeds } = await plan({}, withShop({ rules: names(1001 - ours) }));

      assert.deepEqual([placeOf(fits, SHOP).state, placeOf(fits, SHOP).existingRules], ['covered', 1000 - ours]);
      assert.deepEqual(reasonsOf(exceeds, SHOP), ['rule-limit']);
    });

    it('count rules of packs that have no result yet', async () => {
      const packed = ['a-conformance-pack-abc123', 'b-conformance-pack-abc123'];

      const { plan: found } = await plan({}, withShop({ rules: ['own', ...packed], packs: { theirs: 120 } }));

      assert.deepEqual([placeOf(found, SHOP).existingRules, placeOf(found, SHOP).existingPacks], [121, 1]);
    });

    it('count packs against 50', async () => {
      const packs = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`theirs-${index}`, 1]));

      const { plan: found } = await plan({}, withShop({ packs }));

      assert.deepEqual(reasonsOf(found, SHOP), ['pack-limit']);
    });

    it('are not exceeded by what is ours already', async () => {
      const { plan: empty } = await plan({});
      await running?.close();
      const packs = Object.fromEntries((empty.regions[0]?.packs ?? []).map(({ name, rules }) => [name, rules]));
      const instances = [{ account: SHOP, region: 'eu-west-1' }];
      const { plan: found } = await plan(
        {},
        { ...withShop({ packs }), cloudFormation: { stackSets: [{ name: 'virtual-soc-config-rules', instances }] } },
      );

      assert.deepEqual([placeOf(found, SHOP).state, placeOf(found, SHOP).deployed], ['covered', true]);
      assert.equal(placeOf(found, GOVERNANCE).deployed, false);
    });

    it('block where a pack, or a rule that stands by itself, has a name of ours and is not ours', async () => {
      const { plan: pack } = await plan({}, withShop({ packs: { 'virtual-soc-identity': 3 } }));
      await running?.close();
      const rendering = { configRules: { rendering: 'config-rules' } };
      const taken = withShop({
        rules: ['iam-root-access-key-check', 'own', 'iam-root-access-key-check-conformance-pack-x1'],
      });
      const { plan: rule } = await plan(rendering, taken);
      await running?.close();
      const { plan: packed } = await plan({}, taken);

      assert.deepEqual(reasonsOf(pack, SHOP), ['pack-name-taken: virtual-soc-identity']);
      assert.deepEqual(reasonsOf(rule, SHOP), ['rule-name-taken: iam-root-access-key-check']);
      // A pack gives its rules names of their own.
      assert.equal(placeOf(packed, SHOP).state, 'covered');
    });

    it('do not take a failed stack instance of ours for ours', async () => {
      const instances = [{ account: SHOP, region: 'eu-west-1', status: 'OUTDATED', detailedStatus: 'FAILED' }];

      const { plan: found } = await plan(
        {},
        {
          ...withShop({ packs: { 'virtual-soc-identity': 3 } }),
          cloudFormation: { stackSets: [{ name: 'virtual-soc-config-rules', instances }] },
        },
      );

      assert.match(reasonsOf(found, SHOP)[0] ?? '', /^ownership-unknown: our stack instance there is OUTDATED/);
    });
  });

  describe('reading', () => {
    const LARGE = largeOrganization();
    const largeAggregator = (regions: readonly string[]) => ({
      name: 'organization',
      places: placesOf(LARGE, regions, (place) => ({ ...place, rules: ['a', 'b', 'c'], packs: { theirs: 3 } })),
    });

    it('finds the same whether or not there are empty pages', async () => {
      const regions = ['eu-west-1', 'eu-central-1'];
      const landscapes = [
        { regions, organization: LARGE, aggregator: largeAggregator(regions) },
        { regions: ['eu-west-1', 'eu-south-1'], organization: EXAMPLE },
      ];
      for (const { regions: asked, ...landscape } of landscapes) {
        const { plan: plain } = await plan({ regions: asked }, landscape);
        await running?.close();

        const { plan: found } = await plan({ regions: asked }, { ...landscape, emptyPages: true });
        await running?.close();

        assert.deepEqual(found, plain);
        assert.ok(found.places.some(({ state }) => state === 'covered'));
      }
    });

    it('waits where it is throttled, and finds the same', async () => {
      const { plan: plain } = await plan({ regions: ['eu-west-1', 'eu-south-1'] });
      await running?.close();
      const throttles = (_: string, count: number) => count % 2 === 1;

      const { plan: found, running: landscape } = await plan(
        { regions: ['eu-west-1', 'eu-south-1'] },
        { cloudFormation: { throttles }, config: { throttles }, account: { throttles } },
      );

      assert.deepEqual(found, plain);
      const refused = [landscape.cloudFormation, landscape.config, landscape.account].map(
        ({ calls }) => calls.find(({ error }) => error !== undefined)?.error,
      );
      assert.deepEqual(refused, ['Throttling', 'ThrottlingException', 'TooManyRequestsException']);
    });

    it('takes under a minute for 1,000 accounts in three Regions that every account has', async () => {
      const regions = ['eu-west-1', 'eu-central-1', 'us-east-1'];

      const {
        plan: found,
        seconds,
        running: landscape,
      } = await plan({ regions }, { organization: LARGE, aggregator: largeAggregator(regions) }, 150);

      assert.equal(found.places.filter(({ state }) => state === 'covered').length, 1001 * 3);
      assert.ok(seconds < 60, `${seconds} s`);
      assert.deepEqual(
        landscape.config.calls.filter(({ error }) => error !== undefined),
        [],
      );
    });

    it('takes what 5 calls a second give where each account has to be asked for its Regions', async () => {
      const regions = ['eu-west-1', 'eu-south-1'];

      const { seconds, running: landscape } = await plan(
        { regions },
        { organization: LARGE, aggregator: largeAggregator(regions) },
        150,
      );

      const { calls } = landscape.account;
      assert.equal(calls.length, 1001);
      assert.deepEqual(
        calls.filter(({ error }) => error !== undefined),
        [],
      );
      // 1,001 calls at 5 a second, and the walk before them.
      assert.ok(seconds > 195 && seconds < 230, `${seconds} s`);
    });

    it('only asks', async () => {
      const { running: landscape } = await plan({ regions: ['eu-west-1', 'eu-south-1'] });

      const operations = [landscape.cloudFormation, landscape.config, landscape.account].flatMap(({ calls }) =>
        calls.map(({ operation }) => operation),
      );
      assert.ok(operations.length > 0);
      assert.ok(operations.every((operation) => /^(Describe|List|Get|Select)/.test(operation)));
    });
  });

  describe('vsoc rollout plan', () => {
    async function run(rollout: object, landscape: Partial<Landscape> = {}, args: readonly string[] = []) {
      const organization = landscape.organization ?? EXAMPLE;
      running = await startLandscape({
        aggregator: { name: 'organization', places: placesOf(organization, ['eu-west-1', 'eu-central-1']) },
        ...landscape,
        organization,
      });
      const file = await configurationFile(rollout);
      return vsoc(['rollout', 'plan', '--configuration', file, ...args], { env: running.env });
    }

    it('prints a summary, the accounts by what is said of them, and what mends it', async () => {
      const { code, stdout, stderr } = await run(
        { regions: ['eu-west-1', 'eu-central-1'] },
        withShop({ recorder: { name: 'own', recording: false } }, ['eu-west-1']),
      );

      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, /^Roll-out to organisation o-exampleorgid: 9 accounts × 2 Regions = 18 places\.$/m);
      assert.match(stdout, /^ +3 {2}covered$/m);
      assert.match(stdout, /^ +1 {2}blocked: something is in the way$/m);
      assert.match(stdout, /^ +4 {2}unknown: something could not be read$/m);
      assert.match(stdout, /│ +3 │ 444455556666 \(Security tooling\) +│ eu-west-1 +│ covered/);
      assert.match(
        stdout,
        /│ +1 │ 777788889999 \(Shop\) +│ eu-west-1 +│ blocked +│ the recorder of AWS Config does not record/,
      );
      assert.match(
        stdout,
        / {2}The recorder of AWS Config does not record \[1 account, 1 place\]\n {4}own\n {4}→ start it with credentials of the account\n {6}aws configservice start-configuration-recorder --configuration-recorder-name own --region eu-west-1\n/,
      );
      assert.match(stdout, /^AWS Config would charge about [\d,.]+ USD a month for it, an estimate:$/m);
      assert.ok(stdout.endsWith('\nNothing was changed.\n'));
    });

    it('stays short for 1,000 accounts of which the same is to be said', async () => {
      const organization = largeOrganization();
      const aggregator = { name: 'organization', places: placesOf(organization, ['eu-west-1']) };

      const report = planReport((await plan({}, { organization, aggregator })).plan);

      assert.ok(report.split('\n').length < 60, `${report.split('\n').length} lines`);
      assert.match(report, /│ +1001 │ 200000000000 \(Account 200000000000\) +│ eu-west-1 │ covered/);
      assert.match(report, /\(Account 200000000002\) and 998 more/);
    });

    it('prints everything as JSON, with what each reason means', async () => {
      const { aggregator } = withShop({ recorder: undefined });
      const resources = { 'eu-west-1': { 'AWS::S3::Bucket': 40 } };
      const { code, stdout } = await run({ excludedAccounts: [HUB] }, { aggregator: { ...aggregator, resources } }, [
        '--json',
      ]);

      assert.equal(code, 0);
      const document = JSON.parse(stdout) as {
        counts: Record<string, number>;
        places: PlannedPlace[];
        reasons: Record<string, { severity: string; remedy: string }>;
        cost: { perMonth: number; basis: string };
      };
      assert.deepEqual(document.counts, {
        accounts: 9,
        places: 9,
        covered: 2,
        partly: 0,
        blocked: 1,
        unknown: 0,
        'left-out': 6,
      });
      assert.equal(document.places.length, 9);
      assert.deepEqual(Object.keys(document.reasons), [
        'excluded',
        'management-account',
        'no-recorder',
        'pending-activation',
        'pending-closure',
        'suspended',
      ]);
      assert.equal(document.reasons['no-recorder']?.severity, 'blocks');
      assert.ok(document.cost.perMonth > 0);
      assert.equal(document.cost.basis, 'counted');
    });

    it('leaves no name the power to change the terminal', async () => {
      const organization = {
        ...EXAMPLE,
        roots: [
          { id: 'r-abcd', name: 'Root', accounts: [{ id: '100000000001', name: 'a\u001b[31m', State: 'ACTIVE' }] },
        ],
      };

      const { stdout } = await run({}, { organization, aggregator: null });

      assert.ok(stdout.includes('100000000001'));
      assert.ok(!stdout.includes('\u001b'));
    });

    it('refuses a configuration that is not there, rolls nothing out, or is of another organisation', async () => {
      const missing = await vsoc(['rollout', 'plan', '--configuration', path.join(directory, 'none.yaml')]);
      const file = path.join(directory, 'nothing.yaml');
      await writeFile(file, configurationText({}).replace(/^rollout:[^]*/m, ''));
      const nothing = await vsoc(['rollout', 'plan', '--configuration', file]);
      const other = await run({}, { organization: { ...EXAMPLE, id: 'o-anotherorgid' } });
      await running?.close();
      const target = await run({ targets: ['ou-abcd-gonegone'] });
      const none = await vsoc(['rollout', 'plan']);

      assert.deepEqual([missing.code, nothing.code, other.code, target.code, none.code], [2, 2, 2, 2, 2]);
      assert.match(missing.stderr, /none\.yaml: there is no such file or directory\.\n$/);
      assert.match(nothing.stderr, /nothing is rolled out, since it has no part rollout/);
      assert.match(other.stderr, /organization\.id is o-exampleorgid, and these credentials are of o-anotherorgid/);
      assert.match(target.stderr, /rollout\.targets: the organisation has no ou-abcd-gonegone\./);
      assert.match(none.stderr, /^vsoc: required option '-c, --configuration <file>' not specified/);
    });

    it('refuses a choice of rules that cannot be followed', async () => {
      const file = await configurationFile({ configRules: { without: ['no-such-rule'] } });

      const { code, stderr } = await vsoc(['rollout', 'plan', '--configuration', file]);

      assert.equal(code, 2);
      assert.match(stderr, /rollout\.configRules\.without.*no-such-rule/);
    });

    it('exits 1 where the organisation cannot be read', async () => {
      const { code, stderr } = await vsoc(['rollout', 'plan', '--configuration', await configurationFile({})], {
        env: {
          AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
          AWS_ACCESS_KEY_ID: 'local',
          AWS_SECRET_ACCESS_KEY: 'local',
        },
      });

      assert.equal(code, 1);
      assert.match(stderr, /^vsoc: AWS Organizations cannot be reached at 127\.0\.0\.1:9: nothing listens there\.\n$/);
    });
  });
});
