/** The operations of S3 that remediation may call; there is no way to call another. */
import {
  S3Client,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  PutBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  PutPublicAccessBlockCommand,
  DeletePublicAccessBlockCommand,
} from '@aws-sdk/client-s3';

export const Client = S3Client;

export const commands = {
  GetBucketTagging: GetBucketTaggingCommand,
  GetBucketVersioning: GetBucketVersioningCommand,
  PutBucketVersioning: PutBucketVersioningCommand,
  GetPublicAccessBlock: GetPublicAccessBlockCommand,
  PutPublicAccessBlock: PutPublicAccessBlockCommand,
  DeletePublicAccessBlock: DeletePublicAccessBlockCommand,
};
