import assert from 'node:assert/strict';
import { s3AccountPublicAccessBlock } from '../../../../lambda/remediation/actions/s3-account-public-access-block.ts';
import { ACCOUNT, ACCOUNT_RESOURCE, call, isExceptedBy, keepsItsContract } from '../../../support/action-contract.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const WHERE = { 'x-amz-account-id': '444455556666', host: '444455556666' };
const ALL = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };
const NAMES = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const;
const put = (values: typeof ALL) =>
  call('s3control:PutPublicAccessBlock', {
    ...WHERE,
    body: `<PublicAccessBlockConfiguration xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/">${NAMES.map((name) => `<${name}>${values[name]}</${name}>`).join('')}</PublicAccessBlockConfiguration>`,
  });

keepsItsContract({
  action: s3AccountPublicAccessBlock,
  resource: ACCOUNT_RESOURCE,
  before: null,
  after: ALL,
  off: { 's3control:GetPublicAccessBlock': new ServiceError('NoSuchPublicAccessBlockConfiguration', 404) },
  on: { 's3control:GetPublicAccessBlock': ALL },
  reads: [call('s3control:GetPublicAccessBlock', WHERE)],
  applies: [put(ALL)],
  undoes: [call('s3control:DeletePublicAccessBlock', WHERE)],
  undoesTo: [{ before: { ...ALL, BlockPublicPolicy: false }, undoes: [put({ ...ALL, BlockPublicPolicy: false })] }],
  gone: 'always there',
  foreign: [{ Type: 'AwsS3Bucket', Id: 'arn:aws:s3:::invoices' }],
  sessionResources: { plan: ['*'], apply: ['*'], undo: ['*'] },
});

describe('s3-account-public-access-block', () => {
  it('reaches every bucket, in every partition: an exception for one holds against the whole', () => {
    for (const exception of [
      { resources: ['arn:aws:s3:::www-example'] },
      { resources: ['arn:aws-cn:s3:::www-*'] },
      { resources: ['arn:aws:s3:::www-example'], tags: { site: 'public' } },
      { actions: ['s3-bucket-public-access-block'], accounts: [ACCOUNT] },
      { actions: ['s3-bucket-public-access-block'], tags: { site: 'public' } },
    ]) {
      assert.ok(isExceptedBy(s3AccountPublicAccessBlock, exception), JSON.stringify(exception));
    }
    assert.ok(
      !isExceptedBy(s3AccountPublicAccessBlock, { actions: ['s3-bucket-versioning'], tags: { site: 'public' } }),
    );
  });
});
