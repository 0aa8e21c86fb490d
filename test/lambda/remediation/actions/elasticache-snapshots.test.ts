import { elasticacheSnapshots } from '../../../../lambda/remediation/actions/elasticache-snapshots.ts';
import { call, keepsItsContract } from '../../../support/action-contract.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const ARN = 'arn:aws:elasticache:eu-west-1:444455556666:replicationgroup:sessions';
const CLUSTER = 'arn:aws:elasticache:eu-west-1:444455556666:cluster:sessions-001';
const CLUSTERS = 'arn:aws:elasticache:eu-west-1:444455556666:cluster:*';
const group = (changes: object) => ({
  'elasticache:DescribeReplicationGroups': {
    ReplicationGroups: {
      ReplicationGroup: {
        ReplicationGroupId: 'sessions',
        Status: 'available',
        ClusterEnabled: 'false',
        MemberClusters: { ClusterId: ['sessions-001', 'sessions-002'] },
        ...changes,
      },
    },
  },
  'elasticache:ListTagsForResource': { TagList: { Tag: { Key: 'env', Value: 'prod' } } },
});

keepsItsContract({
  action: elasticacheSnapshots,
  // ASFF has no type for it.
  resource: { Type: 'Other', Id: ARN },
  before: { SnapshotRetentionLimit: 0, SnapshottingClusterId: 'sessions-002' },
  after: { SnapshotRetentionLimit: 7, SnapshottingClusterId: 'sessions-002' },
  off: group({ SnapshotRetentionLimit: 0 }),
  on: group({ SnapshotRetentionLimit: 7, SnapshottingClusterId: 'sessions-002' }),
  reads: [
    call('elasticache:DescribeReplicationGroups', { ReplicationGroupId: 'sessions' }),
    call('elasticache:ListTagsForResource', { ResourceName: ARN }),
  ],
  tagReads: ['elasticache:ListTagsForResource'],
  tags: { env: 'prod' },
  expansion: {
    // As ElastiCache.1 names it.
    resource: { Type: 'Other', Id: CLUSTER, Tags: { role: 'node' } },
    answers: {
      'elasticache:DescribeCacheClusters': {
        CacheClusters: { CacheCluster: { CacheClusterId: 'sessions-001', ReplicationGroupId: 'sessions' } },
      },
    },
    calls: [call('elasticache:DescribeCacheClusters', { CacheClusterId: 'sessions-001' })],
    subjects: [{ resourceId: ARN, names: { group: 'sessions', cluster: '*' } }],
    sessionResources: [
      'arn:aws:elasticache:eu-west-1:444455556666:replicationgroup:*',
      'arn:aws:elasticache:eu-west-1:444455556666:cluster:sessions-001',
    ],
  },
  applies: [
    call('elasticache:ModifyReplicationGroup', {
      ReplicationGroupId: 'sessions',
      SnapshotRetentionLimit: '7',
      SnapshottingClusterId: 'sessions-002',
      ApplyImmediately: 'true',
    }),
  ],
  undoes: [
    call('elasticache:ModifyReplicationGroup', {
      ReplicationGroupId: 'sessions',
      SnapshotRetentionLimit: '0',
      ApplyImmediately: 'true',
    }),
  ],
  gone: [
    { 'elasticache:DescribeReplicationGroups': new ServiceError('ReplicationGroupNotFoundFault', 404) },
    { 'elasticache:DescribeReplicationGroups': group({ Status: 'deleting' })['elasticache:DescribeReplicationGroups'] },
  ],
  notApplicable: {
    'other changes are pending': group({
      SnapshotRetentionLimit: 0,
      PendingModifiedValues: { PrimaryClusterId: 'sessions-002' },
    }),
    'it is being modified': group({ SnapshotRetentionLimit: 0, Status: 'modifying' }),
  },
  foreign: [
    { Type: 'Other', Id: 'arn:aws:elasticache:eu-west-1:444455556666:parametergroup:sessions' },
    { Type: 'Other', Id: 'sessions' },
  ],
  sessionResources: { plan: [ARN, CLUSTERS], apply: [ARN, CLUSTERS], undo: [ARN, CLUSTERS] },
});
