/** Blocks public access to all buckets of an account. https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutPublicAccessBlock.html */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { ALL_BLOCKED, type PublicAccessBlock, readPublicAccessBlock } from '../public-access-block.ts';
import { subjectOfAccount, subjectOfSourceAccount } from '../subject.ts';

const REASON =
  'the setting of an account has no ARN: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html';

export const s3AccountPublicAccessBlock = action<PublicAccessBlock>({
  id: 's3-account-public-access-block',
  title: 'Blocks public access to all buckets of the account',
  case: 'exposure',
  techniques: ['T1530'],
  rules: {
    config: ['s3-account-level-public-access-blocks', 's3-account-level-public-access-blocks-periodic'],
    securityhub: ['S3.1'],
    guardduty: ['Policy:S3/AccountBlockPublicAccessDisabled'],
  },
  resourceTypes: ['AwsAccount', 'AwsIamAccessKey', 'AwsS3AccountPublicAccessBlock'],
  // Every public site of the account goes dark at once.
  risk: 'high',
  isGlobal: true,
  permissions: {
    read: [{ actions: ['s3:GetAccountPublicAccessBlock'], resources: ['*'], reason: REASON }],
    apply: [{ actions: ['s3:PutAccountPublicAccessBlock'], resources: ['*'], reason: REASON }],
    undo: [{ actions: ['s3:PutAccountPublicAccessBlock'], resources: ['*'], reason: REASON }],
  },
  goneErrors: [],
  // Of a bucket that has to stay public the account's block would make an end.
  reaches: ['arn:*:s3:::*'],
  covers: ['s3-bucket-public-access-block'],
  // GuardDuty names who did it, and Config the account under a type of its own.
  identify: (resource, source) =>
    subjectOfAccount(resource, source) ??
    (['AwsIamAccessKey', 'AwsS3AccountPublicAccessBlock'].includes(resource.Type)
      ? subjectOfSourceAccount(source)
      : undefined),
  read: async ({ accountId: AccountId }, session) => ({
    state: await readPublicAccessBlock(() => session.call('s3control', 'GetPublicAccessBlock', { AccountId })),
  }),
  wanted: () => ALL_BLOCKED,
  change: ({ accountId: AccountId }, _from, to) =>
    to === null
      ? [apiCall('s3control', 'DeletePublicAccessBlock', { AccountId })]
      : [apiCall('s3control', 'PutPublicAccessBlock', { AccountId, PublicAccessBlockConfiguration: to })],
});
