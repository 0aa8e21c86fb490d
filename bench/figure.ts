/** What a benchmark measures: figures, each with its unit and, where the design sets one, its target. */

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

/** One benchmark. `note` reports progress to the person who waits. */
export interface Benchmark {
  readonly name: string;
  readonly run: (bench: BenchSetting, note: (text: string) => void) => Promise<readonly Figure[]>;
}

/** What the benchmarks share, opened when first asked for. */
export interface BenchSetting {
  readonly rules: SourceRules;
  /** A migrated database with the catalogue and this many technique findings open; not flushed to disk. */
  readonly databaseWith: (open: number) => Promise<BenchDatabase>;
}

import type { BenchDatabase } from './bench-database.ts';
import type { SourceRules } from './source-rules.ts';

/** Whether a value keeps within its target; `undefined` without one. */
export function isMet(value: number, target: Target | undefined): boolean | undefined {
  if (target === undefined) return undefined;
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
}
