/**
 * Takes the whole world off an EBS snapshot's permissions. Where a finding names the account, each public snapshot of the
 * Region is meant. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySnapshotAttribute.html
 */
import type { Subject } from '../action.ts';
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { reasonToAsk } from '../sharing.ts';
import { nameOf, parseArn, subjectOfAccount, subjectOfArn, tagsOf } from '../subject.ts';

const SNAPSHOT = 'arn:{partition}:ec2:{region}::snapshot/{snapshot}';

const BY_HAND = "aws ec2 modify-snapshot-attribute --snapshot-id ID --create-volume-permission 'Add=[{Group=all}]'";

export const ebsSnapshotPrivate = action<{ readonly Public: boolean }>({
  id: 'ebs-snapshot-private',
  title: 'Makes the public EBS snapshot private',
  case: 'exposure',
  techniques: ['T1530', 'T1537', 'T1552'],
  rules: {
    config: ['ebs-snapshot-public-restorable-check'],
    securityhub: ['EC2.1'],
    guardduty: ['Exfiltration:EC2/TransferDataToCloudAccount'],
  },
  resourceTypes: ['AwsAccount', 'AwsEc2Snapshot'],
  risk: 'medium',
  irreversible: `Virtual SOC has no right to make a snapshot public: ${BY_HAND}`,
  permissions: {
    read: [
      {
        actions: ['ec2:DescribeSnapshots'],
        resources: ['*'],
        reason: 'https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html',
      },
      { actions: ['ec2:DescribeSnapshotAttribute'], resources: [SNAPSHOT] },
    ],
    apply: [
      {
        actions: ['ec2:ModifySnapshotAttribute'],
        resources: [SNAPSHOT],
        conditions: { StringEquals: { 'ec2:Remove/group': 'all' } },
      },
    ],
    undo: [],
  },
  goneErrors: ['InvalidSnapshot.NotFound'],
  identify: (resource, source) => {
    const named = subjectOfArn(resource, source, 'ec2', /^snapshot\/(?<snapshot>snap-[0-9a-f]+)$/);
    return named === undefined
      ? subjectOfAccount(resource, source, { snapshot: '*' })
      : snapshotOf(named, nameOf(named, 'snapshot'));
  },
  expand: async (subject, session) => {
    if (parseArn(subject.resourceId) !== undefined) return [subject];
    const found: { readonly id: string; readonly started: number; readonly subject: Subject }[] = [];
    let NextToken: string | undefined;
    do {
      const page = await session.call('ec2', 'DescribeSnapshots', {
        OwnerIds: [subject.accountId],
        RestorableByUserIds: ['all'],
        MaxResults: 1000,
        ...(NextToken === undefined ? {} : { NextToken }),
      });
      for (const { SnapshotId: id, StartTime, Tags } of page.Snapshots ?? []) {
        if (id === undefined) continue;
        found.push({
          id,
          started: StartTime?.getTime() ?? 0,
          subject: { ...snapshotOf(subject, id), tags: tagsOf(Tags) },
        });
      }
      NextToken = page.NextToken;
    } while (NextToken !== undefined && NextToken !== '');
    return found
      .sort((one, other) => other.started - one.started || (one.id < other.id ? -1 : 1))
      .map(({ subject: snapshot }) => snapshot);
  },
  read: async (subject, session) => {
    const SnapshotId = nameOf(subject, 'snapshot');
    const { Snapshots: [snapshot] = [] } = await session.call('ec2', 'DescribeSnapshots', {
      OwnerIds: [subject.accountId],
      SnapshotIds: [SnapshotId],
    });
    if (snapshot === undefined) return { outcome: 'gone', reason: 'the account does not own such a snapshot' };
    const { CreateVolumePermissions = [] } = await session.call('ec2', 'DescribeSnapshotAttribute', {
      SnapshotId,
      Attribute: 'createVolumePermission',
    });
    const Public = CreateVolumePermissions.some(({ Group }) => Group === 'all');
    const reason = reasonToAsk(CreateVolumePermissions);
    const tags = tagsOf(snapshot.Tags);
    if (!Public && reason !== undefined) return { outcome: 'alert', reason, tags };
    return { state: { Public }, tags, ...(reason === undefined ? {} : { remark: reason }) };
  },
  wanted: () => ({ Public: false }),
  change: (subject) => [
    apiCall('ec2', 'ModifySnapshotAttribute', {
      SnapshotId: nameOf(subject, 'snapshot'),
      CreateVolumePermission: { Remove: [{ Group: 'all' }] },
    }),
  ],
});

/** With the account in its ARN, whether the finding gives it or not, so that one snapshot is one resource. */
function snapshotOf(subject: Subject, snapshot: string): Subject {
  const { partition, region, accountId } = subject;
  const resourceId = `arn:${partition}:ec2:${region}:${accountId}:snapshot/${snapshot}`;
  return { ...subject, resourceId, names: { snapshot } };
}
