import { s3BucketPublicAccessBlock } from '../../../../lambda/remediation/actions/s3-bucket-public-access-block.ts';
import { call, keepsItsContract } from '../../../support/action-contract.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const ARN = 'arn:aws:s3:::invoices';
const WHERE = { Bucket: 'invoices', 'x-amz-expected-bucket-owner': '444455556666' };
// No tags are an error to S3, and not the same as tags that nobody may read.
const UNTAGGED = { 's3:GetBucketTagging': new ServiceError('NoSuchTagSet', 404) };
const NAMES = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const;
const block = (BlockPublicPolicy: boolean) => ({
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy,
  RestrictPublicBuckets: true,
});
const put = (values: ReturnType<typeof block>) =>
  call('s3:PutPublicAccessBlock', {
    ...WHERE,
    body: `<PublicAccessBlockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${NAMES.map((name) => `<${name}>${values[name]}</${name}>`).join('')}</PublicAccessBlockConfiguration>`,
  });

keepsItsContract({
  action: s3BucketPublicAccessBlock,
  resource: { Type: 'AwsS3Bucket', Id: ARN },
  before: block(false),
  after: block(true),
  off: { 's3:GetPublicAccessBlock': block(false), ...UNTAGGED },
  on: { 's3:GetPublicAccessBlock': block(true), ...UNTAGGED },
  reads: [call('s3:GetPublicAccessBlock', WHERE), call('s3:GetBucketTagging', WHERE)],
  tagReads: ['s3:GetBucketTagging'],
  tags: {},
  applies: [put(block(true))],
  undoes: [put(block(false))],
  undoesTo: [{ before: null, undoes: [call('s3:DeletePublicAccessBlock', WHERE)] }],
  gone: [{ 's3:GetPublicAccessBlock': new ServiceError('NoSuchBucket', 404) }],
  foreign: [{ Type: 'AwsS3Bucket', Id: 'arn:aws:s3:eu-west-1:444455556666:accesspoint/invoices' }],
  sessionResources: { plan: [ARN], apply: [ARN], undo: [ARN] },
});
