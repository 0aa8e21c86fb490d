/** In which Regions AWS Config has each rule, from `sql/reference/aws`. */
import { z } from 'zod';
import { readReference } from '../sql/reference-files.ts';

export interface RuleRegions {
  /** Regions that AWS's lists know. Of others nothing can be said. */
  readonly known: ReadonlySet<string>;
  /** Those of them that lack a rule, by its name. */
  readonly missing: ReadonlyMap<string, readonly string[]>;
}

const availability = z.enum(['all', 'except', 'only']);

/**
 * Reads where each rule is to be had.
 *
 * @throws Error when a file cannot be read, or names a Region that is in no list
 */
export async function readRuleRegions(): Promise<RuleRegions> {
  const known = new Set((await readReference('aws/regions.csv')).map((row) => row['region'] ?? ''));
  const missing = new Map<string, readonly string[]>();
  for (const row of await readReference('aws/config-rule-regions.csv')) {
    const name = row['rule_name'] ?? '';
    const named = (row['regions'] ?? '').split(';').filter((region) => region !== '');
    const unknown = named.find((region) => !known.has(region));
    if (unknown !== undefined) {
      throw new Error(
        `config-rule-regions.csv, ${name}: regions.csv has no Region ${unknown}. Correct it, or add it there.`,
      );
    }
    const only = availability.parse(row['availability']) === 'only';
    missing.set(name, only ? [...known].filter((region) => !named.includes(region)) : named);
  }
  return { known, missing };
}
