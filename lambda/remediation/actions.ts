/** All actions there are, in the order of their ids. */
import type { Action } from './action.ts';
import { amiPrivate } from './actions/ami-private.ts';
import { cloudtrailLogValidation } from './actions/cloudtrail-log-validation.ts';
import { cloudtrailLogging } from './actions/cloudtrail-logging.ts';
import { configRecorder } from './actions/config-recorder.ts';
import { dynamodbDeletionProtection } from './actions/dynamodb-deletion-protection.ts';
import { dynamodbPointInTimeRecovery } from './actions/dynamodb-point-in-time-recovery.ts';
import { ebsSnapshotBlockPublicAccess } from './actions/ebs-snapshot-block-public-access.ts';
import { ebsSnapshotPrivate } from './actions/ebs-snapshot-private.ts';
import { ec2Imdsv2Required } from './actions/ec2-imdsv2-required.ts';
import { elasticacheClusterSnapshots } from './actions/elasticache-cluster-snapshots.ts';
import { elasticacheSnapshots } from './actions/elasticache-snapshots.ts';
import { elbv2DeletionProtection } from './actions/elbv2-deletion-protection.ts';
import { guarddutyDetector } from './actions/guardduty-detector.ts';
import { iamAccessKeyInactive } from './actions/iam-access-key-inactive.ts';
import { iamConsolePasswordReset } from './actions/iam-console-password-reset.ts';
import { iamPasswordPolicy } from './actions/iam-password-policy.ts';
import { iamRoleSessionRevocation } from './actions/iam-role-session-revocation.ts';
import { iamUserIsolationGroup } from './actions/iam-user-isolation-group.ts';
import { iamUserQuarantine } from './actions/iam-user-quarantine.ts';
import { kmsKeyRotation } from './actions/kms-key-rotation.ts';
import { rdsClusterDeletionProtection } from './actions/rds-cluster-deletion-protection.ts';
import { rdsClusterSnapshotPrivate } from './actions/rds-cluster-snapshot-private.ts';
import { rdsInstanceDeletionProtection } from './actions/rds-instance-deletion-protection.ts';
import { rdsSnapshotPrivate } from './actions/rds-snapshot-private.ts';
import { redshiftSnapshots } from './actions/redshift-snapshots.ts';
import { rootAccessKeyAlert } from './actions/root-access-key-alert.ts';
import { s3AccountPublicAccessBlock } from './actions/s3-account-public-access-block.ts';
import { s3BucketPublicAccessBlock } from './actions/s3-bucket-public-access-block.ts';
import { s3BucketVersioning } from './actions/s3-bucket-versioning.ts';
import { securityGroupAdminPorts } from './actions/security-group-admin-ports.ts';

export const ACTIONS: readonly Action[] = [
  amiPrivate,
  cloudtrailLogValidation,
  cloudtrailLogging,
  configRecorder,
  dynamodbDeletionProtection,
  dynamodbPointInTimeRecovery,
  ebsSnapshotBlockPublicAccess,
  ebsSnapshotPrivate,
  ec2Imdsv2Required,
  elasticacheClusterSnapshots,
  elasticacheSnapshots,
  elbv2DeletionProtection,
  guarddutyDetector,
  iamAccessKeyInactive,
  iamConsolePasswordReset,
  iamPasswordPolicy,
  iamRoleSessionRevocation,
  iamUserIsolationGroup,
  iamUserQuarantine,
  kmsKeyRotation,
  rdsClusterDeletionProtection,
  rdsClusterSnapshotPrivate,
  rdsInstanceDeletionProtection,
  rdsSnapshotPrivate,
  redshiftSnapshots,
  rootAccessKeyAlert,
  s3AccountPublicAccessBlock,
  s3BucketPublicAccessBlock,
  s3BucketVersioning,
  securityGroupAdminPorts,
];

const BY_ID: ReadonlyMap<string, Action> = new Map(ACTIONS.map((each) => [each.id, each]));

/** Whether what an action does can be undone by us; one that this version does not know cannot. */
export function isReversible(actionId: string): boolean {
  const action = BY_ID.get(actionId);
  return action !== undefined && action.irreversible === undefined;
}

/** Why it cannot, and how it is done by hand; undefined where it can, or the action is not known. */
export function whyIrreversible(actionId: string): string | undefined {
  return BY_ID.get(actionId)?.irreversible;
}
