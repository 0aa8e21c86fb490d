/** What the functions may do in Security Hub, and how they are told which hub it is: the one of this account and Region. */
import { Aws, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { defaultProductArn } from './finding-intake.ts';
import type { VirtualSocFunction } from './function.ts';

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
      // Security Hub knows no resources for it.
      // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecurityhub.html
      resources: ['*'],
      conditions: { StringEquals: { 'aws:RequestedRegion': Aws.REGION } },
    }),
  );
}
