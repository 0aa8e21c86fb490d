/**
 * Turns on automatic snapshots of a Valkey or Redis replication group. Where a finding names one of its clusters, as
 * ElastiCache.1 does, its group is meant. https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyReplicationGroup.html
 */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import {
  CACHE_CLUSTER,
  CACHE_SNAPSHOTS,
  cacheClusterArn,
  cacheClusterOf,
  cacheTags,
  readCacheCluster,
} from '../cache.ts';
import { nameOf, subjectOfArn } from '../subject.ts';

const GROUP = 'arn:{partition}:elasticache:{region}:{account}:replicationgroup:{group}';

/** `SnapshottingClusterId` is the node that snapshots are taken from, null where the group has shards and none is named. */
interface Snapshots {
  readonly [name: string]: number | string | null;
  /** Days; 0 is off. */
  readonly SnapshotRetentionLimit: number;
  readonly SnapshottingClusterId: string | null;
}

export const elasticacheSnapshots = action<Snapshots>({
  id: 'elasticache-snapshots',
  title: 'Turns on automatic snapshots of the replication group',
  ...CACHE_SNAPSHOTS,
  permissions: {
    read: [
      { actions: ['elasticache:DescribeCacheClusters'], resources: [CACHE_CLUSTER] },
      { actions: ['elasticache:DescribeReplicationGroups', 'elasticache:ListTagsForResource'], resources: [GROUP] },
    ],
    apply: [{ actions: ['elasticache:ModifyReplicationGroup'], resources: [GROUP] }],
    undo: [{ actions: ['elasticache:ModifyReplicationGroup'], resources: [GROUP] }],
  },
  goneErrors: ['ReplicationGroupNotFoundFault'],
  identify: (resource, source) => {
    const subject =
      subjectOfArn(resource, source, 'elasticache', /^replicationgroup:(?<group>[a-z][a-z0-9-]*)$/i) ??
      cacheClusterOf(resource, source);
    return subject && { ...subject, names: { group: '*', cluster: '*', ...subject.names } };
  },
  expand: async (subject, session) => {
    if (subject.names['cluster'] === '*') return [subject];
    const group = (await readCacheCluster(subject, session))?.ReplicationGroupId;
    if (group === undefined) return [];
    const resourceId = subject.resourceId.replace(/cluster:[^:]+$/, `replicationgroup:${group}`);
    // Tags of a cluster are not those of its group.
    const { tags: _tags, ...known } = subject;
    return [{ ...known, resourceId, names: { group, cluster: '*' } }];
  },
  read: async (subject, session) => {
    const { ReplicationGroups: [group] = [] } = await session.call('elasticache', 'DescribeReplicationGroups', {
      ReplicationGroupId: nameOf(subject, 'group'),
    });
    if (group === undefined || group.Status === 'deleting') {
      return { outcome: 'gone', reason: 'the replication group is being deleted' };
    }
    if (group.Status !== 'available' || Object.keys(group.PendingModifiedValues ?? {}).length > 0) {
      return {
        outcome: 'not-applicable',
        reason: 'other changes are pending, and this one would make them happen now',
      };
    }
    const SnapshotRetentionLimit = group.SnapshotRetentionLimit ?? 0;
    const source = group.ClusterEnabled ? null : (group.SnapshottingClusterId ?? group.MemberClusters?.at(-1) ?? null);
    const { partition, region, accountId } = subject;
    return {
      state: { SnapshotRetentionLimit, SnapshottingClusterId: source },
      aliases: (group.MemberClusters ?? []).map((member) => cacheClusterArn({ partition, region, accountId }, member)),
      ...(await cacheTags(subject, session)),
    };
  },
  wanted: (state, { standard }) => ({
    ...state,
    SnapshotRetentionLimit: Math.max(state.SnapshotRetentionLimit, standard.snapshotRetentionDays),
  }),
  change: (subject, from, { SnapshotRetentionLimit, SnapshottingClusterId }) => [
    apiCall('elasticache', 'ModifyReplicationGroup', {
      ReplicationGroupId: nameOf(subject, 'group'),
      SnapshotRetentionLimit,
      ...(from.SnapshotRetentionLimit === 0 && SnapshottingClusterId !== null ? { SnapshottingClusterId } : {}),
      ApplyImmediately: true,
    }),
  ],
});
