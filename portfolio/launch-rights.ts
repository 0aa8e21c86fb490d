/**
 * What launching the product takes: for each resource type, the actions with which CloudFormation makes, reads, changes, tags
 * and removes one on behalf of the launch role.
 *
 * The actions are those of the type's `handlers` in CloudFormation's own schema, as far as the product uses the type, or
 * else those of its API. https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
 * The page of each row says which resources and conditions its actions know.
 */

/** Names of the stacks that Service Catalog makes begin so, and with them the names that CloudFormation gives resources. */
export const STACK_PREFIX = 'SC-';

/** An example of what actions are done to, in an installation whose account, Region, bucket and launch role can be filled in. */
const EXAMPLES = {
  any: ['*'],
  stack: ['arn:aws:cloudformation:{region}:{account}:stack/{stack}/0f1e2d3c-0000-1111-2222-0123456789ab'],
  template: ['arn:aws:s3:::sc-0123456789-pa-abcdefghijklm/template.json'],
  code: ['arn:aws:s3:::{bucket}/0123456789abcdef.zip'],
  role: [
    'arn:aws:iam::{account}:role/virtual-soc/{stack}-RollUpTacticsFunctionRole-AbCd',
    'arn:aws:iam::{account}:role/virtual-soc/publisher/{stack}-EnrichFindingFunctionRole-AbCd',
    'arn:aws:iam::{account}:role/virtual-soc/remediator/{stack}-RemediationRemediateRole-AbCd',
  ],
  policy: ['arn:aws:iam::{account}:policy/virtual-soc/{stack}-EnrichFindingFunctionPermissions-AbCd'],
  linkedRole: ['arn:aws:iam::{account}:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS'],
  bucket: ['arn:aws:s3:::{small-stack}-enableservicesconfighistory-abcd'],
  key: ['arn:aws:kms:{region}:{account}:key/0f1e2d3c-0000-1111-2222-0123456789ab'],
  vpc: ['arn:aws:ec2:{region}:{account}:vpc/vpc-0123456789abcdef0'],
  subnet: ['arn:aws:ec2:{region}:{account}:subnet/subnet-0123456789abcdef0'],
  securityGroup: ['arn:aws:ec2:{region}:{account}:security-group/sg-0123456789abcdef0'],
  securityGroupRule: ['arn:aws:ec2:{region}:{account}:security-group-rule/sgr-0123456789abcdef0'],
  endpoint: ['arn:aws:ec2:{region}:{account}:vpc-endpoint/vpce-0123456789abcdef0'],
  logGroup: [
    'arn:aws:logs:{region}:{account}:log-group:/virtual-soc/{stack}/enrich-finding',
    'arn:aws:logs:{region}:{account}:log-group:/aws/rds/instance/virtual-soc-0123456789ab/postgresql',
  ],
  database: ['arn:aws:rds:{region}:{account}:db:virtual-soc-0123456789ab'],
  databaseParts: [
    'arn:aws:rds:{region}:{account}:db:virtual-soc-0123456789ab',
    'arn:aws:rds:{region}:{account}:og:default:postgres-17',
    'arn:aws:rds:{region}:{account}:pg:{small-stack}-attackrepositoryparameters-abcd',
    'arn:aws:rds:{region}:{account}:subgrp:{small-stack}-attackrepositorysubnets-abcd',
  ],
  databaseSnapshot: ['arn:aws:rds:{region}:{account}:snapshot:{small-stack}-snapshot-attackrepositoryinstance-abcd'],
  subnetGroup: ['arn:aws:rds:{region}:{account}:subgrp:{small-stack}-attackrepositorysubnets-abcd'],
  parameterGroup: ['arn:aws:rds:{region}:{account}:pg:{small-stack}-attackrepositoryparameters-abcd'],
  databaseSecret: ['arn:aws:secretsmanager:{region}:{account}:secret:rds!db-0f1e2d3c-AbCdEf'],
  function: ['arn:aws:lambda:{region}:{account}:function:{stack}-EnrichFindingFunction-AbCd'],
  eventSourceMapping: ['arn:aws:lambda:{region}:{account}:event-source-mapping:0f1e2d3c-0000-1111-2222-0123456789ab'],
  queue: ['arn:aws:sqs:{region}:{account}:{stack}-FindingIntakeFindingsQueue-AbCd'],
  eventBus: ['arn:aws:events:{region}:{account}:event-bus/{stack}-remediation'],
  rule: ['arn:aws:events:{region}:{account}:rule/{stack}-findings'],
  topic: ['arn:aws:sns:{region}:{account}:{stack}-AlarmsTopic-AbCd'],
  // Dashboards belong to no Region.
  dashboard: ['arn:aws:cloudwatch::{account}:dashboard/{stack}-attack'],
  alarm: ['arn:aws:cloudwatch:{region}:{account}:alarm:{stack}-AlarmsDatabaseCpu-AbCd'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Kind of thing that actions are done to. */
export type Target = keyof typeof EXAMPLES;

/** Actions on one kind of thing, each of which has to be allowed on every example of it. */
export interface Right {
  readonly on: Target;
  readonly actions: readonly string[];
  /** What the request says besides, by condition key. @default nothing but the Region */
  readonly request?: Readonly<Record<string, string>>;
  /**
   * Whether the thing bears the resource's tags by then, or, where the resource is a rule, those of the group it is one of.
   *
   * @default not yet: what is just being made has no tags, and neither have things of others
   */
  readonly tagged?: true;
}

export interface ResourceTypeRights {
  /** The page of AWS that the actions are described on. */
  readonly page: string;
  readonly keep: readonly Right[];
  /** Needed only where the template does not keep the resource when it goes. */
  readonly remove: readonly Right[];
}

/** Where an installation is, for {@link examplesOf}. */
export interface Installation {
  readonly account: string;
  readonly region: string;
  readonly bucket: string;
  readonly launchRole: string;
}

/** ARNs of things of a kind in an installation. */
export function examplesOf(target: Target, installation: Installation): string[] {
  return EXAMPLES[target].map((example) => fillIn(example, installation));
}

/** Fills an installation in where a text of this table has a place for it. */
export function fillIn(text: string, { account, region, bucket, launchRole }: Installation): string {
  const stack = `${STACK_PREFIX}${account}-pp-abcdefghijklm`;
  const places: Readonly<Record<string, string>> = {
    account,
    region,
    bucket,
    launchRole,
    stack,
    'small-stack': stack.toLowerCase(),
  };
  return text.replace(/\{([\w-]+)\}/g, (place, name: string) => places[name] ?? place);
}

const AUTHORIZATION = 'https://docs.aws.amazon.com/service-authorization/latest/reference';

const BOUNDARY = 'arn:aws:iam::{account}:policy/virtual-soc-launch/{launchRole}-boundary';

const LOOK_AT_NETWORK: Right = {
  on: 'any',
  actions: ['ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs'],
};

/** What no resource type stands for: the stack itself, its template, and the answers that are names of a VPC or subnet. */
export const EVERY_LAUNCH: ResourceTypeRights = {
  page: 'https://docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-launch.html',
  keep: [
    {
      on: 'stack',
      actions: [
        'cloudformation:CreateStack',
        'cloudformation:DescribeStackEvents',
        'cloudformation:DescribeStacks',
        'cloudformation:GetTemplateSummary',
        'cloudformation:ListStackResources',
        'cloudformation:SetStackPolicy',
        'cloudformation:TagResource',
        'cloudformation:UpdateStack',
      ],
    },
    { on: 'any', actions: ['cloudformation:GetTemplateSummary', 'cloudformation:ValidateTemplate'] },
    {
      on: 'template',
      actions: ['s3:GetObject'],
      request: { 's3:ExistingObjectTag/servicecatalog:provisioning': 'true' },
    },
    LOOK_AT_NETWORK,
  ],
  remove: [{ on: 'stack', actions: ['cloudformation:DeleteStack'] }],
};

/** A custom resource is a call of a function of the product, whatever its type is called. */
export const CUSTOM_RESOURCE: ResourceTypeRights = {
  page: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html',
  keep: [{ on: 'function', actions: ['lambda:InvokeFunction'] }],
  remove: [{ on: 'function', actions: ['lambda:InvokeFunction'] }],
};

export const RESOURCE_TYPE_RIGHTS: Readonly<Record<string, ResourceTypeRights>> = {
  'AWS::CloudWatch::Alarm': {
    page: `${AUTHORIZATION}/list_amazoncloudwatch.html`,
    keep: [
      {
        on: 'alarm',
        actions: [
          'cloudwatch:DescribeAlarms',
          'cloudwatch:ListTagsForResource',
          'cloudwatch:PutMetricAlarm',
          'cloudwatch:TagResource',
          'cloudwatch:UntagResource',
        ],
      },
    ],
    remove: [{ on: 'alarm', actions: ['cloudwatch:DeleteAlarms'] }],
  },
  'AWS::CloudWatch::Dashboard': {
    page: `${AUTHORIZATION}/list_amazoncloudwatch.html`,
    keep: [{ on: 'dashboard', actions: ['cloudwatch:GetDashboard', 'cloudwatch:PutDashboard'] }],
    remove: [{ on: 'dashboard', actions: ['cloudwatch:DeleteDashboards'] }],
  },
  'AWS::EC2::SecurityGroup': {
    page: `${AUTHORIZATION}/list_amazonec2.html`,
    keep: [
      { on: 'vpc', actions: ['ec2:CreateSecurityGroup'] },
      {
        on: 'securityGroup',
        actions: [
          'ec2:AuthorizeSecurityGroupEgress',
          'ec2:CreateSecurityGroup',
          'ec2:CreateTags',
          'ec2:RevokeSecurityGroupEgress',
        ],
      },
      {
        on: 'securityGroup',
        actions: ['ec2:AuthorizeSecurityGroupIngress', 'ec2:DeleteTags', 'ec2:RevokeSecurityGroupIngress'],
        tagged: true,
      },
      { on: 'any', actions: ['ec2:DescribeSecurityGroupRules', 'ec2:DescribeSecurityGroups'] },
    ],
    remove: [{ on: 'securityGroup', actions: ['ec2:DeleteSecurityGroup'], tagged: true }],
  },
  'AWS::EC2::SecurityGroupEgress': {
    page: `${AUTHORIZATION}/list_amazonec2.html`,
    keep: [
      {
        on: 'securityGroup',
        actions: ['ec2:AuthorizeSecurityGroupEgress', 'ec2:UpdateSecurityGroupRuleDescriptionsEgress'],
        tagged: true,
      },
      { on: 'securityGroupRule', actions: ['ec2:AuthorizeSecurityGroupEgress'] },
      { on: 'any', actions: ['ec2:DescribeSecurityGroupRules', 'ec2:DescribeSecurityGroups'] },
    ],
    remove: [{ on: 'securityGroup', actions: ['ec2:RevokeSecurityGroupEgress'] }],
  },
  'AWS::EC2::SecurityGroupIngress': {
    page: `${AUTHORIZATION}/list_amazonec2.html`,
    keep: [
      {
        on: 'securityGroup',
        actions: ['ec2:AuthorizeSecurityGroupIngress', 'ec2:UpdateSecurityGroupRuleDescriptionsIngress'],
        tagged: true,
      },
      { on: 'securityGroupRule', actions: ['ec2:AuthorizeSecurityGroupIngress'] },
      { on: 'any', actions: ['ec2:DescribeSecurityGroupRules', 'ec2:DescribeSecurityGroups'] },
    ],
    remove: [{ on: 'securityGroup', actions: ['ec2:RevokeSecurityGroupIngress'], tagged: true }],
  },
  'AWS::EC2::VPCEndpoint': {
    page: `${AUTHORIZATION}/list_amazonec2.html`,
    keep: [
      { on: 'vpc', actions: ['ec2:CreateVpcEndpoint'] },
      { on: 'subnet', actions: ['ec2:CreateVpcEndpoint', 'ec2:ModifyVpcEndpoint'] },
      { on: 'securityGroup', actions: ['ec2:CreateVpcEndpoint', 'ec2:ModifyVpcEndpoint'] },
      { on: 'endpoint', actions: ['ec2:CreateTags', 'ec2:CreateVpcEndpoint'] },
      { on: 'endpoint', actions: ['ec2:DeleteTags', 'ec2:ModifyVpcEndpoint'], tagged: true },
      { on: 'any', actions: ['ec2:DescribeVpcEndpoints'] },
    ],
    remove: [{ on: 'endpoint', actions: ['ec2:DeleteVpcEndpoints'], tagged: true }],
  },
  'AWS::Events::EventBus': {
    page: `${AUTHORIZATION}/list_amazoneventbridge.html`,
    keep: [
      {
        on: 'eventBus',
        actions: [
          'events:CreateEventBus',
          'events:DescribeEventBus',
          'events:ListTagsForResource',
          'events:TagResource',
          'events:UntagResource',
          'events:UpdateEventBus',
        ],
      },
    ],
    remove: [{ on: 'eventBus', actions: ['events:DeleteEventBus'] }],
  },
  'AWS::Events::Rule': {
    page: `${AUTHORIZATION}/list_amazoneventbridge.html`,
    keep: [
      {
        on: 'rule',
        actions: [
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
      },
    ],
    remove: [{ on: 'rule', actions: ['events:DeleteRule', 'events:RemoveTargets'] }],
  },
  'AWS::IAM::ManagedPolicy': {
    page: `${AUTHORIZATION}/list_awsidentityandaccessmanagementiam.html`,
    keep: [
      {
        on: 'policy',
        actions: [
          'iam:CreatePolicy',
          'iam:CreatePolicyVersion',
          'iam:DeletePolicyVersion',
          'iam:GetPolicy',
          'iam:GetPolicyVersion',
          'iam:ListEntitiesForPolicy',
          'iam:ListPolicyVersions',
        ],
      },
      {
        on: 'role',
        actions: ['iam:AttachRolePolicy', 'iam:DetachRolePolicy'],
        request: {
          'iam:PermissionsBoundary': BOUNDARY,
          'iam:PolicyARN': 'arn:aws:iam::{account}:policy/virtual-soc/{stack}-EnrichFindingFunctionPermissions-AbCd',
        },
      },
    ],
    remove: [{ on: 'policy', actions: ['iam:DeletePolicy'] }],
  },
  'AWS::IAM::Role': {
    page: `${AUTHORIZATION}/list_awsidentityandaccessmanagementiam.html`,
    keep: [
      {
        on: 'role',
        actions: ['iam:CreateRole', 'iam:PutRolePermissionsBoundary'],
        request: { 'iam:PermissionsBoundary': BOUNDARY },
      },
      {
        on: 'role',
        actions: [
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
      },
    ],
    remove: [{ on: 'role', actions: ['iam:DeleteRole'] }],
  },
  'AWS::KMS::Key': {
    page: `${AUTHORIZATION}/list_awskeymanagementservice.html`,
    keep: [
      { on: 'any', actions: ['kms:CreateKey'] },
      {
        on: 'key',
        actions: [
          'kms:DescribeKey',
          'kms:EnableKeyRotation',
          'kms:GetKeyPolicy',
          'kms:GetKeyRotationStatus',
          'kms:ListResourceTags',
          'kms:TagResource',
        ],
      },
      { on: 'key', actions: ['kms:PutKeyPolicy', 'kms:UntagResource', 'kms:UpdateKeyDescription'], tagged: true },
    ],
    remove: [{ on: 'key', actions: ['kms:ScheduleKeyDeletion'] }],
  },
  'AWS::Lambda::EventInvokeConfig': {
    page: `${AUTHORIZATION}/list_awslambda.html`,
    keep: [
      {
        on: 'function',
        actions: [
          'lambda:GetFunctionEventInvokeConfig',
          'lambda:PutFunctionEventInvokeConfig',
          'lambda:UpdateFunctionEventInvokeConfig',
        ],
      },
    ],
    remove: [{ on: 'function', actions: ['lambda:DeleteFunctionEventInvokeConfig'] }],
  },
  'AWS::Lambda::EventSourceMapping': {
    page: `${AUTHORIZATION}/list_awslambda.html`,
    keep: [
      {
        on: 'any',
        actions: ['lambda:CreateEventSourceMapping', 'lambda:GetEventSourceMapping'],
        request: {
          'lambda:FunctionArn': 'arn:aws:lambda:{region}:{account}:function:{stack}-EnrichFindingFunction-AbCd',
        },
      },
      {
        on: 'eventSourceMapping',
        actions: [
          'lambda:GetEventSourceMapping',
          'lambda:ListTags',
          'lambda:TagResource',
          'lambda:UntagResource',
          'lambda:UpdateEventSourceMapping',
        ],
        request: {
          'lambda:FunctionArn': 'arn:aws:lambda:{region}:{account}:function:{stack}-EnrichFindingFunction-AbCd',
        },
      },
    ],
    remove: [
      {
        on: 'eventSourceMapping',
        actions: ['lambda:DeleteEventSourceMapping'],
        request: {
          'lambda:FunctionArn': 'arn:aws:lambda:{region}:{account}:function:{stack}-EnrichFindingFunction-AbCd',
        },
      },
    ],
  },
  'AWS::Lambda::Function': {
    page: 'https://docs.aws.amazon.com/lambda/latest/dg/access-control-identity-based.html',
    keep: [
      {
        on: 'function',
        actions: [
          'lambda:CreateFunction',
          'lambda:GetFunction',
          'lambda:GetFunctionCodeSigningConfig',
          'lambda:GetFunctionConfiguration',
          'lambda:GetFunctionRecursionConfig',
          'lambda:GetRuntimeManagementConfig',
          'lambda:ListTags',
          'lambda:TagResource',
          'lambda:UntagResource',
          'lambda:UpdateFunctionCode',
          'lambda:UpdateFunctionConfiguration',
        ],
      },
      { on: 'code', actions: ['s3:GetObject'] },
      { on: 'role', actions: ['iam:PassRole'], request: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
      LOOK_AT_NETWORK,
    ],
    // CloudFormation waits for the network interfaces to go.
    remove: [
      { on: 'function', actions: ['lambda:DeleteFunction'] },
      { on: 'any', actions: ['ec2:DescribeNetworkInterfaces'] },
    ],
  },
  'AWS::Lambda::Permission': {
    page: `${AUTHORIZATION}/list_awslambda.html`,
    keep: [{ on: 'function', actions: ['lambda:AddPermission', 'lambda:GetPolicy'] }],
    remove: [{ on: 'function', actions: ['lambda:RemovePermission'] }],
  },
  'AWS::Lambda::Url': {
    page: `${AUTHORIZATION}/list_awslambda.html`,
    keep: [
      {
        on: 'function',
        actions: ['lambda:CreateFunctionUrlConfig', 'lambda:UpdateFunctionUrlConfig'],
        request: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' },
      },
      { on: 'function', actions: ['lambda:GetFunctionUrlConfig'] },
    ],
    remove: [{ on: 'function', actions: ['lambda:DeleteFunctionUrlConfig'] }],
  },
  'AWS::Logs::LogGroup': {
    page: `${AUTHORIZATION}/list_amazoncloudwatchlogs.html`,
    keep: [
      {
        on: 'logGroup',
        actions: [
          'logs:AssociateKmsKey',
          'logs:CreateLogGroup',
          'logs:DeleteRetentionPolicy',
          'logs:DisassociateKmsKey',
          'logs:GetDataProtectionPolicy',
          'logs:ListTagsForResource',
          'logs:PutRetentionPolicy',
          'logs:TagResource',
          'logs:UntagResource',
        ],
      },
      { on: 'any', actions: ['logs:DescribeIndexPolicies', 'logs:DescribeLogGroups'] },
    ],
    remove: [{ on: 'logGroup', actions: ['logs:DeleteLogGroup'] }],
  },
  'AWS::RDS::DBInstance': {
    page: 'https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html',
    keep: [
      {
        on: 'databaseParts',
        actions: ['rds:CreateDBInstance', 'rds:ModifyDBInstance'],
      },
      {
        on: 'database',
        actions: [
          'rds:AddTagsToResource',
          'rds:DescribeDBInstances',
          'rds:ListTagsForResource',
          'rds:RebootDBInstance',
          'rds:RemoveTagsFromResource',
        ],
      },
      {
        on: 'any',
        actions: [
          'ec2:DescribeAccountAttributes',
          'ec2:DescribeAvailabilityZones',
          'ec2:DescribeInternetGateways',
          'rds:DescribeDBEngineVersions',
          'rds:DescribeDBInstances',
          'rds:DescribeDBParameterGroups',
          'rds:DescribeDBSnapshots',
          'rds:DescribeEvents',
        ],
      },
      { on: 'vpc', actions: ['ec2:DescribeVpcAttribute'] },
      LOOK_AT_NETWORK,
      { on: 'databaseSecret', actions: ['secretsmanager:CreateSecret', 'secretsmanager:TagResource'] },
      { on: 'key', actions: ['kms:DescribeKey'] },
      ...['rds', 'secretsmanager'].map((service): Right => ({
        on: 'key',
        actions: ['kms:CreateGrant'],
        request: { 'kms:GrantIsForAWSResource': 'true', 'kms:ViaService': `${service}.{region}.amazonaws.com` },
      })),
      {
        on: 'key',
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        request: { 'kms:ViaService': 'secretsmanager.{region}.amazonaws.com' },
      },
      {
        on: 'linkedRole',
        actions: ['iam:CreateServiceLinkedRole'],
        request: { 'iam:AWSServiceName': 'rds.amazonaws.com' },
      },
    ],
    remove: [
      { on: 'database', actions: ['rds:CreateDBSnapshot', 'rds:DeleteDBInstance'] },
      { on: 'databaseSnapshot', actions: ['rds:AddTagsToResource', 'rds:CreateDBSnapshot'] },
    ],
  },
  'AWS::RDS::DBParameterGroup': {
    page: `${AUTHORIZATION}/list_amazonrds.html`,
    keep: [
      {
        on: 'parameterGroup',
        actions: [
          'rds:AddTagsToResource',
          'rds:CreateDBParameterGroup',
          'rds:DescribeDBParameterGroups',
          'rds:DescribeDBParameters',
          'rds:ListTagsForResource',
          'rds:ModifyDBParameterGroup',
          'rds:RemoveTagsFromResource',
          'rds:ResetDBParameterGroup',
        ],
      },
      { on: 'any', actions: ['rds:DescribeEngineDefaultParameters'] },
    ],
    remove: [{ on: 'parameterGroup', actions: ['rds:DeleteDBParameterGroup'] }],
  },
  'AWS::RDS::DBSubnetGroup': {
    page: `${AUTHORIZATION}/list_amazonrds.html`,
    keep: [
      {
        on: 'subnetGroup',
        actions: [
          'rds:AddTagsToResource',
          'rds:CreateDBSubnetGroup',
          'rds:DescribeDBSubnetGroups',
          'rds:ListTagsForResource',
          'rds:ModifyDBSubnetGroup',
          'rds:RemoveTagsFromResource',
        ],
      },
      {
        on: 'linkedRole',
        actions: ['iam:CreateServiceLinkedRole'],
        request: { 'iam:AWSServiceName': 'rds.amazonaws.com' },
      },
    ],
    remove: [{ on: 'subnetGroup', actions: ['rds:DeleteDBSubnetGroup'] }],
  },
  'AWS::S3::Bucket': {
    page: `${AUTHORIZATION}/list_amazons3.html`,
    keep: [
      {
        on: 'bucket',
        actions: [
          's3:CreateBucket',
          's3:GetBucketOwnershipControls',
          's3:GetBucketPublicAccessBlock',
          's3:GetBucketTagging',
          's3:GetBucketVersioning',
          's3:GetEncryptionConfiguration',
          's3:ListBucket',
          's3:PutBucketOwnershipControls',
          's3:PutBucketPublicAccessBlock',
          's3:PutBucketTagging',
          's3:PutBucketVersioning',
          's3:PutEncryptionConfiguration',
        ],
      },
    ],
    remove: [{ on: 'bucket', actions: ['s3:DeleteBucket'] }],
  },
  'AWS::S3::BucketPolicy': {
    page: `${AUTHORIZATION}/list_amazons3.html`,
    keep: [{ on: 'bucket', actions: ['s3:GetBucketPolicy', 's3:PutBucketPolicy'] }],
    remove: [{ on: 'bucket', actions: ['s3:DeleteBucketPolicy'] }],
  },
  'AWS::SecurityHub::Insight': {
    page: `${AUTHORIZATION}/list_awssecurityhub.html`,
    keep: [
      { on: 'any', actions: ['securityhub:CreateInsight', 'securityhub:GetInsights', 'securityhub:UpdateInsight'] },
    ],
    remove: [{ on: 'any', actions: ['securityhub:DeleteInsight'] }],
  },
  'AWS::SNS::Subscription': {
    page: `${AUTHORIZATION}/list_amazonsns.html`,
    keep: [
      { on: 'topic', actions: ['sns:ListSubscriptionsByTopic', 'sns:Subscribe'] },
      { on: 'any', actions: ['sns:GetSubscriptionAttributes', 'sns:SetSubscriptionAttributes'] },
    ],
    remove: [{ on: 'any', actions: ['sns:Unsubscribe'] }],
  },
  'AWS::SNS::Topic': {
    page: `${AUTHORIZATION}/list_amazonsns.html`,
    keep: [
      {
        on: 'topic',
        actions: [
          'sns:CreateTopic',
          'sns:GetDataProtectionPolicy',
          'sns:GetTopicAttributes',
          'sns:ListSubscriptionsByTopic',
          'sns:ListTagsForResource',
          'sns:SetTopicAttributes',
          'sns:TagResource',
          'sns:UntagResource',
        ],
      },
    ],
    remove: [{ on: 'topic', actions: ['sns:DeleteTopic'] }],
  },
  'AWS::SNS::TopicPolicy': {
    page: `${AUTHORIZATION}/list_amazonsns.html`,
    keep: [{ on: 'topic', actions: ['sns:GetTopicAttributes', 'sns:SetTopicAttributes'] }],
    remove: [{ on: 'topic', actions: ['sns:SetTopicAttributes'] }],
  },
  'AWS::SQS::Queue': {
    page: `${AUTHORIZATION}/list_amazonsqs.html`,
    keep: [
      {
        on: 'queue',
        actions: [
          'sqs:CreateQueue',
          'sqs:GetQueueAttributes',
          'sqs:GetQueueUrl',
          'sqs:ListQueueTags',
          'sqs:SetQueueAttributes',
          'sqs:TagQueue',
          'sqs:UntagQueue',
        ],
      },
    ],
    remove: [{ on: 'queue', actions: ['sqs:DeleteQueue'] }],
  },
  'AWS::SQS::QueuePolicy': {
    page: `${AUTHORIZATION}/list_amazonsqs.html`,
    keep: [{ on: 'queue', actions: ['sqs:GetQueueAttributes', 'sqs:SetQueueAttributes'] }],
    remove: [{ on: 'queue', actions: ['sqs:SetQueueAttributes'] }],
  },
};
