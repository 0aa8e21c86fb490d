/** With Security Hub's quota in force: what can be sustained, and how long an event waits at the load expected. */
import { setTimeout as sleep } from 'node:timers/promises';
import { QueryTypes } from 'sequelize';
import { sharedImportBudget } from '../lambda/adapters/import-budget.ts';
import { findingImport, localSecurityHubClient } from '../lambda/adapters/security-hub.ts';
import { IMPORT_BURST, IMPORT_CALLS_PER_SECOND } from '../lambda/core/asff-limits.ts';
import type { SqsHandler } from '../lambda/enrich-finding-handler.ts';
import { batchesOf, inLanes } from './batches.ts';
import type { BenchDatabase } from './bench-database.ts';
import type { Benchmark } from './figure.ts';
import { findingEvent } from './finding-events.ts';
import { startHubProcess } from './hub-process.ts';
import { percentile, secondsOf } from './interleave.ts';
import { countCalls } from './statement-count.ts';
import { TARGET, handlerOver } from './subject.ts';

/** The queue as it is deployed. */
const BATCH_SIZE = 100;
const BATCHING_WINDOW_SECONDS = 5;
/** Batches at a time. */
const LANES = 4;

const SUSTAINED_SECONDS = 15;
const OFFERED_SECONDS = 20;
/** Technique findings offered in a second. */
const OFFERED_RATE = 800;

export const quota: Benchmark = {
  name: 'quota',
  run: async ({ rules, databaseWith }, note) => {
    const database = await databaseWith(0);
    const hub = await startHubProcess({ quotas: true });
    try {
      await database.empty();
      const client = localSecurityHubClient(TARGET.region, hub.url);
      const calls = countCalls(client);
      const hubId = `${TARGET.accountId}/${TARGET.region}`;
      const budget = sharedImportBudget(database.sequelize, hubId, IMPORT_CALLS_PER_SECOND, IMPORT_BURST);
      let techniques = 0;
      let source = 0;
      const handler = handlerOver(database, findingImport(client, budget), (report) => (techniques += report.imported));
      const next = () => findingEvent(rules, { source: source++ });
      const nextBatch = () =>
        batchesOf(
          Array.from({ length: BATCH_SIZE }, () => next()),
          BATCH_SIZE,
        );

      // The burst is spent first: it would flatter a short measurement.
      do await inLanes(nextBatch(), LANES, handler);
      while ((await tokensLeft(database)) > 0);
      const techniquesPerEvent = techniques / source;

      note(`as much as goes, for ${SUSTAINED_SECONDS} s`);
      techniques = 0;
      const callsBefore = calls.made();
      const end = performance.now() + SUSTAINED_SECONDS * 1000;
      const seconds = await secondsOf(() =>
        inLanes(Array.from({ length: LANES }), LANES, async () => {
          while (performance.now() < end) await inLanes(nextBatch(), 1, handler);
        }),
      );
      const made = calls.made() - callsBefore;
      const sustained = techniques / seconds;

      note(`${OFFERED_RATE} technique findings/s, for ${OFFERED_SECONDS} s`);
      const callsBeforeOffer = calls.made();
      const offered = await offer(OFFERED_RATE / techniquesPerEvent, next, handler);
      return [
        {
          name: 'quota/sustained',
          value: sustained,
          unit: 'technique findings/s',
          target: { atLeast: 1_000 },
          details: {
            seconds,
            eventsPerBatch: BATCH_SIZE,
            atATime: LANES,
            callsPerSecond: made / seconds,
            findingsPerCall: (sustained * seconds) / made,
          },
        },
        {
          name: `quota/event-to-import-p95-at-${OFFERED_RATE}`,
          value: percentile(offered.waits, 0.95),
          unit: 's',
          target: { atMost: 60 },
          details: {
            p50: percentile(offered.waits, 0.5),
            longest: percentile(offered.waits, 1),
            events: offered.waits.length,
            deliveredAgain: offered.deliveredAgain,
            // More calls than the quota allows, or a long queue when the offer ends, say that it could not go on for ever.
            callsPerSecond: (calls.made() - callsBeforeOffer) / OFFERED_SECONDS,
            waitingAtTheEnd: offered.waitingAtTheEnd,
            techniquesPerEvent,
          },
        },
      ];
    } finally {
      await database.empty();
      await hub.stop();
    }
  },
};

/** Calls that may still go out at once, as of the last one. */
async function tokensLeft({ sequelize }: BenchDatabase): Promise<number> {
  const [bucket] = await sequelize.query<{ tokens: number }>('SELECT tokens FROM state.import_budget', {
    type: QueryTypes.SELECT,
  });
  return bucket?.tokens ?? 0;
}

interface Waiting {
  readonly body: string;
  /** Milliseconds on the clock of `performance.now()`. */
  readonly arrivedAt: number;
}

/**
 * Events arrive at an even rate, whether or not they can be handled. A lane takes 100, or what there is once the oldest
 * has waited for the batching window. What fails comes again, behind the others.
 *
 * @param rate events a second
 * @returns for each event the seconds from its arrival until its batch was imported and confirmed
 */
async function offer(rate: number, next: () => string, handler: SqsHandler) {
  const queue: Waiting[] = [];
  const waits: number[] = [];
  const total = Math.round(rate * OFFERED_SECONDS);
  const start = performance.now();
  let arrived = 0;
  let deliveredAgain = 0;
  let waitingAtTheEnd: number | undefined;

  const arrive = () => {
    const due = Math.min(total, Math.floor(((performance.now() - start) / 1000) * rate));
    for (; arrived < due; arrived += 1) queue.push({ body: next(), arrivedAt: start + ((arrived + 1) / rate) * 1000 });
    if (arrived === total) waitingAtTheEnd ??= total - waits.length;
  };
  const take = () => {
    arrive();
    const [oldest] = queue;
    const ripe = oldest && performance.now() - oldest.arrivedAt >= BATCHING_WINDOW_SECONDS * 1000;
    return queue.length >= BATCH_SIZE || ripe ? queue.splice(0, BATCH_SIZE) : [];
  };
  await inLanes(Array.from({ length: LANES }), LANES, async () => {
    while (waits.length < total) {
      const taken = take();
      const [batch] = batchesOf(
        taken.map(({ body }) => body),
        BATCH_SIZE,
      );
      if (!batch) {
        await sleep(10);
        continue;
      }
      try {
        await handler(batch);
        const now = performance.now();
        waits.push(...taken.map(({ arrivedAt }) => (now - arrivedAt) / 1000));
      } catch {
        deliveredAgain += taken.length;
        queue.push(...taken);
      }
    }
  });
  return { waits, deliveredAgain, waitingAtTheEnd: waitingAtTheEnd ?? 0 };
}
