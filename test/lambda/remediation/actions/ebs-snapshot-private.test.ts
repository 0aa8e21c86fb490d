import assert from 'node:assert/strict';
import { planAction } from '../../../../lambda/remediation/action-steps.ts';
import { ebsSnapshotPrivate } from '../../../../lambda/remediation/actions/ebs-snapshot-private.ts';
import type { Session } from '../../../../lambda/remediation/aws-call.ts';
import { awsSession } from '../../../../lambda/remediation/member-session.ts';
import {
  ACCOUNT_RESOURCE,
  NOW,
  REGION,
  SOURCE,
  STANDARD,
  call,
  keepsItsContract,
} from '../../../support/action-contract.ts';
import { ServiceError, type ServiceStandIn, startServices } from '../../../support/service-stand-in.ts';

const ID = 'snap-0a1b2c3d';
const ARN = `arn:aws:ec2:eu-west-1:444455556666:snapshot/${ID}`;
const snapshot = (snapshotId: string, startTime: string) => ({
  snapshotId,
  startTime,
  tagSet: { item: { key: 'env', value: 'prod' } },
});
const shared = (...permissions: object[]) => ({
  'ec2:DescribeSnapshots': { snapshotSet: { item: [snapshot(ID, '2026-10-01T00:00:00.000Z')] } },
  'ec2:DescribeSnapshotAttribute': { snapshotId: ID, createVolumePermission: { item: permissions } },
});
const list = (more: Record<string, string> = {}) =>
  call('ec2:DescribeSnapshots', { 'Owner.1': '444455556666', 'RestorableBy.1': 'all', MaxResults: '1000', ...more });
const modify = (change: 'Add' | 'Remove') =>
  call('ec2:ModifySnapshotAttribute', { SnapshotId: ID, [`CreateVolumePermission.${change}.1.Group`]: 'all' });
const standsFor = (snapshotId: string) => ({
  resourceId: `arn:aws:ec2:eu-west-1:444455556666:snapshot/${snapshotId}`,
  names: { snapshot: snapshotId },
  tags: { env: 'prod' },
});
const SESSION = ['*', `arn:aws:ec2:eu-west-1::snapshot/${ID}`];

keepsItsContract({
  action: ebsSnapshotPrivate,
  // As EC2's own ARN is; the record has the account as well.
  resource: { Type: 'AwsEc2Snapshot', Id: `arn:aws:ec2:eu-west-1::snapshot/${ID}` },
  before: { Public: true },
  after: { Public: false },
  // Accounts that it is shared with by name keep their access.
  off: shared({ userId: '111122223333' }, { group: 'all' }),
  on: shared(),
  reads: [
    call('ec2:DescribeSnapshots', { 'Owner.1': '444455556666', 'SnapshotId.1': ID }),
    call('ec2:DescribeSnapshotAttribute', { SnapshotId: ID, Attribute: 'createVolumePermission' }),
  ],
  tags: { env: 'prod' },
  expansion: {
    resource: ACCOUNT_RESOURCE,
    answers: {
      'ec2:DescribeSnapshots': [
        { nextToken: 'more', snapshotSet: { item: [snapshot('snap-0f', '2025-01-01T00:00:00.000Z')] } },
        { snapshotSet: { item: [snapshot(ID, '2026-10-01T00:00:00.000Z')] } },
      ],
    },
    calls: [list(), list({ NextToken: 'more' })],
    subjects: [standsFor(ID), standsFor('snap-0f')],
    sessionResources: ['*', 'arn:aws:ec2:eu-west-1::snapshot/*'],
  },
  applies: [modify('Remove')],
  undoes: [],
  gone: [
    { 'ec2:DescribeSnapshots': new ServiceError('InvalidSnapshot.NotFound') },
    { 'ec2:DescribeSnapshots': { snapshotSet: {} } },
  ],
  foreign: [
    { Type: 'AwsEc2Snapshot', Id: ID },
    { Type: 'AwsEc2Volume', Id: 'arn:aws:ec2:eu-west-1:444455556666:volume/vol-0a1b2c3d' },
  ],
  sessionResources: { plan: SESSION, apply: SESSION, undo: SESSION },
});

describe('ebs-snapshot-private, more', () => {
  let services: ServiceStandIn;
  let session: Session;
  before(async () => {
    services = await startServices();
    session = awsSession({ ...services.client, region: REGION });
  });
  after(() => {
    session.close();
    return services.close();
  });
  const subjectOf = (resource: typeof ACCOUNT_RESOURCE) => {
    const subject = ebsSnapshotPrivate.identify(resource, SOURCE);
    assert.ok(subject);
    return subject;
  };

  it('alerts where the snapshot is shared with single accounts: only people know whose those are', async () => {
    services.answers = shared({ userId: '111122223333' });

    const aim = { subject: subjectOf({ Type: 'AwsEc2Snapshot', Id: ARN }), standard: STANDARD, now: NOW };
    const plan = await planAction(ebsSnapshotPrivate, aim, session);

    assert.equal(plan.outcome, 'alert');
    assert.match('reason' in plan ? plan.reason : '', /shared with 111122223333/);
  });

  it('takes one snapshot for one resource, however its ARN is written', () => {
    const ids = [ARN, ARN.replace(':444455556666:', '::')].map(
      (Id) => subjectOf({ Type: 'AwsEc2Snapshot', Id }).resourceId,
    );

    assert.deepEqual(ids, [ARN, ARN]);
  });

  it('stands for the newest first', async () => {
    const many = Array.from({ length: 3 }, (_, index) =>
      snapshot(`snap-${index}`, new Date(Date.UTC(2026, 0, 1 + index)).toISOString()),
    );
    services.answers = { 'ec2:DescribeSnapshots': { snapshotSet: { item: many } } };

    const expanded = await ebsSnapshotPrivate.expand?.(subjectOf(ACCOUNT_RESOURCE), session);

    assert.deepEqual(
      expanded?.map(({ names }) => names['snapshot']),
      ['snap-2', 'snap-1', 'snap-0'],
    );
  });
});
