/** Makes an exposed access key inactive. https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { NO_SUCH_ENTITY, USER, readUser } from '../identity.ts';
import { accessKeyOf, userOf } from '../principal.ts';
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
  resourceTypes: ['AwsIamAccessKey'],
  // Whatever signs with the key stops at once.
  risk: 'high',
  isGlobal: true,
  permissions: {
    read: [{ actions: ['iam:GetUser', 'iam:ListAccessKeys'], resources: [USER] }],
    apply: [{ actions: ['iam:UpdateAccessKey'], resources: [USER] }],
    undo: [{ actions: ['iam:UpdateAccessKey'], resources: [USER] }],
  },
  goneErrors: NO_SUCH_ENTITY,
  // Temporary keys (ASIA…) cannot be made inactive: the sessions of their role can be revoked.
  identify: (resource, source) => {
    const id = accessKeyOf(resource)?.accessKeyId;
    const user = userOf(resource, source);
    if (!user || id === undefined || !/^AKIA[A-Z0-9]{12,124}$/.test(id)) return undefined;
    return { ...user, resourceId: `AWS::IAM::AccessKey:${id}`, names: { ...user.names, accessKeyId: id } };
  },
  read: async (subject, session) => {
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
