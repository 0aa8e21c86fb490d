/**
 * Revokes the sessions of a role: an inline policy denies everything to those that were issued before now. All of them
 * are hit, also the rightful ones, which get new credentials by themselves.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
 */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { CONTAINMENT_TECHNIQUES, SESSION_RULES } from '../containment-rules.ts';
import { NO_SUCH_ENTITY, ROLE, ifAny, readRole } from '../identity.ts';
import { roleOf } from '../principal.ts';
import { nameOf } from '../subject.ts';

/** Name of the inline policy. */
const POLICY_NAME = 'virtual-soc-revoke-sessions';
/** Milliseconds that a change of IAM takes to be known everywhere; AWS's own console adds as much. */
const PROPAGATION = 30_000;

/** Null where the policy is not there. */
type Revocation = { readonly PolicyDocument: string } | null;

export const iamRoleSessionRevocation = action<Revocation>({
  id: 'iam-role-session-revocation',
  title: 'Revokes the sessions of the role',
  case: 'privilege-escalation',
  techniques: [...CONTAINMENT_TECHNIQUES, 'T1552'],
  rules: SESSION_RULES,
  resourceTypes: ['AwsIamRole', 'AwsIamAccessKey'],
  risk: 'high',
  isGlobal: true,
  // Sessions that were issued between plan and approval have to be revoked as well.
  isTimed: true,
  permissions: {
    read: [{ actions: ['iam:GetRole', 'iam:GetRolePolicy'], resources: [ROLE] }],
    // IAM knows no condition for the name or content of an inline policy: only our code keeps to this one.
    apply: [{ actions: ['iam:PutRolePolicy'], resources: [ROLE] }],
    undo: [{ actions: ['iam:PutRolePolicy', 'iam:DeleteRolePolicy'], resources: [ROLE] }],
  },
  goneErrors: NO_SUCH_ENTITY,
  identify: roleOf,
  read: async (subject, session) => {
    const identity = await readRole(subject, session);
    const found = await ifAny(
      session.call('iam', 'GetRolePolicy', { RoleName: nameOf(subject, 'roleName'), PolicyName: POLICY_NAME }),
    );
    const state = found ? { PolicyDocument: decodeURIComponent(found.PolicyDocument ?? '') } : null;
    return { state, ...identity };
  },
  // What was revoked after the finding was last seen need not be revoked again.
  wanted: (state, { subject, now }) =>
    state !== null && revokedBefore(state.PolicyDocument) >= Date.parse(subject.observedAt)
      ? state
      : { PolicyDocument: revocation(new Date(now.getTime() + PROPAGATION)) },
  change: (subject, _from, to) => {
    const which = { RoleName: nameOf(subject, 'roleName'), PolicyName: POLICY_NAME };
    if (to === null) return [apiCall('iam', 'DeleteRolePolicy', which)];
    return [apiCall('iam', 'PutRolePolicy', { ...which, PolicyDocument: to.PolicyDocument })];
  },
});

function revocation(before: Date): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { DateLessThan: { 'aws:TokenIssueTime': before.toISOString() } },
      },
    ],
  });
}

/** Milliseconds since 1970, -1 where the policy is not one of ours. */
function revokedBefore(document: string): number {
  const [, time = ''] = /"aws:TokenIssueTime":"([^"]+)"/.exec(document) ?? [];
  const parsed = Date.parse(time);
  return Number.isNaN(parsed) || document !== revocation(new Date(parsed)) ? -1 : parsed;
}
