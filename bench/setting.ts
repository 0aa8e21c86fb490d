/** Opens what several benchmarks share, when the first of them asks for it, and closes it all at the end. */
import { inLanes, batchesOf } from './batches.ts';
import { type BenchDatabase, type BenchServer, startServer } from './bench-database.ts';
import type { BenchSetting } from './figure.ts';
import { findingEvent } from './finding-events.ts';
import { type SourceRules, readSourceRules } from './source-rules.ts';
import { DISCARD, handlerOver } from './subject.ts';

/** A setting and how to close it. */
export interface OpenSetting extends BenchSetting {
  close(): Promise<void>;
}

/** Sources with these numbers are open from the start; benchmarks number their own below. */
export const FIRST_SEEDED_SOURCE = 10_000_000;

const SEED_BATCH = 500;
const SEED_LANES = 2;

/** Reads the catalogue; starts nothing yet. */
export async function openSetting(): Promise<OpenSetting> {
  const rules = await readSourceRules();
  let server: Promise<BenchServer> | undefined;
  const databases = new Map<number, Promise<BenchDatabase>>();
  return {
    rules,
    databaseWith: (open) => {
      server ??= startServer('throw-away');
      const known = databases.get(open) ?? server.then((started) => seeded(started, rules, open));
      databases.set(open, known);
      return known;
    },
    close: async () => {
      for (const database of databases.values()) await (await database).close();
      await (await server)?.stop();
    },
  };
}

/** At least `open` technique findings, brought in by the handler itself. */
async function seeded(server: BenchServer, rules: SourceRules, open: number): Promise<BenchDatabase> {
  const database = await server.createDatabase();
  let opened = 0;
  let source = FIRST_SEEDED_SOURCE;
  const handler = handlerOver(database, DISCARD, (report) => (opened += report.imported));
  while (opened < open) {
    const bodies = Array.from({ length: SEED_BATCH * SEED_LANES }, () => findingEvent(rules, { source: source++ }));
    await inLanes(batchesOf(bodies, SEED_BATCH), SEED_LANES, handler);
  }
  await database.vacuum();
  return database;
}
