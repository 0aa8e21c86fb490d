/** The operations of KMS that remediation may call; there is no way to call another. */
import {
  KMSClient,
  DescribeKeyCommand,
  GetKeyRotationStatusCommand,
  EnableKeyRotationCommand,
  DisableKeyRotationCommand,
  ListResourceTagsCommand,
} from '@aws-sdk/client-kms';

export const Client = KMSClient;

export const commands = {
  DescribeKey: DescribeKeyCommand,
  GetKeyRotationStatus: GetKeyRotationStatusCommand,
  EnableKeyRotation: EnableKeyRotationCommand,
  DisableKeyRotation: DisableKeyRotationCommand,
  ListResourceTags: ListResourceTagsCommand,
};
