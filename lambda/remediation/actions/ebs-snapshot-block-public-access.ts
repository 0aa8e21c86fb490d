/**
 * Blocks that EBS snapshots of the account and Region are shared with everybody. The rules ask for `block-all-sharing`, which
 * makes those that are public unavailable at once; their permissions stay, and count again once it is undone.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EnableSnapshotBlockPublicAccess.html
 * https://docs.aws.amazon.com/config/latest/developerguide/ebs-snapshot-block-public-access.html
 */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { subjectOfAccount, subjectOfSourceAccount } from '../subject.ts';

type State = 'unblocked' | 'block-new-sharing' | 'block-all-sharing';

/** The setting itself, as AWS Config calls it, and as ASFF would. */
const SETTINGS: readonly string[] = ['AwsEc2SnapshotBlockPublicAccess', 'AWS::EC2::SnapshotBlockPublicAccess'];

const REASON =
  'the setting of a Region has no ARN: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html';
const ONLY_HERE = { StringEquals: { 'aws:RequestedRegion': '{region}' } };

export const ebsSnapshotBlockPublicAccess = action<State>({
  id: 'ebs-snapshot-block-public-access',
  title: 'Blocks public sharing of EBS snapshots in the Region',
  case: 'exposure',
  techniques: ['T1530', 'T1537', 'T1552'],
  rules: { config: ['ebs-snapshot-block-public-access'], securityhub: ['EC2.182'] },
  resourceTypes: ['AwsAccount', ...SETTINGS],
  // Whoever restores public snapshots of the account is cut off.
  risk: 'high',
  permissions: {
    read: [{ actions: ['ec2:GetSnapshotBlockPublicAccessState'], resources: ['*'], reason: REASON }],
    apply: [
      { actions: ['ec2:EnableSnapshotBlockPublicAccess'], resources: ['*'], conditions: ONLY_HERE, reason: REASON },
    ],
    undo: [
      {
        actions: ['ec2:DisableSnapshotBlockPublicAccess', 'ec2:EnableSnapshotBlockPublicAccess'],
        resources: ['*'],
        conditions: ONLY_HERE,
        reason: REASON,
      },
    ],
  },
  goneErrors: [],
  // EC2's own ARN of a snapshot leaves the account out.
  reaches: ['arn:*:ec2:{region}:{account}:snapshot/*', 'arn:*:ec2:{region}::snapshot/*'],
  covers: ['ebs-snapshot-private'],
  identify: (resource, source) =>
    subjectOfAccount(resource, source) ??
    (SETTINGS.includes(resource.Type) ? subjectOfSourceAccount(source) : undefined),
  read: async (_subject, session) => {
    const { State, ManagedBy } = await session.call('ec2', 'GetSnapshotBlockPublicAccessState', {});
    if (ManagedBy === 'declarative-policy') {
      return { outcome: 'not-applicable', reason: 'a declarative policy of the organisation sets it; change it there' };
    }
    return { state: State ?? 'unblocked' };
  },
  wanted: (state, { standard }) => (state === 'block-all-sharing' ? state : standard.snapshotBlockPublicAccess),
  change: (_subject, _from, to) =>
    to === 'unblocked'
      ? [apiCall('ec2', 'DisableSnapshotBlockPublicAccess', {})]
      : [apiCall('ec2', 'EnableSnapshotBlockPublicAccess', { State: to })],
});
