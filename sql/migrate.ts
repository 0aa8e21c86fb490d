import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { Umzug } from 'umzug';

/** The migrations of this repository. */
export const MIGRATIONS_DIRECTORY = fileURLToPath(new URL('migrations', import.meta.url));

/** Oldest server that we test with, as `server_version_num`. */
const OLDEST_SERVER = 150_000;

/** Any number that nothing else in the database uses for an advisory lock. */
const MIGRATION_LOCK = 7_352_119;

/** Thrown when the database must not be migrated: the message says why, and nothing was changed. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused';
}

interface MigrationFile {
  /** The file's name, for example `0001-catalogue.sql`. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 in hex. */
  readonly checksum: string;
}

/**
 * Brings the database's schemas up to date: runs the SQL files that have not been run yet, in the order of their names.
 *
 * Each file and its entry in the log are one transaction, so a file that fails leaves nothing behind. Of several
 * processes that do this at once, one runs each file and the others wait. A database that newer code has migrated
 * further is accepted as it is.
 *
 * @param owner connected as the owner of the database
 * @returns names of the files run by this call
 * @throws MigrationRefused when a file that has been run was changed since, when a new file comes before one that has
 *   been run, or when the server is too old or its database not in UTF-8
 */
export async function migrate(owner: Sequelize, directory = MIGRATIONS_DIRECTORY): Promise<string[]> {
  const files = await readMigrationFiles(directory);
  await refuseUnsuitableServer(owner);
  await createLog(owner);

  const run: string[] = [];
  const umzug = new Umzug<Sequelize>({
    context: owner,
    logger: undefined,
    migrations: files.map((file) => ({
      name: file.name,
      up: async () => {
        if (await runOnce(owner, file)) run.push(file.name);
      },
    })),
    storage: {
      executed: async () => {
        const done = await readLog(owner);
        refuseHistory(files, done);
        return done.map(({ name }) => name);
      },
      // Done by the migration itself, in its own transaction.
      logMigration: () => Promise.resolve(),
      unlogMigration: ({ name }) => Promise.reject(new MigrationRefused(`Migrations only go forward: ${name} stays.`)),
    },
  });
  await umzug.up();
  return run;
}

async function readMigrationFiles(directory: string): Promise<MigrationFile[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      // A checkout with Windows line ends is the same migration.
      const sql = (await readFile(path.join(directory, name), 'utf8')).replaceAll('\r\n', '\n');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function refuseUnsuitableServer(owner: Sequelize): Promise<void> {
  const [server] = await owner.query<{ number: number; version: string; encoding: string }>(
    `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version,
        current_setting('server_encoding') AS encoding`,
    { type: QueryTypes.SELECT },
  );
  if (server === undefined) return;
  if (server.number < OLDEST_SERVER) {
    throw new MigrationRefused(`The server is PostgreSQL ${server.version}; version 15 or later is needed.`);
  }
  if (server.encoding !== 'UTF8') {
    throw new MigrationRefused(`The database is in ${server.encoding}; create it with ENCODING 'UTF8'.`);
  }
}

async function createLog(owner: Sequelize): Promise<void> {
  await owner.transaction(async (transaction) => {
    await waitForOtherMigrators(owner, transaction);
    await owner.query(
      `CREATE SCHEMA IF NOT EXISTS catalogue;
      CREATE TABLE IF NOT EXISTS catalogue.migration (
          name text PRIMARY KEY,
          applied_at timestamptz NOT NULL DEFAULT now(),
          checksum text NOT NULL
      );
      COMMENT ON TABLE catalogue.migration IS 'Files of sql/migrations that have been run, with their SHA-256'`,
      { transaction },
    );
  });
}

/** Held to the end of the transaction. */
async function waitForOtherMigrators(owner: Sequelize, transaction: Transaction): Promise<void> {
  await owner.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`, { transaction });
}

interface LogEntry {
  readonly name: string;
  readonly checksum: string;
}

async function readLog(owner: Sequelize, transaction?: Transaction): Promise<LogEntry[]> {
  return owner.query<LogEntry>('SELECT name, checksum FROM catalogue.migration ORDER BY name COLLATE "C"', {
    type: QueryTypes.SELECT,
    ...(transaction === undefined ? {} : { transaction }),
  });
}

function refuseHistory(files: readonly MigrationFile[], done: readonly LogEntry[]): void {
  const checksums = new Map(done.map(({ name, checksum }) => [name, checksum]));
  const newestKnown = files.findLast(({ name }) => checksums.has(name))?.name ?? '';
  for (const { name, checksum } of files) {
    const logged = checksums.get(name);
    if (logged === undefined && name < newestKnown) {
      throw new MigrationRefused(
        `The migration ${name} comes before ${newestKnown}, which has been run already. Give it a later number.`,
      );
    }
    if (logged !== undefined && logged !== checksum) {
      throw new MigrationRefused(
        `The migration ${name} was changed after it had been run on this database. Restore the file, and put the ` +
          'change into a new migration.',
      );
    }
  }
}

async function runOnce(owner: Sequelize, file: MigrationFile): Promise<boolean> {
  return owner.transaction(async (transaction) => {
    await waitForOtherMigrators(owner, transaction);
    // Another process may have run it while this one waited.
    const done = await readLog(owner, transaction);
    if (done.some(({ name }) => name === file.name)) return false;

    await owner.query(file.sql, { transaction });
    await owner.query('INSERT INTO catalogue.migration (name, checksum) VALUES ($1, $2)', {
      bind: [file.name, file.checksum],
      transaction,
    });
    return true;
  });
}
