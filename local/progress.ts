/** Progress of long work: a bar on a terminal, a plain line now and then elsewhere, always on standard error. */
import { SingleBar } from 'cli-progress';

/** Milliseconds between two plain lines. */
const LINE_INTERVAL = 5000;

/** Shows how much is done. */
export interface Progress {
  update(done: number): void;
  stop(): void;
}

/** Starts showing progress. `what` says what is counted, for example `events`; without a total only how many are done. */
export function showProgress(what: string, total?: number): Progress {
  if (process.stderr.isTTY) {
    const bar = new SingleBar({
      format: total === undefined ? `{value} ${what}` : `{bar} {percentage}% | {value}/{total} ${what}`,
      clearOnComplete: true,
      stream: process.stderr,
    });
    bar.start(total ?? 0, 0);
    return { update: (done) => bar.update(done), stop: () => bar.stop() };
  }
  let next = Date.now() + LINE_INTERVAL;
  return {
    update: (done) => {
      if (Date.now() < next) return;
      next = Date.now() + LINE_INTERVAL;
      process.stderr.write(total === undefined ? `${done} ${what}\n` : `${done} of ${total} ${what}\n`);
    },
    stop: () => undefined,
  };
}
