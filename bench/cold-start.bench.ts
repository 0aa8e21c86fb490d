/** What the function costs to load, and what memory it needs: the bundle as deployed, in fresh processes. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { batchesOf } from './batches.ts';
import type { Benchmark } from './figure.ts';
import { findingEvent } from './finding-events.ts';
import { bundleFunction } from './function-bundle.ts';
import { startHubProcess } from './hub-process.ts';
import { median } from './interleave.ts';
import { TARGET } from './subject.ts';

const STARTS = 5;
const EVENTS = 10_000;
const BATCH_SIZE = 100;

/** What the function's process tells. */
interface FunctionMessage {
  readonly step: 'imported' | 'handled';
  readonly milliseconds: number;
  /** Largest resident set so far. */
  readonly peakMegabytes: number;
  /** Network connections, open or being opened. */
  readonly sockets?: number;
  readonly failed?: number;
}

export const coldStart: Benchmark = {
  name: 'cold-start',
  run: async ({ rules, databaseWith }, note) => {
    const directory = await mkdtemp(path.join(tmpdir(), 'virtual-soc-bench-'));
    const database = await databaseWith(0);
    const hub = await startHubProcess({ quotas: false });
    try {
      await database.empty();
      const bundle = await bundleFunction(directory);
      const environment = {
        HUB_ACCOUNT_ID: TARGET.accountId,
        HUB_REGION: TARGET.region,
        DATABASE_URL: database.url,
        // No batch waits: memory is measured here, not pace.
        IMPORT_CALLS_PER_SECOND: '100000',
        IMPORT_BURST: '100000',
        AWS_REGION: TARGET.region,
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        AWS_ENDPOINT_URL_SECURITYHUB: hub.url,
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      };
      const starts: FunctionMessage[] = [];
      for (let start = 0; start < STARTS; start += 1) starts.push(...(await runFunction(bundle.file, [], environment)));

      note(`handles ${EVENTS} events`);
      const files: string[] = [];
      const bodies = Array.from({ length: EVENTS }, (_, source) => findingEvent(rules, { source }));
      for (const batch of batchesOf(bodies, BATCH_SIZE)) {
        const file = path.join(directory, `batch-${files.length}.json`);
        await writeFile(file, JSON.stringify(batch));
        files.push(file);
      }
      const handled = (await runFunction(bundle.file, files, environment)).filter(({ step }) => step === 'handled');
      if (handled.length !== files.length || handled.some(({ failed }) => failed)) throw new Error('batches failed');
      const imports = starts.map(({ milliseconds }) => milliseconds);
      return [
        { name: 'cold-start/bundle', value: bundle.bytes / 1024, unit: 'kB' },
        {
          name: 'cold-start/import',
          value: median(imports),
          unit: 'ms',
          details: { runs: imports.map(Math.round) },
        },
        {
          name: 'cold-start/connections-at-import',
          value: Math.max(...starts.map(({ sockets = 0 }) => sockets)),
          unit: 'connections',
          target: { atMost: 0 },
        },
        {
          name: 'cold-start/first-batch',
          value: handled[0]?.milliseconds ?? NaN,
          unit: 'ms',
          details: { includes: 'connecting and reading the catalogue', eventsPerBatch: BATCH_SIZE },
        },
        {
          name: 'cold-start/memory-after-import',
          value: median(starts.map(({ peakMegabytes }) => peakMegabytes)),
          unit: 'MB',
        },
        {
          name: `cold-start/memory-after-${EVENTS}-events`,
          value: handled.at(-1)?.peakMegabytes ?? NaN,
          unit: 'MB',
          details: { afterFirstBatch: handled[0]?.peakMegabytes, eventsPerBatch: BATCH_SIZE },
        },
      ];
    } finally {
      await rm(directory, { recursive: true, force: true });
      await database.empty();
      await hub.stop();
    }
  },
};

const FUNCTION = path.join(import.meta.dirname, 'function-process.js');

/** Runs the bundle in a fresh process. Throws where it fails. */
async function runFunction(
  bundle: string,
  files: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<FunctionMessage[]> {
  const messages: FunctionMessage[] = [];
  // Its log lines are for CloudWatch.
  const child: ChildProcess = fork(FUNCTION, [bundle, ...files], {
    env: { PATH: process.env['PATH'], ...environment },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.on('message', (message) => messages.push(message as FunctionMessage));
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`the function's process ended with ${code}`)),
    );
  });
  return messages;
}
