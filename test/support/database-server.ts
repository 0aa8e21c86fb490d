import { startEmbeddedPostgres } from '../../local/embedded-postgres.ts';

/** A PostgreSQL server for tests, and how to leave it as it was. */
interface TestServer {
  /** Connection URL of a role with CREATEDB and CREATEROLE. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** What to do at the end of the run, the last first. */
const closings: (() => Promise<void>)[] = [];
let server: Promise<TestServer> | undefined;

/**
 * URL of the server that all tests share: the one that VSOC_DATABASE_URL names (PostgreSQL 15-18; the user needs CREATEDB
 * and CREATEROLE), else an embedded one that the first call starts.
 */
export async function databaseServerUrl(): Promise<string> {
  server ??= startServer();
  return (await server).url;
}

async function startServer(): Promise<TestServer> {
  const url = process.env['VSOC_DATABASE_URL'];
  if (url !== undefined && url !== '') return { url, stop: () => Promise.resolve() };
  return startEmbeddedPostgres({ ephemeral: true });
}

/** Does something at the end of the run, while the server still runs. */
export function atEndOfRun(close: () => Promise<void>): void {
  closings.unshift(close);
}

/** Called by mocha, which loads this file through `.mocharc.json`, after the last test. */
export async function mochaGlobalTeardown(): Promise<void> {
  for (const close of closings) await close();
  await (await server)?.stop();
}
