import { iamAccessKeyInactive } from '../../../../lambda/remediation/actions/iam-access-key-inactive.ts';
import { call, keepsItsContract } from '../../../support/action-contract.ts';
import { NO_USERS, USER, accessKey, userAnswer } from '../../../support/principals.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const KEY = 'AKIAIOSFODNN7EXAMPLE';
const keys = (status: string) => ({
  ...userAnswer(),
  'iam:ListAccessKeys': {
    AccessKeyMetadata: {
      member: [
        { UserName: 'alice', AccessKeyId: 'AKIAOTHEROTHEROTHERO', Status: 'Active' },
        { UserName: 'alice', AccessKeyId: KEY, Status: status },
      ],
    },
  },
});
const update = (Status: string) => call('iam:UpdateAccessKey', { UserName: 'alice', AccessKeyId: KEY, Status });
// The finding leaves out the user's path, so any path will do, but no other name.
const USERS = ['arn:aws:iam::444455556666:user/*/alice', 'arn:aws:iam::444455556666:user/alice'];

keepsItsContract({
  action: iamAccessKeyInactive,
  resource: accessKey('IAMUser', 'alice', KEY),
  before: { Status: 'Active' },
  after: { Status: 'Inactive' },
  off: keys('Active'),
  on: keys('Inactive'),
  reads: [call('iam:GetUser', { UserName: 'alice' }), call('iam:ListAccessKeys', { UserName: 'alice' })],
  expansion: {
    resource: { Type: 'Other', Id: KEY },
    answers: { 'iam:GetAccessKeyLastUsed': { UserName: 'alice' } },
    calls: [call('iam:GetAccessKeyLastUsed', { AccessKeyId: KEY })],
    subjects: [
      {
        resourceId: `AWS::IAM::AccessKey:${KEY}`,
        names: { user: ['alice', '*/alice'], userName: 'alice', accessKeyId: KEY },
        principal: 'arn:aws:iam::444455556666:user/alice',
      },
    ],
    sessionResources: ['arn:aws:iam::444455556666:user/*'],
  },
  applies: [update('Inactive')],
  undoes: [update('Active')],
  gone: [
    { 'iam:GetUser': new ServiceError('NoSuchEntity', 404) },
    { ...userAnswer(), 'iam:ListAccessKeys': { AccessKeyMetadata: {} } },
  ],
  foreign: [...NO_USERS, USER, accessKey('IAMUser', 'alice', 'ASIAIOSFODNN7EXAMPLE'), { Type: 'Other', Id: `${KEY} ` }],
  sessionResources: { plan: USERS, apply: USERS, undo: USERS },
});
