/**
 * What each runbook of AWS's needs to correct what a rule has found: the actions that its page names, on resources of the
 * account that it runs in.
 *
 * Source: https://docs.aws.amazon.com/systems-manager-automation-runbooks/latest/userguide/
 */
import { Aws } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ConfigRule } from './config-rule.ts';

interface Rights {
  /** Page of the runbook, below the source above. */
  readonly page: string;
  /** Actions on resources that have a form: service and resource part of their ARN. */
  readonly on?: { readonly service: string; readonly resource: string; readonly actions: readonly string[] };
  /** Actions that know no resource. */
  readonly withoutResource?: readonly string[];
}

/** By the name of the runbook. */
export const CORRECTION_RIGHTS: Readonly<Record<string, Rights>> = {
  'AWSConfigRemediation-EnableKeyRotation': {
    page: 'automation-aws-enable-key-rotation.html',
    on: { service: 'kms', resource: 'key/*', actions: ['kms:EnableKeyRotation', 'kms:GetKeyRotationStatus'] },
  },
  'AWSConfigRemediation-EnableCloudTrailLogFileValidation': {
    page: 'automation-aws-enable-ctrail-log-validation.html',
    on: { service: 'cloudtrail', resource: 'trail/*', actions: ['cloudtrail:GetTrail', 'cloudtrail:UpdateTrail'] },
  },
  'AWSConfigRemediation-EnablePITRForDynamoDbTable': {
    page: 'automation-aws-enable-pitr-ddb.html',
    on: {
      service: 'dynamodb',
      resource: 'table/*',
      actions: ['dynamodb:DescribeContinuousBackups', 'dynamodb:UpdateContinuousBackups'],
    },
  },
  'AWSConfigRemediation-EnableELBDeletionProtection': {
    page: 'automation-aws-enable-elb-protection.html',
    on: {
      service: 'elasticloadbalancing',
      resource: 'loadbalancer/*',
      actions: ['elasticloadbalancing:ModifyLoadBalancerAttributes'],
    },
    withoutResource: [
      'elasticloadbalancing:DescribeLoadBalancerAttributes',
      'elasticloadbalancing:DescribeLoadBalancers',
    ],
  },
  'AWSConfigRemediation-EnableRDSInstanceDeletionProtection': {
    page: 'automation-aws-enable-rds-instance-deletion-protection.html',
    on: { service: 'rds', resource: 'db:*', actions: ['rds:ModifyDBInstance'] },
    // It looks for the instance by the id that AWS Config has, thus among all.
    withoutResource: ['rds:DescribeDBInstances'],
  },
  'AWSConfigRemediation-EnableRedshiftClusterAutomatedSnapshot': {
    page: 'automation-aws-enable-redshift-snapshot.html',
    on: { service: 'redshift', resource: 'cluster:*', actions: ['redshift:ModifyCluster'] },
    withoutResource: ['redshift:DescribeClusters'],
  },
  'AWS-ConfigureS3BucketVersioning': {
    page: 'automation-aws-configures3bucketversioning.html',
    on: { service: 's3', resource: '*', actions: ['s3:PutBucketVersioning'] },
  },
  'AWSConfigRemediation-SetIAMPasswordPolicy': {
    page: 'automation-aws-set-iam-policy.html',
    withoutResource: ['iam:GetAccountPasswordPolicy', 'iam:UpdateAccountPasswordPolicy'],
  },
  'AWSConfigRemediation-RevokeUnusedIAMUserCredentials': {
    page: 'automation-aws-revoke-iam-user.html',
    on: {
      service: 'iam',
      resource: 'user/*',
      actions: [
        'iam:DeleteAccessKey',
        'iam:DeleteLoginProfile',
        'iam:GetAccessKeyLastUsed',
        'iam:GetLoginProfile',
        'iam:GetUser',
        'iam:ListAccessKeys',
        'iam:UpdateAccessKey',
      ],
    },
    withoutResource: ['config:ListDiscoveredResources'],
  },
};

/** IAM and S3 leave the Region out of their ARNs, and S3 the account too. */
const WITHOUT_REGION = ['iam', 's3'];
const WITHOUT_ACCOUNT = ['s3'];

/** Buckets of this account only, as their ARNs do not say. */
const OF_THIS_ACCOUNT = { StringEquals: { 'aws:ResourceAccount': Aws.ACCOUNT_ID } };
/** Where actions know no resource that could be of another account. */
const BY_THIS_ACCOUNT = { StringEquals: { 'aws:PrincipalAccount': Aws.ACCOUNT_ID } };

/**
 * What the role of corrections may do: what the runbooks of these rules need, and nothing for other rules.
 *
 * @param rules those that are corrected
 * @throws Error where nobody has written down what a runbook needs
 */
export function correctionStatements(rules: readonly ConfigRule[]): PolicyStatement[] {
  const documents = [...new Set(rules.flatMap(({ correction }) => correction?.document ?? []))].sort();
  if (documents.length === 0) return [];
  const statements = documents.flatMap((document) => {
    const rights = CORRECTION_RIGHTS[document];
    if (rights === undefined) throw new Error(`stacksets/correction-rights.ts has no row for the runbook ${document}.`);
    const sid = document.replace(/^AWS(ConfigRemediation)?-/, '').replaceAll('-', '');
    const { on, withoutResource } = rights;
    return [
      ...(on === undefined
        ? []
        : [
            new PolicyStatement({
              sid,
              actions: [...on.actions],
              resources: [resourceArn(on.service, on.resource)],
              ...(WITHOUT_ACCOUNT.includes(on.service) ? { conditions: OF_THIS_ACCOUNT } : {}),
            }),
          ]),
      ...(withoutResource === undefined
        ? []
        : [
            new PolicyStatement({
              sid: `${sid}Looks`,
              actions: [...withoutResource],
              resources: ['*'],
              conditions: BY_THIS_ACCOUNT,
            }),
          ]),
    ];
  });
  return [
    new PolicyStatement({
      sid: 'Runbooks',
      actions: ['ssm:StartAutomationExecution'],
      resources: documents.map((document) => `arn:${Aws.PARTITION}:ssm:*::automation-definition/${document}:*`),
      conditions: BY_THIS_ACCOUNT,
    }),
    new PolicyStatement({
      sid: 'Executions',
      actions: ['ssm:GetAutomationExecution'],
      resources: [`arn:${Aws.PARTITION}:ssm:*:${Aws.ACCOUNT_ID}:automation-execution/*`],
    }),
    ...statements,
  ];
}

function resourceArn(service: string, resource: string): string {
  const region = WITHOUT_REGION.includes(service) ? '' : '*';
  const account = WITHOUT_ACCOUNT.includes(service) ? '' : Aws.ACCOUNT_ID;
  return `arn:${Aws.PARTITION}:${service}:${region}:${account}:${resource}`;
}
