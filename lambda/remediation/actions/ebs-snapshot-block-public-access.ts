/** Blocks that EBS snapshots of the account and Region are shared with everybody. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EnableSnapshotBlockPublicAccess.html */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { subjectOfAccount } from '../subject.ts';

type State = 'unblocked' | 'block-new-sharing' | 'block-all-sharing';

const REASON =
  'the setting of a Region has no ARN: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html';
const ONLY_HERE = { StringEquals: { 'aws:RequestedRegion': '{region}' } };

export const ebsSnapshotBlockPublicAccess = action<State>({
  id: 'ebs-snapshot-block-public-access',
  title: 'Blocks new public sharing of EBS snapshots in the Region',
  case: 'exposure',
  techniques: ['T1530', 'T1537', 'T1552'],
  rules: { config: ['ebs-snapshot-block-public-access'], securityhub: ['EC2.182'] },
  resourceTypes: ['AwsAccount'],
  risk: 'low',
  permissions: {
    read: [{ actions: ['ec2:GetSnapshotBlockPublicAccessState'], resources: ['*'], reason: REASON }],
    apply: [
      { actions: ['ec2:EnableSnapshotBlockPublicAccess'], resources: ['*'], conditions: ONLY_HERE, reason: REASON },
    ],
    undo: [
      { actions: ['ec2:DisableSnapshotBlockPublicAccess'], resources: ['*'], conditions: ONLY_HERE, reason: REASON },
    ],
  },
  goneErrors: [],
  identify: subjectOfAccount,
  read: async (_subject, session) => {
    const { State } = await session.call('ec2', 'GetSnapshotBlockPublicAccessState', {});
    return { state: State ?? 'unblocked' };
  },
  // What is shared already stays so; making snapshots private is an action of its own.
  wanted: (state) => (state === 'block-all-sharing' ? state : 'block-new-sharing'),
  change: (_subject, _from, to) =>
    to === 'unblocked'
      ? [apiCall('ec2', 'DisableSnapshotBlockPublicAccess', {})]
      : [apiCall('ec2', 'EnableSnapshotBlockPublicAccess', { State: to })],
});
