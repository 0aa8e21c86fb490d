/**
 * The Account API on this machine, as far as its Regions go.
 *
 * Sources: https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html,
 * https://docs.aws.amazon.com/accounts/latest/reference/quotas.html
 */
import { pageOf, type RunningService, ServiceFault, type ServiceOptions, sizeOf, startService } from './aws-service.ts';

export interface StandInRegions extends ServiceOptions {
  /** The account that calls. */
  readonly caller: string;
  readonly managementAccount: string;
  /** Status of Regions that differs from ENABLED, by account and Region. */
  readonly statuses?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Whether Account Management has trusted access. @default true */
  readonly trusted?: boolean;
  readonly regions: readonly string[];
}

export async function startAccount(options: StandInRegions): Promise<RunningService> {
  const { caller, managementAccount, statuses = {}, trusted = true, regions, emptyPages = false } = options;
  return startService(
    {
      signedFor: 'account',
      protocol: 'rest',
      throttling: { code: 'TooManyRequestsException', status: 429 },
      rates: { ListRegions: { perSecond: 5, burst: 5 } },
      operations: {
        ListRegions: {
          path: '/listRegions',
          members: ['AccountId', 'MaxResults', 'NextToken', 'RegionOptStatusContains'],
          answer: ({ AccountId, MaxResults, NextToken }) => {
            if (AccountId !== undefined && !trusted) {
              throw new ServiceFault('AccessDeniedException', 'Account Management has no trusted access.', 403);
            }
            if (AccountId === managementAccount) {
              throw new ServiceFault('AccessDeniedException', 'The management account must not name itself.', 403);
            }
            const own = statuses[(AccountId as string | undefined) ?? caller] ?? {};
            const all = regions.map((RegionName) => ({ RegionName, RegionOptStatus: own[RegionName] ?? 'ENABLED' }));
            const page = pageOf(all, [AccountId], NextToken, sizeOf(MaxResults, 50), emptyPages);
            return { Regions: page.items, NextToken: page.nextToken };
          },
        },
      },
    },
    options,
  );
}
