/** Makes a console user choose a new password at the next sign-in; no password is set. https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateLoginProfile.html */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { NO_SUCH_ENTITY, USER, ifAny, readUser } from '../identity.ts';
import { userOf } from '../principal.ts';
import { nameOf } from '../subject.ts';

export const iamConsolePasswordReset = action<{ readonly PasswordResetRequired: boolean }>({
  id: 'iam-console-password-reset',
  title: 'Requires a new password of the user at the next sign-in',
  case: 'credential-access',
  techniques: ['T1110', 'T1552', 'T1078', 'T1555'],
  rules: {
    guardduty: [
      'CredentialAccess:IAMUser/AnomalousBehavior',
      'CredentialAccess:IAMUser/CompromisedCredentials',
      'InitialAccess:IAMUser/AnomalousBehavior',
      'UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B',
    ],
  },
  resourceTypes: ['AwsIamUser', 'AwsIamAccessKey'],
  // The user has to know the old password, and the policy has to let users change theirs.
  risk: 'medium',
  isGlobal: true,
  endsByItself: true,
  permissions: {
    read: [{ actions: ['iam:GetUser', 'iam:GetLoginProfile'], resources: [USER] }],
    apply: [{ actions: ['iam:UpdateLoginProfile'], resources: [USER] }],
    undo: [{ actions: ['iam:UpdateLoginProfile'], resources: [USER] }],
  },
  goneErrors: NO_SUCH_ENTITY,
  identify: userOf,
  read: async (subject, session) => {
    const identity = await readUser(subject, session);
    const profile = await ifAny(session.call('iam', 'GetLoginProfile', { UserName: nameOf(subject, 'userName') }));
    if (profile === undefined) return { outcome: 'not-applicable', reason: 'the user has no password for the console' };
    return { state: { PasswordResetRequired: profile.LoginProfile?.PasswordResetRequired ?? false }, ...identity };
  },
  wanted: () => ({ PasswordResetRequired: true }),
  change: (subject, _from, { PasswordResetRequired }) => [
    apiCall('iam', 'UpdateLoginProfile', { UserName: nameOf(subject, 'userName'), PasswordResetRequired }),
  ],
});
