/** The operations of ElastiCache that remediation may call; there is no way to call another. */
import {
  ElastiCacheClient,
  DescribeCacheClustersCommand,
  ModifyCacheClusterCommand,
  DescribeReplicationGroupsCommand,
  ModifyReplicationGroupCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-elasticache';

export const Client = ElastiCacheClient;

export const commands = {
  DescribeCacheClusters: DescribeCacheClustersCommand,
  ModifyCacheCluster: ModifyCacheClusterCommand,
  DescribeReplicationGroups: DescribeReplicationGroupsCommand,
  ModifyReplicationGroup: ModifyReplicationGroupCommand,
  ListTagsForResource: ListTagsForResourceCommand,
};
