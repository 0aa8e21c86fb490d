import { iamUserIsolationGroup } from '../../../../lambda/remediation/actions/iam-user-isolation-group.ts';
import { call, keepsItsContract } from '../../../support/action-contract.ts';
import { NO_USERS, USER, USER_ARN, userAnswer } from '../../../support/principals.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const GROUP = 'virtual-soc-isolation';
const GROUP_ARN = `arn:aws:iam::444455556666:group/virtual-soc/${GROUP}`;
const groups = (...names: string[]) => ({
  ...userAnswer(),
  'iam:ListGroupsForUser': { IsTruncated: 'false', Groups: { member: names.map((GroupName) => ({ GroupName })) } },
  'iam:GetGroup': { IsTruncated: 'false', Group: { GroupName: GROUP, Arn: GROUP_ARN }, Users: {} },
});
const WHO = { GroupName: GROUP, UserName: 'alice' };

keepsItsContract({
  action: iamUserIsolationGroup,
  resource: USER,
  before: { isMember: false },
  after: { isMember: true },
  off: groups('developers'),
  on: groups('developers', GROUP),
  reads: [
    call('iam:GetUser', { UserName: 'alice' }),
    call('iam:ListGroupsForUser', { UserName: 'alice' }),
    call('iam:GetGroup', { GroupName: GROUP, MaxItems: '1' }),
  ],
  applies: [call('iam:AddUserToGroup', WHO)],
  undoes: [call('iam:RemoveUserFromGroup', WHO)],
  gone: [{ 'iam:GetUser': new ServiceError('NoSuchEntity', 404) }],
  notApplicable: {
    'the account has no such group': { ...groups(), 'iam:GetGroup': new ServiceError('NoSuchEntity', 404) },
  },
  foreign: NO_USERS,
  sessionResources: { plan: [GROUP_ARN, USER_ARN], apply: [GROUP_ARN, USER_ARN], undo: [GROUP_ARN, USER_ARN] },
});
