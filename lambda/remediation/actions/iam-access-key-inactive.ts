/**
 * Makes an exposed access key inactive. AWS Health names the key alone: IAM knows whose it is.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html
 */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { NO_SUCH_ENTITY, USER, ifAny, readUser } from '../identity.ts';
import { accessKeyOf, userNamed, userOf } from '../principal.ts';
import { nameOf } from '../subject.ts';

export const iamAccessKeyInactive = action<{ readonly Status: 'Active' | 'Inactive' }>({
  id: 'iam-access-key-inactive',
  title: 'Makes the exposed access key inactive',
  case: 'credential-access',
  techniques: ['T1552', 'T1078', 'T1555'],
  rules: {
    guardduty: [
      'CredentialAccess:IAMUser/CompromisedCredentials',
      'UnauthorizedAccess:IAMUser/MaliciousIPCaller',
      'UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom',
      'UnauthorizedAccess:IAMUser/TorIPCaller',
      'AttackSequence:IAM/CompromisedCredentials',
    ],
    health: ['AWS_RISK_CREDENTIALS_EXPOSED', 'AWS_RISK_CREDENTIALS_COMPROMISED'],
  },
  resourceTypes: ['AwsIamAccessKey', 'Other'],
  // Whatever signs with the key stops at once.
  risk: 'high',
  isGlobal: true,
  permissions: {
    read: [{ actions: ['iam:GetAccessKeyLastUsed', 'iam:GetUser', 'iam:ListAccessKeys'], resources: [USER] }],
    apply: [{ actions: ['iam:UpdateAccessKey'], resources: [USER] }],
    undo: [{ actions: ['iam:UpdateAccessKey'], resources: [USER] }],
  },
  goneErrors: NO_SUCH_ENTITY,
  identify: (resource, source) => {
    const key = accessKeyOf(resource);
    const id = key ? key.accessKeyId : resource.Type === 'Other' ? resource.Id : undefined;
    // Temporary keys (ASIA…) cannot be made inactive: the sessions of their role can be revoked.
    if (id === undefined || !/^AKIA[A-Z0-9]{12,124}$/.test(id)) return undefined;
    const user = userOf(resource, source);
    // A principal that is no user of IAM has no key to make inactive.
    if (!user && (key?.principalType ?? key?.principalName) !== undefined) return undefined;
    const { accountId, region, partition, updatedAt } = source;
    return {
      ...(user ?? { accountId, region, partition, observedAt: updatedAt }),
      resourceId: `AWS::IAM::AccessKey:${id}`,
      names: { ...(user?.names ?? { user: '*' }), accessKeyId: id },
    };
  },
  expand: async (subject, session) => {
    if (subject.principal !== undefined) return [subject];
    const used = await ifAny(
      session.call('iam', 'GetAccessKeyLastUsed', { AccessKeyId: nameOf(subject, 'accessKeyId') }),
    );
    const user = used?.UserName === undefined ? undefined : userNamed(used.UserName, subject);
    return [user ? { ...subject, ...user, names: { ...subject.names, ...user.names } } : subject];
  },
  read: async (subject, session) => {
    if (subject.principal === undefined) {
      return { outcome: 'alert', reason: 'IAM does not say which user has this key; look whether it is one of root' };
    }
    const identity = await readUser(subject, session);
    // A user has two keys at the most, so there is no second page.
    const { AccessKeyMetadata = [] } = await session.call('iam', 'ListAccessKeys', {
      UserName: nameOf(subject, 'userName'),
    });
    const key = AccessKeyMetadata.find(({ AccessKeyId }) => AccessKeyId === subject.names['accessKeyId']);
    if (key === undefined) return { outcome: 'gone', reason: 'the user has no such access key any more' };
    return { state: { Status: key.Status === 'Active' ? 'Active' : 'Inactive' }, ...identity };
  },
  wanted: () => ({ Status: 'Inactive' }),
  change: (subject, _from, { Status }) => [
    apiCall('iam', 'UpdateAccessKey', {
      UserName: nameOf(subject, 'userName'),
      AccessKeyId: nameOf(subject, 'accessKeyId'),
      Status,
    }),
  ],
});
