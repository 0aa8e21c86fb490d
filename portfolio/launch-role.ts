import { Aws, CfnParameter, type Environment, Stack } from 'aws-cdk-lib';
import { Effect, ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnAcceptedPortfolioShare, CfnPortfolioPrincipalAssociation } from 'aws-cdk-lib/aws-servicecatalog';
import type { Construct } from 'constructs';
import { DATABASE_LOG_GROUPS, LOG_GROUPS } from '../products/customer-key.ts';
import { ROLE_PATH } from '../lambda/core/member-role.ts';
import { PRODUCT_TAG } from '../products/product-tag.ts';
import { coveredAccounts, limitResources } from '../stacksets/covered-accounts.ts';
import { memberStackProps } from '../stacksets/member-template.ts';
import { STACK_PREFIX } from './launch-rights.ts';
import { boundaryArn, LAUNCH_PATH, PermissionsBoundary } from './permissions-boundary.ts';

export interface LaunchRoleStackProps {
  /** @default whatever account and Region it is deployed in */
  readonly env?: Environment;
  /** Name of the role, as the launch constraint has it. */
  readonly roleName: string;
  /** Bucket that the code of the functions is read from. */
  readonly assetBucketName: string;
  /** Topic that Service Catalog tells of stack events. @default none */
  readonly notificationTopic?: string;
  /** The account that a stack set places it in. @default whatever account it is deployed in */
  readonly onlyIn?: string;
  /** How the account comes to the portfolio, where that is for it to do. @default it is done otherwise */
  readonly portfolioAccess?: PortfolioAccess;
}

/** What an account does about a portfolio that is shared with it. */
export interface PortfolioAccess {
  /** Whether it accepts the share: one of an account has to be, one through the organisation not. */
  readonly accept: boolean;
  /** Names of roles that may launch, `*` for any part. */
  readonly launchers: readonly string[];
}

/**
 * What the hub account needs before the product can be launched: the role that Service Catalog launches it with, and the
 * permissions boundary of every role that the product makes. Self-contained, so that a stack set can place it.
 *
 * The role may make and remove what {@link RESOURCE_TYPE_RIGHTS} says and nothing else, in its own Region: things by the
 * names of Service Catalog's stacks, wherever a name is known beforehand.
 */
export class LaunchRoleStack extends Stack {
  constructor(scope: Construct, id: string, props: LaunchRoleStackProps) {
    super(scope, id, memberStackProps('Virtual SOC: launch role and permissions boundary', props.env));
    const boundary = new PermissionsBoundary(this, 'Boundary', props.roleName);

    const role = new Role(this, 'Role', {
      roleName: props.roleName,
      description: 'Virtual SOC: Service Catalog launches the product with it',
      assumedBy: serviceCatalog(),
    });
    const policies: Readonly<Record<string, readonly PolicyStatement[]>> = {
      Stack: stackStatements(props),
      Identity: identityStatements(props.roleName),
      Network: networkStatements(),
      Database: databaseStatements(),
      Functions: functionStatements(),
      Messages: messageStatements(),
      Buckets: bucketStatements(),
    };
    for (const [name, statements] of Object.entries(policies)) {
      new ManagedPolicy(this, name, {
        description: `Virtual SOC: launch role, ${name.toLowerCase()}`,
        path: LAUNCH_PATH,
        roles: [role],
        statements: [...statements],
      });
    }
    role.node.addDependency(boundary);
    if (props.portfolioAccess !== undefined) this.takePortfolio(props.portfolioAccess);
    if (props.onlyIn !== undefined) limitResources(this, coveredAccounts(this, { only: [props.onlyIn] }));
  }

  /**
   * Accepts the share, and lets the launchers launch: they do not go with a share of an account.
   *
   * Source: https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_portfolios_sharing_how-to-share.html
   */
  private takePortfolio({ accept, launchers }: PortfolioAccess): void {
    const { valueAsString: portfolioId } = new CfnParameter(this, PORTFOLIO_PARAMETER, {
      description: 'Id of the portfolio that is shared with this account',
      allowedPattern: 'port-[a-z0-9]{1,64}',
    });
    const share = accept ? new CfnAcceptedPortfolioShare(this, 'PortfolioShare', { portfolioId }) : undefined;
    for (const launcher of launchers) {
      const association = new CfnPortfolioPrincipalAssociation(this, `Launcher-${launcher}`, {
        portfolioId,
        principalArn: `arn:${Aws.PARTITION}:iam:::role/${launcher}`,
        principalType: 'IAM_PATTERN',
      });
      if (share !== undefined) association.addResourceDependency(share);
    }
  }
}

/** The question that the template asks, where the account is to take the portfolio itself. */
export const PORTFOLIO_PARAMETER = 'PortfolioId';

/**
 * Service Catalog, acting for products of this account only.
 *
 * Source: https://docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-launch.html
 */
export function serviceCatalog(): ServicePrincipal {
  return new ServicePrincipal('servicecatalog.amazonaws.com', {
    conditions: {
      StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
      StringLike: { 'aws:SourceArn': arn('servicecatalog', '*') },
    },
  });
}

/** RDS and S3 take names in small letters only. */
const SMALL_STACK_PREFIX = STACK_PREFIX.toLowerCase();

/** Where actions know no resource, or one whose name is known only afterwards. */
const IN_THIS_REGION = { StringEquals: { 'aws:RequestedRegion': Aws.REGION } };

/** What the product has made and tagged, and nothing of anybody else. */
const MADE_BY_THE_PRODUCT = { StringEquals: { [`aws:ResourceTag/${PRODUCT_TAG.key}`]: PRODUCT_TAG.value } };

function arn(service: string, resource: string): string {
  return `arn:${Aws.PARTITION}:${service}:${Aws.REGION}:${Aws.ACCOUNT_ID}:${resource}`;
}

function iamArn(resource: string): string {
  return `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:${resource}`;
}

/** The stack, its template, and the code of the functions. */
function stackStatements({ assetBucketName, notificationTopic }: LaunchRoleStackProps): PolicyStatement[] {
  const statements = [
    new PolicyStatement({
      sid: 'Stacks',
      actions: [
        'cloudformation:CancelUpdateStack',
        'cloudformation:ContinueUpdateRollback',
        'cloudformation:CreateChangeSet',
        'cloudformation:CreateStack',
        'cloudformation:DeleteChangeSet',
        'cloudformation:DeleteStack',
        'cloudformation:DescribeChangeSet',
        'cloudformation:DescribeStackEvents',
        'cloudformation:DescribeStackResource',
        'cloudformation:DescribeStackResources',
        'cloudformation:DescribeStacks',
        'cloudformation:ExecuteChangeSet',
        'cloudformation:GetStackPolicy',
        'cloudformation:GetTemplate',
        'cloudformation:GetTemplateSummary',
        'cloudformation:ListChangeSets',
        'cloudformation:ListStackResources',
        'cloudformation:SetStackPolicy',
        'cloudformation:TagResource',
        'cloudformation:UntagResource',
        'cloudformation:UpdateStack',
      ],
      resources: [arn('cloudformation', `stack/${STACK_PREFIX}*`)],
    }),
    new PolicyStatement({
      sid: 'TemplatesBeforeTheStack',
      actions: ['cloudformation:GetTemplateSummary', 'cloudformation:ValidateTemplate'],
      resources: ['*'],
      conditions: IN_THIS_REGION,
    }),
    new PolicyStatement({
      sid: 'TemplatesOfServiceCatalog',
      actions: ['s3:GetObject'],
      // Buckets of Service Catalog, whose names are not published.
      resources: ['*'],
      conditions: { StringEquals: { 's3:ExistingObjectTag/servicecatalog:provisioning': 'true' } },
    }),
    new PolicyStatement({
      sid: 'CodeOfFunctions',
      actions: ['s3:GetObject'],
      resources: [`arn:${Aws.PARTITION}:s3:::${assetBucketName}/*`],
    }),
  ];
  if (notificationTopic !== undefined) {
    statements.push(
      new PolicyStatement({
        sid: 'NotificationTopic',
        actions: ['sns:GetTopicAttributes', 'sns:Publish'],
        resources: [notificationTopic],
      }),
    );
  }
  return statements;
}

/** Roles and policies: below one path, and roles only with the boundary, which cannot be taken away or changed. */
function identityStatements(roleName: string): PolicyStatement[] {
  const roles = iamArn(`role${ROLE_PATH}*`);
  const policies = iamArn(`policy${ROLE_PATH}*`);
  const bounded = { 'iam:PermissionsBoundary': boundaryArn(roleName) };
  return [
    new PolicyStatement({
      sid: 'RolesWithTheBoundary',
      actions: ['iam:CreateRole', 'iam:PutRolePermissionsBoundary'],
      resources: [roles],
      conditions: { StringEquals: bounded },
    }),
    new PolicyStatement({
      sid: 'PoliciesOfThoseRoles',
      actions: ['iam:AttachRolePolicy', 'iam:DetachRolePolicy'],
      resources: [roles],
      conditions: { StringEquals: bounded, ArnLike: { 'iam:PolicyARN': policies } },
    }),
    new PolicyStatement({
      sid: 'Roles',
      actions: [
        'iam:DeleteRole',
        'iam:GetRole',
        'iam:GetRolePolicy',
        'iam:ListAttachedRolePolicies',
        'iam:ListRolePolicies',
        'iam:TagRole',
        'iam:UntagRole',
        'iam:UpdateAssumeRolePolicy',
        'iam:UpdateRole',
        'iam:UpdateRoleDescription',
      ],
      resources: [roles],
    }),
    new PolicyStatement({
      sid: 'Policies',
      actions: [
        'iam:CreatePolicy',
        'iam:CreatePolicyVersion',
        'iam:DeletePolicy',
        'iam:DeletePolicyVersion',
        'iam:GetPolicy',
        'iam:GetPolicyVersion',
        'iam:ListEntitiesForPolicy',
        'iam:ListPolicyVersions',
      ],
      resources: [policies],
    }),
    new PolicyStatement({
      sid: 'RolesToFunctions',
      actions: ['iam:PassRole'],
      resources: [roles],
      conditions: { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
    }),
    new PolicyStatement({
      sid: 'LinkedRoleOfRds',
      // Made with the first database of an account.
      // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAM.ServiceLinkedRoles.html
      actions: ['iam:CreateServiceLinkedRole'],
      resources: [iamArn('role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS')],
      conditions: { StringEquals: { 'iam:AWSServiceName': 'rds.amazonaws.com' } },
    }),
    new PolicyStatement({
      sid: 'NeverWithoutTheBoundary',
      effect: Effect.DENY,
      actions: ['iam:DeleteRolePermissionsBoundary'],
      resources: ['*'],
    }),
  ];
}

/**
 * Security groups and interface endpoints. EC2 chooses their ids, and a launch does not know them beforehand: what can wait
 * until they are tagged asks for the tag.
 *
 * CloudFormation makes a security group first, replaces its egress rule, and tags it then, each by a call of its own, so
 * that these three cannot ask for it.
 * https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/714 https://github.com/aws/aws-cdk/issues/13204
 */
function networkStatements(): PolicyStatement[] {
  const here = (...resources: string[]) => resources.map((resource) => arn('ec2', resource));
  return [
    new PolicyStatement({
      sid: 'NewSecurityGroups',
      actions: ['ec2:AuthorizeSecurityGroupEgress', 'ec2:CreateSecurityGroup', 'ec2:RevokeSecurityGroupEgress'],
      resources: here('security-group/*', 'security-group-rule/*', 'vpc/*'),
    }),
    new PolicyStatement({
      sid: 'SecurityGroups',
      actions: [
        'ec2:AuthorizeSecurityGroupIngress',
        'ec2:DeleteSecurityGroup',
        'ec2:RevokeSecurityGroupIngress',
        'ec2:UpdateSecurityGroupRuleDescriptionsEgress',
        'ec2:UpdateSecurityGroupRuleDescriptionsIngress',
      ],
      resources: here('security-group/*'),
      conditions: MADE_BY_THE_PRODUCT,
    }),
    new PolicyStatement({
      sid: 'RulesOfThoseGroups',
      // A rule is not tagged. Nothing is done to one without the right to its group.
      actions: ['ec2:AuthorizeSecurityGroupIngress'],
      resources: here('security-group-rule/*'),
    }),
    new PolicyStatement({
      sid: 'NewEndpoints',
      actions: ['ec2:CreateVpcEndpoint'],
      resources: here('security-group/*', 'subnet/*', 'vpc/*', 'vpc-endpoint/*'),
    }),
    new PolicyStatement({
      sid: 'Endpoints',
      actions: ['ec2:DeleteVpcEndpoints', 'ec2:ModifyVpcEndpoint'],
      resources: here('vpc-endpoint/*'),
      conditions: MADE_BY_THE_PRODUCT,
    }),
    new PolicyStatement({
      sid: 'PlacesOfThoseEndpoints',
      actions: ['ec2:ModifyVpcEndpoint'],
      resources: here('security-group/*', 'subnet/*'),
    }),
    new PolicyStatement({
      sid: 'Tags',
      actions: ['ec2:CreateTags'],
      resources: here('security-group/*', 'vpc-endpoint/*'),
    }),
    new PolicyStatement({
      sid: 'TagsThatGo',
      actions: ['ec2:DeleteTags'],
      resources: here('security-group/*', 'vpc-endpoint/*'),
      conditions: MADE_BY_THE_PRODUCT,
    }),
    new PolicyStatement({
      sid: 'LookAtTheNetwork',
      // EC2 knows no resources for these. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
      actions: [
        'ec2:DescribeAccountAttributes',
        'ec2:DescribeAvailabilityZones',
        'ec2:DescribeInternetGateways',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSecurityGroupRules',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcEndpoints',
        'ec2:DescribeVpcs',
      ],
      resources: ['*'],
      conditions: IN_THIS_REGION,
    }),
    new PolicyStatement({
      sid: 'LookAtTheVpc',
      actions: ['ec2:DescribeVpcAttribute'],
      resources: here('vpc/*'),
    }),
  ];
}

/** The database, the secret that RDS makes of its password, and the key that both are encrypted with. */
function databaseStatements(): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: 'Database',
      actions: [
        'rds:AddTagsToResource',
        'rds:CreateDBInstance',
        'rds:CreateDBParameterGroup',
        'rds:CreateDBSnapshot',
        'rds:CreateDBSubnetGroup',
        'rds:DeleteDBInstance',
        'rds:DeleteDBParameterGroup',
        'rds:DeleteDBSubnetGroup',
        'rds:DescribeDBInstances',
        'rds:DescribeDBParameterGroups',
        'rds:DescribeDBParameters',
        'rds:DescribeDBSubnetGroups',
        'rds:ListTagsForResource',
        'rds:ModifyDBInstance',
        'rds:ModifyDBParameterGroup',
        'rds:ModifyDBSubnetGroup',
        'rds:RebootDBInstance',
        'rds:RemoveTagsFromResource',
        'rds:ResetDBParameterGroup',
      ],
      resources: [
        'db:virtual-soc-*',
        'og:default:*',
        `pg:${SMALL_STACK_PREFIX}*`,
        `snapshot:${SMALL_STACK_PREFIX}*`,
        `subgrp:${SMALL_STACK_PREFIX}*`,
      ].map((resource) => arn('rds', resource)),
    }),
    new PolicyStatement({
      sid: 'LookAtDatabases',
      // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html
      actions: [
        'rds:DescribeDBEngineVersions',
        'rds:DescribeDBInstances',
        'rds:DescribeDBParameterGroups',
        'rds:DescribeDBSnapshots',
        'rds:DescribeEngineDefaultParameters',
        'rds:DescribeEvents',
      ],
      resources: ['*'],
      conditions: IN_THIS_REGION,
    }),
    new PolicyStatement({
      sid: 'SecretOfRds',
      // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
      actions: ['secretsmanager:CreateSecret', 'secretsmanager:TagResource'],
      resources: [arn('secretsmanager', 'secret:rds!db-*')],
    }),
    new PolicyStatement({
      sid: 'NewKey',
      actions: ['kms:CreateKey'],
      resources: ['*'],
      conditions: IN_THIS_REGION,
    }),
    new PolicyStatement({
      sid: 'Key',
      // The key stays when the product goes, so that nothing here disables or deletes one. A tag may take five minutes to
      // count, and a new key cannot wait for it. https://docs.aws.amazon.com/kms/latest/developerguide/abac.html
      actions: [
        'kms:DescribeKey',
        'kms:EnableKeyRotation',
        'kms:GetKeyPolicy',
        'kms:GetKeyRotationStatus',
        'kms:ListResourceTags',
        'kms:TagResource',
      ],
      resources: [arn('kms', 'key/*')],
    }),
    new PolicyStatement({
      sid: 'KeyOnceItIsThere',
      actions: ['kms:PutKeyPolicy', 'kms:UntagResource', 'kms:UpdateKeyDescription'],
      resources: [arn('kms', 'key/*')],
      conditions: MADE_BY_THE_PRODUCT,
    }),
    new PolicyStatement({
      sid: 'KeyForTheDatabase',
      actions: ['kms:CreateGrant'],
      resources: [arn('kms', 'key/*')],
      conditions: {
        Bool: { 'kms:GrantIsForAWSResource': 'true' },
        // RDS, for the database, and whoever of the two makes its secret.
        StringEquals: {
          'kms:ViaService': ['rds', 'secretsmanager'].map((service) => `${service}.${Aws.REGION}.${Aws.URL_SUFFIX}`),
        },
      },
    }),
    new PolicyStatement({
      sid: 'KeyForTheSecret',
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: [arn('kms', 'key/*')],
      conditions: { StringEquals: { 'kms:ViaService': `secretsmanager.${Aws.REGION}.${Aws.URL_SUFFIX}` } },
    }),
  ];
}

/** Functions, what calls them, and their logs. */
function functionStatements(): PolicyStatement[] {
  const functions = arn('lambda', `function:${STACK_PREFIX}*`);
  return [
    new PolicyStatement({
      sid: 'Functions',
      actions: [
        'lambda:AddPermission',
        'lambda:CreateFunction',
        'lambda:DeleteFunction',
        'lambda:DeleteFunctionEventInvokeConfig',
        'lambda:DeleteFunctionUrlConfig',
        'lambda:GetFunction',
        'lambda:GetFunctionCodeSigningConfig',
        'lambda:GetFunctionConfiguration',
        'lambda:GetFunctionEventInvokeConfig',
        'lambda:GetFunctionRecursionConfig',
        'lambda:GetFunctionUrlConfig',
        'lambda:GetPolicy',
        'lambda:GetRuntimeManagementConfig',
        'lambda:InvokeFunction',
        'lambda:ListTags',
        'lambda:PutFunctionEventInvokeConfig',
        'lambda:RemovePermission',
        'lambda:TagResource',
        'lambda:UntagResource',
        'lambda:UpdateFunctionCode',
        'lambda:UpdateFunctionConfiguration',
        'lambda:UpdateFunctionEventInvokeConfig',
      ],
      resources: [functions],
    }),
    new PolicyStatement({
      sid: 'AddressesForIamOnly',
      // Never one that anybody may call. https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
      actions: ['lambda:CreateFunctionUrlConfig', 'lambda:UpdateFunctionUrlConfig'],
      resources: [functions],
      conditions: { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
    }),
    new PolicyStatement({
      sid: 'EventSourceMappings',
      // https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
      actions: [
        'lambda:CreateEventSourceMapping',
        'lambda:DeleteEventSourceMapping',
        'lambda:UpdateEventSourceMapping',
      ],
      resources: ['*'],
      conditions: { ArnLike: { 'lambda:FunctionArn': functions } },
    }),
    new PolicyStatement({
      sid: 'LookAtEventSourceMappings',
      actions: ['lambda:GetEventSourceMapping'],
      resources: ['*'],
      conditions: IN_THIS_REGION,
    }),
    new PolicyStatement({
      sid: 'TagsOfEventSourceMappings',
      actions: ['lambda:ListTags', 'lambda:TagResource', 'lambda:UntagResource'],
      resources: [arn('lambda', 'event-source-mapping:*')],
    }),
    new PolicyStatement({
      sid: 'LogGroups',
      actions: [
        'logs:AssociateKmsKey',
        'logs:CreateLogGroup',
        'logs:DeleteLogGroup',
        'logs:DeleteRetentionPolicy',
        'logs:DisassociateKmsKey',
        'logs:GetDataProtectionPolicy',
        'logs:ListTagsForResource',
        'logs:PutRetentionPolicy',
        'logs:TagResource',
        'logs:UntagResource',
      ],
      resources: [LOG_GROUPS, DATABASE_LOG_GROUPS].map((prefix) => arn('logs', `log-group:${prefix}*`)),
    }),
    new PolicyStatement({
      sid: 'LookAtLogGroups',
      // CloudWatch Logs knows no resources for these.
      // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
      actions: ['logs:DescribeIndexPolicies', 'logs:DescribeLogGroups'],
      resources: ['*'],
      conditions: IN_THIS_REGION,
    }),
  ];
}

/** Rules, queues, topics and alarms. */
function messageStatements(): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: 'Rules',
      actions: [
        'events:DeleteRule',
        'events:DescribeRule',
        'events:DisableRule',
        'events:EnableRule',
        'events:ListTagsForResource',
        'events:ListTargetsByRule',
        'events:PutRule',
        'events:PutTargets',
        'events:RemoveTargets',
        'events:TagResource',
        'events:UntagResource',
      ],
      resources: [arn('events', `rule/${STACK_PREFIX}*`)],
    }),
    new PolicyStatement({
      sid: 'Queues',
      actions: [
        'sqs:CreateQueue',
        'sqs:DeleteQueue',
        'sqs:GetQueueAttributes',
        'sqs:GetQueueUrl',
        'sqs:ListQueueTags',
        'sqs:SetQueueAttributes',
        'sqs:TagQueue',
        'sqs:UntagQueue',
      ],
      resources: [arn('sqs', `${STACK_PREFIX}*`)],
    }),
    new PolicyStatement({
      sid: 'Topics',
      actions: [
        'sns:CreateTopic',
        'sns:DeleteTopic',
        'sns:GetDataProtectionPolicy',
        'sns:GetTopicAttributes',
        'sns:ListSubscriptionsByTopic',
        'sns:ListTagsForResource',
        'sns:SetTopicAttributes',
        'sns:Subscribe',
        'sns:TagResource',
        'sns:UntagResource',
      ],
      resources: [arn('sns', `${STACK_PREFIX}*`)],
    }),
    new PolicyStatement({
      sid: 'Subscriptions',
      // SNS knows topics for these, but no call names one: a subscription is all that it names. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
      actions: ['sns:GetSubscriptionAttributes', 'sns:SetSubscriptionAttributes', 'sns:Unsubscribe'],
      resources: ['*'],
      conditions: IN_THIS_REGION,
    }),
    new PolicyStatement({
      sid: 'Alarms',
      actions: [
        'cloudwatch:DeleteAlarms',
        'cloudwatch:DescribeAlarms',
        'cloudwatch:ListTagsForResource',
        'cloudwatch:PutMetricAlarm',
        'cloudwatch:TagResource',
        'cloudwatch:UntagResource',
      ],
      resources: [arn('cloudwatch', `alarm:${STACK_PREFIX}*`)],
    }),
    new PolicyStatement({
      sid: 'EventBus',
      actions: [
        'events:CreateEventBus',
        'events:DeleteEventBus',
        'events:DescribeEventBus',
        'events:ListTagsForResource',
        'events:TagResource',
        'events:UntagResource',
        'events:UpdateEventBus',
      ],
      resources: [arn('events', `event-bus/${STACK_PREFIX}*`)],
    }),
    new PolicyStatement({
      sid: 'Dashboards',
      actions: ['cloudwatch:DeleteDashboards', 'cloudwatch:GetDashboard', 'cloudwatch:PutDashboard'],
      // They belong to no Region.
      resources: [`arn:${Aws.PARTITION}:cloudwatch::${Aws.ACCOUNT_ID}:dashboard/${STACK_PREFIX}*`],
    }),
    new PolicyStatement({
      sid: 'Insights',
      // Security Hub knows the hub for these, of which a Region has one, and no insights.
      // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecurityhub.html
      actions: [
        'securityhub:CreateInsight',
        'securityhub:DeleteInsight',
        'securityhub:GetInsights',
        'securityhub:UpdateInsight',
      ],
      resources: ['*'],
      conditions: IN_THIS_REGION,
    }),
  ];
}

/** The bucket of AWS Config's history, where the product is asked to turn AWS Config on. It stays when the product goes. */
function bucketStatements(): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: 'Buckets',
      actions: [
        's3:CreateBucket',
        's3:DeleteBucketPolicy',
        's3:GetBucketOwnershipControls',
        's3:GetBucketPolicy',
        's3:GetBucketPublicAccessBlock',
        's3:GetBucketTagging',
        's3:GetBucketVersioning',
        's3:GetEncryptionConfiguration',
        's3:ListBucket',
        's3:PutBucketOwnershipControls',
        's3:PutBucketPolicy',
        's3:PutBucketPublicAccessBlock',
        's3:PutBucketTagging',
        's3:PutBucketVersioning',
        's3:PutEncryptionConfiguration',
      ],
      resources: [`arn:${Aws.PARTITION}:s3:::${SMALL_STACK_PREFIX}*`],
      conditions: { StringEquals: { 'aws:ResourceAccount': Aws.ACCOUNT_ID } },
    }),
  ];
}
