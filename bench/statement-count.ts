/** Counts what goes over the wire: every statement to PostgreSQL, every call to Security Hub. */
import type { SecurityHubClient } from '@aws-sdk/client-securityhub';
import type { Sequelize } from 'sequelize';

/** A running list of what was sent. */
export interface StatementCount {
  /** Each statement's first words, BEGIN and COMMIT included, in the order in which they were sent. */
  readonly statements: string[];
}

/**
 * Counts the statements of every connection opened from now on; what a connection needs to open is not counted. Wraps
 * the driver, since sequelize's own log leaves some out.
 */
export function countStatements(sequelize: Sequelize): StatementCount {
  const statements: string[] = [];
  sequelize.addHook('afterConnect', (opened) => {
    const connection = opened as { query: (...args: unknown[]) => unknown };
    const query = connection.query.bind(connection);
    connection.query = (...args: unknown[]) => {
      const [statement] = args;
      const text = typeof statement === 'string' ? statement : ((statement as { text?: string }).text ?? '');
      statements.push(text.trim().replaceAll(/\s+/g, ' ').slice(0, 60));
      return query(...args);
    };
  });
  return { statements };
}

/** Counts the calls of a client as they go out, each retry included. */
export function countCalls(client: SecurityHubClient): { readonly made: () => number } {
  let calls = 0;
  client.middlewareStack.add(
    (next) => (args) => {
      calls += 1;
      return next(args);
    },
    // After the step that retries.
    { step: 'finalizeRequest', priority: 'low', name: 'countCalls' },
  );
  return { made: () => calls };
}
