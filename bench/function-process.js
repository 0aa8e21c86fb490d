/**
 * A function in a process of its own, as Lambda runs it: loads the bundle, handles batches, tells its parent what that
 * took. Plain JavaScript, so that nothing but Node and the bundle is measured.
 *
 * Arguments: the bundle, then files with one SQS event each. Messages to the parent: see `FunctionMessage` in cold-start.bench.ts.
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

const [, , bundle, ...files] = process.argv;

const start = performance.now();
const { handler } = await import(bundle);
await tell({
  step: 'imported',
  milliseconds: performance.now() - start,
  sockets: process.getActiveResourcesInfo().filter((resource) => /^(TCP|TLS|GetAddrInfo)/.test(resource)).length,
  ...memory(),
});

for (const file of files) {
  const event = JSON.parse(await readFile(file, 'utf8'));
  const begun = performance.now();
  const { batchItemFailures } = await handler(event, { getRemainingTimeInMillis: () => 60_000 });
  const milliseconds = performance.now() - begun;
  await tell({ step: 'handled', milliseconds, failed: batchItemFailures.length, ...memory() });
}
process.exit();

function tell(message) {
  return new Promise((resolve) => process.send(message, resolve));
}

function memory() {
  return { peakMegabytes: peakKilobytes() / 1024 };
}

/**
 * The largest resident set of this program. On Linux maxRSS begins at that of the process that started it, which is larger
 * than the function: the mark of the address space itself does not. https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
 */
function peakKilobytes() {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS;
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(kilobytes);
}
