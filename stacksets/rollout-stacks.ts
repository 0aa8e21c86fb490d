/**
 * What the governance account deploys for the other accounts: one stack for each stack set, so that an operation that fails never
 * rolls back another one, and plain stacks of the same templates for the management account, which stack sets never reach.
 */
import { type App, Aws, type Environment, Stack } from 'aws-cdk-lib';
import { iamUserIsolationGroup } from '../lambda/remediation/actions/iam-user-isolation-group.ts';
import { type Configuration, hubOfStackSet } from '../portfolio/configuration.ts';
import { LaunchRoleStack, type LaunchRoleStackProps, PORTFOLIO_PARAMETER } from '../portfolio/launch-role.ts';
import type { VirtualSocPortfolio } from '../portfolio/virtual-soc-portfolio.ts';
import type { ConfigRule } from './config-rule.ts';
import { ConfigRulesStack, type RolledOutRules } from './config-rules-stack.ts';
import { correctionStatements } from './correction-statements.ts';
import { addMemberTemplate } from './member-template.ts';
import { MemberRolesStack, type MemberRolesStackProps } from './member-roles-stack.ts';
import { MANAGEMENT_STACKS, STACK_SETS } from './names.ts';
import { RecorderStack } from './recorder-stack.ts';
import { remediationGrants, remediationStatements } from './remediation-statements.ts';
import { globalRegionOf, MOST_TARGETS, type Rollout } from './rollout-configuration.ts';
import { StackSet, type StackSetProps } from './stack-set.ts';

export interface RolloutProps {
  readonly configuration: Configuration;
  readonly rollout: Rollout;
  readonly portfolio: VirtualSocPortfolio;
  /** What the launch role is made with, wherever it is made. */
  readonly launchRole: LaunchRoleStackProps;
  /** Rules that are rolled out, and the form that they are rolled out in. */
  readonly rules: readonly ConfigRule[];
  readonly rolledOut: RolledOutRules;
}

/** Adds the stacks of a roll-out to an app, each behind those that it needs. */
export function addRollout(app: App, props: RolloutProps): void {
  addLaunchRole(app, props);
  const recorders = props.rollout.recorders.map((_, index) => addRecorders(app, props, index));
  const roles = addMemberRoles(app, props);
  addConfigRules(app, props, recorders, roles);
}

/** The stack of one stack set, in the governance account. */
function stackOf(
  app: App,
  { configuration, rollout }: RolloutProps,
  id: string,
  stackSet: (stack: Stack) => Omit<StackSetProps, 'delegatedAdministrator' | 'concurrencyPercentage'>,
): { readonly stack: Stack; readonly stackSet: StackSet } {
  const { account, region } = configuration.portfolio;
  const stack = new Stack(app, `VirtualSocStackSet${id}`, {
    env: { account, region },
    description: `Virtual SOC: stack set, ${id}`,
    analyticsReporting: false,
  });
  return {
    stack,
    stackSet: new StackSet(stack, 'StackSet', {
      delegatedAdministrator: rollout.callAs === 'delegated-administrator',
      concurrencyPercentage: rollout.concurrencyPercentage,
      ...stackSet(stack),
    }),
  };
}

/** In the hub account only, which would not be reached by its own templates otherwise. */
function addLaunchRole(app: App, props: RolloutProps): void {
  const { configuration, rollout, portfolio } = props;
  const onlyIn = hubOfStackSet(configuration);
  if (onlyIn === undefined) return;
  const access = portfolioAccess(configuration.hub);
  const launchRole = { ...props.launchRole, onlyIn, ...(access === undefined ? {} : { portfolioAccess: access }) };
  const { stack } = stackOf(app, props, 'LaunchRole', (scope) => ({
    name: STACK_SETS.launchRole,
    description: 'Virtual SOC: launch role of the hub account',
    template: addMemberTemplate(
      scope,
      'VirtualSocLaunchRole',
      (own) => new LaunchRoleStack(own, 'VirtualSocLaunchRole', launchRole),
    ),
    // An export, so that the portfolio cannot be removed before what has taken it.
    ...(access === undefined
      ? {}
      : { parameters: { [PORTFOLIO_PARAMETER]: portfolio.exportValue(portfolio.portfolioId) } }),
    targets: { units: unitsOfHub(configuration.hub, rollout), only: [onlyIn] },
    regions: [configuration.portfolio.region],
  }));
  // It takes the portfolio, which has to be shared.
  stack.addStackDependency(portfolio);
}

/** What the hub account does about the portfolio: nothing where it goes with the share, or is done by hand. */
function portfolioAccess({ share, node, launchers }: Configuration['hub']): LaunchRoleStackProps['portfolioAccess'] {
  if (share === 'none' || node !== undefined) return undefined;
  const accept = share === 'account';
  return accept || launchers.length > 0 ? { accept, launchers } : undefined;
}

/** Units that the hub account is in: those that are covered, and the one that the portfolio is shared with. */
function unitsOfHub({ node }: Configuration['hub'], { targets }: Rollout): readonly string[] {
  const known = node === undefined || !node.startsWith('ou-') || targets.includes(node);
  return known || targets.length === MOST_TARGETS ? targets : [...targets, node];
}

function addRecorders(app: App, props: RolloutProps, index: number): Stack {
  const { rollout } = props;
  const { accounts, regions, deliveryBucket, serviceLinkedRole } = rollout.recorders[index] as Rollout['recorders'][0];
  const number = index + 1;
  return stackOf(app, props, `Recorders${number}`, (scope) => ({
    name: `${STACK_SETS.recorders}-${number}`,
    description: 'Virtual SOC: recorders of AWS Config',
    template: addMemberTemplate(
      scope,
      `VirtualSocRecorders${number}`,
      (own) =>
        new RecorderStack(own, `VirtualSocRecorders${number}`, {
          accounts,
          regions,
          deliveryBucket,
          createServiceLinkedRole: serviceLinkedRole === 'create',
          globalRegion: globalRegionOf(rollout),
        }),
    ),
    targets: { units: rollout.targets, only: accounts },
    regions,
    regionsInOrder: true,
  })).stack;
}

/** Stacks and stack set of the member roles; undefined where there are none. */
interface AddedRoles {
  readonly stack: Stack;
  readonly stackSet: StackSet;
  readonly management?: Stack;
}

function addMemberRoles(app: App, props: RolloutProps): AddedRoles | undefined {
  const { configuration, rollout, rules } = props;
  const { hub, organization, portfolio } = configuration;
  const grants = remediationGrants(rollout.memberRoles.remediate);
  const remediate = remediationStatements(hub.account, grants, rollout.memberRoles.remediate.breakGlass);
  const correct = correctionStatements(rules);
  const { publish } = rollout.memberRoles;
  if (!publish && remediate.length === 0 && correct.length === 0) return undefined;
  const roles: MemberRolesStackProps = {
    hubAccount: hub.account,
    organizationId: organization.id,
    publish,
    remediate,
    isolationGroup: grants.some(({ action }) => action === iamUserIsolationGroup),
    correct,
    coverage: { except: rollout.excludedAccounts },
  };
  const added = stackOf(app, props, 'MemberRoles', (scope) => ({
    name: STACK_SETS.memberRoles,
    description: 'Virtual SOC: roles of member accounts',
    template: addMemberTemplate(
      scope,
      'VirtualSocMemberRoles',
      (own) => new MemberRolesStack(own, 'VirtualSocMemberRoles', roles),
    ),
    targets: { units: rollout.targets, except: rollout.excludedAccounts },
    // IAM is global, and the home Region is one that every account has.
    regions: [portfolio.region],
  }));
  if (rollout.managementAccount === undefined) return added;
  const env = { account: rollout.managementAccount, region: portfolio.region };
  return { ...added, management: new MemberRolesStack(app, MANAGEMENT_STACKS.memberRoles, { env, ...roles }) };
}

function addConfigRules(app: App, props: RolloutProps, recorders: readonly Stack[], roles?: AddedRoles): void {
  const { rollout, rules, rolledOut } = props;
  const build = (scope: App, id: string, env?: Environment) =>
    new ConfigRulesStack(scope, id, {
      ...(env === undefined ? {} : { env }),
      rules: rolledOut,
      regions: rollout.regions,
      globalRegion: globalRegionOf(rollout),
      coverage: { except: rollout.excludedAccounts },
    });
  // A correction runs with a role that has to be there before it.
  const needed = rules.some(({ correction }) => correction !== undefined) ? roles : undefined;
  const { stack } = stackOf(app, props, 'ConfigRules', (scope) => ({
    name: STACK_SETS.configRules,
    description: 'Virtual SOC: rules of AWS Config',
    template: addMemberTemplate(scope, 'VirtualSocConfigRules', (own) => build(own, 'VirtualSocConfigRules')),
    targets: { units: rollout.targets, except: rollout.excludedAccounts },
    regions: rollout.regions,
    after: needed === undefined ? [] : stackSetArns(props, needed),
  }));
  for (const other of [...recorders, ...(needed === undefined ? [] : [needed.stack])]) stack.addStackDependency(other);
  if (rollout.managementAccount === undefined) return;
  for (const region of rollout.regions) {
    const env = { account: rollout.managementAccount, region };
    const own = build(app, `${MANAGEMENT_STACKS.configRules}-${region}`, env);
    if (needed?.management !== undefined) own.addStackDependency(needed.management);
  }
}

/**
 * ARN of a stack set, as far as it can be told: it is in the management account, whoever has made it.
 *
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-delegated-admin.html
 */
function stackSetArns({ configuration, rollout }: RolloutProps, { stack, stackSet }: AddedRoles): string[] {
  const { account, region } = configuration.portfolio;
  const owner = rollout.callAs === 'management-account' ? account : rollout.managementAccount;
  if (owner === undefined) return [];
  return [`arn:${Aws.PARTITION}:cloudformation:${region}:${owner}:stackset/${stack.exportValue(stackSet.stackSetId)}`];
}
