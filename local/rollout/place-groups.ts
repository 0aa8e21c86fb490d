/** Places that have the same to be said of them, together: how 800 accounts stay readable. */
import type { Place } from './place.ts';

/** Accounts of which the same is to be said, Region by Region. */
export interface AccountGroup<Said> {
  /** Sorted. */
  readonly accounts: readonly string[];
  /** In the order of the Regions; Regions of which the same is to be said are together. */
  readonly parts: readonly { readonly regions: readonly string[]; readonly said: Said }[];
}

/**
 * Groups accounts by what is said of all their Regions; the largest group comes first. Every place is in exactly one part of
 * exactly one group.
 *
 * @param keyOf the same for two places of which the same is to be said
 */
export function groupAccounts<Item extends Place>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): AccountGroup<Item>[] {
  const byAccount = new Map<string, Item[]>();
  for (const item of items) {
    const own = byAccount.get(item.account);
    if (own === undefined) byAccount.set(item.account, [item]);
    else own.push(item);
  }
  const groups = new Map<string, { accounts: string[]; parts: AccountGroup<Item>['parts'] }>();
  for (const [account, own] of byAccount) {
    const parts = partsOf(own, keyOf);
    const key = JSON.stringify(parts.map(({ regions, said }) => [regions, keyOf(said)]));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { accounts: [account], parts });
    else group.accounts.push(account);
  }
  return [...groups.values()]
    .map(({ accounts, parts }) => ({ accounts: accounts.sort(), parts }))
    .sort((a, b) => b.accounts.length - a.accounts.length || order(a.accounts[0] ?? '', b.accounts[0] ?? ''));
}

function partsOf<Item extends Place>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): { regions: string[]; said: Item }[] {
  const parts = new Map<string, { regions: string[]; said: Item }>();
  for (const item of items) {
    const key = keyOf(item);
    const part = parts.get(key);
    if (part === undefined) parts.set(key, { regions: [item.region], said: item });
    else part.regions.push(item.region);
  }
  return [...parts.values()];
}

/** The first of a list in full, the rest as a number. */
export function shortened(names: readonly string[], most: number): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(', ')} and ${more} more` : names.join(', ');
}

/** A count with its noun. */
export function counted(count: number, thing: string): string {
  return `${count.toLocaleString('en')} ${thing}${count === 1 ? '' : 's'}`;
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
