/** A database ready for enrichment: migrated, with the catalogue loaded, open as the role that enriches. */
import { randomBytes } from 'node:crypto';
import type { Sequelize } from 'sequelize';
import { describeProblem } from '../sql/catalogue-problem.ts';
import { connect } from '../sql/database.ts';
import { enrichmentUrl } from '../sql/enrichment-login.ts';
import { loadCatalogue } from '../sql/load-catalogue.ts';
import { migrate } from '../sql/migrate.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';

/** An open database. */
export interface ReadyDatabase {
  /** Connection URL of the role that enriches. Holds the password. */
  readonly url: string;
  /** Open as that role. */
  readonly sequelize: Sequelize;
  /** Whether the data files differed from what the database held. */
  readonly catalogueChanged: boolean;
  close(): Promise<void>;
}

/** Which database to open. */
export type DatabaseChoice =
  | { readonly kind: 'kept'; readonly directory: string }
  | { readonly kind: 'throw-away' }
  /** A database on a server that is running already. */
  | { readonly kind: 'server'; readonly url: string }
  /** A database of this run's own on such a server, dropped at the end. */
  | { readonly kind: 'throw-away-on-server'; readonly url: string };

/** Opens, migrates and loads. Throws with a message for people where there is no server or the catalogue is refused. */
export async function openDatabase(choice: DatabaseChoice): Promise<ReadyDatabase> {
  const { ownerUrl, release } = await provide(choice);
  const owner = connect(ownerUrl, { poolSize: 1 });
  try {
    await migrate(owner);
    const loaded = await loadCatalogue(owner);
    if ('problems' in loaded)
      throw new Error(`The catalogue was refused:\n${loaded.problems.map(describeProblem).join('\n')}`);
    const url = await enrichmentUrl(owner, ownerUrl);
    const sequelize = connect(url);
    return {
      url,
      sequelize,
      catalogueChanged: loaded.changed,
      close: async () => {
        await sequelize.close();
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  } finally {
    await owner.close();
  }
}

async function provide(choice: DatabaseChoice): Promise<{ ownerUrl: string; release: () => Promise<void> }> {
  switch (choice.kind) {
    case 'server':
      return { ownerUrl: choice.url, release: () => Promise.resolve() };
    case 'throw-away-on-server':
      return throwAwayDatabase(choice.url);
    case 'kept':
    case 'throw-away': {
      const server = await startEmbeddedPostgres(
        choice.kind === 'kept' ? { directory: choice.directory } : { ephemeral: true },
      );
      return { ownerUrl: server.url, release: () => server.stop() };
    }
  }
}

async function throwAwayDatabase(serverUrl: string) {
  const name = `virtual_soc_run_${randomBytes(6).toString('hex')}`;
  const server = connect(serverUrl, { poolSize: 1 });
  await server.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
  const ownerUrl = new URL(serverUrl);
  ownerUrl.pathname = `/${name}`;
  return {
    ownerUrl: ownerUrl.href,
    release: async () => {
      await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await server.query(`DROP ROLE IF EXISTS ${name}_login`);
      await server.close();
    },
  };
}
