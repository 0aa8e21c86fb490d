/** Core and PostgreSQL, with a sender that takes everything at once: record, build, confirm. */
import { enrichFindings } from '../lambda/enrich-finding.ts';
import { batchesOf, inLanes } from './batches.ts';
import { type BenchDatabase, startServer } from './bench-database.ts';
import type { Benchmark } from './figure.ts';
import { findingEvent } from './finding-events.ts';
import { type Variant, interleave, median, secondsOf } from './interleave.ts';
import { DISCARD, dependenciesOver } from './subject.ts';

const EVENTS = 2_000;
const BATCH_SIZE = 100;
const REPETITIONS = 5;
/** Batches at a time: one function, and a few as Lambda runs them for one queue. */
const LANES = [1, 4];

export const coreAndDatabase: Benchmark = {
  name: 'core-and-database',
  run: async ({ rules, databaseWith }, note) => {
    const bodies = Array.from({ length: EVENTS }, (_, source) => findingEvent(rules, { source }));
    const server = await startServer('durable');
    note(server.description);
    try {
      const durable = await server.createDatabase();
      const variants = [
        ...LANES.map((lanes) => variant('throw-away', databaseWith(0), bodies, lanes)),
        ...LANES.map((lanes) => variant('durable', Promise.resolve(durable), bodies, lanes)),
      ];
      const runs = await interleave(variants, REPETITIONS);
      await durable.close();
      return [...runs].map(([name, rates]) => ({
        name: `core-and-database/${name}`,
        value: median(rates),
        unit: 'technique findings/s',
        ...(name.startsWith('throw-away') ? { target: { atLeast: 10_000 } } : {}),
        details: { runs: rates.map(Math.round), eventsPerBatch: BATCH_SIZE },
      }));
    } finally {
      await (await databaseWith(0)).empty();
      await server.stop();
    }
  },
};

function variant(
  durability: string,
  opening: Promise<BenchDatabase>,
  bodies: readonly string[],
  lanes: number,
): Variant {
  return {
    name: `${durability}/${lanes}-at-a-time`,
    prepare: async () => (await opening).empty(),
    measure: async () => {
      const dependencies = dependenciesOver(await opening, DISCARD);
      await dependencies.catalogue.current();
      let techniques = 0;
      const seconds = await secondsOf(() =>
        inLanes(batchesOf(bodies, BATCH_SIZE), lanes, async ({ Records }) => {
          const { imported } = await enrichFindings(Records, dependencies);
          techniques += imported;
        }),
      );
      return techniques / seconds;
    },
  };
}
