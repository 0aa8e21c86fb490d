import { iamUserQuarantine } from '../../../../lambda/remediation/actions/iam-user-quarantine.ts';
import { call, keepsItsContract } from '../../../support/action-contract.ts';
import { NO_USERS, USER, USER_ARN, userAnswer } from '../../../support/principals.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const POLICY = 'arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3';
const attached = (...arns: string[]) => ({
  ...userAnswer(),
  'iam:ListAttachedUserPolicies': {
    IsTruncated: 'false',
    AttachedPolicies: { member: arns.map((PolicyArn) => ({ PolicyName: 'x', PolicyArn })) },
  },
});
const OWN = 'arn:aws:iam::444455556666:policy/own';

keepsItsContract({
  action: iamUserQuarantine,
  resource: USER,
  before: { isAttached: false },
  after: { isAttached: true },
  off: attached(OWN),
  on: attached(OWN, POLICY),
  reads: [call('iam:GetUser', { UserName: 'alice' }), call('iam:ListAttachedUserPolicies', { UserName: 'alice' })],
  applies: [call('iam:AttachUserPolicy', { UserName: 'alice', PolicyArn: POLICY })],
  undoes: [call('iam:DetachUserPolicy', { UserName: 'alice', PolicyArn: POLICY })],
  gone: [{ 'iam:GetUser': new ServiceError('NoSuchEntity', 404) }],
  foreign: NO_USERS,
  sessionResources: { plan: [USER_ARN], apply: [USER_ARN], undo: [USER_ARN] },
});
