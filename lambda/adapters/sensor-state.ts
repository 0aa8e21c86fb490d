/** Which sensors are on, in PostgreSQL: one picture of all, replaced whole. */
import { QueryTypes, type Sequelize } from 'sequelize';
import type { Sensor } from '../core/technique-state.ts';
import { inTransaction } from './transaction.ts';

const FORGET = 'DELETE FROM state.sensor';

const KEEP = `
INSERT INTO state.sensor (provider, account_id, region, is_on, seen_at)
SELECT provider, account_id, region, is_on, $5::timestamptz
FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[]) AS n (provider, account_id, region, is_on)`;

// Who looks again once a day and has not for three knows nothing any more.
const RECENT = `
SELECT provider, account_id AS "accountId", region, is_on AS "isOn" FROM state.sensor
WHERE seen_at >= $1::timestamptz - interval '3 days'
ORDER BY provider, account_id, region`;

/** Replaces what was known. Throws where the database does not answer; what was known then stays. */
export async function keepSensors(sequelize: Sequelize, sensors: readonly Sensor[], now: Date): Promise<void> {
  await inTransaction(sequelize, async (transaction) => {
    await sequelize.query(FORGET, { type: QueryTypes.DELETE, transaction });
    await sequelize.query(KEEP, {
      type: QueryTypes.INSERT,
      transaction,
      bind: [
        sensors.map(({ provider }) => provider),
        sensors.map(({ accountId }) => accountId),
        sensors.map(({ region }) => region),
        sensors.map(({ isOn }) => isOn),
        now.toISOString(),
      ],
    });
  });
}

/** What is known of sensors and not too old. Throws where the database does not answer. */
export function recentSensors(sequelize: Sequelize, now: Date): Promise<Sensor[]> {
  return sequelize.query<Sensor>(RECENT, { type: QueryTypes.SELECT, bind: [now.toISOString()] });
}
