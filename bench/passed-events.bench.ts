/** A real organisation's mix: nine of ten events say that a control passed which never failed. */
import { findingImport, localSecurityHubClient } from '../lambda/adapters/security-hub.ts';
import { unlimitedImportBudget } from '../lambda/adapters/import-budget.ts';
import { batchesOf, inLanes } from './batches.ts';
import type { Benchmark } from './figure.ts';
import { findingEvent } from './finding-events.ts';
import { startHubProcess } from './hub-process.ts';
import { type Variant, interleave, median, secondsOf } from './interleave.ts';
import { countCalls } from './statement-count.ts';
import { TARGET, handlerOver } from './subject.ts';

const EVENTS = 3_000;
const BATCH_SIZE = 100;
const LANES = [1, 4];
const REPETITIONS = 5;
/** One event in so many opens a source. */
const OPENS_ONE_IN = 10;

export const passedEvents: Benchmark = {
  name: 'passed-events',
  run: async ({ rules, databaseWith }) => {
    const database = await databaseWith(0);
    const hub = await startHubProcess({ quotas: false });
    try {
      const client = localSecurityHubClient(TARGET.region, hub.url);
      const calls = countCalls(client);
      const handler = handlerOver(database, findingImport(client, unlimitedImportBudget));
      let source = 0;
      const callsPerEvent = new Map<number, number>();
      const mix = (opensOneIn: number) =>
        batchesOf(
          Array.from({ length: EVENTS }, (_, index) =>
            findingEvent(rules, { source: source++, passed: index % opensOneIn !== 0 }),
          ),
          BATCH_SIZE,
        );
      const variant = (name: string, opensOneIn: number, lanes: number): Variant => {
        let batches = batchesOf([], BATCH_SIZE);
        return {
          name,
          prepare: async () => {
            await database.empty();
            batches = mix(opensOneIn);
          },
          measure: async () => {
            const before = calls.made();
            const seconds = await secondsOf(() => inLanes(batches, lanes, handler));
            callsPerEvent.set(opensOneIn, (calls.made() - before) / EVENTS);
            return EVENTS / seconds;
          },
        };
      };
      const runs = await interleave(
        LANES.map((lanes) => variant(`${lanes}-at-a-time`, OPENS_ONE_IN, lanes)),
        REPETITIONS,
      );
      // Not one of these opens anything, so not one call may go out.
      await database.empty();
      const before = calls.made();
      await inLanes(
        batchesOf(
          Array.from({ length: EVENTS }, () => findingEvent(rules, { source: source++, passed: true })),
          BATCH_SIZE,
        ),
        1,
        handler,
      );
      return [
        ...[...runs].map(([name, rates]) => ({
          name: `passed-events/nine-of-ten/${name}`,
          value: median(rates),
          unit: 'events/s',
          details: { runs: rates.map(Math.round), eventsPerBatch: BATCH_SIZE },
        })),
        {
          name: 'passed-events/nine-of-ten/import-calls',
          value: callsPerEvent.get(OPENS_ONE_IN) ?? NaN,
          unit: 'calls/event',
        },
        {
          name: 'passed-events/all/import-calls',
          value: (calls.made() - before) / EVENTS,
          unit: 'calls/event',
          target: { atMost: 0 },
        },
      ];
    } finally {
      await database.empty();
      await hub.stop();
    }
  },
};
