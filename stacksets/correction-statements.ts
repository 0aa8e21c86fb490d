/**
 * What the runbooks of corrections may do, as plain data: the actions that the page of each runbook names, on resources
 * of the account that it runs in.
 */
import type { ConfigRule } from './config-rule.ts';

/** A statement of a policy. `${…}` in it is for the template to fill in. */
export interface CorrectionStatement {
  readonly sid: string;
  /** @default Allow */
  readonly effect?: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** As IAM writes them. */
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

interface RunbookRights {
  /** Actions on resources, which have ARNs of this form. */
  readonly onResource?: { readonly arn: string; readonly actions: readonly string[] };
  /** Actions that IAM cannot limit to a resource, all of them reading. */
  readonly withoutResource?: readonly string[];
}

/**
 * By the name of the runbook. Pages are below
 * https://docs.aws.amazon.com/systems-manager-automation-runbooks/latest/userguide/, their names in rules/corrections.csv.
 * That of AWS-ConfigureS3BucketVersioning names no actions: they are those of versioning.
 */
export const RUNBOOK_RIGHTS: Readonly<Record<string, RunbookRights>> = {
  'AWS-ConfigureS3BucketVersioning': {
    onResource: { arn: 'arn:${AWS::Partition}:s3:::*', actions: ['s3:GetBucketVersioning', 's3:PutBucketVersioning'] },
  },
  'AWSConfigRemediation-EnableCloudTrailLogFileValidation': {
    onResource: {
      arn: 'arn:${AWS::Partition}:cloudtrail:*:${AWS::AccountId}:trail/*',
      actions: ['cloudtrail:GetTrail', 'cloudtrail:UpdateTrail'],
    },
  },
  'AWSConfigRemediation-EnableELBDeletionProtection': {
    onResource: {
      arn: 'arn:${AWS::Partition}:elasticloadbalancing:*:${AWS::AccountId}:loadbalancer/*',
      actions: ['elasticloadbalancing:ModifyLoadBalancerAttributes'],
    },
    withoutResource: [
      'elasticloadbalancing:DescribeLoadBalancerAttributes',
      'elasticloadbalancing:DescribeLoadBalancers',
    ],
  },
  'AWSConfigRemediation-EnableKeyRotation': {
    onResource: {
      arn: 'arn:${AWS::Partition}:kms:*:${AWS::AccountId}:key/*',
      actions: ['kms:EnableKeyRotation', 'kms:GetKeyRotationStatus'],
    },
  },
  'AWSConfigRemediation-EnablePITRForDynamoDbTable': {
    onResource: {
      arn: 'arn:${AWS::Partition}:dynamodb:*:${AWS::AccountId}:table/*',
      actions: ['dynamodb:DescribeContinuousBackups', 'dynamodb:UpdateContinuousBackups'],
    },
  },
  'AWSConfigRemediation-EnableRDSInstanceDeletionProtection': {
    // It looks for the instance by the id that AWS Config has, thus among all, which RDS takes for `db:*`.
    onResource: {
      arn: 'arn:${AWS::Partition}:rds:*:${AWS::AccountId}:db:*',
      actions: ['rds:DescribeDBInstances', 'rds:ModifyDBInstance'],
    },
  },
  'AWSConfigRemediation-EnableRedshiftClusterAutomatedSnapshot': {
    onResource: {
      arn: 'arn:${AWS::Partition}:redshift:*:${AWS::AccountId}:cluster:*',
      actions: ['redshift:DescribeClusters', 'redshift:ModifyCluster'],
    },
  },
  'AWSConfigRemediation-RevokeUnusedIAMUserCredentials': {
    onResource: {
      arn: 'arn:${AWS::Partition}:iam::${AWS::AccountId}:user/*',
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

/** The role's own account only: the ARN of a bucket does not say whose it is. */
const RESOURCES_OF_ACCOUNT = { StringEquals: { 'aws:ResourceAccount': '${AWS::AccountId}' } };
/** Where there is no resource that could be of another account. */
const CALLS_OF_ACCOUNT = { StringEquals: { 'aws:PrincipalAccount': '${AWS::AccountId}' } };

/**
 * What the role of corrections needs for the corrections of these rules, and nothing for others. None without a
 * correction.
 *
 * @throws Error where nobody has written down what a runbook needs
 */
export function correctionStatements(rules: readonly ConfigRule[]): readonly CorrectionStatement[] {
  const documents = [...new Set(rules.flatMap(({ correction }) => correction?.document ?? []))].sort();
  if (documents.length === 0) return [];
  return [
    // Every runbook starts itself and asks how far it is. https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup-iam.html
    // To start takes a right to the document, which names no account where it is AWS's, and one to the execution.
    // https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup-identity-based-policies.html
    // Until 2026 it took one to the automation definition instead, which AWS's own policies still grant beside those.
    // https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSQuickSetupStartStopInstancesExecutionPolicy.html
    {
      sid: 'Runbooks',
      actions: ['ssm:StartAutomationExecution'],
      resources: documents.flatMap((document) => [
        `arn:\${AWS::Partition}:ssm:*::automation-definition/${document}:*`,
        `arn:\${AWS::Partition}:ssm:*::document/${document}`,
      ]),
      conditions: CALLS_OF_ACCOUNT,
    },
    {
      sid: 'Executions',
      actions: ['ssm:GetAutomationExecution', 'ssm:StartAutomationExecution'],
      resources: ['arn:${AWS::Partition}:ssm:*:${AWS::AccountId}:automation-execution/*'],
    },
    ...documents.flatMap(statementsOf),
  ];
}

function statementsOf(document: string): CorrectionStatement[] {
  const rights = RUNBOOK_RIGHTS[document];
  if (rights === undefined) {
    throw new Error(`stacksets/correction-statements.ts does not say what the runbook ${document} may do. Add it.`);
  }
  const sid = document.replace(/^AWS(ConfigRemediation)?-/, '');
  const { onResource, withoutResource } = rights;
  const statements: CorrectionStatement[] = [];
  if (onResource !== undefined) {
    const { arn, actions } = onResource;
    const anyAccount = !arn.includes('${AWS::AccountId}');
    statements.push({ sid, actions, resources: [arn], ...(anyAccount && { conditions: RESOURCES_OF_ACCOUNT }) });
  }
  if (withoutResource !== undefined) {
    statements.push({ sid: `${sid}Looks`, actions: withoutResource, resources: ['*'], conditions: CALLS_OF_ACCOUNT });
  }
  return statements;
}
