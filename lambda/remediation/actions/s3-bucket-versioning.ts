/**
 * Turns on versioning of a bucket. A bucket that has had it can only suspend it, so undo ends there.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html
 */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { BUCKET, bucketInput, bucketOf, bucketTags } from '../bucket.ts';

export const s3BucketVersioning = action<{ readonly Status: 'Enabled' | 'Suspended' }>({
  id: 's3-bucket-versioning',
  title: 'Turns on versioning of the bucket',
  case: 'impact',
  techniques: ['T1485', 'T1486', 'T1490'],
  rules: { config: ['s3-bucket-versioning-enabled'], securityhub: ['S3.14'] },
  resourceTypes: ['AwsS3Bucket'],
  risk: 'low',
  cost: 'S3 charges for every version that is kept; a lifecycle rule for noncurrent versions bounds it',
  permissions: {
    read: [{ actions: ['s3:GetBucketTagging', 's3:GetBucketVersioning'], resources: [BUCKET] }],
    apply: [{ actions: ['s3:PutBucketVersioning'], resources: [BUCKET] }],
    undo: [{ actions: ['s3:PutBucketVersioning'], resources: [BUCKET] }],
  },
  goneErrors: ['NoSuchBucket'],
  identify: bucketOf,
  read: async (subject, session) => {
    const { Status, MFADelete } = await session.call('s3', 'GetBucketVersioning', bucketInput(subject));
    if (MFADelete === 'Enabled') {
      return { outcome: 'not-applicable', reason: 'only the root user with an MFA device may change it (MFA delete)' };
    }
    // Never turned on and suspended behave alike for new objects, and the first cannot be gone back to.
    return {
      state: { Status: Status === 'Enabled' ? 'Enabled' : 'Suspended' },
      ...(await bucketTags(subject, session)),
    };
  },
  wanted: () => ({ Status: 'Enabled' }),
  change: (subject, _from, { Status }) => [
    apiCall('s3', 'PutBucketVersioning', {
      ...bucketInput(subject),
      VersioningConfiguration: { Status },
    }),
  ],
});
