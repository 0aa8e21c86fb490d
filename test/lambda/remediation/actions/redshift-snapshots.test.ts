import { redshiftSnapshots } from '../../../../lambda/remediation/actions/redshift-snapshots.ts';
import { call, keepsItsContract } from '../../../support/action-contract.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const ARN = 'arn:aws:redshift:eu-west-1:444455556666:cluster:warehouse';
const cluster = (days: number) => ({
  'redshift:DescribeClusters': {
    Clusters: {
      Cluster: {
        ClusterIdentifier: 'warehouse',
        ClusterStatus: 'available',
        AutomatedSnapshotRetentionPeriod: days,
        Tags: { Tag: [{ Key: 'env', Value: 'prod' }] },
      },
    },
  },
});
const modify = (days: string) =>
  call('redshift:ModifyCluster', { ClusterIdentifier: 'warehouse', AutomatedSnapshotRetentionPeriod: days });

keepsItsContract({
  action: redshiftSnapshots,
  resource: { Type: 'AwsRedshiftCluster', Id: ARN },
  before: { AutomatedSnapshotRetentionPeriod: 1 },
  after: { AutomatedSnapshotRetentionPeriod: 7 },
  off: cluster(1),
  on: cluster(7),
  reads: [call('redshift:DescribeClusters', { ClusterIdentifier: 'warehouse' })],
  applies: [modify('7')],
  undoes: [modify('1')],
  gone: [
    { 'redshift:DescribeClusters': new ServiceError('ClusterNotFound', 404) },
    {
      'redshift:DescribeClusters': {
        Clusters: { Cluster: { ClusterIdentifier: 'warehouse', ClusterStatus: 'deleting' } },
      },
    },
  ],
  foreign: [{ Type: 'AwsRedshiftCluster', Id: 'arn:aws:redshift:eu-west-1:444455556666:namespace:warehouse' }],
  sessionResources: { plan: [ARN], apply: [ARN], undo: [ARN] },
});
