import { iamRoleSessionRevocation } from '../../../../lambda/remediation/actions/iam-role-session-revocation.ts';
import { call, keepsItsContract } from '../../../support/action-contract.ts';
import { ROLE, ROLE_ARN, USER, accessKey, roleAnswer } from '../../../support/principals.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const WHICH = { RoleName: 'payments', PolicyName: 'virtual-soc-revoke-sessions' };
const denies = (before: string) =>
  `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"${before}"}}}]}`;
// Half a minute after the plan: until then IAM may not know the policy everywhere.
const DOCUMENT = denies('2026-11-01T12:00:30.000Z');
const OLDER = denies('2026-10-01T00:00:00.000Z');
const policy = (document: string) => ({
  ...roleAnswer(),
  'iam:GetRolePolicy': { ...WHICH, PolicyDocument: encodeURIComponent(document) },
});
const put = (PolicyDocument: string) => call('iam:PutRolePolicy', { ...WHICH, PolicyDocument });
const reads = [call('iam:GetRole', { RoleName: 'payments' }), call('iam:GetRolePolicy', WHICH)];
const undoes = [call('iam:DeleteRolePolicy', WHICH)];

keepsItsContract({
  action: iamRoleSessionRevocation,
  resource: ROLE,
  before: null,
  after: { PolicyDocument: DOCUMENT },
  off: { ...roleAnswer(), 'iam:GetRolePolicy': new ServiceError('NoSuchEntity', 404) },
  on: policy(DOCUMENT),
  reads,
  applies: [put(DOCUMENT)],
  undoes,
  undoesTo: [{ before: { PolicyDocument: OLDER }, undoes: [put(OLDER)] }],
  gone: [{ 'iam:GetRole': new ServiceError('NoSuchEntity', 404) }],
  foreign: [USER, accessKey('IAMUser', 'alice'), accessKey('Root', 'Root'), { Type: 'AwsIamRole', Id: 'payments' }],
  sessionResources: { plan: [ROLE_ARN], apply: [ROLE_ARN], undo: [ROLE_ARN] },
});

// What was revoked before the finding was last seen does not count: sessions have been issued since.
keepsItsContract({
  action: iamRoleSessionRevocation,
  resource: accessKey('AssumedRole', 'payments', 'ASIAIOSFODNN7EXAMPLE'),
  before: { PolicyDocument: OLDER },
  after: { PolicyDocument: DOCUMENT },
  off: policy(OLDER),
  on: policy(DOCUMENT),
  reads,
  applies: [put(DOCUMENT)],
  undoes: [put(OLDER)],
  undoesTo: [{ before: null, undoes }],
  gone: [{ 'iam:GetRole': new ServiceError('NoSuchEntity', 404) }],
  foreign: [],
  sessionResources: Object.fromEntries(
    ['plan', 'apply', 'undo'].map((step) => [
      step,
      ['arn:aws:iam::444455556666:role/*/payments', 'arn:aws:iam::444455556666:role/payments'],
    ]),
  ) as { plan: string[]; apply: string[]; undo: string[] },
});
