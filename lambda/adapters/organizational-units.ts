/** The organizational units that an account is in, up to the root, from AWS Organizations. */
import { ListParentsCommand, type OrganizationsClient } from '@aws-sdk/client-organizations';

/** Milliseconds for which an answer is kept: accounts seldom move, and the calls are few for a whole organisation. */
const KEPT = 10 * 60_000;

/** Units nest five deep at the most, and the root. https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html */
const DEEPEST = 6;

/**
 * Asks for the units of accounts. Undefined where that cannot be told, which leaves every decision open that depends on it;
 * that answer is not kept.
 */
export function organizationalUnitsFrom(
  organizations: OrganizationsClient,
  now: () => Date,
): (accountId: string) => Promise<ReadonlySet<string> | undefined> {
  const kept = new Map<string, { readonly units: ReadonlySet<string>; readonly until: number }>();
  return async (accountId) => {
    const known = kept.get(accountId);
    if (known && now().getTime() < known.until) return known.units;
    try {
      const units = new Set<string>();
      let child = accountId;
      for (let depth = 0; depth < DEEPEST; depth += 1) {
        const { Parents: [parent] = [] } = await organizations.send(new ListParentsCommand({ ChildId: child }));
        if (parent?.Id === undefined) return undefined;
        units.add(parent.Id);
        if (parent.Type === 'ROOT') {
          kept.set(accountId, { units, until: now().getTime() + KEPT });
          return units;
        }
        child = parent.Id;
      }
      return undefined;
    } catch {
      return undefined;
    }
  };
}
