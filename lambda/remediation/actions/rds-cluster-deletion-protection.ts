/**
 * Turns on deletion protection of an Aurora or Multi-AZ DB cluster, without `ApplyImmediately`, which would make other
 * pending changes happen now. https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBCluster.html
 */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { nameOf, subjectOfArn, tagsOf } from '../subject.ts';

const CLUSTER = 'arn:{partition}:rds:{region}:{account}:cluster:{cluster}';

export const rdsClusterDeletionProtection = action<{ readonly DeletionProtection: boolean }>({
  id: 'rds-cluster-deletion-protection',
  title: 'Turns on deletion protection of the DB cluster',
  case: 'impact',
  techniques: ['T1485'],
  rules: {
    config: [
      'rds-cluster-deletion-protection-enabled',
      'docdb-cluster-deletion-protection-enabled',
      'neptune-cluster-deletion-protection-enabled',
    ],
    securityhub: ['RDS.7', 'DocumentDB.5', 'Neptune.4'],
  },
  resourceTypes: ['AwsRdsDbCluster'],
  risk: 'low',
  permissions: {
    read: [{ actions: ['rds:DescribeDBClusters'], resources: [CLUSTER] }],
    apply: [{ actions: ['rds:ModifyDBCluster'], resources: [CLUSTER] }],
    undo: [{ actions: ['rds:ModifyDBCluster'], resources: [CLUSTER] }],
  },
  goneErrors: ['DBClusterNotFoundFault'],
  identify: (resource, source) => subjectOfArn(resource, source, 'rds', /^cluster:(?<cluster>[a-z][a-z0-9-]*)$/i),
  read: async (subject, session) => {
    const { DBClusters: [cluster] = [] } = await session.call('rds', 'DescribeDBClusters', {
      DBClusterIdentifier: nameOf(subject, 'cluster'),
    });
    if (cluster === undefined || cluster.Status === 'deleting') {
      return { outcome: 'gone', reason: 'the cluster is being deleted' };
    }
    return { state: { DeletionProtection: cluster.DeletionProtection ?? false }, tags: tagsOf(cluster.TagList) };
  },
  wanted: () => ({ DeletionProtection: true }),
  change: (subject, _from, { DeletionProtection }) => [
    apiCall('rds', 'ModifyDBCluster', { DBClusterIdentifier: nameOf(subject, 'cluster'), DeletionProtection }),
  ],
});
