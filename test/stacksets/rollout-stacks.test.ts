import assert from 'node:assert/strict';
import { ACTIONS } from '../../lambda/remediation/actions.ts';
import { type Configuration, readConfiguration } from '../../portfolio/configuration.ts';
import {
  EXAMPLE,
  resourcesOf,
  type Statement,
  synthesise,
  type Synthesis,
  SYNTHESIS_TIMEOUT,
} from '../portfolio/synthesis.ts';
import { schemaMistakes } from '../templates/schema.ts';
import { deployedIn, idsIn, valuesOf } from './deployed-resources.ts';

const EXAMPLE_CONFIGURATION = readConfiguration(EXAMPLE);
const GOVERNANCE = '111122223333';
const HUB = '444455556666';
const MANAGEMENT = '999900001111';
const EXCLUDED = '222233334444';
const MEMBER = '555566667777';

type Rollout = NonNullable<Configuration['rollout']>;

const EVERYTHING: Rollout['memberRoles']['remediate'] = {
  plan: [],
  apply: ACTIONS.map(({ id }) => id),
  breakGlass: ['arn:aws:iam::*:role/break-glass-*'],
};

let example: Synthesis | undefined;

/** The example itself, without the code of the functions. */
function ofExample(): Synthesis {
  example ??= rolledOut();
  return example;
}

/** Synthesises the example with another roll-out and hub. */
function rolledOut(rollout: Partial<Rollout> = {}, hub: Partial<Configuration['hub']> = {}): Synthesis {
  const configuration: Configuration = {
    ...EXAMPLE_CONFIGURATION,
    hub: { ...EXAMPLE_CONFIGURATION.hub, ...hub },
    rollout: { ...(EXAMPLE_CONFIGURATION.rollout as Rollout), ...rollout },
  };
  return synthesise(configuration, { 'aws:cdk:bundling-stacks': [] });
}

interface StackSetProperties {
  readonly StackSetName: string;
  readonly CallAs: string;
  readonly Capabilities?: readonly string[];
  readonly AutoDeployment: { readonly Enabled: boolean; readonly DependsOn?: readonly unknown[] };
  readonly OperationPreferences: Readonly<Record<string, unknown>>;
  readonly Parameters?: readonly { readonly ParameterKey: string }[];
  readonly StackInstancesGroup: readonly [
    {
      readonly DeploymentTargets: {
        readonly OrganizationalUnitIds: readonly string[];
        readonly Accounts?: readonly string[];
        readonly AccountFilterType?: string;
      };
      readonly Regions: readonly string[];
    },
  ];
  readonly TemplateURL: unknown;
  readonly TemplateBody?: unknown;
}

/** The stack set of a stack. */
function stackSet({ stacks }: Synthesis, id: string): StackSetProperties {
  const template = stacks[`VirtualSocStackSet${id}`];
  assert.ok(template, `no stack of ${id}`);
  const [[, resource] = [], ...others] = resourcesOf(template, 'AWS::CloudFormation::StackSet');
  assert.ok(resource && others.length === 0);
  return resource.Properties as unknown as StackSetProperties;
}

const targetsOf = (synthesis: Synthesis, id: string) =>
  stackSet(synthesis, id).StackInstancesGroup[0].DeploymentTargets;
const regionsOf = (synthesis: Synthesis, id: string) => stackSet(synthesis, id).StackInstancesGroup[0].Regions;

const RECORDERS: Rollout['recorders'] = [
  {
    accounts: [MEMBER],
    regions: ['eu-central-1', 'eu-west-1'],
    deliveryBucket: 'exmp-config-history',
    serviceLinkedRole: 'create',
  },
  { accounts: ['666677778888'], regions: ['eu-west-1'], deliveryBucket: 'exmp-other', serviceLinkedRole: 'exists' },
];

const CORRECTED: Partial<Rollout> = {
  configRules: {
    ...(EXAMPLE_CONFIGURATION.rollout as Rollout).configRules,
    correct: ['s3-bucket-versioning-enabled'],
  },
  memberRoles: { publish: true, remediate: EVERYTHING },
};

describe('the roll-out of the example', () => {
  let synthesis: Synthesis;

  before(function () {
    this.timeout(SYNTHESIS_TIMEOUT);
    synthesis = ofExample();
  });

  it('has a stack for each stack set, and plain ones for the management account', () => {
    assert.deepEqual(
      Object.keys(synthesis.stacks)
        .filter((id) => id !== 'VirtualSocPortfolio')
        .sort(),
      [
        'VirtualSocManagementConfigRules-eu-central-1',
        'VirtualSocManagementConfigRules-eu-west-1',
        'VirtualSocManagementConfigRules-us-east-1',
        'VirtualSocManagementMemberRoles',
        'VirtualSocStackSetConfigRules',
        'VirtualSocStackSetLaunchRole',
        'VirtualSocStackSetMemberRoles',
      ],
    );
  });

  it('names the stack sets so that commands find them', () => {
    assert.deepEqual(
      ['LaunchRole', 'MemberRoles', 'ConfigRules'].map((id) => stackSet(synthesis, id).StackSetName),
      ['virtual-soc-launch-role', 'virtual-soc-member-roles', 'virtual-soc-config-rules'],
    );
  });

  it('covers all accounts of the units, those that join too, but the excluded', () => {
    for (const id of ['ConfigRules', 'MemberRoles']) {
      assert.deepEqual(targetsOf(synthesis, id), {
        OrganizationalUnitIds: ['r-exmp'],
        Accounts: [EXCLUDED],
        AccountFilterType: 'DIFFERENCE',
      });
      assert.deepEqual(stackSet(synthesis, id).AutoDeployment, { Enabled: true, RetainStacksOnAccountRemoval: false });
    }
  });

  it('keeps an excluded account free of everything, also where automatic deployment forgets that it is excluded', () => {
    for (const name of ['VirtualSocConfigRules', 'VirtualSocMemberRoles']) {
      const template = synthesis.members[name];
      assert.ok(template);
      const made = (account: string) => idsIn(template, { account, region: 'eu-west-1' });

      assert.deepEqual(made(EXCLUDED), ['Always'], name);
      assert.ok(made(MEMBER).length > 1, name);
    }
  });

  it('rolls the rules out in every Region, and the roles in one', () => {
    assert.deepEqual(regionsOf(synthesis, 'ConfigRules'), ['eu-west-1', 'eu-central-1', 'us-east-1']);
    assert.deepEqual(regionsOf(synthesis, 'MemberRoles'), ['eu-west-1']);
  });

  it('gives the launch role to the hub account only, for good', () => {
    assert.deepEqual(targetsOf(synthesis, 'LaunchRole'), {
      OrganizationalUnitIds: ['r-exmp'],
      Accounts: [HUB],
      AccountFilterType: 'INTERSECTION',
    });
    assert.deepEqual(stackSet(synthesis, 'LaunchRole').AutoDeployment, { Enabled: false });
    assert.deepEqual(regionsOf(synthesis, 'LaunchRole'), ['eu-west-1']);
  });

  it('makes the launch role in no other account, whatever the stack set reaches', () => {
    const { launchRole } = synthesis;
    const made = (account: string) => idsIn(launchRole, { account, region: 'eu-west-1' });

    assert.deepEqual(made(MEMBER), ['Always']);
    assert.ok(made(HUB).length > 1);
  });

  it('goes on whatever fails, in all Regions at a time, and queues operations that meet', () => {
    for (const id of ['LaunchRole', 'ConfigRules', 'MemberRoles']) {
      assert.deepEqual(stackSet(synthesis, id).OperationPreferences, {
        ConcurrencyMode: 'SOFT_FAILURE_TOLERANCE',
        FailureTolerancePercentage: 100,
        MaxConcurrentPercentage: 100,
        RegionConcurrencyType: 'PARALLEL',
      });
      const properties = stackSet(synthesis, id) as unknown as Record<string, unknown>;
      assert.deepEqual(properties['ManagedExecution'], { Active: true });
      assert.equal(properties['PermissionModel'], 'SERVICE_MANAGED');
    }
  });

  it('deploys as the delegated administrator that the configuration says it is', () => {
    assert.equal(stackSet(synthesis, 'ConfigRules').CallAs, 'DELEGATED_ADMIN');
    const asManagement = rolledOut({ callAs: 'management-account', managementAccount: GOVERNANCE });
    assert.equal(stackSet(asManagement, 'ConfigRules').CallAs, 'SELF');
  }).timeout(SYNTHESIS_TIMEOUT);

  it('acknowledges roles where there are some, and nowhere else', () => {
    assert.deepEqual(
      ['LaunchRole', 'MemberRoles', 'ConfigRules'].map((id) => stackSet(synthesis, id).Capabilities),
      [['CAPABILITY_NAMED_IAM'], ['CAPABILITY_NAMED_IAM'], undefined],
    );
  });

  it('leaves every template in a bucket, since the request has no room for it', () => {
    for (const id of ['LaunchRole', 'MemberRoles', 'ConfigRules']) {
      const { TemplateURL, TemplateBody } = stackSet(synthesis, id);
      assert.match(JSON.stringify(TemplateURL), /cdk-hnb659fds-assets-111122223333-eu-west-1\/[0-9a-f]{64}\.json/);
      assert.equal(TemplateBody, undefined);
    }
  });

  it('gives the management account what the others get, as plain stacks', () => {
    const place = (region: string) => ({ account: MANAGEMENT, region });
    for (const region of ['eu-west-1', 'eu-central-1', 'us-east-1']) {
      const own = synthesis.stacks[`VirtualSocManagementConfigRules-${region}`];
      const others = synthesis.members['VirtualSocConfigRules'];
      assert.ok(own && others);
      assert.deepEqual(deployedIn(own, place(region)), deployedIn(others, place(region)));
    }
    const own = synthesis.stacks['VirtualSocManagementMemberRoles'];
    const others = synthesis.members['VirtualSocMemberRoles'];
    assert.ok(own && others);
    assert.deepEqual(deployedIn(own, place('eu-west-1')), deployedIn(others, place('eu-west-1')));
  });

  it('evaluates what is global in one Region, and what only us-east-1 has there', () => {
    const template = synthesis.members['VirtualSocConfigRules'];
    assert.ok(template);
    const namesIn = (region: string) =>
      valuesOf(template, { account: MEMBER, region }, 'AWS::Config::ConformancePack', 'ConformancePackName');

    assert.ok(namesIn('eu-west-1').includes('virtual-soc-global'));
    assert.ok(!namesIn('eu-central-1').includes('virtual-soc-global'));
    assert.ok(namesIn('us-east-1').includes('virtual-soc-us-east-1'));
    assert.ok(!namesIn('eu-west-1').includes('virtual-soc-us-east-1'));
  });
});

describe('the order of a roll-out', () => {
  it('has the portfolio before the launch role, which takes it', () => {
    assert.deepEqual(ofExample().dependencies['VirtualSocStackSetLaunchRole'], ['VirtualSocPortfolio']);
  });

  it('has recorders before the rules that need what they record', () => {
    const { dependencies } = rolledOut({ recorders: RECORDERS });

    assert.deepEqual(dependencies['VirtualSocStackSetConfigRules'], [
      'VirtualSocStackSetRecorders1',
      'VirtualSocStackSetRecorders2',
    ]);
  });

  it('has the roles before rules that are corrected with one, also in an account that joins', () => {
    const synthesis = rolledOut(CORRECTED);
    const [arn] = stackSet(synthesis, 'ConfigRules').AutoDeployment.DependsOn ?? [];

    assert.deepEqual(synthesis.dependencies['VirtualSocStackSetConfigRules'], ['VirtualSocStackSetMemberRoles']);
    assert.deepEqual(synthesis.dependencies['VirtualSocManagementConfigRules-eu-west-1'], [
      'VirtualSocManagementMemberRoles',
    ]);
    assert.match(JSON.stringify(arn), /:cloudformation:eu-west-1:999900001111:stackset\//);
  });

  it('has no order among what needs nothing of each other', () => {
    const synthesis = ofExample();

    assert.deepEqual(synthesis.dependencies['VirtualSocStackSetConfigRules'], []);
    assert.equal(stackSet(synthesis, 'ConfigRules').AutoDeployment.DependsOn, undefined);
  });

  it('names no stack set whose account nobody has said', () => {
    const { managementAccount: _, ...others } = EXAMPLE_CONFIGURATION.rollout as Rollout;
    const synthesis = synthesise(
      { ...EXAMPLE_CONFIGURATION, rollout: { ...others, ...CORRECTED } },
      { 'aws:cdk:bundling-stacks': [] },
    );

    assert.equal(stackSet(synthesis, 'ConfigRules').AutoDeployment.DependsOn, undefined);
    assert.ok(!Object.keys(synthesis.stacks).some((id) => id.startsWith('VirtualSocManagement')));
  });
}).timeout(SYNTHESIS_TIMEOUT);

describe('recorders', () => {
  it('go to the accounts and Regions that are named, the first Region first, and to nobody who joins', () => {
    const synthesis = rolledOut({ recorders: RECORDERS });
    const { StackSetName, AutoDeployment, OperationPreferences } = stackSet(synthesis, 'Recorders1');

    assert.equal(StackSetName, 'virtual-soc-recorders-1');
    assert.deepEqual(targetsOf(synthesis, 'Recorders1'), {
      OrganizationalUnitIds: ['r-exmp'],
      Accounts: [MEMBER],
      AccountFilterType: 'INTERSECTION',
    });
    assert.deepEqual(AutoDeployment, { Enabled: false });
    assert.equal(OperationPreferences['RegionConcurrencyType'], 'SEQUENTIAL');
    assert.deepEqual(OperationPreferences['RegionOrder'], ['eu-central-1', 'eu-west-1']);
    assert.deepEqual(regionsOf(synthesis, 'Recorders2'), ['eu-west-1']);
  });

  it('are none where none are named', () => {
    assert.ok(!Object.keys(ofExample().stacks).some((id) => id.includes('Recorder')));
  });
}).timeout(SYNTHESIS_TIMEOUT);

describe('the launch role of a roll-out', () => {
  const access = ({ launchRole }: Synthesis) =>
    Object.values(deployedIn(launchRole, { account: HUB, region: 'eu-west-1' }))
      .map(({ Type, Properties }) => ({ Type, Properties }))
      .filter(({ Type }) => /PrincipalAssociation|AcceptedPortfolioShare/.test(Type));

  it('brings the launchers, who do not go with a share of an account', () => {
    const synthesis = ofExample();

    assert.deepEqual(access(synthesis), [
      {
        Type: 'AWS::ServiceCatalog::PortfolioPrincipalAssociation',
        Properties: {
          PortfolioId: '<PortfolioId>',
          PrincipalARN: 'arn:aws:iam:::role/SecurityOperations',
          PrincipalType: 'IAM_PATTERN',
        },
      },
    ]);
    assert.deepEqual(
      stackSet(synthesis, 'LaunchRole').Parameters?.map(({ ParameterKey }) => ParameterKey),
      ['PortfolioId'],
    );
  });

  it('accepts a share of an account before the launchers are let in', () => {
    const synthesis = rolledOut({}, { share: 'account' });

    assert.deepEqual(
      access(synthesis).map(({ Type }) => Type.split('::').at(-1)),
      ['AcceptedPortfolioShare', 'PortfolioPrincipalAssociation'],
    );
    const { LauncherSecurityOperations } = synthesis.launchRole.Resources;
    assert.deepEqual(LauncherSecurityOperations?.DependsOn, ['PortfolioShare']);
    assert.deepEqual(schemaMistakes(synthesis.launchRole), []);
  });

  it('brings no launchers where they go with the share of a unit, which the hub account may be found under', () => {
    const synthesis = rolledOut({ targets: ['ou-exmp-workload1'] }, { node: 'ou-exmp-secops01' });

    assert.deepEqual(access(synthesis), []);
    assert.equal(stackSet(synthesis, 'LaunchRole').Parameters, undefined);
    assert.deepEqual(targetsOf(synthesis, 'LaunchRole').OrganizationalUnitIds, [
      'ou-exmp-workload1',
      'ou-exmp-secops01',
    ]);
  });

  it('takes nothing where the portfolio is shared by hand', () => {
    assert.deepEqual(access(rolledOut({}, { share: 'none' })), []);
  });

  it('is a stack and no stack set where governance and hub are one account, which shares with nobody', () => {
    const synthesis = rolledOut({}, { account: GOVERNANCE, share: 'none' });

    assert.ok('VirtualSocLaunchRole' in synthesis.stacks);
    assert.ok(!('VirtualSocStackSetLaunchRole' in synthesis.stacks));
    assert.ok('VirtualSocStackSetConfigRules' in synthesis.stacks);
    assert.ok(synthesis.dependencies['VirtualSocPortfolio']?.includes('VirtualSocLaunchRole'));
    assert.deepEqual(access(synthesis), []);
  });

  it('is a stack where the hub is the management account, which stack sets never reach', () => {
    const synthesis = rolledOut({}, { account: MANAGEMENT });

    assert.ok('VirtualSocLaunchRole' in synthesis.stacks);
    assert.ok(!('VirtualSocStackSetLaunchRole' in synthesis.stacks));
  });
}).timeout(SYNTHESIS_TIMEOUT);

describe('the two forms of the rules', () => {
  it('have the same rules of the same names in every Region', () => {
    const { configRules, regions } = EXAMPLE_CONFIGURATION.rollout as Rollout;
    const templateOf = (rendering: Rollout['configRules']['rendering']) => {
      const { members } = rolledOut({ configRules: { ...configRules, rendering } });
      assert.ok(members['VirtualSocConfigRules']);
      return members['VirtualSocConfigRules'];
    };
    const packs = templateOf('conformance-packs');
    const single = templateOf('config-rules');

    for (const region of regions) {
      const place = { account: MEMBER, region };
      const bodies = valuesOf(packs, place, 'AWS::Config::ConformancePack', 'TemplateBody').join('\n');
      const inPacks = [...bodies.matchAll(/ConfigRuleName: (\S+)/g)].map(([, name]) => name);
      const alone = valuesOf(single, place, 'AWS::Config::ConfigRule', 'ConfigRuleName');
      assert.ok(alone.length > 100, region);
      assert.deepEqual(inPacks.sort(), alone.sort());
    }
  });
}).timeout(SYNTHESIS_TIMEOUT);

describe('a roll-out', () => {
  const accounts = (count: number) => Array.from({ length: count }, (_, index) => String(index + 1).padStart(12, '0'));

  it('is nothing where the configuration has none', () => {
    const { rollout: _, ...without } = EXAMPLE_CONFIGURATION;
    const { stacks, members } = synthesise(without, { 'aws:cdk:bundling-stacks': [] });

    assert.deepEqual(Object.keys(stacks).sort(), ['VirtualSocLaunchRole', 'VirtualSocPortfolio']);
    assert.deepEqual(members, {});
  });

  it('can leave out a thousand accounts, in the targets and in every template', () => {
    const excluded = accounts(1000);
    const synthesis = rolledOut({ excludedAccounts: excluded });

    assert.deepEqual(targetsOf(synthesis, 'ConfigRules').Accounts, excluded);
    for (const template of Object.values(synthesis.members).filter((one) => one !== synthesis.launchRole)) {
      const made = (account: string) => idsIn(template, { account, region: 'eu-west-1' });
      const spared = excluded.filter((account) => made(account).join() === 'Always');
      assert.deepEqual(spared, excluded);
      assert.ok(made('000000001001').length > 1);
    }
  });

  it('gives the hub account its launch role, though it is excluded from the rest', () => {
    const synthesis = rolledOut({ excludedAccounts: [HUB] });

    assert.deepEqual(targetsOf(synthesis, 'LaunchRole').Accounts, [HUB]);
    assert.ok(idsIn(synthesis.launchRole, { account: HUB, region: 'eu-west-1' }).includes('Role1ABCC5F0'));
  });

  it('leaves out nobody where nobody is excluded', () => {
    assert.deepEqual(targetsOf(rolledOut({ excludedAccounts: [] }), 'ConfigRules'), {
      OrganizationalUnitIds: ['r-exmp'],
    });
  });

  it('has no stack set of roles where no role is wanted', () => {
    const without = rolledOut({ memberRoles: { publish: false, remediate: { plan: [], apply: [], breakGlass: [] } } });

    assert.ok(!Object.keys(without.stacks).some((id) => id.includes('MemberRoles')));
  });

  it('lets remediation do what each of its actions needs, in policies that IAM takes, and never touch our own roles', () => {
    const { members } = rolledOut({ memberRoles: { publish: false, remediate: EVERYTHING } });
    const { Resources = {} } = members['VirtualSocMemberRoles'] ?? {};
    const policies = Object.entries(Resources).filter(([id]) => id.startsWith('RemediatePolicy'));
    const statements = policies.flatMap(
      ([, { Properties }]) => (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement,
    );
    const allowed = new Set(statements.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action));
    const needed = ACTIONS.flatMap(({ permissions: { read, apply } }) => [...read, ...apply]).flatMap(
      ({ actions }) => actions,
    );

    assert.deepEqual(
      needed.filter((action) => !allowed.has(action)),
      [],
    );
    for (const [id, { Properties }] of policies) {
      const deployed = JSON.stringify(Properties['PolicyDocument'])
        .replace(/\{"Fn::Sub":("[^"]*")\}/g, '$1')
        .replaceAll('${AWS::AccountId}', HUB)
        .replaceAll('${AWS::Partition}', 'aws-us-gov');
      assert.ok(deployed.length <= 6144, id);
    }
    assert.ok(policies.length <= 10);
    assert.ok(
      statements.some(({ Effect, Resource }) => Effect === 'Deny' && /virtual-soc/.test(JSON.stringify(Resource))),
    );
    assert.ok(Object.keys(Resources).includes('IsolationGroup'));
  });

  it('fits into a template with every rule by itself', () => {
    const { configRules } = EXAMPLE_CONFIGURATION.rollout as Rollout;
    const { members } = rolledOut({ configRules: { ...configRules, rendering: 'config-rules', level: 'full' } });

    assert.ok(Object.keys(members['VirtualSocConfigRules']?.Resources ?? {}).length > 400);
  });

  it('says which rules of the configuration cannot be rolled out, and where they are named', () => {
    const { configRules } = EXAMPLE_CONFIGURATION.rollout as Rollout;

    assert.throws(
      () => rolledOut({ configRules: { ...configRules, without: ['no-such-rule'] } }),
      /rollout\.configRules\.without\.no-such-rule: there is no rule/,
    );
  });
}).timeout(SYNTHESIS_TIMEOUT);
