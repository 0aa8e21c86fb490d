/** Core and PostgreSQL, with a sender that takes everything at once: record, build, confirm. */
import { enrichFindings } from '../lambda/enrich-finding.ts';
import { type BenchServer, startServer } from './bench-database.ts';
import { batchesOf, inLanes } from './batches.ts';
import type { Benchmark, Figure } from './figure.ts';
import { findingEvent } from './finding-events.ts';
import { type Variant, interleave, median, secondsOf } from './interleave.ts';
import { DISCARD, dependenciesOver } from './subject.ts';

const EVENTS = 3_000;
const BATCH_SIZE = 100;
const REPETITIONS = 5;
/** Batches at a time: one as a single function has it, and a few, as Lambda runs them for one queue. */
const LANES = [1, 4];

export const coreAndDatabase: Benchmark = {
  name: 'core-and-database',
  run: async ({ rules }, note) => {
    const batches = batchesOf(
      Array.from({ length: EVENTS }, (_, source) => findingEvent(rules, { source })),
      BATCH_SIZE,
    );
    const servers: { name: string; server: BenchServer }[] = [];
    try {
      for (const durability of ['throw-away', 'durable'] as const)
        servers.push({ name: durability, server: await startServer(durability) });
      const variants: Variant[] = [];
      const closings: (() => Promise<void>)[] = [];
      for (const { name, server } of servers) {
        note(server.description);
        const database = await server.createDatabase();
        closings.push(() => database.close());
        const dependencies = dependenciesOver(database, DISCARD);
        for (const lanes of LANES) {
          variants.push({
            name: `${name}/${lanes}`,
            prepare: () => database.empty(),
            measure: async () => {
              let techniques = 0;
              const seconds = await secondsOf(() =>
                inLanes(batches, lanes, async ({ Records }) => {
                  techniques += (await enrichFindings(Records, dependencies)).imported;
                }),
              );
              return techniques / seconds;
            },
          });
        }
      }
      const runs = await interleave(variants, REPETITIONS);
      for (const close of closings) await close();
      return servers.flatMap(({ name, server }) =>
        LANES.map((lanes): Figure => {
          const rates = runs.get(`${name}/${lanes}`) ?? [];
          return {
            name: `core-and-database/${name}/${lanes}-at-a-time`,
            value: median(rates),
            unit: 'technique findings/s',
            ...(name === 'throw-away' ? { target: { atLeast: 10_000 } } : {}),
            details: { runs: rates.map(Math.round), eventsPerBatch: BATCH_SIZE, server: server.description },
          };
        }),
      );
    } finally {
      for (const { server } of servers) await server.stop();
    }
  },
};
