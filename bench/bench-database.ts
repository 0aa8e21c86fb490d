/** Databases to measure on, on embedded servers of the benchmark's own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { QueryTypes, type Sequelize } from 'sequelize';
import { openDatabase } from '../local/database.ts';
import { startEmbeddedPostgres } from '../local/embedded-postgres.ts';
import { connect } from '../sql/database.ts';

/** One database, migrated and with the catalogue. */
export interface BenchDatabase {
  /** Connection URL of the role that enriches. */
  readonly url: string;
  /** Open as that role, as the functions are. */
  readonly sequelize: Sequelize;
  /** Forgets all state. */
  empty(): Promise<void>;
  /** Does what autovacuum does from time to time, so that it need not in the middle of a measurement. */
  vacuum(): Promise<void>;
  close(): Promise<void>;
}

/** A server on which databases can be made. */
export interface BenchServer {
  /** PostgreSQL's version and whether commits reach the disk. */
  readonly description: string;
  createDatabase(): Promise<BenchDatabase>;
  stop(): Promise<void>;
}

/** `durable` flushes every commit to disk, as a deployed database does; `throw-away` never flushes. */
export type Durability = 'throw-away' | 'durable';

/** Starts a server. */
export async function startServer(durability: Durability): Promise<BenchServer> {
  const directory = durability === 'durable' ? await mkdtemp(path.join(tmpdir(), 'virtual-soc-bench-')) : undefined;
  const forget = () => (directory ? rm(directory, { recursive: true, force: true }) : Promise.resolve());
  try {
    const server = await startEmbeddedPostgres(
      directory ? { directory: path.join(directory, 'database') } : { ephemeral: true },
    );
    return {
      description: await describeServer(server.url),
      createDatabase: () => createDatabase(server.url),
      stop: async () => {
        await server.stop();
        await forget();
      },
    };
  } catch (error) {
    await forget();
    throw error;
  }
}

async function describeServer(url: string): Promise<string> {
  const server = connect(url, { poolSize: 1 });
  const [settings] = await server.query<{ version: string; flushes: boolean }>(
    `SELECT current_setting('server_version') AS version,
      current_setting('fsync') = 'on' AND current_setting('synchronous_commit') <> 'off' AS flushes`,
    { type: QueryTypes.SELECT },
  );
  await server.close();
  return `PostgreSQL ${settings?.version}, ${settings?.flushes ? 'commits are flushed to disk' : 'nothing is flushed to disk'}`;
}

let databases = 0;

async function createDatabase(serverUrl: string): Promise<BenchDatabase> {
  // Dropped with the server: while autovacuum works in a database, its owner cannot drop it.
  const name = `bench_${(databases += 1)}`;
  const server = connect(serverUrl, { poolSize: 1 });
  await server.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
  await server.close();
  const ownerUrl = new URL(serverUrl);
  ownerUrl.pathname = `/${name}`;
  const { url, sequelize, close } = await openDatabase({ kind: 'server', url: ownerUrl.href });
  const owner = connect(ownerUrl.href, { poolSize: 1 });
  return {
    url,
    sequelize,
    empty: async () => {
      await owner.query(
        'TRUNCATE state.source, state.unchecked_source, state.technique_finding, state.tactic_change, state.tactic_finding',
      );
    },
    vacuum: async () => {
      await owner.query('VACUUM (ANALYZE) state.source, state.technique_finding, state.tactic_change');
    },
    close: async () => {
      await owner.close();
      await close();
    },
  };
}
