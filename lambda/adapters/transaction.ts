/** Transactions that are simply done again where PostgreSQL says so. */
import type { Sequelize } from 'sequelize';
import { Transaction } from 'sequelize';

/** Attempts of one transaction before its conflict is passed on. Conflicts are rare: locks are taken in key order. */
const MAX_ATTEMPTS = 5;

/** deadlock_detected, serialization_failure. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const CONFLICT_CODES = new Set(['40P01', '40001']);

/**
 * Runs `work` in a transaction, again after a deadlock or serialization failure. Throws what `work` or the database
 * throws; nothing of a failed attempt is kept.
 */
export function inTransaction<T>(
  sequelize: Sequelize,
  work: (transaction: Transaction) => Promise<T>,
  isolationLevel = Transaction.ISOLATION_LEVELS.READ_COMMITTED,
): Promise<T> {
  return untilConflictFree(() => sequelize.transaction({ isolationLevel }, work));
}

/** Does a piece of work that is atomic in itself again after a deadlock or serialization failure. */
export async function untilConflictFree<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= MAX_ATTEMPTS || !isConflict(error)) throw error;
    }
  }
}

/** Whether an error says that the same transaction may succeed when it is done again. */
export function isConflict(error: unknown): boolean {
  const code = (error as { parent?: { code?: unknown } } | undefined)?.parent?.code;
  return typeof code === 'string' && CONFLICT_CODES.has(code);
}
