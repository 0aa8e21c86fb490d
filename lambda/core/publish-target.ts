/** Where technique findings are written: all of them in the hub, or each in the account and Region that own its source. */
import type { FindingContent } from './asff-finding.ts';
import type { SourceFinding } from './finding.ts';
import { type SecurityHubTarget, inConsoleOf, partitionOf, securityHubTarget } from './security-hub-target.ts';

/** The setting: `hub` writes everything there; `owner` writes technique findings where their source lives. */
export type PublishTo = 'hub' | 'owner';

/** `<account>/<Region>` of an owner. */
export type OwnerPlace = `${string}/${string}`;
/** Where a technique finding is written. */
export type Place = typeof HUB | OwnerPlace;

/** The hub, among places. */
export const HUB = 'hub';

const ACCOUNT = /^\d{12}$/;
/** What the name of a Region looks like. JavaScript and PostgreSQL read it alike. */
const REGION_PATTERN = '^[a-z]{2,4}(-[a-z]+)+-[0-9]$';
const REGION = new RegExp(REGION_PATTERN);

/** Patterns that the Regions of a hub's partition match, all of them: what {@link ownerPlace} checks, for a query. */
export function regionPatterns({ region }: Pick<SecurityHubTarget, 'region'>): readonly string[] {
  const partition = partitionOf(region);
  const prefix = { aws: '^(?!us-gov-|cn-)', 'aws-us-gov': '^us-gov-', 'aws-cn': '^cn-' }[partition];
  return [REGION_PATTERN, prefix];
}

/**
 * The place that owns a source finding. Undefined where that is the hub itself, which needs no role, and where the finding
 * names no account and Region that the hub could reach: roles do not reach over partitions.
 */
export function ownerPlace(
  { accountId, region }: Pick<SourceFinding, 'accountId' | 'region'>,
  hub: SecurityHubTarget,
): OwnerPlace | undefined {
  if (!ACCOUNT.test(accountId) || !REGION.test(region) || partitionOf(region) !== partitionOf(hub.region))
    return undefined;
  return accountId === hub.accountId && region === hub.region ? undefined : `${accountId}/${region}`;
}

/** The Security Hub of a place. */
export function targetOf(place: Place, hub: SecurityHubTarget): SecurityHubTarget {
  if (place === HUB) return hub;
  const [accountId = '', region = ''] = place.split('/');
  return securityHubTarget(accountId, region);
}

/** Content that was built for the hub, for another place: under that account's product, with a link into its Region. */
export function retarget<T extends FindingContent>(content: T, target: SecurityHubTarget): T {
  const { Text, Url } = content.Remediation.Recommendation;
  return {
    ...content,
    ProductArn: target.productArn,
    AwsAccountId: target.accountId,
    Remediation: { Recommendation: { Text, Url: inConsoleOf(target, Url) } },
  };
}

/** The owner that a finding of ours claims to be written in, by its account and product; undefined for any other product. */
export function claimedPlace(accountId: string, productArn: string, hub: SecurityHubTarget): Place | undefined {
  if (accountId === hub.accountId && productArn === hub.productArn) return HUB;
  const region = productArn.split(':')[3] ?? '';
  const place = ownerPlace({ accountId, region }, hub);
  return place !== undefined && targetOf(place, hub).productArn === productArn ? place : undefined;
}
