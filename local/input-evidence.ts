/**
 * What the input says of rules that passed and sensors that are on. Of this input alone, whatever the
 * database keeps of earlier ones.
 */
import type { CatalogueIndex } from '../lambda/core/catalogue-index.ts';
import type { SourceFinding } from '../lambda/core/finding.ts';
import { productOf } from '../lambda/core/finding-provider.ts';
import { type Instant, NO_INSTANT, formatInstant } from '../lambda/core/instant.ts';
import { mapFinding } from '../lambda/core/map-finding.ts';
import { type SourceEvent, compareEvents } from '../lambda/core/source-event.ts';
import { type Check, SENSOR_EVIDENCE_DAYS, type Sensor, placeKey } from '../lambda/core/technique-state.ts';
import type { InputItem } from './input-file.ts';
import { readItem } from './input-survey.ts';

/** A check of the input, with what tells whether the database has seen a newer one. */
export interface InputCheck extends Check {
  readonly sourceKey: string;
  readonly contentHash: string;
}

/** Evidence of the input. */
export interface InputEvidence {
  /** One for each source whose newest event of the input is closed, and not because its resource or check is gone. */
  readonly checks: readonly InputCheck[];
  readonly sensors: readonly Sensor[];
  /** Newest UpdatedAt of the input, ISO 8601; undefined where it holds no finding. */
  readonly asOf: string | undefined;
}

/** Services whose very findings show that they are on, by product. */
const REPORTING_SENSORS: Readonly<Record<string, string>> = { 'aws/guardduty': 'guardduty' };

const NANOSECONDS_A_DAY = 86_400_000_000_000n;

/** Reads the evidence out of the input. It speaks of the time of the newest finding, not of today. */
export function inputEvidence(items: readonly InputItem[], catalogue: CatalogueIndex): InputEvidence {
  const newest = new Map<string, SourceEvent>();
  const sensors = new Map<string, { readonly sensor: Sensor; readonly at: Instant }>();
  let asOf = NO_INSTANT;
  for (const item of items) {
    for (const read of readItem(item)) {
      if (read.outcome !== 'event') continue;
      const { event } = read;
      const known = newest.get(event.sourceKey);
      if (event.lifeCycle !== 'unknown' && (!known || compareEvents(event, known) > 0)) {
        newest.set(event.sourceKey, event);
      }
      const { updatedAt: at } = event.finding;
      if (at > asOf) asOf = at;
      const sensor = sensorOf(event.finding);
      if (!sensor) continue;
      const place = `${sensor.provider}/${placeKey(sensor)}`;
      if (at > (sensors.get(place)?.at ?? NO_INSTANT)) sensors.set(place, { sensor, at });
    }
  }
  const checks = [...newest.values()].flatMap((event) => checkOf(event, catalogue) ?? []);
  const since = asOf - BigInt(SENSOR_EVIDENCE_DAYS) * NANOSECONDS_A_DAY;
  return {
    checks: checks.sort((a, b) => (a.sourceKey < b.sourceKey ? -1 : 1)),
    sensors: [...sensors]
      .filter(([, { at }]) => at >= since)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { sensor }]) => sensor),
    asOf: asOf === NO_INSTANT ? undefined : formatInstant(asOf),
  };
}

/** A sample finding of GuardDuty is made on request and shows nothing of the account. */
function sensorOf({ productArn, accountId, region, sample }: SourceFinding): Sensor | undefined {
  const product = productOf(productArn);
  const provider = Object.hasOwn(REPORTING_SENSORS, product) ? REPORTING_SENSORS[product] : undefined;
  return provider === undefined || sample ? undefined : { provider, accountId, region, isOn: true };
}

function checkOf(event: SourceEvent, catalogue: CatalogueIndex): InputCheck | undefined {
  const { finding, lifeCycle, sourceKey, contentHash } = event;
  if (lifeCycle !== 'closed' || finding.recordState === 'ARCHIVED' || finding.complianceStatus === undefined) {
    return undefined;
  }
  const { rule } = mapFinding(finding, catalogue);
  if (rule.outcome === 'unmapped') return undefined;
  return {
    sourceKey,
    contentHash,
    provider: rule.provider,
    ruleKey: rule.ruleKeys.join(';'),
    accountId: finding.accountId,
    region: finding.region,
    outcome: OUTCOMES[finding.complianceStatus],
  };
}

/** WARNING and NOT_AVAILABLE close nothing by themselves; somebody has suppressed or resolved such a finding. */
const OUTCOMES = { PASSED: 'passed', FAILED: 'failed', WARNING: 'unchecked', NOT_AVAILABLE: 'unchecked' } as const;
