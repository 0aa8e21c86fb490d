/** What a benchmark measures: figures, each with its unit and, where the design sets one, its target. */
import type { SeededDatabase } from './seeded-database.ts';
import type { SourceRules } from './source-rules.ts';

/** One measured figure. */
export interface Figure {
  /** Names the benchmark and the figure, for example `core/technique-findings`. Stable: tools compare runs by it. */
  readonly name: string;
  /** The median of the repetitions, unless `details` says otherwise. */
  readonly value: number;
  readonly unit: string;
  /** What the figure should be. Absent where it is only observed. */
  readonly target?: Target;
  /** How it came about: every repetition, sizes, counts. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A bound of a figure, in the unit of the figure. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** One benchmark. */
export interface Benchmark {
  readonly name: string;
  /** Measures. `note` tells the person who waits how far it is. */
  readonly run: (shared: SharedSetting, note: (text: string) => void) => Promise<readonly Figure[]>;
}

/** What the benchmarks share. */
export interface SharedSetting {
  readonly rules: SourceRules;
  /**
   * A database with at least this many technique findings open, not flushed to disk. Made when first asked for; everyone
   * who asks for the same count gets the same one, and leaves its findings as they were.
   */
  readonly databaseWith: (open: number) => Promise<SeededDatabase>;
}

/** Whether a value keeps within its target; `undefined` without one. */
export function isMet(value: number, target: Target | undefined): boolean | undefined {
  if (target === undefined) return undefined;
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
}
