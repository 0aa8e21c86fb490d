/** Transactions that are simply done again where PostgreSQL says so. */
import type { Sequelize } from 'sequelize';
import type { Transaction } from 'sequelize';
import { RefusedInput } from '../refused-input.ts';

/** Attempts of one transaction before its conflict is passed on. Conflicts are rare: locks are taken in key order. */
const MAX_ATTEMPTS = 5;

/** deadlock_detected, serialization_failure. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const CONFLICT_CODES = new Set(['40P01', '40001']);

/**
 * Runs `work` in a transaction, by default in PostgreSQL's own isolation level (READ COMMITTED), which costs no statement, again after a deadlock or serialization failure. Throws what `work` or the database
 * throws; nothing of a failed attempt is kept.
 */
export function inTransaction<T>(
  sequelize: Sequelize,
  work: (transaction: Transaction) => Promise<T>,
  isolationLevel?: Transaction.ISOLATION_LEVELS,
): Promise<T> {
  return untilConflictFree(() => sequelize.transaction(isolationLevel ? { isolationLevel } : {}, work));
}

/** Does a piece of work that is atomic in itself again after a deadlock or serialization failure. Throws {@link RefusedInput} for a value. */
export async function untilConflictFree<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (isRefusal(error)) throw new RefusedInput(`PostgreSQL refuses a value (SQLSTATE ${sqlState(error)})`);
      if (attempt >= MAX_ATTEMPTS || !isConflict(error)) throw error;
    }
  }
}

/** Whether an error says that the same transaction may succeed when it is done again. */
export function isConflict(error: unknown): boolean {
  return CONFLICT_CODES.has(sqlState(error));
}

/** Whether an error is about a value: data exception (22), program limit exceeded (54), integrity (23). */
function isRefusal(error: unknown): boolean {
  return /^(22|54|23)/.test(sqlState(error));
}

function sqlState(error: unknown): string {
  const code = (error as { parent?: { code?: unknown } } | undefined)?.parent?.code;
  return typeof code === 'string' ? code : '';
}
