/** The operations of RDS that remediation may call; there is no way to call another. */
import {
  RDSClient,
  DescribeDBInstancesCommand,
  ModifyDBInstanceCommand,
  DescribeDBClustersCommand,
  ModifyDBClusterCommand,
  DescribeDBSnapshotAttributesCommand,
  ModifyDBSnapshotAttributeCommand,
  DescribeDBClusterSnapshotAttributesCommand,
  ModifyDBClusterSnapshotAttributeCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-rds';

export const Client = RDSClient;

export const commands = {
  DescribeDBInstances: DescribeDBInstancesCommand,
  ModifyDBInstance: ModifyDBInstanceCommand,
  DescribeDBClusters: DescribeDBClustersCommand,
  ModifyDBCluster: ModifyDBClusterCommand,
  DescribeDBSnapshotAttributes: DescribeDBSnapshotAttributesCommand,
  ModifyDBSnapshotAttribute: ModifyDBSnapshotAttributeCommand,
  DescribeDBClusterSnapshotAttributes: DescribeDBClusterSnapshotAttributesCommand,
  ModifyDBClusterSnapshotAttribute: ModifyDBClusterSnapshotAttributeCommand,
  ListTagsForResource: ListTagsForResourceCommand,
};
