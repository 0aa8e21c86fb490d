/** The pure core: event text in, technique findings with their hashes out. */
import { readEvent } from '../lambda/core/finding-message.ts';
import { sourceChange } from '../lambda/enrich-finding.ts';
import type { Benchmark } from './figure.ts';
import { findingEvent } from './finding-events.ts';
import { interleave, median, secondsOf } from './interleave.ts';
import { TARGET } from './subject.ts';

const EVENTS = 5_000;
const REPETITIONS = 7;

export const core: Benchmark = {
  name: 'core',
  run: async ({ rules }) => {
    const texts = Array.from({ length: EVENTS }, (_, source) => findingEvent(rules, { source }));
    const context = { catalogue: rules.catalogue, target: TARGET, language: 'en' } as const;
    const enrich = (text: string) =>
      readEvent(JSON.parse(text)).reduce(
        (sum, read) => sum + (read.outcome === 'event' ? sourceChange(read.event, context).techniques.length : 0),
        0,
      );
    const techniques = texts.reduce((sum, text) => sum + enrich(text), 0);
    const runs = await interleave(
      [
        {
          name: 'seconds',
          measure: () => secondsOf(() => texts.forEach(enrich)),
        },
      ],
      REPETITIONS,
    );
    const rates = (runs.get('seconds') ?? []).map((seconds) => EVENTS / seconds);
    const perEvent = techniques / EVENTS;
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / EVENTS;
    return [
      {
        name: 'core/technique-findings',
        value: median(rates) * perEvent,
        unit: 'technique findings/s',
        target: { atLeast: 50_000 },
        details: {
          runs: rates.map((rate) => Math.round(rate * perEvent)),
          techniquesPerEvent: perEvent,
          bytesPerEvent: Math.round(bytes),
        },
      },
      { name: 'core/source-findings', value: median(rates), unit: 'source findings/s' },
    ];
  },
};
