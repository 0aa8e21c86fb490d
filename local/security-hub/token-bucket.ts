/** A token bucket: the way AWS limits calls ("10 requests per second, burst 30"). Pure: time is an argument. */

/** How fast a bucket fills and how much it holds. */
export interface TokenRate {
  /** Tokens that come back per second. */
  readonly perSecond: number;
  /** Tokens that a full bucket holds: the largest burst. */
  readonly burst: number;
}

/** What a bucket held at one moment. */
export interface TokenBucket {
  readonly tokens: number;
  /** When `tokens` was counted, in milliseconds on any clock that does not run backwards. */
  readonly at: number;
}

/** A full bucket. */
export function fullBucket(rate: TokenRate, at: number): TokenBucket {
  return { tokens: rate.burst, at };
}

/**
 * Takes one token, if there is one. A refused call costs nothing.
 *
 * @returns the bucket afterwards, and whether the call may go on
 */
export function takeToken(
  bucket: TokenBucket,
  rate: TokenRate,
  now: number,
): { readonly bucket: TokenBucket; readonly taken: boolean } {
  const elapsed = Math.max(0, now - bucket.at);
  const tokens = Math.min(rate.burst, bucket.tokens + (elapsed * rate.perSecond) / 1000);
  const at = Math.max(now, bucket.at);
  if (tokens < 1) return { bucket: { tokens, at }, taken: false };
  return { bucket: { tokens: tokens - 1, at }, taken: true };
}
