/** Opens what several benchmarks share, when the first of them asks for it, and closes it all at the end. */
import { type BenchServer, startServer } from './bench-database.ts';
import type { SharedSetting } from './figure.ts';
import { type SeededDatabase, seededDatabase } from './seeded-database.ts';
import { readSourceRules } from './source-rules.ts';

/** A setting and how to close it. */
export interface OpenSetting extends SharedSetting {
  close(): Promise<void>;
}

/** Reads the catalogue; starts nothing yet. */
export async function openSetting(): Promise<OpenSetting> {
  const rules = await readSourceRules();
  let server: Promise<BenchServer> | undefined;
  const databases = new Map<number, Promise<SeededDatabase>>();
  return {
    rules,
    databaseWith: (open) => {
      server ??= startServer('throw-away');
      const database = databases.get(open) ?? server.then((started) => seededDatabase(started, rules, open));
      databases.set(open, database);
      return database;
    },
    close: async () => {
      for (const database of databases.values()) await (await database).close();
      await (await server)?.stop();
    },
  };
}
