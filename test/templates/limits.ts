import { isObject, referencesOf, render, type Template } from './template.ts';

/** How much of a limit a template uses. */
export interface Usage {
  readonly what: string;
  readonly used: number;
  readonly most: number;
}

const CLOUDFORMATION = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html';
const API = 'https://docs.aws.amazon.com/servicecatalog/latest/dg/';

/** What a template may have of each section. {@link CLOUDFORMATION} */
const MOST_OF_SECTION = { Resources: 500, Parameters: 200, Outputs: 200, Mappings: 200 } as const;

/** Attributes of one mapping, letters of any name, bytes of the description. {@link CLOUDFORMATION} */
const MOST_MAPPING_ATTRIBUTES = 200;
const MOST_NAME_LETTERS = 255;
const MOST_DESCRIPTION_BYTES = 1024;

/** Letters of a parameter's description and constraint. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html */
const MOST_PARAMETER_DESCRIPTION = 4000;

/** From S3, which stacks, products and stack sets are made from; and written into a request. {@link CLOUDFORMATION} */
export const MOST_BYTES = 1_048_576;
export const MOST_INLINE_BYTES = 51_200;

/** Dynamic references such as `{{resolve:ssm:…}}` of a template. {@link CLOUDFORMATION} */
const MOST_DYNAMIC_REFERENCES = 60;

/**
 * What Service Catalog calls a stack: `SC-`, the account, `-pp-`, and the id of the provisioned product. Names that a
 * template makes of the stack's are measured with it.
 */
const STACK_NAME = 'SC-111122223333-pp-aaaaaaaaaaaaa';
const PSEUDO_PARAMETERS = {
  'AWS::StackName': STACK_NAME,
  'AWS::Region': 'ap-southeast-99',
  'AWS::AccountId': '111122223333',
  'AWS::Partition': 'aws-us-gov',
  'AWS::URLSuffix': 'amazonaws.com.cn',
};

/** Letters that a property may have, or bytes of a document in it, by type and property, each with the page that says so. */
const MOST_LETTERS: Readonly<Record<string, readonly [most: number, source: string]>> = {
  'AWS::ServiceCatalog::Portfolio.DisplayName': [100, `${API}API_CreatePortfolio.html`],
  'AWS::ServiceCatalog::Portfolio.ProviderName': [50, `${API}API_CreatePortfolio.html`],
  'AWS::ServiceCatalog::Portfolio.Description': [2000, `${API}API_CreatePortfolio.html`],
  'AWS::ServiceCatalog::CloudFormationProduct.Name': [8191, `${API}API_CreateProduct.html`],
  'AWS::ServiceCatalog::CloudFormationProduct.Owner': [8191, `${API}API_CreateProduct.html`],
  'AWS::ServiceCatalog::CloudFormationProduct.Description': [8191, `${API}API_CreateProduct.html`],
  'AWS::ServiceCatalog::CloudFormationProduct.SupportEmail': [254, `${API}API_CreateProduct.html`],
  'AWS::ServiceCatalog::CloudFormationProduct.SupportDescription': [8191, `${API}API_CreateProduct.html`],
  'AWS::ServiceCatalog::CloudFormationProduct.SupportUrl': [2083, `${API}API_CreateProduct.html`],
  'AWS::ServiceCatalog::LaunchRoleConstraint.Description': [2000, `${API}API_CreateConstraint.html`],
  'AWS::ServiceCatalog::LaunchTemplateConstraint.Description': [2000, `${API}API_CreateConstraint.html`],
  'AWS::ServiceCatalog::LaunchNotificationConstraint.Description': [2000, `${API}API_CreateConstraint.html`],
  'AWS::ServiceCatalog::TagOption.Key': [128, `${API}API_CreateTagOption.html`],
  'AWS::ServiceCatalog::TagOption.Value': [256, `${API}API_CreateTagOption.html`],
  'AWS::ServiceCatalog::PortfolioPrincipalAssociation.PrincipalARN': [
    1000,
    `${API}API_AssociatePrincipalWithPortfolio.html`,
  ],
  'AWS::CloudFormation::StackSet.Description': [
    1024,
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStackSet.html',
  ],
  'AWS::CloudFormation::StackSet.StackSetName': [
    128,
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStackSet.html',
  ],
  'AWS::IAM::Role.RoleName': [64, 'https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html'],
  'AWS::IAM::Role.Description': [1000, 'https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html'],
  'AWS::IAM::Role.AssumeRolePolicyDocument': [
    2048,
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html',
  ],
  'AWS::IAM::ManagedPolicy.ManagedPolicyName': [
    128,
    'https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html',
  ],
  'AWS::IAM::ManagedPolicy.Description': [
    1000,
    'https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html',
  ],
  'AWS::IAM::ManagedPolicy.PolicyDocument': [
    6144,
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html',
  ],
  'AWS::S3::Bucket.BucketName': [63, 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html'],
  'AWS::S3::BucketPolicy.PolicyDocument': [
    20_480,
    'https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html',
  ],
  'AWS::KMS::Key.KeyPolicy': [32_768, 'https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html'],
  'AWS::KMS::Key.Description': [8192, 'https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html'],
  'AWS::Lambda::Function.FunctionName': [64, 'https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html'],
  'AWS::Lambda::Function.Description': [256, 'https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html'],
  'AWS::Lambda::Function.Handler': [128, 'https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html'],
  'AWS::Lambda::Function.Environment': [
    4096,
    'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html',
  ],
  'AWS::Events::Rule.Name': [64, 'https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html'],
  'AWS::Events::Rule.Description': [
    512,
    'https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html',
  ],
  'AWS::Events::Rule.EventPattern': [
    2048,
    'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html (2,048 unless raised)',
  ],
  'AWS::CloudWatch::Alarm.AlarmName': [
    255,
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html',
  ],
  'AWS::CloudWatch::Alarm.AlarmDescription': [
    1024,
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html',
  ],
  'AWS::Logs::LogGroup.LogGroupName': [
    512,
    'https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html',
  ],
  'AWS::SNS::Topic.DisplayName': [100, 'https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html'],
  'AWS::SQS::Queue.QueueName': [
    80,
    'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html',
  ],
  'AWS::EC2::SecurityGroup.GroupDescription': [
    255,
    'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html',
  ],
  'AWS::EC2::SecurityGroupIngress.Description': [
    255,
    'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html',
  ],
  'AWS::EC2::SecurityGroupEgress.Description': [
    255,
    'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html',
  ],
  'AWS::RDS::DBInstance.DBInstanceIdentifier': [
    63,
    'https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html',
  ],
};

/** What a portfolio or product may have of each type in one template, of {@link SERVICE_CATALOG}. */
const SERVICE_CATALOG = 'https://docs.aws.amazon.com/servicecatalog/latest/adminguide/limits.html';
const MOST_VERSIONS = 100;
const MOST_TAG_OPTIONS = 25;
const MOST_CONSTRAINTS = 100;
const MOST_PRINCIPALS = 100;
const MOST_PRODUCTS = 150;
/** https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AssociatePrincipalWithPortfolio.html */
const MOST_PRINCIPAL_PATTERNS = 10;

/** Managed policies of a role, unless raised. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MOST_MANAGED_POLICIES = 10;

/** The pages that limits without a page of their own are from. */
export const SOURCES = [CLOUDFORMATION, SERVICE_CATALOG];

/** What of CloudFormation's limits, of Service Catalog's, and of each service's a template uses. */
export function usages(template: Template, bytes: number, mostBytes = MOST_BYTES): Usage[] {
  return [
    { what: 'bytes of the template', used: bytes, most: mostBytes },
    ...Object.entries(MOST_OF_SECTION).map(([section, most]) => ({
      what: section,
      used: Object.keys(template[section as keyof Template] ?? {}).length,
      most,
    })),
    {
      what: 'bytes of the description',
      used: Buffer.byteLength(template.Description ?? ''),
      most: MOST_DESCRIPTION_BYTES,
    },
    {
      what: 'dynamic references',
      used: [...JSON.stringify(template).matchAll(/\{\{resolve:/g)].length,
      most: MOST_DYNAMIC_REFERENCES,
    },
    ...Object.entries(template.Mappings ?? {}).map(([name, mapping]) => ({
      what: `attributes of the mapping ${name}`,
      used: Object.keys(mapping).length,
      most: MOST_MAPPING_ATTRIBUTES,
    })),
    ...Object.keys(MOST_OF_SECTION)
      .flatMap((section) => Object.keys(template[section as keyof Template] ?? {}))
      .map((name) => ({ what: `letters of the name ${name}`, used: name.length, most: MOST_NAME_LETTERS })),
    ...Object.entries(template.Parameters ?? {}).map(([name, { Description = '' }]) => ({
      what: `letters of the description of ${name}`,
      used: Description.length,
      most: MOST_PARAMETER_DESCRIPTION,
    })),
    ...letters(template),
    ...managedPolicies(template),
    ...serviceCatalog(template),
  ];
}

function letters({ Resources }: Template): Usage[] {
  return Object.entries(Resources).flatMap(([id, { Type, Properties = {} }]) =>
    Object.entries(Properties).flatMap(([name, value]): Usage[] => {
      const [most] = MOST_LETTERS[`${Type}.${name}`] ?? [];
      return most === undefined ? [] : [{ what: `letters of ${id}.${name}`, used: rendered(value).length, most }];
    }),
  );
}

/** Policies of each role: those that it names, and those that name it. */
function managedPolicies({ Resources }: Template): Usage[] {
  const all = Object.values(Resources);
  return Object.entries(Resources)
    .filter(([, { Type }]) => Type === 'AWS::IAM::Role')
    .map(([id, { Properties = {} }]) => {
      const named = Array.isArray(Properties['ManagedPolicyArns']) ? Properties['ManagedPolicyArns'].length : 0;
      const naming = all.filter(
        (policy) =>
          policy.Type === 'AWS::IAM::ManagedPolicy' &&
          referencesOf(policy.Properties?.['Roles']).some(({ name }) => name === id),
      ).length;
      return { what: `managed policies of ${id}`, used: named + naming, most: MOST_MANAGED_POLICIES };
    });
}

/** A value as the service gets it, as long as can be told before the deployment. White space of documents is not counted. */
function rendered(value: unknown): string {
  if (typeof value === 'string') return value;
  const resolve = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(resolve);
    if (!isObject(part)) return part;
    const text = render(part, PSEUDO_PARAMETERS);
    return text.startsWith('{') ? Object.fromEntries(Object.entries(part).map(([k, v]) => [k, resolve(v)])) : text;
  };
  const resolved = resolve(value);
  return typeof resolved === 'string' ? resolved : JSON.stringify(resolved);
}

function serviceCatalog({ Resources }: Template): Usage[] {
  const all = Object.entries(Resources);
  /** How many resources of these types name the same one in a property. */
  const counted = (
    types: RegExp,
    property: string,
    what: string,
    most: number,
    only = (_: unknown) => true,
  ): Usage[] => {
    const counts = new Map<string, number>();
    for (const [, { Type, Properties = {} }] of all) {
      if (!types.test(Type) || !only(Properties)) continue;
      const owner = render(Properties[property]);
      counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
    return [...counts].map(([owner, used]) => ({ what: `${what} of ${owner}`, used, most }));
  };
  const versions = all
    .filter(([, { Type }]) => Type === 'AWS::ServiceCatalog::CloudFormationProduct')
    .map(([id, { Properties = {} }]) => ({
      what: `versions of ${id}`,
      used: (Properties['ProvisioningArtifactParameters'] as readonly unknown[] | undefined)?.length ?? 0,
      most: MOST_VERSIONS,
    }));
  const isPattern = (properties: unknown) => (properties as { PrincipalType?: string }).PrincipalType === 'IAM_PATTERN';
  return [
    ...versions,
    ...counted(/::ServiceCatalog::TagOptionAssociation$/, 'ResourceId', 'TagOptions', MOST_TAG_OPTIONS),
    ...counted(/::ServiceCatalog::\w+Constraint$/, 'ProductId', 'constraints', MOST_CONSTRAINTS),
    ...counted(/::ServiceCatalog::PortfolioPrincipalAssociation$/, 'PortfolioId', 'principals', MOST_PRINCIPALS),
    ...counted(
      /::ServiceCatalog::PortfolioPrincipalAssociation$/,
      'PortfolioId',
      'principal patterns',
      MOST_PRINCIPAL_PATTERNS,
      isPattern,
    ),
    ...counted(/::ServiceCatalog::PortfolioProductAssociation$/, 'PortfolioId', 'products', MOST_PRODUCTS),
  ];
}

/** Limits that are exceeded, in words. */
export function exceeded(all: readonly Usage[]): string[] {
  return all
    .filter(({ used, most }) => used > most)
    .map(({ what, used, most }) => `${what}: ${used}, and ${most} at most`);
}

/** The limits that a template is closest to, in words: `bytes of the template 11 % (120000 of 1048576)`. */
export function closest(all: readonly Usage[], count: number): string {
  return [...all]
    .sort((a, b) => b.used / b.most - a.used / a.most)
    .slice(0, count)
    .map(({ what, used, most }) => `${what} ${Math.round((100 * used) / most)} % (${used} of ${most})`)
    .join(', ');
}
