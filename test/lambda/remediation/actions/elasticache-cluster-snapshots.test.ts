import { elasticacheClusterSnapshots } from '../../../../lambda/remediation/actions/elasticache-cluster-snapshots.ts';
import { call, keepsItsContract } from '../../../support/action-contract.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const ARN = 'arn:aws:elasticache:eu-west-1:444455556666:cluster:sessions';
const cluster = (changes: object) => ({
  'elasticache:DescribeCacheClusters': {
    CacheClusters: {
      CacheCluster: { CacheClusterId: 'sessions', CacheClusterStatus: 'available', Engine: 'valkey', ...changes },
    },
  },
  'elasticache:ListTagsForResource': { TagList: { Tag: { Key: 'env', Value: 'prod' } } },
});
const modify = (SnapshotRetentionLimit: string) =>
  call('elasticache:ModifyCacheCluster', {
    CacheClusterId: 'sessions',
    SnapshotRetentionLimit,
    ApplyImmediately: 'true',
  });

keepsItsContract({
  action: elasticacheClusterSnapshots,
  // ASFF has no type for it.
  resource: { Type: 'Other', Id: ARN },
  before: { SnapshotRetentionLimit: 0 },
  after: { SnapshotRetentionLimit: 7 },
  off: cluster({ SnapshotRetentionLimit: 0 }),
  on: cluster({ SnapshotRetentionLimit: 7 }),
  reads: [
    call('elasticache:DescribeCacheClusters', { CacheClusterId: 'sessions' }),
    call('elasticache:ListTagsForResource', { ResourceName: ARN }),
  ],
  tagReads: ['elasticache:ListTagsForResource'],
  tags: { env: 'prod' },
  applies: [modify('7')],
  undoes: [modify('0')],
  gone: [
    { 'elasticache:DescribeCacheClusters': new ServiceError('CacheClusterNotFound', 404) },
    {
      'elasticache:DescribeCacheClusters': cluster({ CacheClusterStatus: 'deleting' })[
        'elasticache:DescribeCacheClusters'
      ],
    },
  ],
  notApplicable: {
    'it belongs to a replication group': cluster({ SnapshotRetentionLimit: 0, ReplicationGroupId: 'group' }),
    'it is Memcached': cluster({ Engine: 'memcached' }),
    'other changes are pending': cluster({ SnapshotRetentionLimit: 0, PendingModifiedValues: { NumCacheNodes: '2' } }),
    'it is being modified': cluster({ SnapshotRetentionLimit: 0, CacheClusterStatus: 'modifying' }),
  },
  foreign: [
    { Type: 'Other', Id: 'arn:aws:elasticache:eu-west-1:444455556666:replicationgroup:sessions' },
    { Type: 'Other', Id: 'sessions' },
  ],
  sessionResources: { plan: [ARN], apply: [ARN], undo: [ARN] },
});
