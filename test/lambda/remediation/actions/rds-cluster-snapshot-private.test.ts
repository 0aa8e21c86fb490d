import { rdsClusterSnapshotPrivate } from '../../../../lambda/remediation/actions/rds-cluster-snapshot-private.ts';
import { call, keepsItsContract } from '../../../support/action-contract.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const ARN = 'arn:aws:rds:eu-west-1:444455556666:cluster-snapshot:ledger-monthly';
const attributes = (...accounts: string[]) => ({
  'rds:DescribeDBClusterSnapshotAttributes': {
    DBClusterSnapshotAttributesResult: {
      DBClusterSnapshotIdentifier: 'ledger-monthly',
      DBClusterSnapshotAttributes: {
        DBClusterSnapshotAttribute: { AttributeName: 'restore', AttributeValues: { AttributeValue: accounts } },
      },
    },
  },
  'rds:ListTagsForResource': { TagList: { Tag: { Key: 'env', Value: 'prod' } } },
});
const modify = (change: 'Add' | 'Remove') =>
  call('rds:ModifyDBClusterSnapshotAttribute', {
    DBClusterSnapshotIdentifier: 'ledger-monthly',
    AttributeName: 'restore',
    [`ValuesTo${change}.AttributeValue.1`]: 'all',
  });

keepsItsContract({
  action: rdsClusterSnapshotPrivate,
  resource: { Type: 'AwsRdsDbClusterSnapshot', Id: ARN },
  before: { isPublic: true },
  after: { isPublic: false },
  // Accounts that it is shared with by name keep their access.
  off: attributes('111122223333', 'all'),
  on: attributes('111122223333'),
  reads: [
    call('rds:DescribeDBClusterSnapshotAttributes', { DBClusterSnapshotIdentifier: 'ledger-monthly' }),
    call('rds:ListTagsForResource', { ResourceName: ARN }),
  ],
  tagReads: ['rds:ListTagsForResource'],
  tags: { env: 'prod' },
  applies: [modify('Remove')],
  undoes: [modify('Add')],
  gone: [{ 'rds:DescribeDBClusterSnapshotAttributes': new ServiceError('DBClusterSnapshotNotFoundFault', 404) }],
  foreign: [{ Type: 'AwsRdsDbClusterSnapshot', Id: 'arn:aws:rds:eu-west-1:444455556666:snapshot:ledger-monthly' }],
  sessionResources: { plan: [ARN], apply: [ARN], undo: [ARN] },
});
