/** A database in which findings are open already. */
import { batchesOf, inLanes } from './batches.ts';
import type { BenchDatabase, BenchServer } from './bench-database.ts';
import { findingEvent } from './finding-events.ts';
import type { SourceRules } from './source-rules.ts';
import { DISCARD, handlerOver } from './subject.ts';

/** Its open sources are numbered from {@link FIRST_SEEDED_SOURCE}. */
export interface SeededDatabase extends BenchDatabase {
  /** Number of open sources. */
  readonly sources: number;
}

/** Benchmarks number sources of their own below this. */
export const FIRST_SEEDED_SOURCE = 10_000_000;

/** Large, since only the outcome matters here. */
const BATCH_SIZE = 500;
const LANES = 2;

/** Opens at least `open` technique findings, through the handler itself. */
export async function seededDatabase(server: BenchServer, rules: SourceRules, open: number): Promise<SeededDatabase> {
  const database = await server.createDatabase();
  let opened = 0;
  let sources = 0;
  const handler = handlerOver(database, DISCARD, (report) => (opened += report.imported));
  while (opened < open) {
    const bodies = Array.from({ length: BATCH_SIZE * LANES }, () =>
      findingEvent(rules, { source: FIRST_SEEDED_SOURCE + sources++ }),
    );
    await inLanes(batchesOf(bodies, BATCH_SIZE), LANES, handler);
  }
  await database.vacuum();
  return { ...database, sources };
}
