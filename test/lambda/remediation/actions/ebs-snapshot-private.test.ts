import { ebsSnapshotPrivate } from '../../../../lambda/remediation/actions/ebs-snapshot-private.ts';
import { ACCOUNT_RESOURCE, call, keepsItsContract } from '../../../support/action-contract.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const ID = 'snap-0a1b2c3d';
const ARN = `arn:aws:ec2:eu-west-1:444455556666:snapshot/${ID}`;
const snapshots = (...ids: string[]) => ({
  'ec2:DescribeSnapshots': { snapshotSet: { item: ids.map((snapshotId) => ({ snapshotId })) } },
});
const WHOSE = { 'Owner.1': '444455556666', 'RestorableBy.1': 'all' };
const modify = (change: 'Add' | 'Remove', id: string) =>
  call('ec2:ModifySnapshotAttribute', { SnapshotId: id, [`CreateVolumePermission.${change}.1.Group`]: 'all' });

keepsItsContract({
  action: ebsSnapshotPrivate,
  resource: { Type: 'AwsEc2Snapshot', Id: ARN },
  before: { [ID]: true },
  after: {},
  off: snapshots(ID),
  on: snapshots(),
  reads: [call('ec2:DescribeSnapshots', { ...WHOSE, 'SnapshotId.1': ID })],
  applies: [modify('Remove', ID)],
  undoes: [modify('Add', ID)],
  gone: { 'ec2:DescribeSnapshots': new ServiceError('InvalidSnapshot.NotFound') },
  foreign: [
    { Type: 'AwsEc2Snapshot', Id: ID },
    { Type: 'AwsEc2Volume', Id: 'arn:aws:ec2:eu-west-1:444455556666:volume/vol-0a1b2c3d' },
  ],
  sessionResources: {
    plan: ['*'],
    apply: ['*', `arn:aws:ec2:eu-west-1::snapshot/${ID}`],
    undo: ['*', `arn:aws:ec2:eu-west-1::snapshot/${ID}`],
  },
});

// A check of the account names none of them: each public one is meant.
keepsItsContract({
  action: ebsSnapshotPrivate,
  resource: ACCOUNT_RESOURCE,
  before: { [ID]: true, 'snap-0f': true },
  after: {},
  off: snapshots('snap-0f', ID),
  on: snapshots(),
  reads: [call('ec2:DescribeSnapshots', { ...WHOSE, MaxResults: '1000' })],
  applies: [modify('Remove', ID), modify('Remove', 'snap-0f')],
  undoes: [modify('Add', ID), modify('Add', 'snap-0f')],
  foreign: [],
  sessionResources: {
    plan: ['*'],
    apply: ['*', 'arn:aws:ec2:eu-west-1::snapshot/*'],
    undo: ['*', 'arn:aws:ec2:eu-west-1::snapshot/*'],
  },
});
