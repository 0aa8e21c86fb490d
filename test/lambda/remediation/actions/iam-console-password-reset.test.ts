import { iamConsolePasswordReset } from '../../../../lambda/remediation/actions/iam-console-password-reset.ts';
import { call, keepsItsContract } from '../../../support/action-contract.ts';
import { NO_USERS, USER, USER_ARN, userAnswer } from '../../../support/principals.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const profile = (required: string) => ({
  ...userAnswer(),
  'iam:GetLoginProfile': { LoginProfile: { UserName: 'alice', PasswordResetRequired: required } },
});
// No Password: nobody but the user ever knows it.
const update = (value: string) => call('iam:UpdateLoginProfile', { UserName: 'alice', PasswordResetRequired: value });

keepsItsContract({
  action: iamConsolePasswordReset,
  resource: USER,
  before: { PasswordResetRequired: false },
  after: { PasswordResetRequired: true },
  off: profile('false'),
  on: profile('true'),
  reads: [call('iam:GetUser', { UserName: 'alice' }), call('iam:GetLoginProfile', { UserName: 'alice' })],
  applies: [update('true')],
  undoes: [update('false')],
  gone: [{ 'iam:GetUser': new ServiceError('NoSuchEntity', 404) }],
  notApplicable: {
    'the user has no password': { ...userAnswer(), 'iam:GetLoginProfile': new ServiceError('NoSuchEntity', 404) },
  },
  foreign: NO_USERS,
  sessionResources: { plan: [USER_ARN], apply: [USER_ARN], undo: [USER_ARN] },
});
