/** Turns on automatic snapshots of a cluster. https://docs.aws.amazon.com/redshift/latest/APIReference/API_ModifyCluster.html */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { nameOf, subjectOfArn, tagsOf } from '../subject.ts';

const CLUSTER = 'arn:{partition}:redshift:{region}:{account}:cluster:{cluster}';

/** Days; 0 is off. */
interface Retention {
  readonly [name: string]: number;
  readonly AutomatedSnapshotRetentionPeriod: number;
}

export const redshiftSnapshots = action<Retention>({
  id: 'redshift-snapshots',
  title: 'Keeps automatic snapshots of the cluster for longer',
  case: 'impact',
  techniques: ['T1485'],
  rules: { config: ['redshift-backup-enabled'], securityhub: ['Redshift.3'] },
  resourceTypes: ['AwsRedshiftCluster'],
  // Its undo is the risk: a shorter period deletes the snapshots that are older at once.
  risk: 'medium',
  cost: 'Redshift charges for the storage of snapshots',
  permissions: {
    read: [{ actions: ['redshift:DescribeClusters'], resources: [CLUSTER] }],
    apply: [{ actions: ['redshift:ModifyCluster'], resources: [CLUSTER] }],
    undo: [{ actions: ['redshift:ModifyCluster'], resources: [CLUSTER] }],
  },
  goneErrors: ['ClusterNotFoundFault', 'ClusterNotFound'],
  identify: (resource, source) => subjectOfArn(resource, source, 'redshift', /^cluster:(?<cluster>[a-z][a-z0-9-]*)$/),
  read: async (subject, session) => {
    const { Clusters: [cluster] = [] } = await session.call('redshift', 'DescribeClusters', {
      ClusterIdentifier: nameOf(subject, 'cluster'),
    });
    if (cluster === undefined || cluster.ClusterStatus === 'deleting') {
      return { outcome: 'gone', reason: 'the cluster is being deleted' };
    }
    return {
      state: { AutomatedSnapshotRetentionPeriod: cluster.AutomatedSnapshotRetentionPeriod ?? 0 },
      tags: tagsOf(cluster.Tags),
    };
  },
  wanted: ({ AutomatedSnapshotRetentionPeriod }, { standard }) => ({
    AutomatedSnapshotRetentionPeriod: Math.max(AutomatedSnapshotRetentionPeriod, standard.snapshotRetentionDays),
  }),
  change: (subject, _from, { AutomatedSnapshotRetentionPeriod }) => [
    apiCall('redshift', 'ModifyCluster', {
      ClusterIdentifier: nameOf(subject, 'cluster'),
      AutomatedSnapshotRetentionPeriod,
    }),
  ],
});
