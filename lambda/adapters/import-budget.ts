/** The import budget of Security Hub: one token bucket in PostgreSQL, shared by every function of the deployment. */
import { setTimeout as sleep } from 'node:timers/promises';
import { QueryTypes, type Sequelize } from 'sequelize';

/** Reserves calls of BatchImportFindings; resolves when they may be made. */
export interface ImportBudget {
  reserve(calls: number): Promise<void>;
}

/** The budget is spent so far ahead that waiting would outlast the function: the batch should come again later. */
export class ImportBudgetExhausted extends Error {
  override readonly name = 'ImportBudgetExhausted';
}

/** Longest wait for a reservation, in seconds; well inside a function's time limit. */
export const MAX_WAIT_SECONDS = 20;

/** What is in the bucket `b` at this moment, by the parameters of its burst and rate. */
export const REFILLED = (burst: string, rate: string) =>
  `least(${burst}::float8, b.tokens + greatest(0, extract(epoch FROM clock_timestamp() - b.refilled_at)) * ${rate}::float8)`;

// Takes the tokens at once and lets the bucket go negative: the debt is the waiting time, so nobody polls, and callers
// are served in the order in which they came. The server's clock is the one clock all functions share.
const RESERVE = `
INSERT INTO state.import_budget AS b (hub, tokens, refilled_at)
VALUES ($1, $2::float8 - $3::float8, clock_timestamp())
ON CONFLICT (hub) DO UPDATE SET
    tokens = least($2, b.tokens + greatest(0, extract(epoch FROM clock_timestamp() - b.refilled_at)) * $4::float8) - $3,
    refilled_at = clock_timestamp()
WHERE least($2, b.tokens + greatest(0, extract(epoch FROM clock_timestamp() - b.refilled_at)) * $4) - $3 >= -$5::float8
RETURNING tokens`;

/**
 * The shared budget of one hub (account and Region). `rate` in calls a second, `burst` in calls. Throws
 * {@link ImportBudgetExhausted} where the wait would pass 20 seconds.
 */
export function sharedImportBudget(sequelize: Sequelize, hub: string, rate: number, burst: number): ImportBudget {
  return {
    reserve: async (calls) => {
      // A batch larger than the bucket pays in parts, or it could never be served.
      for (let left = calls; left > 0; left -= burst) {
        const [bucket] = await sequelize.query<{ tokens: number }>(RESERVE, {
          type: QueryTypes.SELECT,
          bind: [hub, burst, Math.min(left, burst), rate, MAX_WAIT_SECONDS * rate],
        });
        if (!bucket) throw new ImportBudgetExhausted('the import budget of Security Hub is spent for the next seconds');
        if (bucket.tokens < 0) await sleep((-bucket.tokens / rate) * 1000);
      }
    },
  };
}

/** For a hub without quotas, such as a local one in a benchmark. */
export const unlimitedImportBudget: ImportBudget = { reserve: () => Promise.resolve() };
