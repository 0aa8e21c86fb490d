/** A database ready for enrichment: migrated, with the catalogue loaded, open as the role that enriches. */
import { randomBytes } from 'node:crypto';
import type { Sequelize } from 'sequelize';
import { CATALOGUE_DIRECTORY } from '../sql/catalogue-files.ts';
import { connect, parseConnectionUrl } from '../sql/database.ts';
import { enrichmentLoginName, enrichmentUrl } from '../sql/enrichment-login.ts';
import { loadCatalogue } from '../sql/load-catalogue.ts';
import { migrate } from '../sql/migrate.ts';
import { BadUsage } from './bad-usage.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { refusedCatalogue } from './mapping-file.ts';
import { onInterrupt } from './interrupt.ts';

/** An open database. */
export interface ReadyDatabase {
  /** Connection URL of the role that enriches. Holds the password. */
  readonly url: string;
  /** Open as that role. */
  readonly sequelize: Sequelize;
  /** Whether the data files differed from what the database held. */
  readonly catalogueChanged: boolean;
  /** The directory of a kept database, which need not be the one asked for; undefined for all others. */
  readonly directory: string | undefined;
  readonly close: () => Promise<void>;
}

/** Which database to open. */
export type DatabaseChoice =
  | { readonly kind: 'kept'; readonly directory: string }
  | { readonly kind: 'throw-away' }
  /** A database on a server that is running already. */
  | { readonly kind: 'server'; readonly url: string }
  /** A database of this run's own on such a server, dropped at the end. */
  | { readonly kind: 'throw-away-on-server'; readonly url: string };

/**
 * Opens, migrates and loads. Throws with a message for people where there is no server or the catalogue is refused, and
 * {@link BadUsage} where the URL is none or the mapping file is wrong.
 *
 * @param mappingFile a customer's own mappings
 */
export async function openDatabase(choice: DatabaseChoice, mappingFile?: string): Promise<ReadyDatabase> {
  const { ownerUrl, directory, release } = await provide(choice);
  try {
    const { url, catalogueChanged } = await prepare(ownerUrl, mappingFile);
    const sequelize = connect(url);
    return {
      url,
      sequelize,
      catalogueChanged,
      directory,
      close: async () => {
        await sequelize.close();
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

async function prepare(
  ownerUrl: string,
  mappingFile: string | undefined,
): Promise<{ url: string; catalogueChanged: boolean }> {
  const owner = connect(ownerUrl, { poolSize: 1 });
  try {
    await migrate(owner);
    const loaded = await loadCatalogue(owner, CATALOGUE_DIRECTORY, mappingFile);
    if ('problems' in loaded) throw refusedCatalogue(loaded.problems, mappingFile);
    return { url: await enrichmentUrl(owner, ownerUrl), catalogueChanged: loaded.changed };
  } finally {
    await owner.close();
  }
}

/** A place for a database, and how to leave it. */
interface Provided {
  readonly ownerUrl: string;
  readonly directory: string | undefined;
  readonly release: () => Promise<void>;
}

async function provide(choice: DatabaseChoice): Promise<Provided> {
  switch (choice.kind) {
    case 'server':
      checkUrl(choice.url);
      return { ownerUrl: choice.url, directory: undefined, release: () => Promise.resolve() };
    case 'throw-away-on-server':
      checkUrl(choice.url);
      return throwAwayDatabase(choice.url);
    case 'kept': {
      const server = await startEmbeddedPostgres({ directory: choice.directory });
      return { ownerUrl: server.url, directory: server.directory, release: () => server.stop() };
    }
    case 'throw-away': {
      const server = await startEmbeddedPostgres({ ephemeral: true });
      return { ownerUrl: server.url, directory: undefined, release: () => server.stop() };
    }
  }
}

function checkUrl(url: string): void {
  try {
    parseConnectionUrl(url);
  } catch (error) {
    throw new BadUsage((error as Error).message, { cause: error });
  }
}

async function throwAwayDatabase(serverUrl: string): Promise<Provided> {
  const name = `virtual_soc_run_${randomBytes(6).toString('hex')}`;
  const server = connect(serverUrl, { poolSize: 1 });
  let released: Promise<void> | undefined;
  const release = () => (released ??= drop());
  // Registered before the database is made: a signal may come while that takes its time.
  const forget = onInterrupt(release);
  async function drop(): Promise<void> {
    try {
      // FORCE ends our own sessions after a signal. It fails where autovacuum is at work, whose process we may not end;
      // without FORCE, PostgreSQL itself sends autovacuum away.
      await server
        .query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
        .catch(() => server.query(`DROP DATABASE IF EXISTS ${name}`));
      await server.query(`DROP ROLE IF EXISTS ${enrichmentLoginName(name)}`);
    } finally {
      await server.close();
      forget();
    }
  }

  try {
    await server.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
  } catch (error) {
    await server.close();
    forget();
    throw creationFailure(error);
  }
  const ownerUrl = new URL(serverUrl);
  ownerUrl.pathname = `/${name}`;
  return { ownerUrl: ownerUrl.href, directory: undefined, release };
}

/** SQLSTATE of a missing privilege. https://www.postgresql.org/docs/18/errcodes-appendix.html */
const INSUFFICIENT_PRIVILEGE = '42501';

function creationFailure(error: unknown): unknown {
  const { original } = error as { original?: { code?: unknown } };
  if (original?.code !== INSUFFICIENT_PRIVILEGE) return error;
  return new Error(
    'The user of the database URL may not create a database. Plain `enrich` makes one of its own and drops it: ' +
      'give the user CREATEDB, or leave the URL out to use the embedded server.',
    { cause: error },
  );
}
