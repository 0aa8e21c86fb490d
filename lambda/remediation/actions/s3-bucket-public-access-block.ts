/** Blocks public access to a bucket. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { BUCKET, bucketInput, bucketOf, bucketTags } from '../bucket.ts';
import { ALL_BLOCKED, type PublicAccessBlock, readPublicAccessBlock } from '../public-access-block.ts';

export const s3BucketPublicAccessBlock = action<PublicAccessBlock>({
  id: 's3-bucket-public-access-block',
  title: 'Blocks public access to the bucket',
  case: 'exposure',
  techniques: ['T1530', 'T1619', 'T1485', 'T1486', 'T1491'],
  rules: {
    config: [
      's3-bucket-level-public-access-prohibited',
      's3-bucket-public-read-prohibited',
      's3-bucket-public-write-prohibited',
    ],
    securityhub: ['S3.2', 'S3.3', 'S3.8'],
    guardduty: [
      'Policy:S3/BucketAnonymousAccessGranted',
      'Policy:S3/BucketBlockPublicAccessDisabled',
      'Policy:S3/BucketPublicAccessGranted',
    ],
    macie: ['Policy:IAMUser/S3BlockPublicAccessDisabled', 'Policy:IAMUser/S3BucketPublic'],
  },
  resourceTypes: ['AwsS3Bucket'],
  // A site that is meant to be public goes dark.
  risk: 'medium',
  permissions: {
    read: [{ actions: ['s3:GetBucketPublicAccessBlock', 's3:GetBucketTagging'], resources: [BUCKET] }],
    apply: [{ actions: ['s3:PutBucketPublicAccessBlock'], resources: [BUCKET] }],
    undo: [{ actions: ['s3:PutBucketPublicAccessBlock'], resources: [BUCKET] }],
  },
  goneErrors: ['NoSuchBucket'],
  identify: bucketOf,
  read: async (subject, session) => ({
    state: await readPublicAccessBlock(() => session.call('s3', 'GetPublicAccessBlock', bucketInput(subject))),
    ...(await bucketTags(subject, session)),
  }),
  wanted: () => ALL_BLOCKED,
  change: (subject, _from, to) =>
    to === null
      ? [apiCall('s3', 'DeletePublicAccessBlock', bucketInput(subject))]
      : [apiCall('s3', 'PutPublicAccessBlock', { ...bucketInput(subject), PublicAccessBlockConfiguration: to })],
});
