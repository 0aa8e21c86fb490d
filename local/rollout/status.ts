/** How a roll-out is, stack by stack. Pure: no SDK, clock or terminal. */
import { type Configuration, hubOfStackSet } from '../../portfolio/configuration.ts';
import { STACK_SETS } from '../../stacksets/names.ts';
import type { Rollout } from '../../stacksets/rollout-configuration.ts';
import type { Organization } from '../organization/organization.ts';
import { SECURITY_HUB } from '../organization/services.ts';
import type { Aggregator, PackState, Sources } from './config-aggregator-reader.ts';
import { causeOf, type FailureCause } from './failure-causes.ts';
import { type Known, unknown } from './known.ts';
import { type Place, type PlaceKey, placeKey } from './place.ts';
import { rolloutAccounts } from './rollout-accounts.ts';
import { contentIn, memberRoles, recorderPlaces, type RolloutContent } from './rollout-content.ts';
import type {
  OperationResult,
  StackInstance,
  StackSetOperation,
  StackSetState,
  StackState,
} from './stack-set-reader.ts';

/** A stack set that there should be, and where. */
export interface ExpectedStackSet {
  readonly name: string;
  readonly places: readonly Place[];
}

/** What was read of a stack set. */
export interface StackSetFacts {
  /** Undefined: there is none of that name. */
  readonly stackSet: StackSetState | undefined;
  readonly instances: readonly StackInstance[];
  /** Newest first. */
  readonly operations: readonly StackSetOperation[];
  /** Of the newest operation. */
  readonly failures: readonly OperationResult[];
}

/** A plain stack of the management account. */
export interface ManagementStack {
  readonly name: string;
  readonly region: string;
  /** Known and undefined: there is none. */
  readonly stack: Known<StackState | undefined>;
}

export interface StatusFacts {
  readonly organization: Organization;
  /** By name; those that could not be read with the reason. */
  readonly stackSets: ReadonlyMap<string, Known<StackSetFacts>>;
  readonly managementStacks: readonly ManagementStack[];
  readonly aggregator: Known<StatusAggregator>;
  /** Whether any finding of a pack is in Security Hub. */
  readonly packFindings: Known<boolean>;
}

export interface StatusAggregator {
  readonly aggregator: Aggregator;
  readonly sources: Known<Sources>;
  readonly packs: Known<readonly PackState[]>;
}

/**
 * Exactly one for each place that a stack set should be in. `current`: there, in the newest version. `running`: an operation is at
 * it, or about to be. `failed`: the last one failed. `outdated`: there in an older version, or cancelled. `skipped`: the account
 * was suspended then. `inoperable`: it can only be deleted. `missing`: no stack instance. `unknown`: could not be read.
 */
export const INSTANCE_STATES = [
  'current',
  'running',
  'failed',
  'outdated',
  'skipped',
  'inoperable',
  'missing',
  'unknown',
] as const;
export type InstanceState = (typeof INSTANCE_STATES)[number];

/** States that are neither good nor on their way to it. */
const BAD_STATES: readonly InstanceState[] = ['failed', 'outdated', 'skipped', 'inoperable', 'missing', 'unknown'];

export interface PlaceStatus extends Place {
  readonly stackSet: string;
  readonly state: InstanceState;
  /** As CloudFormation says it. */
  readonly reason?: string;
  /** Of `failed`. */
  readonly cause?: FailureCause;
  readonly drifted?: true;
}

export interface StackSetStatus {
  readonly name: string;
  /** `unknown`: could not be read. */
  readonly exists: boolean | 'unknown';
  readonly reason?: string;
  readonly state?: StackSetState;
  readonly lastOperation?: StackSetOperation;
  /** Operations that run or wait. */
  readonly underWay: number;
  readonly counts: Readonly<Record<InstanceState, number>>;
  /** Stack instances where the roll-out is not meant to be any more. */
  readonly strays: readonly Place[];
}

/** A pack that should be in a place. */
export interface MissingPack extends Place {
  readonly name: string;
}

export interface PackStatus {
  readonly expected: number;
  readonly present: number;
  readonly missing: readonly MissingPack[];
  /** Packs whose place the aggregator does not know well enough. */
  readonly unknown: number;
  readonly compliance: Readonly<Record<string, number>>;
}

/** `arrived`; `none`: packs are deployed, and nothing has come; `nothing-deployed`: nothing can have come. */
export type PackFindings = 'arrived' | 'none' | 'nothing-deployed' | 'not-used';

/** How what failed in a stack set is tried again, once its cause is gone. */
export interface Retry {
  readonly stackSet: string;
  readonly places: number;
  /** AWS CLI, for credentials of the governance account. */
  readonly command: string;
}

export interface RolloutStatus {
  readonly organization: string;
  /** Nothing needs a person: see {@link problemsOf}. */
  readonly healthy: boolean;
  /** For people: what makes it unhealthy. */
  readonly problems: readonly string[];
  readonly stackSets: readonly StackSetStatus[];
  readonly places: readonly PlaceStatus[];
  readonly retries: readonly Retry[];
  readonly managementStacks: readonly ManagementStack[];
  readonly packs: Known<PackStatus>;
  readonly packFindings: Known<PackFindings>;
}

/** The stack sets that a configuration asks for, and the places that each should be in. */
export function expectedStackSets(
  configuration: Configuration,
  rollout: Rollout,
  organization: Organization,
): ExpectedStackSet[] {
  const { portfolio } = configuration;
  const covered = rolloutAccounts(organization, rollout)
    .filter(({ delivery, leftOut }) => delivery === 'stack-set' && leftOut === undefined)
    .map(({ id }) => id);
  const reached = new Set(covered);
  const allIn = (region: string) => covered.map((account) => ({ account, region }));
  const hub = hubOfStackSet(configuration);
  return [
    ...(hub === undefined
      ? []
      : [{ name: STACK_SETS.launchRole, places: [{ account: hub, region: portfolio.region }] }]),
    ...recorderPlaces(rollout).map(({ stackSet, places }) => ({
      name: stackSet,
      places: places.filter(({ account }) => reached.has(account)),
    })),
    ...(memberRoles(rollout).length > 0 ? [{ name: STACK_SETS.memberRoles, places: allIn(portfolio.region) }] : []),
    { name: STACK_SETS.configRules, places: rollout.regions.flatMap(allIn) },
  ];
}

/** The account that Security Hub is administered from; undefined where there is none. */
export function hubAccount({ hub }: Configuration, { delegations }: Organization): string | undefined {
  if (hub.account !== 'discover') return hub.account;
  return delegations.find(({ principal }) => principal === SECURITY_HUB)?.accountId;
}

/** Tells how a roll-out is. */
export function rolloutStatus(
  configuration: Configuration,
  rollout: Rollout,
  content: RolloutContent,
  facts: StatusFacts,
): RolloutStatus {
  const expected = expectedStackSets(configuration, rollout, facts.organization);
  const looked = expected.map((one) => lookAt(one, facts.stackSets.get(one.name) ?? unknown('it was not asked for')));
  const stackSets = looked.map(({ status }) => status);
  const places = looked.flatMap((one) => one.places);
  const current = places.filter(({ stackSet, state }) => stackSet === STACK_SETS.configRules && state === 'current');
  const packs = packStatus(rollout, content, current, facts.aggregator);
  const packFindings = findingsOf(rollout, current.length > 0, facts.packFindings);
  const { managementStacks } = facts;
  const problems = problemsOf({ stackSets, places, managementStacks, packs, packFindings });
  return {
    organization: facts.organization.id,
    healthy: problems.length === 0,
    problems,
    stackSets,
    places,
    retries: stackSets
      .filter(({ exists }) => exists === true)
      .flatMap(({ name }) => retriesOf(name, places, configuration, rollout)),
    managementStacks,
    packs,
    packFindings,
  };
}

/** Accounts that a command names; with more it is for all below the targets, to whom it does nothing new. */
const MOST_NAMED = 20;

/** Stack instances that are there are updated, others are made: AWS has a call for each. */
function retriesOf(
  stackSet: string,
  places: readonly PlaceStatus[],
  { portfolio }: Configuration,
  { callAs, targets, excludedAccounts }: Rollout,
): Retry[] {
  const own = places.filter((place) => place.stackSet === stackSet);
  const calls = [
    ['update-stack-instances', own.filter(({ state }) => ['failed', 'outdated', 'skipped'].includes(state))],
    ['create-stack-instances', own.filter(({ state }) => state === 'missing')],
  ] as const;
  return calls.flatMap(([call, found]) => {
    if (found.length === 0) return [];
    const accounts = [...new Set(found.map(({ account }) => account))];
    const regions = [...new Set(found.map(({ region }) => region))];
    // What is for some accounts must not go to others.
    const isForAll = stackSet === STACK_SETS.configRules || stackSet === STACK_SETS.memberRoles;
    const filter =
      accounts.length <= MOST_NAMED || !isForAll
        ? `,Accounts=${accounts.join(',')},AccountFilterType=INTERSECTION`
        : excludedAccounts.length > 0
          ? `,Accounts=${excludedAccounts.join(',')},AccountFilterType=DIFFERENCE`
          : '';
    const command = [
      `aws cloudformation ${call} --region ${portfolio.region} --stack-set-name ${stackSet}`,
      ...(callAs === 'delegated-administrator' ? ['--call-as DELEGATED_ADMIN'] : []),
      `--deployment-targets OrganizationalUnitIds=${targets.join(',')}${filter}`,
      `--regions ${regions.join(' ')}`,
      '--operation-preferences FailureTolerancePercentage=100,MaxConcurrentPercentage=100,ConcurrencyMode=SOFT_FAILURE_TOLERANCE,RegionConcurrencyType=PARALLEL',
    ].join(' ');
    return [{ stackSet, places: found.length, command }];
  });
}

function lookAt(
  { name, places: expected }: ExpectedStackSet,
  facts: Known<StackSetFacts>,
): { status: StackSetStatus; places: PlaceStatus[] } {
  if (!facts.known || facts.value.stackSet === undefined) {
    const state = facts.known ? 'missing' : 'unknown';
    const places = expected.map((place) => ({ ...place, stackSet: name, state }) as const);
    const reason = facts.known ? {} : { reason: facts.reason };
    const exists = facts.known ? false : 'unknown';
    return { status: { name, exists, ...reason, underWay: 0, counts: countInstances(places), strays: [] }, places };
  }
  const { stackSet, instances, operations, failures } = facts.value;
  const byPlace = new Map(instances.map((instance) => [placeKey(instance), instance]));
  const failed = new Map(failures.map((failure) => [placeKey(failure), failure]));
  const places = expected.map((place) => placeStatus(name, place, byPlace.get(placeKey(place)), failed));
  const wanted = new Set(expected.map(placeKey));
  const [lastOperation] = operations;
  return {
    places,
    status: {
      name,
      exists: true,
      state: stackSet,
      ...(lastOperation === undefined ? {} : { lastOperation }),
      underWay: operations.filter(({ status }) => ['RUNNING', 'QUEUED', 'STOPPING'].includes(status)).length,
      counts: countInstances(places),
      strays: instances
        .filter((instance) => !wanted.has(placeKey(instance)))
        .map(({ account, region }) => ({ account, region })),
    },
  };
}

function placeStatus(
  stackSet: string,
  { account, region }: Place,
  instance: StackInstance | undefined,
  failures: ReadonlyMap<PlaceKey, OperationResult>,
): PlaceStatus {
  const failure = failures.get(placeKey({ account, region }));
  const status = { account, region, stackSet };
  if (instance === undefined) {
    // An operation that fails before there is a stack leaves a result and nothing else.
    if (failure === undefined) return { ...status, state: 'missing' };
    return { ...status, state: 'failed', ...reasonOf(failure.reason), cause: causeOf(failure.reason) };
  }
  const state = stateOf(instance);
  const reason = instance.reason ?? (state === 'failed' ? failure?.reason : undefined);
  return {
    ...status,
    state,
    ...(state === 'current' ? {} : reasonOf(reason)),
    ...(state === 'failed' ? { cause: causeOf(reason) } : {}),
    ...(instance.driftStatus === 'DRIFTED' ? { drifted: true as const } : {}),
  };
}

function reasonOf(reason: string | undefined): { reason?: string } {
  return reason === undefined ? {} : { reason };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackInstanceComprehensiveStatus.html */
function stateOf({ status, detailedStatus }: StackInstance): InstanceState {
  if (status === 'INOPERABLE' || detailedStatus === 'INOPERABLE') return 'inoperable';
  switch (detailedStatus) {
    case 'PENDING':
    case 'RUNNING':
      return 'running';
    case 'FAILED':
    case 'FAILED_IMPORT':
      return 'failed';
    case 'SKIPPED_SUSPENDED_ACCOUNT':
      return 'skipped';
    case undefined:
    default:
      return status === 'CURRENT' ? 'current' : 'outdated';
  }
}

/** How many places are in each state. */
export function countInstances(places: readonly { readonly state: InstanceState }[]): Record<InstanceState, number> {
  const counts = Object.fromEntries(INSTANCE_STATES.map((state) => [state, 0])) as Record<InstanceState, number>;
  for (const { state } of places) counts[state] += 1;
  return counts;
}

function packStatus(
  rollout: Rollout,
  content: RolloutContent,
  current: readonly Place[],
  aggregator: StatusFacts['aggregator'],
): Known<PackStatus> {
  if (content.packs.length === 0) return unknown('rules are rolled out one by one, without packs');
  if (!aggregator.known) return aggregator;
  const { aggregator: found, packs, sources } = aggregator.value;
  if (!packs.known) return packs;
  const there = new Map(packs.value.map((pack) => [`${placeKey(pack)}/${pack.name}`, pack]));
  const byRegion = new Map(rollout.regions.map((region) => [region, contentIn(region, rollout, content).packs]));
  const missing: MissingPack[] = [];
  const compliance: Record<string, number> = {};
  let expected = 0;
  let present = 0;
  let unclear = 0;
  for (const { account, region } of current) {
    for (const { name } of byRegion.get(region) ?? []) {
      expected += 1;
      const pack = there.get(`${placeKey({ account, region })}/${name}`);
      if (pack !== undefined) {
        present += 1;
        compliance[pack.compliance] = (compliance[pack.compliance] ?? 0) + 1;
      } else if (isCollected(found, sources, { account, region })) missing.push({ account, region, name });
      else unclear += 1;
    }
  }
  return { known: true, value: { expected, present, missing, unknown: unclear, compliance } };
}

/** Whether what the aggregator does not have of a place is not there. */
function isCollected(aggregator: Aggregator, sources: Known<Sources>, place: Place): boolean {
  const collects = aggregator.regions === undefined || aggregator.regions.includes(place.region);
  if (!collects || !sources.known || sources.value.organizationFailure !== undefined) return false;
  return sources.value.places.get(placeKey(place))?.status === 'SUCCEEDED';
}

function findingsOf(rollout: Rollout, isDeployed: boolean, arrived: Known<boolean>): Known<PackFindings> {
  if (rollout.configRules.rendering !== 'conformance-packs') return { known: true, value: 'not-used' };
  if (!arrived.known) return arrived;
  if (arrived.value) return { known: true, value: 'arrived' };
  return { known: true, value: isDeployed ? 'none' : 'nothing-deployed' };
}

/** What a person has to look at. Optional sources that could not be read are none; a stack set that could not be read is. */
function problemsOf(status: Omit<RolloutStatus, 'organization' | 'healthy' | 'problems' | 'retries'>): string[] {
  const { stackSets, places, managementStacks, packs, packFindings } = status;
  const gone = stackSets.filter(({ exists }) => exists === false).map(({ name }) => name);
  const unread = stackSets.filter(({ exists }) => exists === 'unknown').map(({ name }) => name);
  const bad = BAD_STATES.flatMap((state) => {
    // Those of a whole stack set are said once.
    const count = places.filter(
      (place) => place.state === state && ![...gone, ...unread].includes(place.stackSet),
    ).length;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  const drifted = places.filter((place) => place.drifted === true).length;
  const stacks = managementStacks.filter(({ stack }) => stack.known && !isGoodStack(stack.value));
  return [
    ...(gone.length > 0 ? [`no stack set ${gone.join(', ')}`] : []),
    ...(unread.length > 0 ? [`${unread.join(', ')} could not be read`] : []),
    ...(bad.length > 0 ? [`stack instances: ${bad.join(', ')}`] : []),
    ...(drifted > 0 ? [`${drifted} drifted`] : []),
    ...(stacks.length > 0 ? [`${stacks.length} plain stacks of the management account missing or failed`] : []),
    ...(packs.known && packs.value.missing.length > 0
      ? [`${packs.value.missing.length} packs missing although their stack is current`]
      : []),
    ...(packFindings.known && packFindings.value === 'none' ? ['no finding of a pack has reached Security Hub'] : []),
  ];
}

/** Whether a plain stack is there and whole; one that is being changed counts as well. */
export function isGoodStack(stack: StackState | undefined): boolean {
  if (stack === undefined) return false;
  return /^(CREATE|UPDATE|IMPORT)_(COMPLETE|IN_PROGRESS|COMPLETE_CLEANUP_IN_PROGRESS)$/.test(stack.status);
}
