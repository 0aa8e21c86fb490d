/** What the functions may do in Security Hub, and how they are told which hub it is: the one of this account and Region. */
import { Aws, type CfnCondition, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { defaultProductArn } from './finding-intake.ts';
import { IAM_PATH, type VirtualSocFunction } from './function.ts';

/** Where technique findings are written: `hub` or `owner`, as it is and as a condition. */
export interface PublishTo {
  readonly value: string;
  readonly owner: CfnCondition;
}

/**
 * Path of the roles that may write for owners. The roles of the owners trust whatever is below it in the hub account: a
 * name could be taken once in an account, and by no second installation.
 */
export const PUBLISHER_PATH = `${IAM_PATH}publisher/`;

/** The role in each account that technique findings are written through: what the functions take where nobody says otherwise. */
export const MEMBER_ROLE_NAME = 'virtual-soc-publish';

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
    resources: [`arn:${Aws.PARTITION}:iam::*:role${IAM_PATH}${MEMBER_ROLE_NAME}`],
    conditions: { StringEquals: { 'aws:ResourceOrgID': '${aws:PrincipalOrgID}' } },
  });
}
