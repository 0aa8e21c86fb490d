/** The operations of Redshift that remediation may call; there is no way to call another. */
import { RedshiftClient, DescribeClustersCommand, ModifyClusterCommand } from '@aws-sdk/client-redshift';

export const Client = RedshiftClient;

export const commands = {
  DescribeClusters: DescribeClustersCommand,
  ModifyCluster: ModifyClusterCommand,
};
