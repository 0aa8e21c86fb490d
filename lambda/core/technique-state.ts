/** What is known of a technique in one account and Region: one of six states, never better than the evidence. */
import type { Effect, Score } from './catalogue.ts';
import { groupBy } from './group-by.ts';
import type { MatrixCatalogue } from './matrix-catalogue.ts';
import type { SeverityLabel } from './severity.ts';

/**
 * In the order of precedence within one account and Region:
 *
 * - `observed`: an open threat finding;
 * - `exposed`: an open posture, vulnerability or data finding with a protect link;
 * - `blind`: a sensor is off, a rule that watches a sensor failed or is unknown, or no native detection exists;
 * - `protected`: a significant protect link passed, and none failed;
 * - `detectable`: positive evidence that a sensor is on;
 * - `no-evidence`: none of these.
 */
export const TECHNIQUE_STATES = ['observed', 'exposed', 'blind', 'protected', 'detectable', 'no-evidence'] as const;
export type TechniqueState = (typeof TECHNIQUE_STATES)[number];

/**
 * Worst first, for several accounts and Regions or a technique and its sub-techniques together. Nothing known is worse than
 * protected here: one protected account says nothing about the others.
 */
const WORST_FIRST: readonly TechniqueState[] = [
  'observed',
  'exposed',
  'blind',
  'no-evidence',
  'detectable',
  'protected',
];

/** Where something was found. The Region is empty where the finding names none. */
export interface AccountRegion {
  readonly accountId: string;
  readonly region: string;
}

/** An active technique finding, as state keeps it. */
export interface OpenTechnique extends AccountRegion {
  readonly sourceKey: string;
  readonly techniqueId: string;
  /** Tactics it counts under. */
  readonly tacticIds: readonly string[];
  readonly effect: Effect;
  readonly score: Score;
  readonly severity: SeverityLabel;
  readonly provider: string;
  /** Several keys are joined by `;`. */
  readonly ruleKey: string;
  readonly resourceIds: readonly string[];
  /** An analyst has suppressed it: it counts nowhere, and is listed apart. */
  readonly isSuppressed: boolean;
}

/** The newest word of a source that is not open: a check of one resource by one rule. */
export interface Check extends AccountRegion {
  readonly provider: string;
  /** Several keys are joined by `;`. */
  readonly ruleKey: string;
  /** `failed`: it still fails, and somebody has suppressed or resolved the finding. `unchecked`: the provider could not look. */
  readonly outcome: 'passed' | 'failed' | 'unchecked';
}

/** What is known of a service that raises threat findings (`guardduty`) or evaluates rules (`config`). */
export interface Sensor extends AccountRegion {
  /** As the catalogue calls the finding provider. */
  readonly provider: string;
  readonly isOn: boolean;
}

/**
 * Days for which a finding shows that its sensor is on. GuardDuty keeps findings for 90 days; one that is that old says
 * little about today. https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings.html
 */
export const SENSOR_EVIDENCE_DAYS = 30;

/** Everything that states are made of. What is not in it is not known, and never taken for good. */
export interface Evidence {
  readonly open: readonly OpenTechnique[];
  readonly checks: readonly Check[];
  readonly sensors: readonly Sensor[];
}

/** Why a technique is blind. */
export interface BlindReason {
  readonly why: 'no-native-detection' | 'sensor-off' | 'check-failed' | 'check-unknown';
  /** Provider of the sensor or rule; undefined where no native detection exists. */
  readonly provider: string | undefined;
  readonly ruleKey: string | undefined;
  /** Accounts and Regions, by their index in {@link TechniqueStates.places}. */
  readonly places: readonly number[];
}

/** The states of all techniques. */
export interface TechniqueStates {
  /** Every account and Region that anything is known of, sorted. */
  readonly places: readonly AccountRegion[];
  /** The state in each of the places, in their order. */
  readonly statesOf: (techniqueId: string) => readonly TechniqueState[];
  /** The state over all places together, the worst. */
  readonly stateOf: (techniqueId: string) => TechniqueState;
  readonly blindReasonsOf: (techniqueId: string) => readonly BlindReason[];
}

/** Rules that say whether a whole sensor is on, by provider and rule key. */
const SENSOR_RULES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  config: { 'guardduty-enabled-centralized': 'guardduty' },
  prowler: { guardduty_is_enabled: 'guardduty' },
  securityhub: { 'GuardDuty.1': 'guardduty', 'Config.1': 'config' },
};

const OBSERVED = 1;
const EXPOSED = 2;
const BLIND = 4;
const PROTECT_PASSED = 8;
const PROTECT_FAILED = 16;
const DETECTABLE = 32;

/** The states of every technique of the catalogue in every account and Region of the evidence. */
export function techniqueStates(evidence: Evidence, catalogue: MatrixCatalogue): TechniqueStates {
  const places = placesOf(evidence);
  const placeIndex = new Map(places.map((place, index) => [placeKey(place), index]));
  const indexOf = (place: AccountRegion) => placeIndex.get(placeKey(place)) ?? 0;
  const flags = new Map<string, Uint8Array>();
  const blind = new Map<string, Omit<BlindReason, 'places'> & { readonly places: Set<number> }>();

  const mark = (techniqueId: string, place: number, flag: number) => {
    const own = flags.get(techniqueId) ?? new Uint8Array(places.length);
    own[place] = (own[place] ?? 0) | flag;
    flags.set(techniqueId, own);
  };
  const markBlind = (
    techniqueId: string,
    place: number,
    why: BlindReason['why'],
    provider: string,
    ruleKey?: string,
  ) => {
    mark(techniqueId, place, BLIND);
    const key = [techniqueId, why, provider, ruleKey].join('\n');
    const reason = blind.get(key) ?? { why, provider, ruleKey, places: new Set() };
    reason.places.add(place);
    blind.set(key, reason);
  };
  const sensorIsOff = (provider: string, place: number) => {
    const seen = catalogue.detectedBy.get(provider);
    for (const id of [...(seen?.threats ?? []), ...(seen?.posture ?? [])]) markBlind(id, place, 'sensor-off', provider);
  };
  const sensorIsOn = (provider: string, place: number) => {
    for (const id of catalogue.detectedBy.get(provider)?.threats ?? []) mark(id, place, DETECTABLE);
  };

  for (const open of evidence.open) {
    const place = indexOf(open);
    const { techniqueId, provider, ruleKey } = open;
    const { kind } = catalogue.linksOf(provider, ruleKey);
    if (kind === 'threat') {
      if (!open.isSuppressed) mark(techniqueId, place, OBSERVED);
    } else if (open.effect === 'protect') {
      mark(techniqueId, place, open.isSuppressed ? PROTECT_FAILED : EXPOSED);
    } else if (open.effect === 'detect' && kind === 'posture') {
      // Suppressing the finding does not switch the sensor on.
      markBlind(techniqueId, place, 'check-failed', provider, ruleKey);
    }
    const sensor = sensorOf(open);
    if (sensor !== undefined) sensorIsOff(sensor, place);
  }
  for (const check of evidence.checks) {
    const place = indexOf(check);
    const { kind, isRetired, techniques } = catalogue.linksOf(check.provider, check.ruleKey);
    if (isRetired || kind === 'threat') continue;
    for (const { technique, effect, score } of techniques) {
      if (effect === 'protect') {
        if (check.outcome === 'passed' && score === 'significant') mark(technique.id, place, PROTECT_PASSED);
        if (check.outcome === 'failed') mark(technique.id, place, PROTECT_FAILED);
      } else if (effect === 'detect' && kind === 'posture') {
        if (check.outcome === 'passed') mark(technique.id, place, DETECTABLE);
        else {
          const why = check.outcome === 'failed' ? 'check-failed' : 'check-unknown';
          markBlind(technique.id, place, why, check.provider, check.ruleKey);
        }
      }
    }
    const sensor = sensorOf(check);
    if (sensor !== undefined && check.outcome === 'passed') sensorIsOn(sensor, place);
    if (sensor !== undefined && check.outcome === 'failed') sensorIsOff(sensor, place);
  }
  for (const sensor of evidence.sensors) (sensor.isOn ? sensorIsOn : sensorIsOff)(sensor.provider, indexOf(sensor));

  const everywhere = places.map((_, index) => index);
  const reasons = groupBy([...blind], ([key]) => key.slice(0, key.indexOf('\n')));
  const stateIn = (techniqueId: string, place: number) => {
    const isBlind = catalogue.techniques.get(techniqueId)?.isBlindByNature ?? false;
    return stateOfFlags((flags.get(techniqueId)?.[place] ?? 0) | (isBlind ? BLIND : 0));
  };
  const statesOf = (techniqueId: string) => everywhere.map((place) => stateIn(techniqueId, place));
  return {
    places,
    statesOf,
    stateOf: (techniqueId) => (places.length === 0 ? stateIn(techniqueId, 0) : worstState(statesOf(techniqueId))),
    blindReasonsOf: (techniqueId) => [
      ...(catalogue.techniques.get(techniqueId)?.isBlindByNature
        ? [{ why: 'no-native-detection' as const, provider: undefined, ruleKey: undefined, places: everywhere }]
        : []),
      ...(reasons.get(techniqueId) ?? [])
        .map(([, reason]) => ({ ...reason, places: [...reason.places].sort((a, b) => a - b) }))
        .sort(byReason),
    ],
  };
}

/** The worst of several, for places or a family of techniques together; `no-evidence` of none. */
export function worstState(states: readonly TechniqueState[]): TechniqueState {
  return WORST_FIRST.find((state) => states.includes(state)) ?? 'no-evidence';
}

function stateOfFlags(flags: number): TechniqueState {
  if (flags & OBSERVED) return 'observed';
  if (flags & EXPOSED) return 'exposed';
  if (flags & BLIND) return 'blind';
  if (flags & PROTECT_PASSED && !(flags & PROTECT_FAILED)) return 'protected';
  return flags & DETECTABLE ? 'detectable' : 'no-evidence';
}

function sensorOf({ provider, ruleKey }: Pick<Check, 'provider' | 'ruleKey'>): string | undefined {
  const rules = Object.hasOwn(SENSOR_RULES, provider) ? SENSOR_RULES[provider] : undefined;
  return rules && Object.hasOwn(rules, ruleKey) ? rules[ruleKey] : undefined;
}

function placesOf({ open, checks, sensors }: Evidence): AccountRegion[] {
  const places = new Map<string, AccountRegion>();
  for (const all of [open, checks, sensors]) {
    for (const { accountId, region } of all) {
      const place = { accountId, region };
      places.set(placeKey(place), place);
    }
  }
  return [...places].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, place]) => place);
}

/** `<account>/<Region>`, by which a place is known. */
export function placeKey({ accountId, region }: AccountRegion): string {
  return `${accountId}/${region}`;
}

function byReason(a: BlindReason, b: BlindReason): number {
  const textOf = ({ why, provider, ruleKey }: BlindReason) => [why, provider, ruleKey].join('\n');
  return textOf(a) < textOf(b) ? -1 : 1;
}
