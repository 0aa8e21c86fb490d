/**
 * Turns on automatic snapshots of a Valkey or Redis cluster that belongs to no replication group; those of a group are the
 * group's own. https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyCacheCluster.html
 */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import {
  CACHE_CLUSTER,
  CACHE_SNAPSHOTS,
  NO_CACHE_CLUSTER,
  cacheClusterOf,
  cacheTags,
  readCacheCluster,
} from '../cache.ts';
import { nameOf } from '../subject.ts';

export const elasticacheClusterSnapshots = action<{ readonly SnapshotRetentionLimit: number }>({
  id: 'elasticache-cluster-snapshots',
  title: 'Turns on automatic snapshots of the cache cluster',
  ...CACHE_SNAPSHOTS,
  permissions: {
    read: [
      { actions: ['elasticache:DescribeCacheClusters', 'elasticache:ListTagsForResource'], resources: [CACHE_CLUSTER] },
    ],
    apply: [{ actions: ['elasticache:ModifyCacheCluster'], resources: [CACHE_CLUSTER] }],
    undo: [{ actions: ['elasticache:ModifyCacheCluster'], resources: [CACHE_CLUSTER] }],
  },
  // Of a change: its read takes them for an answer.
  goneErrors: NO_CACHE_CLUSTER,
  identify: cacheClusterOf,
  read: async (subject, session) => {
    const cluster = await readCacheCluster(subject, session);
    if (cluster === undefined || cluster.CacheClusterStatus === 'deleting') {
      return { outcome: 'gone', reason: 'there is no such cache cluster any more' };
    }
    if (cluster.ReplicationGroupId !== undefined) {
      return {
        outcome: 'not-applicable',
        reason: 'snapshots of its replication group are the business of elasticache-snapshots',
      };
    }
    if (cluster.Engine === 'memcached') return { outcome: 'not-applicable', reason: 'Memcached knows no snapshots' };
    if (cluster.CacheClusterStatus !== 'available' || Object.keys(cluster.PendingModifiedValues ?? {}).length > 0) {
      return {
        outcome: 'not-applicable',
        reason: 'other changes are pending, and this one would make them happen now',
      };
    }
    const state = { SnapshotRetentionLimit: cluster.SnapshotRetentionLimit ?? 0 };
    return { state, ...(await cacheTags(subject, session)) };
  },
  wanted: ({ SnapshotRetentionLimit }, { standard }) => ({
    SnapshotRetentionLimit: Math.max(SnapshotRetentionLimit, standard.snapshotRetentionDays),
  }),
  change: (subject, _from, { SnapshotRetentionLimit }) => [
    apiCall('elasticache', 'ModifyCacheCluster', {
      CacheClusterId: nameOf(subject, 'cluster'),
      SnapshotRetentionLimit,
      ApplyImmediately: true,
    }),
  ],
});
