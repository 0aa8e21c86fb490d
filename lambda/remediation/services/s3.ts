/** The operations of S3 that remediation may call; there is no way to call another. */
import {
  S3Client,
  type S3ClientConfig,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  PutBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  PutPublicAccessBlockCommand,
  DeletePublicAccessBlockCommand,
} from '@aws-sdk/client-s3';

/**
 * Goes where the bucket is: a finding may name another Region, or none. What S3 answers there (301) would come again
 * however often it is asked. https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html
 */
export class Client extends S3Client {
  constructor(configuration: S3ClientConfig) {
    super({ ...configuration, followRegionRedirects: true });
  }
}

export const commands = {
  GetBucketTagging: GetBucketTaggingCommand,
  GetBucketVersioning: GetBucketVersioningCommand,
  PutBucketVersioning: PutBucketVersioningCommand,
  GetPublicAccessBlock: GetPublicAccessBlockCommand,
  PutPublicAccessBlock: PutPublicAccessBlockCommand,
  DeletePublicAccessBlock: DeletePublicAccessBlockCommand,
};
