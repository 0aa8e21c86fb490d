/** Databases to measure on: a server of the benchmark's own, or the one that VSOC_DATABASE_URL names. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Sequelize } from 'sequelize';
import { openDatabase } from '../local/database.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../local/embedded-postgres.ts';
import { connect } from '../sql/database.ts';

/** One database, migrated and with the catalogue. */
export interface BenchDatabase {
  /** Connection URL of the role that enriches. */
  readonly url: string;
  /** Open as that role, as the functions are. */
  readonly sequelize: Sequelize;
  /** Forgets all state. */
  empty(): Promise<void>;
  /** Does what autovacuum does from time to time: never in the middle of a measurement. */
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

/** `throw-away` does not flush to disk; `durable` does, as a deployed database. */
export type Durability = 'throw-away' | 'durable';

/** Starts an embedded server. Where VSOC_DATABASE_URL names another one, that one serves, as durable as it is. */
export async function startServer(durability: Durability): Promise<BenchServer> {
  const url = process.env['VSOC_DATABASE_URL'];
  if (url) return serverAt(url, () => Promise.resolve());
  if (durability === 'throw-away') {
    const server = await startEmbeddedPostgres({ ephemeral: true });
    return serverAt(server.url, () => server.stop());
  }
  const directory = await mkdtemp(path.join(tmpdir(), 'virtual-soc-bench-'));
  let server: EmbeddedPostgres | undefined;
  const stop = async () => {
    await server?.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    server = await startEmbeddedPostgres({ directory: path.join(directory, 'database') });
    return await serverAt(server.url, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function serverAt(url: string, stop: () => Promise<void>): Promise<BenchServer> {
  const server = connect(url, { poolSize: 1 });
  const setting = async (name: string) => {
    const [rows] = await server.query(`SELECT current_setting('${name}') AS value`);
    return (rows[0] as { value: string }).value;
  };
  const version = await setting('server_version');
  const flushes = (await setting('fsync')) === 'on' && (await setting('synchronous_commit')) !== 'off';
  await server.close();
  return {
    description: `PostgreSQL ${version}, ${flushes ? 'commits are flushed to disk' : 'nothing is flushed to disk'}`,
    createDatabase: () => createDatabase(url),
    stop,
  };
}

async function createDatabase(serverUrl: string): Promise<BenchDatabase> {
  const { url, sequelize, close } = await openDatabase({ kind: 'throw-away-on-server', url: serverUrl });
  const ownerUrl = new URL(serverUrl);
  ownerUrl.pathname = new URL(url).pathname;
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
      await owner.query('CHECKPOINT').catch(() => undefined);
    },
    close: async () => {
      await owner.close();
      await close();
    },
  };
}
