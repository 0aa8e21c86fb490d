/** The hub that findings are written for where nobody names one. */
import { type SecurityHubTarget, securityHubTarget } from '../lambda/core/security-hub-target.ts';
import type { InputItem } from './input-file.ts';

/** Where the input names no account or Region at all. */
const FALLBACK = { accountId: '111122223333', region: 'us-east-1' } as const;

/** The hub that the user names, and else the account and the Region that most of the input belongs to. */
export function inputHub(
  items: readonly Pick<InputItem, 'hints'>[],
  named: { readonly account?: string; readonly region?: string },
): SecurityHubTarget {
  return securityHubTarget(
    named.account ?? mostFrequent(items.map(({ hints }) => hints.accountId)) ?? FALLBACK.accountId,
    named.region ?? mostFrequent(items.map(({ hints }) => hints.region)) ?? FALLBACK.region,
  );
}

/** The most frequent value; among equals the first in order, so that the result does not hang on the order of input. */
function mostFrequent(values: readonly (string | undefined)[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a, inA], [b, inB]) => inB - inA || (a < b ? -1 : 1))[0]?.[0];
}
