/** What the functions may do in Security Hub, and how they are told which hub it is: the one of this account and Region. */
import { Aws, type CfnCondition, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { memberRoleArn, PUBLISH_ROLE } from '../lambda/core/member-role.ts';
import { defaultProductArn } from './finding-intake.ts';
import type { VirtualSocFunction } from './function.ts';

/** Where technique findings are written: `hub` or `owner`, as it is and as a condition. */
export interface PublishTo {
  readonly value: string;
  readonly owner: CfnCondition;
}

/** Environment that names the hub. */
export const HUB = { HUB_ACCOUNT_ID: Aws.ACCOUNT_ID, HUB_REGION: Aws.REGION };

/** Lets a function import findings, of this account and under the default product only. */
export function grantImport(grantee: VirtualSocFunction): void {
  grantee.allow(
    new PolicyStatement({
      sid: 'ImportFindings',
      actions: ['securityhub:BatchImportFindings'],
      resources: [defaultProductArn(Stack.of(grantee))],
      conditions: { StringEquals: { 'securityhub:TargetAccount': Aws.ACCOUNT_ID } },
    }),
  );
}

/** Lets a function read findings. */
export function grantRead(grantee: VirtualSocFunction): void {
  grantee.allow(
    new PolicyStatement({
      sid: 'ReadFindings',
      actions: ['securityhub:GetFindings'],
      // The hub is all that Security Hub knows for it, and a Region has one.
      // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecurityhub.html
      resources: ['*'],
      conditions: { StringEquals: { 'aws:RequestedRegion': Aws.REGION } },
    }),
  );
}

/** Lets a function write findings for the accounts that own their source, where that is chosen. */
export function grantOwners(grantee: VirtualSocFunction, { owner }: PublishTo): void {
  // Without the right, every owner would count as one that refuses, for an hour.
  grantee.lambda.node.addDependency(grantee.allowIf(owner, 'PublishToOwner', memberRoles()));
}

/** The member role of every account of the caller's organisation, to be taken with a source that CloudTrail names. */
export function memberRoles(): PolicyStatement {
  return new PolicyStatement({
    sid: 'MemberRoles',
    actions: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
    resources: [memberRoleArn(Aws.PARTITION, '*', PUBLISH_ROLE)],
    conditions: { StringEquals: { 'aws:ResourceOrgID': '${aws:PrincipalOrgID}' } },
  });
}
