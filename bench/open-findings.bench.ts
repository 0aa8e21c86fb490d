/** What an event costs while few and while many findings are open. It should cost the same. */
import { QueryTypes } from 'sequelize';
import { readEvent } from '../lambda/core/finding-message.ts';
import type { SqsHandler } from '../lambda/enrich-finding-handler.ts';
import { batchesOf, inLanes } from './batches.ts';
import type { Benchmark, Figure } from './figure.ts';
import { findingEvent } from './finding-events.ts';
import { type Variant, interleave, median, secondsOf } from './interleave.ts';
import { FIRST_SEEDED_SOURCE, type SeededDatabase } from './seeded-database.ts';
import type { SourceRules } from './source-rules.ts';
import { DISCARD, handlerOver } from './subject.ts';

const OPEN = [0, 10_000, 100_000];
const EVENTS = 1_000;
const BATCH_SIZE = 100;
const REPETITIONS = 7;
const TARGET_RATIO = 1.25;

export const openFindings: Benchmark = {
  name: 'open-findings',
  run: async ({ rules, databaseWith }, note) => {
    const variants: Variant[] = [];
    for (const open of OPEN) {
      note(`opens ${open} technique findings`);
      const database = await databaseWith(open);
      const handler = handlerOver(database, DISCARD);
      variants.push(
        opens(`opens/${open}`, database, handler, rules),
        updates(`updates/${open}`, database, handler, rules),
      );
    }
    const runs = await interleave(variants, REPETITIONS);
    return ['opens', 'updates'].flatMap((kind) => {
      const cost = (open: number) => median(runs.get(`${kind}/${open}`) ?? []);
      return [
        ...OPEN.map((open): Figure => ({
          name: `open-findings/${kind}/${open}-open`,
          value: cost(open) * 1e6,
          unit: 'µs/event',
          details: { runs: (runs.get(`${kind}/${open}`) ?? []).map((seconds) => Math.round(seconds * 1e6)) },
        })),
        ...OPEN.slice(1).map((open): Figure => ({
          name: `open-findings/${kind}/${open}-open-to-none`,
          value: cost(open) / cost(0),
          unit: 'ratio',
          target: { atMost: TARGET_RATIO },
        })),
      ];
    });
  },
};

/** Seconds for each event that opens a new source. The sources go again afterwards. */
function opens(name: string, database: SeededDatabase, handler: SqsHandler, rules: SourceRules): Variant {
  let first = 0;
  let bodies: readonly string[] = [];
  return {
    name,
    prepare: async () => {
      await forget(database, bodies);
      bodies = Array.from({ length: EVENTS }, (_, index) => findingEvent(rules, { source: first + index }));
      first += EVENTS;
      await database.vacuum();
    },
    measure: async () => {
      const seconds = await secondsOf(() => inLanes(batchesOf(bodies, BATCH_SIZE), 1, handler));
      await forget(database, bodies);
      return seconds / EVENTS;
    },
  };
}

/** Seconds for each event that says something new of an open source; the sources lie all over the table. */
function updates(name: string, database: SeededDatabase, handler: SqsHandler, rules: SourceRules): Variant {
  const stride = Math.max(1, Math.floor(database.sources / EVENTS));
  const bodiesOf = (revision: number) =>
    Array.from({ length: EVENTS }, (_, index) =>
      findingEvent(rules, { source: FIRST_SEEDED_SOURCE + index * stride, revision }),
    );
  let revision = 0;
  let bodies: readonly string[] = [];
  return {
    name,
    prepare: async () => {
      // Where nothing is open, the sources to update are opened first.
      if (database.sources === 0) await inLanes(batchesOf(bodiesOf(revision), BATCH_SIZE), 1, handler);
      revision += 1;
      bodies = bodiesOf(revision);
      await database.vacuum();
    },
    measure: async () => {
      const seconds = await secondsOf(() => inLanes(batchesOf(bodies, BATCH_SIZE), 1, handler));
      if (database.sources === 0) await forget(database, bodies);
      return seconds / EVENTS;
    },
  };
}

/** Deletes the sources of these events, and their technique findings with them. */
async function forget({ sequelize }: SeededDatabase, bodies: readonly string[]): Promise<void> {
  const keys = bodies.flatMap((body) =>
    readEvent(JSON.parse(body)).flatMap((read) => (read.outcome === 'event' ? [read.event.sourceKey] : [])),
  );
  await sequelize.query('DELETE FROM state.source WHERE source_key = ANY ($1::text[])', {
    type: QueryTypes.DELETE,
    bind: [keys],
  });
}
