/** The whole path: SQS handler, core, PostgreSQL, AWS SDK, HTTP, and a strict hub in a process of its own. */
import { batchesOf, inLanes } from './batches.ts';
import type { Benchmark, Target } from './figure.ts';
import { findingEvent } from './finding-events.ts';
import { startHubProcess } from './hub-process.ts';
import { type Variant, interleave, median, secondsOf } from './interleave.ts';
import { handlerOver, sendTo } from './subject.ts';

const REPETITIONS = 5;
/** Events in a batch, how many a repetition brings in, and what the design asks for. */
const SIZES: readonly { readonly size: number; readonly events: number; readonly target?: Target }[] = [
  { size: 1, events: 100 },
  { size: 10, events: 600, target: { atLeast: 2_000 } },
  { size: 100, events: 2_000, target: { atLeast: 5_000 } },
];
const LANES = [1, 4];

export const wholePath: Benchmark = {
  name: 'whole-path',
  run: async ({ rules, databaseWith }) => {
    const database = await databaseWith(0);
    const hub = await startHubProcess({ quotas: false });
    try {
      // Each repetition opens sources of its own: the hub keeps what it has.
      let source = 0;
      let techniques = 0;
      const handler = handlerOver(database, sendTo(hub.url), (report) => (techniques += report.imported));
      const variants = SIZES.flatMap(({ size, events, target }) =>
        LANES.map((lanes): Variant & { readonly target: Target | undefined } => {
          let batches = batchesOf([], size);
          return {
            name: `${size}-per-batch/${lanes}-at-a-time`,
            target,
            prepare: async () => {
              await database.empty();
              batches = batchesOf(
                Array.from({ length: events }, () => findingEvent(rules, { source: source++ })),
                size,
              );
            },
            measure: async () => {
              techniques = 0;
              const seconds = await secondsOf(() => inLanes(batches, lanes, handler));
              return techniques / seconds;
            },
          };
        }),
      );
      const runs = await interleave(variants, REPETITIONS);
      return variants.map(({ name, target }) => {
        const rates = runs.get(name) ?? [];
        return {
          name: `whole-path/${name}`,
          value: median(rates),
          unit: 'technique findings/s',
          ...(target ? { target } : {}),
          details: { runs: rates.map(Math.round) },
        };
      });
    } finally {
      await database.empty();
      await hub.stop();
    }
  },
};
