import assert from 'node:assert/strict';
import { s3BucketVersioning } from '../../../../lambda/remediation/actions/s3-bucket-versioning.ts';
import type { Session } from '../../../../lambda/remediation/aws-call.ts';
import { awsSession } from '../../../../lambda/remediation/member-session.ts';
import { call, keepsItsContract } from '../../../support/action-contract.ts';
import { ServiceError, type ServiceStandIn, startServices } from '../../../support/service-stand-in.ts';

const ARN = 'arn:aws:s3:::invoices';
const WHERE = { Bucket: 'invoices', 'x-amz-expected-bucket-owner': '444455556666' };
const TAGS = { 's3:GetBucketTagging': { TagSet: { Tag: { Key: 'env', Value: 'prod' } } } };
const put = (status: string) =>
  call('s3:PutBucketVersioning', {
    ...WHERE,
    body: `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>${status}</Status></VersioningConfiguration>`,
  });

keepsItsContract({
  action: s3BucketVersioning,
  resource: { Type: 'AwsS3Bucket', Id: ARN },
  // A bucket that never had it looks like one that has suspended it, and can only go back to that.
  before: { Status: 'Suspended' },
  after: { Status: 'Enabled' },
  off: { 's3:GetBucketVersioning': {}, ...TAGS },
  on: { 's3:GetBucketVersioning': { Status: 'Enabled' }, ...TAGS },
  reads: [call('s3:GetBucketVersioning', WHERE), call('s3:GetBucketTagging', WHERE)],
  tagReads: ['s3:GetBucketTagging'],
  tags: { env: 'prod' },
  applies: [put('Enabled')],
  undoes: [put('Suspended')],
  gone: [{ 's3:GetBucketVersioning': new ServiceError('NoSuchBucket', 404) }],
  notApplicable: { 'root has to do it': { 's3:GetBucketVersioning': { Status: 'Suspended', MfaDelete: 'Enabled' } } },
  foreign: [
    { Type: 'AwsS3Bucket', Id: 'arn:aws:s3:::Invoices' },
    { Type: 'AwsS3Object', Id: 'arn:aws:s3:::invoices/2026.csv' },
    { Type: 'AwsS3Bucket', Id: 'invoices' },
  ],
  sessionResources: { plan: [ARN], apply: [ARN], undo: [ARN] },
});

describe('a bucket of another Region than its finding says', () => {
  let services: ServiceStandIn;
  let session: Session;
  before(async () => {
    services = await startServices();
    session = awsSession({ ...services.client, region: 'us-east-1' });
  });
  after(() => {
    session.close();
    return services.close();
  });

  it('is followed to where it is', async () => {
    services.answers = {
      's3:GetBucketVersioning': [
        new ServiceError('PermanentRedirect', 301, { 'x-amz-bucket-region': 'eu-central-1' }),
        { Status: 'Enabled' },
      ],
    };

    const { Status } = await session.call('s3', 'GetBucketVersioning', { Bucket: 'invoices' });

    assert.equal(Status, 'Enabled');
  });
});
