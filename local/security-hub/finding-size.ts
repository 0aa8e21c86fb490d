/** The size of a finding: what counts is its JSON in UTF-8. */

import { MAXIMUM_FINDING_BYTES } from './finding-limits.ts';

/** Whether a finding is larger than Security Hub takes. */
export function isTooLarge(finding: unknown): boolean {
  // Writing out every finding to measure it would cost more than all the rest of an import.
  if (sizeBound(finding) <= MAXIMUM_FINDING_BYTES) return false;
  return Buffer.byteLength(JSON.stringify(finding)) > MAXIMUM_FINDING_BYTES;
}

/** A quick bound that the JSON of a value never exceeds: one UTF-16 unit takes at most six bytes (`\u001f`). */
function sizeBound(value: unknown): number {
  if (typeof value === 'string') return 6 * value.length + 3;
  if (typeof value !== 'object' || value === null) return 32;
  let bound = 3;
  if (Array.isArray(value)) {
    for (const item of value) bound += sizeBound(item);
    return bound;
  }
  for (const name in value)
    bound += 6 * name.length + 4 + sizeBound((value as Readonly<Record<string, unknown>>)[name]);
  return bound;
}
