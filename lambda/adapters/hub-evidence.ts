/** Everything that the database of a deployment knows for the matrix: what is open, what passed, and which sensors report. */
import { QueryTypes, type Sequelize } from 'sequelize';
import { type Check, type Evidence, placeKey, SENSOR_EVIDENCE_DAYS, type Sensor } from '../core/technique-state.ts';
import { readOpenTechniques, readUnchecked } from './evidence-state.ts';
import { recentSensors } from './sensor-state.ts';

/**
 * One row for each rule, place and outcome, however many resources were checked. What was archived is no evidence: its
 * resource may be gone. Nor is what a newer word says could not be checked.
 */
const CHECKED = `
SELECT DISTINCT s.account_id AS "accountId", s.region, s.provider, s.rule_key AS "ruleKey", s.closed_reason AS outcome
FROM state.source s
WHERE NOT s.is_open AND s.unmapped_reason IS NULL AND s.closed_reason IN ('passed', 'failed', 'unchecked')
    AND NOT EXISTS (SELECT FROM state.unchecked u WHERE u.source_key = s.source_key)
ORDER BY 1, 2, 3, 4, 5`;

const REPORTING = `
SELECT DISTINCT account_id AS "accountId", region, provider FROM state.source
WHERE provider = 'guardduty' AND seen_at >= $1::timestamptz
ORDER BY 1, 2, 3`;

/**
 * Reads it all, in an order that depends on its content only.
 *
 * @param now for how old the last word of a sensor is
 * @throws where the database does not answer
 */
export async function readHubEvidence(sequelize: Sequelize, now: Date): Promise<Evidence> {
  const select = { type: QueryTypes.SELECT } as const;
  const since = new Date(now.getTime() - SENSOR_EVIDENCE_DAYS * 86_400_000).toISOString();
  const [known, open, unchecked, checked, reporting] = await Promise.all([
    recentSensors(sequelize, now),
    readOpenTechniques(sequelize),
    readUnchecked(sequelize),
    sequelize.query<Check>(CHECKED, select),
    sequelize.query<Omit<Sensor, 'isOn'>>(REPORTING, { ...select, bind: [since] }),
  ]);
  // What AWS Config says of a sensor is younger than a finding of up to a month ago.
  const isKnown = new Set(known.map((sensor) => `${sensor.provider}/${placeKey(sensor)}`));
  const others = reporting
    .filter((sensor) => !isKnown.has(`${sensor.provider}/${placeKey(sensor)}`))
    .map((sensor) => ({ ...sensor, isOn: true }));
  return { open, checks: [...checked, ...unchecked], sensors: [...known, ...others] };
}
