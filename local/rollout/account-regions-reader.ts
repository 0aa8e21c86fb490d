/** Which Regions an account has opted in to. */
import { AccountClient, ListRegionsCommand } from '@aws-sdk/client-account';
import type { CallLimiter } from '../aws-calls/call-limiter.ts';
import { readAll } from '../aws-calls/pages.ts';
import type { AccountOperation } from './api-rates.ts';
import { CLIENT_SETTINGS, serviceCalls, tokenOf } from './service-calls.ts';

const ACCOUNT = 'The AWS Account API';

/** Results of a page. https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html */
const PAGE_SIZE = 50;

/**
 * Regions that every account has and cannot turn off, so that nobody needs to be asked.
 *
 * Source: https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
 */
const ALWAYS_ENABLED = new Set([
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ca-central-1',
  'eu-central-1',
  'eu-north-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
]);

/** Whether accounts have to opt in to a Region. One that is not known to be always enabled may be opt-in. */
export function isOptIn(region: string): boolean {
  return !ALWAYS_ENABLED.has(region);
}

/** Statuses by Region: `ENABLED`, `ENABLED_BY_DEFAULT`, `ENABLING`, `DISABLING` or `DISABLED`. */
export type RegionStatuses = ReadonlyMap<string, string>;

/** Reads the Regions of an account; of the caller's own where it is left out. Throws an Error with a message for people. */
export type ReadRegions = (account: string | undefined) => Promise<RegionStatuses>;

/** The Account API that the standard AWS environment names. Any Region of the partition will do. */
export function accountClient(region: string): AccountClient {
  return new AccountClient({ region, ...CLIENT_SETTINGS });
}

/** Reads through a client, each call when the limiter lets it. */
export function accountRegionsReader(client: AccountClient, limiter: CallLimiter<AccountOperation>): ReadRegions {
  const call = serviceCalls(ACCOUNT, limiter);
  return async (account) => {
    const regions = await readAll(ACCOUNT, async (token) => {
      const page = await call('ListRegions', () =>
        client.send(
          new ListRegionsCommand({
            MaxResults: PAGE_SIZE,
            ...(account === undefined ? {} : { AccountId: account }),
            ...tokenOf(token),
          }),
        ),
      );
      return { items: page.Regions ?? [], nextToken: page.NextToken };
    });
    return new Map(regions.map(({ RegionName = '', RegionOptStatus = 'UNKNOWN' }) => [RegionName, RegionOptStatus]));
  };
}
