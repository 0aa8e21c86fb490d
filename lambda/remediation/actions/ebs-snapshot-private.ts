/**
 * Takes the whole world off an EBS snapshot's permissions: of the one that the finding names, or of all public ones of the
 * account and Region where it names the account. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySnapshotAttribute.html
 */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { parseArn, subjectOfAccount, subjectOfArn } from '../subject.ts';

const SNAPSHOT = 'arn:{partition}:ec2:{region}::snapshot/{snapshot}';

/** Whether everybody may restore it, by snapshot id. */
interface Public {
  readonly [snapshotId: string]: boolean;
}

export const ebsSnapshotPrivate = action<Public>({
  id: 'ebs-snapshot-private',
  title: 'Makes public EBS snapshots private',
  case: 'exposure',
  techniques: ['T1530', 'T1537', 'T1552'],
  rules: {
    config: ['ebs-snapshot-public-restorable-check'],
    securityhub: ['EC2.1'],
    guardduty: ['Exfiltration:EC2/TransferDataToCloudAccount'],
  },
  resourceTypes: ['AwsAccount', 'AwsEc2Snapshot'],
  risk: 'medium',
  permissions: {
    read: [
      {
        actions: ['ec2:DescribeSnapshots'],
        resources: ['*'],
        reason: 'https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html',
      },
    ],
    apply: [
      {
        actions: ['ec2:ModifySnapshotAttribute'],
        resources: [SNAPSHOT],
        conditions: { StringEquals: { 'ec2:Remove/group': 'all' } },
      },
    ],
    undo: [
      {
        actions: ['ec2:ModifySnapshotAttribute'],
        resources: [SNAPSHOT],
        conditions: { StringEquals: { 'ec2:Add/group': 'all' } },
      },
    ],
  },
  goneErrors: ['InvalidSnapshot.NotFound'],
  identify: (resource, source) =>
    subjectOfAccount(resource, source, { snapshot: '*' }) ??
    subjectOfArn(resource, source, 'ec2', /^snapshot\/(?<snapshot>snap-[0-9a-f]+)$/),
  read: async ({ resourceId, accountId }, session) => {
    const named = parseArn(resourceId)?.resource.slice('snapshot/'.length);
    const ids: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await session.call('ec2', 'DescribeSnapshots', {
        OwnerIds: [accountId],
        RestorableByUserIds: ['all'],
        ...(named === undefined ? { MaxResults: 1000 } : { SnapshotIds: [named] }),
        ...(NextToken === undefined ? {} : { NextToken }),
      });
      ids.push(...(page.Snapshots ?? []).flatMap(({ SnapshotId }) => SnapshotId ?? []));
      NextToken = page.NextToken;
    } while (NextToken !== undefined && NextToken !== '');
    return { state: Object.fromEntries(ids.sort().map((id) => [id, true])) };
  },
  // What is not public is not listed.
  wanted: () => ({}),
  change: (_subject, from, to) => {
    const permission = [{ Group: 'all' as const }];
    const opened = Object.keys(to).filter((id) => to[id] && !from[id]);
    const closed = Object.keys(from).filter((id) => from[id] && !to[id]);
    return [
      ...closed.map((SnapshotId) =>
        apiCall('ec2', 'ModifySnapshotAttribute', { SnapshotId, CreateVolumePermission: { Remove: permission } }),
      ),
      ...opened.map((SnapshotId) =>
        apiCall('ec2', 'ModifySnapshotAttribute', { SnapshotId, CreateVolumePermission: { Add: permission } }),
      ),
    ];
  },
});
