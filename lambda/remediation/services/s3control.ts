/** The operations of S3 Control that remediation may call; there is no way to call another. */
import {
  S3ControlClient,
  GetPublicAccessBlockCommand,
  PutPublicAccessBlockCommand,
  DeletePublicAccessBlockCommand,
} from '@aws-sdk/client-s3-control';

export const Client = S3ControlClient;

export const commands = {
  GetPublicAccessBlock: GetPublicAccessBlockCommand,
  PutPublicAccessBlock: PutPublicAccessBlockCommand,
  DeletePublicAccessBlock: DeletePublicAccessBlockCommand,
};
