/** A clock for tests of waiting: it jumps to the next time that somebody waits for, as soon as nothing else is going on. */

export interface VirtualClock {
  /** Milliseconds since the start. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Does real work, such as a call over HTTP, while which the time stands still. */
  busy<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Runs until it is done, with the clock ticking. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
}

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

export function virtualClock(): VirtualClock {
  let time = 0;
  let working = 0;
  let sleepers: Sleeper[] = [];

  function tick(): void {
    const [next] = sleepers.sort((a, b) => a.until - b.until);
    if (working > 0 || next === undefined) return;
    sleepers = sleepers.filter((sleeper) => sleeper !== next);
    time = Math.max(time, next.until);
    next.wake();
  }

  return {
    now: () => time,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        const abort = () => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          reject(signal?.reason as Error);
        };
        const wake = () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        };
        const sleeper = { until: time + milliseconds, wake };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', abort);
      }),
    busy: async (work) => {
      working += 1;
      try {
        return await work();
      } finally {
        working -= 1;
      }
    },
    run: async (work) => {
      let done = false;
      const result = work().finally(() => (done = true));
      result.catch(() => undefined);
      // Between two turns everything that follows from the last one has happened.
      while (!done) {
        tick();
        await new Promise((resolve) => setImmediate(resolve));
      }
      return result;
    },
  };
}
