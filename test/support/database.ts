import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { QueryTypes, type Sequelize } from 'sequelize';
import { connect } from '../../sql/database.ts';
import { enrichmentLoginName, enrichmentUrl } from '../../sql/enrichment-login.ts';
import { loadCatalogue } from '../../sql/load-catalogue.ts';
import { migrate } from '../../sql/migrate.ts';
import { atEndOfRun, databaseServerUrl } from './database-server.ts';

/** A database of a test's own. */
export interface TestDatabase {
  /** Connected as the owner, who migrates and loads. */
  readonly owner: Sequelize;
  /** Connected with the rights of the Lambda functions. */
  readonly reader: Sequelize;
  readonly ownerUrl: string;
  readonly readerUrl: string;
  /** Closes the connections and drops the database. */
  drop(): Promise<void>;
}

/**
 * Creates a database, migrated, and with a catalogue if a directory is given.
 *
 * @example
 * let database: TestDatabase;
 * before(async () => { database = await createDatabase({ catalogue: 'test/fixtures/catalogue' }); });
 * after(() => database.drop());
 */
export async function createDatabase(options: { readonly catalogue?: string } = {}): Promise<TestDatabase> {
  const template = await templateFor(options.catalogue ?? '');
  return copyOf(template);
}

/** Creates an empty database, without migrations; the reader's login cannot exist yet. */
export async function createEmptyDatabase(): Promise<Omit<TestDatabase, 'reader' | 'readerUrl'>> {
  const name = uniqueName();
  await onServer(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
  const ownerUrl = await urlOf(name);
  const owner = connect(ownerUrl);
  return { owner, ownerUrl, drop: () => dropDatabase(name, [owner]) };
}

/**
 * Databases to copy, by catalogue directory. A copy takes a tenth of the time of migrating and loading again.
 */
const templates = new Map<string, Promise<string>>();

function templateFor(catalogue: string): Promise<string> {
  const known = templates.get(catalogue) ?? createTemplate(catalogue);
  templates.set(catalogue, known);
  return known;
}

async function createTemplate(catalogue: string): Promise<string> {
  const { owner, ownerUrl, drop } = await createEmptyDatabase();
  atEndOfRun(drop);
  await migrate(owner);
  if (catalogue !== '') {
    const loaded = await loadCatalogue(owner, catalogue);
    if ('problems' in loaded) throw new Error(`${catalogue} has ${loaded.problems.length} problems`);
  }
  // PostgreSQL copies only a database that nobody is connected to.
  await owner.close();
  return new URL(ownerUrl).pathname.slice(1);
}

async function copyOf(template: string): Promise<TestDatabase> {
  const name = uniqueName();
  await onServer(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  const ownerUrl = await urlOf(name);
  const owner = connect(ownerUrl);
  const readerUrl = await enrichmentUrl(owner, ownerUrl);
  const reader = connect(readerUrl);
  return { owner, reader, ownerUrl, readerUrl, drop: () => dropDatabase(name, [owner, reader]) };
}

function uniqueName(): string {
  return `vsoc_test_${process.pid}_${randomBytes(6).toString('hex')}`;
}

async function dropDatabase(name: string, connections: readonly Sequelize[]): Promise<void> {
  await Promise.all(connections.map((connection) => connection.close()));
  await untilUnused(() => onServer(`DROP DATABASE IF EXISTS ${name}`));
  await onServer(`DROP ROLE IF EXISTS ${enrichmentLoginName(name)}`);
}

/** A function's process that has just ended may still have its session; the owner may not end another role's. */
async function untilUnused(drop: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await drop();
    } catch (error) {
      const inUse = (error as { parent?: { code?: string } }).parent?.code === '55006';
      if (!inUse || attempt === 100) throw error;
      await sleep(100);
    }
  }
}

async function urlOf(database: string): Promise<string> {
  const url = new URL(await databaseServerUrl());
  url.pathname = `/${database}`;
  return url.href;
}

let serverConnection: Sequelize | undefined;

/** Runs a statement that concerns the server rather than one database. */
async function onServer(statement: string): Promise<void> {
  if (serverConnection === undefined) {
    const opened = connect(await databaseServerUrl());
    serverConnection = opened;
    atEndOfRun(() => opened.close());
  }
  await serverConnection.query(statement, { type: QueryTypes.RAW });
}

/** Resolves when a session of the database waits for a lock that another one holds. */
export async function whenWaiting({ owner }: TestDatabase): Promise<void> {
  const waiting = `SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE NOT pg_locks.granted AND pg_stat_activity.datname = current_database()`;
  while ((await owner.query(waiting, { type: QueryTypes.SELECT })).length === 0) await sleep(5);
}
