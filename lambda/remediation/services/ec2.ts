/** The operations of EC2 that remediation may call; there is no way to call another. */
import {
  EC2Client,
  DescribeSecurityGroupsCommand,
  RevokeSecurityGroupIngressCommand,
  AuthorizeSecurityGroupIngressCommand,
  DescribeSnapshotsCommand,
  DescribeSnapshotAttributeCommand,
  ModifySnapshotAttributeCommand,
  DescribeImagesCommand,
  DescribeImageAttributeCommand,
  ModifyImageAttributeCommand,
  DescribeInstancesCommand,
  ModifyInstanceMetadataOptionsCommand,
  GetSnapshotBlockPublicAccessStateCommand,
  EnableSnapshotBlockPublicAccessCommand,
  DisableSnapshotBlockPublicAccessCommand,
} from '@aws-sdk/client-ec2';

export const Client = EC2Client;

export const commands = {
  DescribeSecurityGroups: DescribeSecurityGroupsCommand,
  RevokeSecurityGroupIngress: RevokeSecurityGroupIngressCommand,
  AuthorizeSecurityGroupIngress: AuthorizeSecurityGroupIngressCommand,
  DescribeSnapshots: DescribeSnapshotsCommand,
  DescribeSnapshotAttribute: DescribeSnapshotAttributeCommand,
  ModifySnapshotAttribute: ModifySnapshotAttributeCommand,
  DescribeImages: DescribeImagesCommand,
  DescribeImageAttribute: DescribeImageAttributeCommand,
  ModifyImageAttribute: ModifyImageAttributeCommand,
  DescribeInstances: DescribeInstancesCommand,
  ModifyInstanceMetadataOptions: ModifyInstanceMetadataOptionsCommand,
  GetSnapshotBlockPublicAccessState: GetSnapshotBlockPublicAccessStateCommand,
  EnableSnapshotBlockPublicAccess: EnableSnapshotBlockPublicAccessCommand,
  DisableSnapshotBlockPublicAccess: DisableSnapshotBlockPublicAccessCommand,
};
