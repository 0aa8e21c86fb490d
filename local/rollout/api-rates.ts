/**
 * How often the APIs behind the roll-out commands may be called. AWS publishes the rate of the Account API only. Those of
 * CloudFormation and AWS Config are ours, low enough to leave room for the console and for deployments; what is throttled all
 * the same is repeated.
 */
import type { ApiRates } from '../aws-calls/call-limiter.ts';

export type CloudFormationOperation =
  | 'DescribeOrganizationsAccess'
  | 'ListStackSets'
  | 'DescribeStackSet'
  | 'ListStackInstances'
  | 'ListStackSetOperations'
  | 'ListStackSetOperationResults'
  | 'DescribeStacks';

export type ConfigOperation =
  | 'DescribeConfigurationAggregators'
  | 'DescribeConfigurationAggregatorSourcesStatus'
  | 'SelectAggregateResourceConfig'
  | 'DescribeAggregateComplianceByConfigRules'
  | 'DescribeAggregateComplianceByConformancePacks'
  | 'GetAggregateDiscoveredResourceCounts';

export type AccountOperation = 'ListRegions';

const OURS = { perSecond: 5, burst: 5 };

export const CLOUDFORMATION_RATES: ApiRates<CloudFormationOperation> = {
  DescribeOrganizationsAccess: OURS,
  ListStackSets: OURS,
  DescribeStackSet: OURS,
  ListStackInstances: OURS,
  ListStackSetOperations: OURS,
  ListStackSetOperationResults: OURS,
  DescribeStacks: OURS,
};

export const CONFIG_RATES: ApiRates<ConfigOperation> = {
  DescribeConfigurationAggregators: OURS,
  DescribeConfigurationAggregatorSourcesStatus: OURS,
  SelectAggregateResourceConfig: OURS,
  DescribeAggregateComplianceByConfigRules: OURS,
  DescribeAggregateComplianceByConformancePacks: OURS,
  GetAggregateDiscoveredResourceCounts: OURS,
};

/** Source: https://docs.aws.amazon.com/accounts/latest/reference/quotas.html */
export const ACCOUNT_RATES: ApiRates<AccountOperation> = { ListRegions: { perSecond: 5, burst: 5 } };
