/** Repetitions of several variants in turn, so that a noisy machine is unfair to all of them alike. */

/** One of the ways of doing the work that are compared. */
export interface Variant {
  readonly name: string;
  /** Does what is not to be measured, before each repetition. */
  readonly prepare?: () => Promise<void>;
  /** Does the work once and returns its figure: a rate, a duration. */
  readonly measure: () => Promise<number>;
}

/**
 * Measures each variant `repetitions` times: all of them once, then all again. The first round warms up and does not
 * count. Returns the figures of each variant in the order in which they came.
 */
export async function interleave(
  variants: readonly Variant[],
  repetitions: number,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const figures = new Map<string, number[]>(variants.map(({ name }) => [name, []]));
  for (let round = 0; round <= repetitions; round += 1) {
    for (const { name, prepare, measure } of variants) {
      await prepare?.();
      const figure = await measure();
      if (round > 0) figures.get(name)?.push(figure);
    }
  }
  return figures;
}

/** The middle value; the mean of the two middle ones where there are two. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
}

/** The smallest value that `share` (0 to 1) of the values do not exceed. NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** Seconds that a piece of work takes. */
export async function secondsOf(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
