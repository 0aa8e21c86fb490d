/** Puts a user into the isolation group, whose policy the organisation chooses. https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddUserToGroup.html */
import { ROLE_PATH } from '../../core/member-role.ts';
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { CONTAINMENT_RULES, CONTAINMENT_TECHNIQUES } from '../containment-rules.ts';
import { NO_SUCH_ENTITY, USER, ifAny, readUser } from '../identity.ts';
import { userOf } from '../principal.ts';
import { nameOf } from '../subject.ts';

/** Name of the group that the roll-out creates in each account, below the path of everything that is ours. */
export const ISOLATION_GROUP = 'virtual-soc-isolation';
const GROUP = `arn:{partition}:iam::{account}:group${ROLE_PATH}${ISOLATION_GROUP}`;

export const iamUserIsolationGroup = action<{ readonly isMember: boolean }>({
  id: 'iam-user-isolation-group',
  title: 'Puts the user into the isolation group',
  case: 'privilege-escalation',
  techniques: CONTAINMENT_TECHNIQUES,
  rules: CONTAINMENT_RULES,
  resourceTypes: ['AwsIamUser', 'AwsIamAccessKey'],
  risk: 'high',
  isGlobal: true,
  permissions: {
    read: [
      { actions: ['iam:GetUser', 'iam:ListGroupsForUser'], resources: [USER] },
      { actions: ['iam:GetGroup'], resources: [GROUP] },
    ],
    apply: [{ actions: ['iam:AddUserToGroup'], resources: [GROUP] }],
    undo: [{ actions: ['iam:RemoveUserFromGroup'], resources: [GROUP] }],
  },
  goneErrors: NO_SUCH_ENTITY,
  identify: userOf,
  read: async (subject, session) => {
    const identity = await readUser(subject, session);
    // A user is in ten groups at the most, so there is no second page.
    const { Groups = [] } = await session.call('iam', 'ListGroupsForUser', { UserName: nameOf(subject, 'userName') });
    const group = await ifAny(session.call('iam', 'GetGroup', { GroupName: ISOLATION_GROUP, MaxItems: 1 }));
    if (group === undefined) {
      return {
        outcome: 'not-applicable',
        reason: `the account has no group ${ISOLATION_GROUP}; roll the member role out again`,
      };
    }
    return { state: { isMember: Groups.some(({ GroupName }) => GroupName === ISOLATION_GROUP) }, ...identity };
  },
  wanted: () => ({ isMember: true }),
  change: (subject, _from, { isMember }) => [
    apiCall('iam', isMember ? 'AddUserToGroup' : 'RemoveUserFromGroup', {
      GroupName: ISOLATION_GROUP,
      UserName: nameOf(subject, 'userName'),
    }),
  ],
});
