/** Keeps calls of an AWS service within its rates, and repeats those that come back throttled or unanswered. */
import { type TokenBucket, type TokenRate, fullBucket, takeToken } from '../security-hub/token-bucket.ts';
import { type CallFailure, kindOfFailure } from './call-failure.ts';

/** Calls per second and burst of each operation, which all callers of an account share. */
export type ApiRates<Operation extends string> = Readonly<Record<Operation, TokenRate>>;

/** Calls of each burst that are left alone: calls sent in time may arrive closer together than they left. */
const SPARED_BURST = 1;

/** Attempts at one call, the first included. Throttling passes by itself; a network that is not there does not. */
const MAX_ATTEMPTS: Readonly<Record<CallFailure, number>> = { throttled: 10, transient: 4, final: 1 };
/** Pause after the first failure, in milliseconds; doubled for each further one, up to the longest. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;

/** The time, as far as waiting needs it. */
export interface Clock {
  /** Milliseconds that do not run backwards. */
  now(): number;
  /** Rejects when the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** Makes calls, each when its turn has come. */
export interface CallLimiter<Operation extends string> {
  /** Throws what the call throws, once no further attempt helps. */
  run<Result>(operation: Operation, call: () => Promise<Result>): Promise<Result>;
}

interface Lane {
  bucket: TokenBucket;
  /** No call before this time: the API has refused one. */
  heldUntil: number;
  /** Settles when the last call in line has left. */
  tail: Promise<void>;
}

/**
 * A token bucket for each operation. A throttled call empties its bucket and holds all calls of the operation, since it is
 * the operation that AWS throttles.
 *
 * @param rates of the operations, as AWS publishes them
 * @param signal ends what is waiting
 * @param random for pauses that two callers do not share; at least 0 and below 1
 */
export function callLimiter<Operation extends string>(
  rates: ApiRates<Operation>,
  clock: Clock,
  signal: AbortSignal,
  random: () => number = Math.random,
): CallLimiter<Operation> {
  const lanes = new Map<Operation, Lane>();

  function rateOf(operation: Operation): TokenRate {
    const { perSecond, burst } = rates[operation];
    return { perSecond, burst: Math.max(1, burst - SPARED_BURST) };
  }

  function laneOf(operation: Operation): Lane {
    const known = lanes.get(operation);
    if (known) return known;
    const bucket = fullBucket(rateOf(operation), clock.now());
    const lane = { bucket, heldUntil: 0, tail: Promise.resolve() };
    lanes.set(operation, lane);
    return lane;
  }

  /** First come, first served: each waits for the one before it. */
  function turn(operation: Operation): Promise<void> {
    const lane = laneOf(operation);
    const mine = lane.tail.then(() => waitForToken(lane, rateOf(operation)));
    lane.tail = mine.catch(() => undefined);
    return mine;
  }

  async function waitForToken(lane: Lane, rate: TokenRate): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const now = clock.now();
      if (now < lane.heldUntil) {
        await clock.sleep(lane.heldUntil - now, signal);
        continue;
      }
      const { bucket, taken } = takeToken(lane.bucket, rate, now);
      lane.bucket = bucket;
      if (taken) return;
      await clock.sleep(Math.ceil(((1 - bucket.tokens) / rate.perSecond) * 1000), signal);
    }
  }

  function hold(operation: Operation, attempt: number): void {
    const lane = laneOf(operation);
    const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1));
    const now = clock.now();
    lane.bucket = { tokens: 0, at: now };
    lane.heldUntil = Math.max(lane.heldUntil, now + longest * (0.5 + random() / 2));
  }

  return {
    run: async (operation, call) => {
      for (let attempt = 1; ; attempt += 1) {
        await turn(operation);
        try {
          return await call();
        } catch (error) {
          if (attempt >= MAX_ATTEMPTS[kindOfFailure(error)]) throw error;
          hold(operation, attempt);
        }
      }
    },
  };
}
