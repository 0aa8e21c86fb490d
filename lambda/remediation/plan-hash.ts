/**
 * The name by which people consent to a plan: what they have looked at is what is done, or nothing is. The same content has the
 * same hash whatever the order of its keys, since jsonb keeps none.
 */
import { createHash } from 'node:crypto';
import type { PlanContent } from './record.ts';

/** Characters of a hash: enough to tell the plans of one remediation apart, and few enough to be typed. */
const LENGTH = 12;

/** The hash of a plan, in hexadecimal digits. */
export function planHash({ before, after, calls }: PlanContent): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted({ before, after, calls })))
    .digest('hex')
    .slice(0, LENGTH);
}

/** A copy as JSON would have it, with the keys of each object in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, sorted(each)]));
}
