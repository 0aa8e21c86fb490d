/** The pure core: event text in, technique findings with their hashes out. */
import { readEvent } from '../lambda/core/finding-message.ts';
import { sourceChange } from '../lambda/enrich-finding.ts';
import type { Benchmark } from './figure.ts';
import { findingEvent } from './finding-events.ts';
import { interleave, median, secondsOf } from './interleave.ts';
import { TARGET } from './subject.ts';

const EVENTS = 3_000;
const REPETITIONS = 9;

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
    const processorSeconds: number[] = [];
    const runs = await interleave(
      [
        {
          name: 'core',
          measure: () => {
            const before = process.cpuUsage();
            const seconds = secondsOf(() => texts.forEach(enrich));
            const { user, system } = process.cpuUsage(before);
            processorSeconds.push((user + system) / 1e6);
            return seconds;
          },
        },
      ],
      REPETITIONS,
    );
    const rates = (runs.get('core') ?? []).map((seconds) => EVENTS / seconds);
    return [
      {
        name: 'core/technique-findings',
        value: (median(rates) * techniques) / EVENTS,
        unit: 'technique findings/s',
        target: { atLeast: 50_000 },
        details: {
          runs: rates.map((rate) => Math.round((rate * techniques) / EVENTS)),
          // What the processor needed, garbage collection on its other threads included: other programs hardly move it.
          perProcessorSecond: Math.round(techniques / median(processorSeconds)),
          techniquesPerEvent: techniques / EVENTS,
          bytesPerEvent: Math.round(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / EVENTS),
        },
      },
      { name: 'core/source-findings', value: median(rates), unit: 'source findings/s' },
    ];
  },
};
