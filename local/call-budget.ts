/** A token bucket for the calls of this process, where there is no database to share one through. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** Reserves calls; resolves when they may be made. An `ImportBudget` is one. */
export interface CallBudget {
  reserve(calls: number): Promise<void>;
}

/** Calls a second, with so many at once. The bucket may go negative: the debt is the waiting time, so nobody polls. */
export function callBudget(callsPerSecond: number, burst: number): CallBudget {
  let tokens = burst;
  let refilledAt = performance.now();
  return {
    reserve: async (calls) => {
      // More calls than the bucket holds pay in parts.
      for (let left = calls; left > 0; left -= burst) {
        const now = performance.now();
        const refilled = Math.min(burst, tokens + ((now - refilledAt) * callsPerSecond) / 1000);
        tokens = refilled - Math.min(left, burst);
        refilledAt = now;
        // A timer may end a millisecond early, which AWS would answer with ThrottlingException.
        if (tokens < 0) await sleep(Math.ceil((-tokens / callsPerSecond) * 1000) + 1);
      }
    },
  };
}
