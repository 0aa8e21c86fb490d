/** Attaches AWS's quarantine policy to a user: it denies what intruders do first. https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCompromisedKeyQuarantineV3.html */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { CONTAINMENT_RULES, CONTAINMENT_TECHNIQUES } from '../containment-rules.ts';
import { NO_SUCH_ENTITY, USER, readUser } from '../identity.ts';
import { userOf } from '../principal.ts';
import { nameOf } from '../subject.ts';

const POLICY = 'arn:{partition}:iam::aws:policy/AWSCompromisedKeyQuarantineV3';
const ONLY_IT = { ArnEquals: { 'iam:PolicyARN': POLICY } };

export const iamUserQuarantine = action<{ readonly isAttached: boolean }>({
  id: 'iam-user-quarantine',
  title: 'Attaches the quarantine policy of AWS to the user',
  case: 'privilege-escalation',
  techniques: CONTAINMENT_TECHNIQUES,
  rules: CONTAINMENT_RULES,
  resourceTypes: ['AwsIamUser', 'AwsIamAccessKey'],
  risk: 'high',
  isGlobal: true,
  permissions: {
    read: [{ actions: ['iam:GetUser', 'iam:ListAttachedUserPolicies'], resources: [USER] }],
    apply: [{ actions: ['iam:AttachUserPolicy'], resources: [USER], conditions: ONLY_IT }],
    undo: [{ actions: ['iam:DetachUserPolicy'], resources: [USER], conditions: ONLY_IT }],
  },
  goneErrors: NO_SUCH_ENTITY,
  identify: userOf,
  read: async (subject, session) => {
    const identity = await readUser(subject, session);
    const UserName = nameOf(subject, 'userName');
    let Marker: string | undefined;
    let isAttached = false;
    do {
      const page = await session.call('iam', 'ListAttachedUserPolicies', {
        UserName,
        ...(Marker === undefined ? {} : { Marker }),
      });
      isAttached ||= (page.AttachedPolicies ?? []).some(({ PolicyArn }) => PolicyArn === policyOf(subject));
      Marker = page.IsTruncated ? page.Marker : undefined;
    } while (Marker !== undefined);
    return { state: { isAttached }, ...identity };
  },
  wanted: () => ({ isAttached: true }),
  change: (subject, _from, { isAttached }) => [
    apiCall('iam', isAttached ? 'AttachUserPolicy' : 'DetachUserPolicy', {
      UserName: nameOf(subject, 'userName'),
      PolicyArn: policyOf(subject),
    }),
  ],
});

function policyOf({ partition }: { readonly partition: string }): string {
  return POLICY.replace('{partition}', partition);
}
