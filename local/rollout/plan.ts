/** What a roll-out would do in every account and Region, and what is in its way. Pure: no SDK, clock or terminal. */
import type { Configuration } from '../../portfolio/configuration.ts';
import { MOST_PACKS, MOST_RULES } from '../../stacksets/check-conformance-pack.ts';
import type { RuleLeftOut } from '../../stacksets/config-rule.ts';
import type { Rollout } from '../../stacksets/rollout-configuration.ts';
import { STACK_SETS as OUR_STACK_SETS } from '../../stacksets/names.ts';
import { STACK_SETS } from '../organization/services.ts';
import { isOptIn } from './account-regions-reader.ts';
import type { AggregatorFacts, PlanFacts, RuleTriggers } from './plan-facts.ts';
import type { RuleCount } from './config-aggregator-reader.ts';
import { type CostEstimate, estimateCost } from './cost.ts';
import { type Known, known, unknown } from './known.ts';
import { type Place, type PlaceKey, placeKey } from './place.ts';
import { type Reason, reasonText, type Severity } from './plan-reasons.ts';
import { isRecorded, type Recorder } from './recorder.ts';
import { type RolloutAccount, rolloutAccounts } from './rollout-accounts.ts';
import { contentIn, memberRoles, recorderPlaces, type RegionContent, type RolloutContent } from './rollout-content.ts';
import type { StackInstance } from './stack-set-reader.ts';

const RULES_OF_OURS = OUR_STACK_SETS.configRules;

/**
 * Exactly one for each place. `covered`: nothing is known to be in the way, and everything that matters is known. `partly`: it is
 * rolled out, and some rules see nothing. `blocked`: it would fail. `unknown`: something could not be read. `left-out`: it
 * gets nothing, and is not meant to.
 */
export const PLAN_STATES = ['covered', 'partly', 'blocked', 'unknown', 'left-out'] as const;
export type PlanState = (typeof PLAN_STATES)[number];

/** An account and a Region of the roll-out. */
export interface PlannedPlace extends Place {
  readonly state: PlanState;
  readonly reasons: readonly Reason[];
  readonly delivery: 'stack-set' | 'plain-stack';
  /** Roles that it gets: in the home Region only, since IAM is global. */
  readonly roles: readonly string[];
  /** Whether it gets a recorder. */
  readonly recorder: boolean;
  /** Whether our stack of rules is there already; undefined where that could not be read. */
  readonly deployed: boolean | undefined;
  /** Rules and packs that are there, at least; undefined where that could not be read. */
  readonly existingRules: number | undefined;
  readonly existingPacks: number | undefined;
}

/** Something that the whole organisation needs. */
export interface Prerequisite {
  readonly what: string;
  readonly state: 'ok' | 'missing' | 'unknown';
  /** Why it is missing. */
  readonly reason?: Reason;
  /** Why it is unknown, or where the answer comes from. */
  readonly detail?: string;
}

export interface RolloutPlan {
  readonly organization: string;
  readonly managementAccount: string;
  readonly prerequisites: readonly Prerequisite[];
  readonly accounts: readonly RolloutAccount[];
  readonly regions: readonly RegionContent[];
  readonly places: readonly PlannedPlace[];
  /** Rules that the configuration leaves out, and those that cannot be rolled out. */
  readonly rulesLeftOut: readonly RuleLeftOut[];
  readonly cost: CostEstimate;
  /** For people: what of the configuration has no effect. */
  readonly notes: readonly string[];
}

const STATE_OF: Readonly<Record<Severity, PlanState>> = {
  'left-out': 'left-out',
  blocks: 'blocked',
  unknown: 'unknown',
  gap: 'partly',
};
/** What is worst decides. */
const PRECEDENCE: readonly Severity[] = ['left-out', 'blocks', 'unknown', 'gap'];

/** Plans a roll-out. */
export function planRollout(
  configuration: Configuration,
  rollout: Rollout,
  content: RolloutContent,
  triggers: RuleTriggers,
  facts: PlanFacts,
): RolloutPlan {
  const accounts = rolloutAccounts(facts.organization, rollout);
  const regions = rollout.regions.map((region) => contentIn(region, rollout, content));
  const prerequisites = checkPrerequisites(configuration, rollout, facts);
  const missing = prerequisites.flatMap(({ reason }) => (reason === undefined ? [] : [reason]));
  const look = placeView(rollout, triggers, facts);
  const roles = memberRoles(rollout);
  const places = accounts.flatMap((account) =>
    regions.map((region): PlannedPlace => {
      const place = look(account, region);
      const reasons =
        account.leftOut === undefined && account.delivery === 'stack-set'
          ? [...missing, ...place.reasons]
          : place.reasons;
      return {
        ...place,
        state: stateOf(reasons),
        reasons,
        roles: account.leftOut === undefined && region.region === configuration.portfolio.region ? roles : [],
      };
    }),
  );
  return {
    organization: facts.organization.id,
    managementAccount: facts.organization.managementAccountId,
    prerequisites,
    accounts,
    regions,
    places,
    rulesLeftOut: content.leftOut,
    cost: estimateCost({
      regions: regions.map(({ region, rules }) => {
        const rolledOut = places.filter((place) => place.region === region && place.state !== 'left-out');
        return {
          region,
          rules,
          places: rolledOut.length,
          newRecorders: rolledOut.filter(({ recorder }) => recorder).length,
        };
      }),
      triggers,
      resources: facts.aggregator.known ? facts.aggregator.value.resources : facts.aggregator,
    }),
    notes: notesOn(configuration, rollout, accounts, facts),
  };
}

/** The state that reasons amount to. */
export function stateOf(reasons: readonly Reason[]): PlanState {
  const severities = new Set(reasons.map((reason) => reasonText(reason).severity));
  const worst = PRECEDENCE.find((severity) => severities.has(severity));
  return worst === undefined ? 'covered' : STATE_OF[worst];
}

function checkPrerequisites(
  { portfolio }: Configuration,
  { callAs }: Rollout,
  { organization, stackSetAccess }: PlanFacts,
): Prerequisite[] {
  if (organization.featureSet !== 'ALL') {
    return [{ what: 'All features of AWS Organizations', state: 'missing', reason: { code: 'all-features' } }];
  }
  const prerequisites: Prerequisite[] = [
    { what: 'All features of AWS Organizations', state: 'ok' },
    trustedAccess(stackSetAccess, organization.trustedAccess),
  ];
  if (callAs === 'management-account') {
    const what = `${portfolio.account} as management account`;
    return portfolio.account === organization.managementAccountId
      ? [...prerequisites, { what, state: 'ok' }]
      : [...prerequisites, { what, state: 'missing', reason: { code: 'not-management-account' } }];
  }
  const what = `${portfolio.account} as delegated administrator of StackSets`;
  const administrator = organization.delegations.find(
    ({ principal, accountId }) => principal === STACK_SETS && accountId === portfolio.account,
  );
  if (administrator?.state === 'ACTIVE') return [...prerequisites, { what, state: 'ok' }];
  const detail = administrator === undefined ? portfolio.account : `${portfolio.account} is ${administrator.state}`;
  return [...prerequisites, { what, state: 'missing', reason: { code: 'stack-sets-administrator', detail } }];
}

/** CloudFormation decides: AWS Organizations may list a trust that was never activated there. */
function trustedAccess(access: Known<string>, trusted: readonly string[]): Prerequisite {
  const what = 'Trusted access of StackSets';
  if (access.known) {
    return access.value === 'ENABLED'
      ? { what, state: 'ok' }
      : { what, state: 'missing', reason: { code: 'stack-sets-trust' } };
  }
  // Without the trust of AWS Organizations there can be none of CloudFormation's.
  if (!trusted.includes(STACK_SETS) && !trusted.includes(STACK_SETS.replace('member.org.', ''))) {
    return { what, state: 'missing', reason: { code: 'stack-sets-trust' } };
  }
  return {
    what,
    state: 'unknown',
    detail: `AWS Organizations has it, but whether it was activated through CloudFormation could not be read: ${access.reason}`,
  };
}

type View = Omit<PlannedPlace, 'state' | 'roles'>;

/** Looks at places, one by one. */
function placeView(rollout: Rollout, triggers: RuleTriggers, facts: PlanFacts) {
  const ourRecorders = new Map(
    recorderPlaces(rollout).flatMap(({ stackSet, places }) => places.map((place) => [placeKey(place), stackSet])),
  );
  const instances = new Map(
    [RULES_OF_OURS, ...ourRecorders.values()].map((name) => [name, instancesByPlace(facts.instances, name)]),
  );
  const packs = packsByPlace(facts.aggregator);

  return (account: RolloutAccount, content: RegionContent): View => {
    const { region } = content;
    const place: Place = { account: account.id, region };
    const key = placeKey(place);
    const { delivery, leftOut } = account;
    if (leftOut !== undefined) {
      const nothing = { recorder: false, deployed: undefined, existingRules: undefined, existingPacks: undefined };
      return { ...place, delivery, reasons: [{ code: leftOut }], ...nothing };
    }
    const deployment = isDeployed(delivery, key, instances.get(RULES_OF_OURS));
    const deployed = deployment.known ? deployment.value : undefined;
    const bringsRecorder = delivery === 'stack-set' ? ourRecorders.get(key) : undefined;
    const recorder = bringsRecorder !== undefined;
    const ours = recorder ? isDeployed(delivery, key, instances.get(bringsRecorder)) : undefined;
    const state: Reason[] = account.state === 'ACTIVE' ? [] : [{ code: 'account-state-unknown' }];
    const opted = regionReasons(region, facts.regions.get(account.id));
    // Where the Region is closed there is nothing more to be known.
    if (opted.some(({ code }) => code !== 'region-unknown')) {
      const nothing = { deployed, existingRules: undefined, existingPacks: undefined };
      return { ...place, delivery, recorder, reasons: [...state, ...opted], ...nothing };
    }
    const seen = sourceProblem(facts.aggregator, place);
    const rules = existingRules(facts.aggregator, seen, packs, key);
    const inPlace = seen === undefined ? packs : unknown(seen);
    const existingPacks = inPlace.known ? (inPlace.value.get(key) ?? []) : undefined;
    return {
      ...place,
      delivery,
      recorder,
      deployed,
      existingRules: rules.known ? rules.value.total : undefined,
      existingPacks: existingPacks?.length,
      reasons: [
        ...state,
        ...opted,
        ...recorderReasons(recorderOf(facts.aggregator, seen, key), ours, content, triggers),
        ...ruleReasons(rules, rollout, content, deployment),
        ...packReasons(existingPacks, inPlace, content, deployment),
      ],
    };
  };
}

type InstancesByPlace = Known<ReadonlyMap<PlaceKey, StackInstance>>;

function instancesByPlace(instances: PlanFacts['instances'], stackSet: string): InstancesByPlace {
  if (!instances.known) return instances;
  const list = instances.value.get(stackSet) ?? [];
  return { known: true, value: new Map(list.map((instance) => [placeKey(instance), instance])) };
}

/** Whether what a stack set brings is in a place, and ours. */
function isDeployed(
  delivery: 'stack-set' | 'plain-stack',
  key: PlaceKey,
  instances: InstancesByPlace | undefined,
): Known<boolean> {
  if (delivery === 'plain-stack') return unknown('the plain stacks of the management account are not read');
  if (instances === undefined || !instances.known) return instances ?? unknown('');
  const instance = instances.value.get(key);
  if (instance === undefined) return known(false);
  if (instance.status === 'CURRENT') return known(true);
  // It may have failed because the name was taken, or after it was there.
  return unknown(`our stack instance there is ${instance.status}; "vsoc rollout status" says why`);
}

function regionReasons(region: string, statuses: ReturnType<PlanFacts['regions']['get']>): Reason[] {
  if (!isOptIn(region)) return [];
  if (statuses === undefined) return [{ code: 'region-unknown', detail: 'it was not asked' }];
  if (!statuses.known) return [{ code: 'region-unknown', detail: statuses.reason }];
  const status = statuses.value.get(region);
  switch (status) {
    case 'ENABLED':
    case 'ENABLED_BY_DEFAULT':
      return [];
    case 'ENABLING':
      return [{ code: 'region-enabling' }];
    case 'DISABLED':
    case 'DISABLING':
      return [{ code: 'region-disabled' }];
    case undefined:
    default:
      return [{ code: 'region-unknown', detail: `the Account API says ${status ?? 'nothing of it'}` }];
  }
}

/** Why what the aggregator says of a place cannot be taken; undefined where it can, or where it says nothing of its sources. */
function sourceProblem(aggregator: PlanFacts['aggregator'], place: Place): string | undefined {
  if (!aggregator.known) return aggregator.reason;
  const { aggregator: found, sources } = aggregator.value;
  if (found.regions !== undefined && !found.regions.includes(place.region)) {
    return `the aggregator ${found.name} does not collect from ${place.region}`;
  }
  if (!sources.known) return sources.reason;
  if (sources.value.organizationFailure !== undefined) {
    return `the aggregator ${found.name} cannot read the organisation: ${sources.value.organizationFailure}`;
  }
  const source = sources.value.places.get(placeKey(place));
  if (source === undefined || source.status === 'SUCCEEDED') return undefined;
  const what = source.status === 'OUTDATED' ? 'is out of date' : 'was not collected';
  return `what the aggregator ${found.name} has of it ${what}${source.message === undefined ? '' : `: ${source.message}`}`;
}

/** A recorder that is known to be there, or known not to be there (undefined). */
function recorderOf(
  aggregator: PlanFacts['aggregator'],
  problem: string | undefined,
  key: PlaceKey,
): Known<Recorder | undefined> {
  if (!aggregator.known || problem !== undefined) return unknown(problem ?? '');
  const { recorders, sources, aggregator: found } = aggregator.value;
  if (!recorders.known) return recorders;
  const recorder = recorders.value.get(key);
  if (recorder !== undefined || hasSource(sources, key)) return { known: true, value: recorder };
  return unknown(`the aggregator ${found.name} has nothing of it: most often because it has no recorder`);
}

function hasSource(sources: AggregatorFacts['sources'], key: PlaceKey): boolean {
  return sources.known && sources.value.places.has(key);
}

function recorderReasons(
  recorder: Known<Recorder | undefined>,
  ours: Known<boolean> | undefined,
  { rules }: RegionContent,
  triggers: RuleTriggers,
): Reason[] {
  if (rules.length === 0 && ours === undefined) return [];
  if (!recorder.known) return [{ code: 'recorder-unknown', detail: recorder.reason }];
  const found = recorder.value;
  if (found === undefined) return ours === undefined ? [{ code: 'no-recorder' }] : [];
  if (ours?.known === false) return [{ code: 'ownership-unknown', detail: ours.reason }];
  if (ours?.value === false) return [{ code: 'recorder-exists', detail: found.name }];
  if (!found.recording) return [{ code: 'recorder-stopped', detail: found.name }];
  return recordedReasons(found, rules, triggers);
}

/** A rule that only runs by the clock asks the services themselves. */
function recordedReasons({ records }: Recorder, rules: RegionContent['rules'], triggers: RuleTriggers): Reason[] {
  const needed = new Set(
    rules.flatMap(({ name }) => {
      const trigger = triggers.get(name);
      return trigger?.onChange === true ? trigger.resourceTypes : [];
    }),
  );
  if ('unclear' in records) {
    return needed.size === 0 ? [] : [{ code: 'recorder-unknown', detail: 'which resource types it records' }];
  }
  const lacking = [...needed].filter((type) => isRecorded(type, records) === false).sort();
  return lacking.length === 0 ? [] : [{ code: 'recorder-lacks-types', detail: lacking.join(', ') }];
}

/** Rules of a place, at least: AWS Config lists a rule in a pack without a result only as a number. */
function existingRules(
  aggregator: PlanFacts['aggregator'],
  problem: string | undefined,
  packs: Known<PacksByPlace>,
  key: PlaceKey,
): Known<{ readonly total: number; readonly taken: readonly string[] }> {
  if (!aggregator.known || problem !== undefined) return unknown(problem ?? '');
  const { rules, recorders, sources, aggregator: found } = aggregator.value;
  if (!rules.known) return rules;
  const count: RuleCount | undefined = rules.value.get(key);
  const isSeen = count !== undefined || hasSource(sources, key) || (recorders.known && recorders.value.has(key));
  if (!isSeen) return unknown(`the aggregator ${found.name} has nothing of it`);
  const inPacks = packs.known ? (packs.value.get(key) ?? []).reduce((sum, pack) => sum + pack.rules, 0) : 0;
  return {
    known: true,
    value: { total: (count?.plain ?? 0) + Math.max(count?.packed ?? 0, inPacks), taken: count?.taken ?? [] },
  };
}

function ruleReasons(
  existing: ReturnType<typeof existingRules>,
  { configRules }: Rollout,
  { rules }: RegionContent,
  deployment: Known<boolean>,
): Reason[] {
  if (rules.length === 0) return [];
  if (!existing.known) return [{ code: 'rules-unknown', detail: existing.reason }];
  // Those that are there already are among the existing ones.
  const afterwards =
    deployment.known && deployment.value
      ? Math.max(existing.value.total, rules.length)
      : existing.value.total + rules.length;
  const limit: Reason[] = afterwards > MOST_RULES ? [{ code: 'rule-limit' }] : [];
  if (configRules.rendering !== 'config-rules') return limit;
  const here = new Set(rules.map(({ name }) => name));
  const taken = existing.value.taken.filter((name) => here.has(name));
  return [...limit, ...nameReasons('rule-name-taken', taken, deployment)];
}

function packReasons(
  existing: readonly { readonly name: string }[] | undefined,
  packs: Known<unknown>,
  content: RegionContent,
  deployment: Known<boolean>,
): Reason[] {
  if (content.packs.length === 0) return [];
  if (existing === undefined) return [{ code: 'packs-unknown', detail: packs.known ? '' : packs.reason }];
  const ours = new Set(content.packs.map(({ name }) => name));
  const taken = existing.map(({ name }) => name).filter((name) => ours.has(name));
  const afterwards = existing.length - taken.length + ours.size;
  return [
    ...(afterwards > MOST_PACKS ? [{ code: 'pack-limit' } as const] : []),
    ...nameReasons('pack-name-taken', taken.sort(), deployment),
  ];
}

function nameReasons(
  code: 'rule-name-taken' | 'pack-name-taken',
  taken: readonly string[],
  deployment: Known<boolean>,
): Reason[] {
  if (taken.length === 0) return [];
  if (!deployment.known) return [{ code: 'ownership-unknown', detail: deployment.reason }];
  if (deployment.value) return [];
  return [{ code, detail: taken.join(', ') }];
}

type PacksByPlace = ReadonlyMap<PlaceKey, readonly { readonly name: string; readonly rules: number }[]>;

function packsByPlace(aggregator: PlanFacts['aggregator']): Known<PacksByPlace> {
  if (!aggregator.known) return aggregator;
  const { packs } = aggregator.value;
  if (!packs.known) return packs;
  const byPlace = new Map<PlaceKey, { name: string; rules: number }[]>();
  for (const pack of packs.value) {
    const key = placeKey(pack);
    byPlace.set(key, [...(byPlace.get(key) ?? []), pack]);
  }
  return { known: true, value: byPlace };
}

/** What stands in the configuration for nothing, or for less than it seems. */
function notesOn(
  { portfolio }: Configuration,
  rollout: Rollout,
  accounts: readonly RolloutAccount[],
  { organization }: PlanFacts,
): string[] {
  const below = new Map(accounts.map((account) => [account.id, account]));
  const members = new Set(organization.accounts.map(({ id }) => id));
  const strays = rollout.excludedAccounts.filter((id) => !below.has(id));
  const recorders = [...new Set(rollout.recorders.flatMap((entry) => entry.accounts))];
  const unreached = recorders.filter((id) => below.get(id)?.delivery !== 'stack-set');
  const closed = recorders.filter((id) => below.get(id)?.leftOut !== undefined);
  const regions = [...new Set(rollout.recorders.flatMap((entry) => entry.regions))];
  const idle = regions.filter((region) => !rollout.regions.includes(region));
  const management = rollout.managementAccount;
  return [
    ...(strays.length > 0 ? [`rollout.excludedAccounts: ${withUnknown(strays, members)} below no target.`] : []),
    ...(unreached.length > 0
      ? [
          `rollout.recorders: no stack set reaches ${withUnknown(unreached, members)}, so that no recorder is made there.`,
        ]
      : []),
    ...(closed.length > 0
      ? [`rollout.recorders: ${closed.join(', ')} would get a recorder, and no rules: excluded or not active.`]
      : []),
    ...(idle.length > 0
      ? [`rollout.recorders: ${idle.join(', ')} would get recorders, and no rules: not among rollout.regions.`]
      : []),
    ...(management !== undefined && management !== organization.managementAccountId
      ? [`rollout.managementAccount: ${management} is not it; ${organization.managementAccountId} is.`]
      : []),
    ...(rollout.regions.includes(portfolio.region) || memberRoles(rollout).length === 0
      ? []
      : [`The roles of member accounts are made in ${portfolio.region}, which is none of rollout.regions.`]),
  ];
}

function withUnknown(accounts: readonly string[], members: ReadonlySet<string>): string {
  return accounts.map((id) => (members.has(id) ? id : `${id} (not in the organisation)`)).join(', ');
}
