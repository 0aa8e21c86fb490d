/** How often AWS Organizations may be called. */
import type { ApiRates } from '../aws-calls/call-limiter.ts';

/** The operations that are called. */
export type Operation =
  | 'DescribeOrganization'
  | 'ListRoots'
  | 'ListOrganizationalUnitsForParent'
  | 'ListAccountsForParent'
  | 'ListDelegatedAdministrators'
  | 'ListAWSServiceAccessForOrganization';

/** Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html */
export const API_RATES: ApiRates<Operation> = {
  DescribeOrganization: { perSecond: 1, burst: 2 },
  ListRoots: { perSecond: 1, burst: 2 },
  ListOrganizationalUnitsForParent: { perSecond: 5, burst: 8 },
  ListAccountsForParent: { perSecond: 5, burst: 8 },
  ListDelegatedAdministrators: { perSecond: 5, burst: 8 },
  ListAWSServiceAccessForOrganization: { perSecond: 1, burst: 3 },
};
