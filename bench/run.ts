/** `npm run bench [-- --json] [-- --only NAME]`: measures, and says what it measured. */
import { parseArgs } from 'node:util';
import { attackMatrixWidget } from './attack-matrix.bench.ts';
import { coldStart } from './cold-start.bench.ts';
import { core } from './core.bench.ts';
import { coreAndDatabase } from './core-and-database.bench.ts';
import type { Benchmark, Figure } from './figure.ts';
import { secondsOf } from './interleave.ts';
import { openFindings } from './open-findings.bench.ts';
import { passedEvents } from './passed-events.bench.ts';
import { quota } from './quota.bench.ts';
import { figureLine, figureTable } from './report.ts';
import { rollUp } from './roll-up.bench.ts';
import { openSetting } from './setting.ts';
import { statements } from './statements.bench.ts';
import { wholePath } from './whole-path.bench.ts';

const BENCHMARKS: readonly Benchmark[] = [
  core,
  coreAndDatabase,
  statements,
  wholePath,
  passedEvents,
  openFindings,
  rollUp,
  attackMatrixWidget,
  quota,
  coldStart,
];

// The SDK's notice of its own plans is no progress of ours.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

const { values: options } = parseArgs({
  options: { json: { type: 'boolean', default: false }, only: { type: 'string', multiple: true, default: [] } },
});
const unknown = options.only.filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `There is no benchmark ${unknown.join(', ')}. There are: ${BENCHMARKS.map(({ name }) => name).join(', ')}.\n`,
  );
  process.exit(2);
}

const setting = await openSetting();
const figures: Figure[] = [];
try {
  for (const benchmark of BENCHMARKS) {
    if (options.only.length > 0 && !options.only.includes(benchmark.name)) continue;
    await measure(benchmark);
  }
} finally {
  await setting.close();
}
if (!options.json) process.stdout.write(`${figureTable(figures)}\n`);

/** One that fails does not keep the others from being measured. */
async function measure(benchmark: Benchmark): Promise<void> {
  const note = (text: string) => process.stderr.write(`${benchmark.name}: ${text}\n`);
  note('starts');
  try {
    const seconds = await secondsOf(async () => {
      const measured = await benchmark.run(setting, note);
      figures.push(...measured);
      if (options.json) for (const figure of measured) process.stdout.write(`${figureLine(figure)}\n`);
    });
    note(`done after ${seconds.toFixed(1)} s`);
  } catch (error) {
    process.exitCode = 1;
    note(`failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
