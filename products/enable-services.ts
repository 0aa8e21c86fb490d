import { Aws, CfnCondition, CustomResource, Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { customResourceProvider } from './custom-resource-provider.ts';
import { VirtualSocFunction } from './function.ts';
import { onlyIf } from './only-if.ts';
import { HUB } from './security-hub.ts';

/** An answer of yes or no, as it is and as a condition. */
export interface YesNo {
  readonly value: string;
  readonly wanted: CfnCondition;
}

export interface EnableServicesProps {
  readonly logRetentionDays: number;
  readonly config: YesNo;
  readonly securityHub: YesNo;
  /** Whether Security Hub's default standards come with it. `yes` or `no`. */
  readonly securityHubStandards: string;
  readonly guardDuty: YesNo;
}

/**
 * Turns on AWS Config, Security Hub (CSPM) and GuardDuty, each where it was asked for and is off. What is on, or stopped,
 * is not touched. Nothing is turned off when the product goes: others may rely on it by then.
 *
 * Where nothing was asked for, nothing of this is made. Depend on {@link done}.
 */
export class EnableServices extends Construct {
  readonly done: CustomResource;
  /** Whether anything was asked for. */
  readonly wanted: CfnCondition;
  /** What was turned on, in words. */
  readonly summary: string;

  constructor(scope: Construct, id: string, props: EnableServicesProps) {
    super(scope, id);
    const { logRetentionDays, config, securityHub, guardDuty } = props;
    const name = 'enable-services';
    this.wanted = new CfnCondition(this, 'Wanted', {
      expression: Fn.conditionOr(config.wanted, securityHub.wanted, guardDuty.wanted),
    });

    const handler = new VirtualSocFunction(this, 'Handler', {
      logRetentionDays,
      name,
      description: 'turns on services that findings come from',
      timeout: Duration.minutes(3),
      memorySize: 256,
      environment: { ...HUB },
    });
    const provider = customResourceProvider(this, { name, handler, logRetentionDays });
    const bucket = historyBucket(this);
    this.done = new CustomResource(this, 'Done', {
      serviceToken: provider.serviceToken,
      resourceType: 'Custom::VirtualSocServices',
      properties: {
        EnableConfig: config.value,
        EnableSecurityHub: securityHub.value,
        SecurityHubStandards: props.securityHubStandards,
        EnableGuardDuty: guardDuty.value,
        ConfigBucket: Fn.conditionIf(config.wanted.logicalId, bucket.bucketName, Aws.NO_VALUE),
      },
    });
    onlyIf(this.wanted, this);

    onlyIf(config.wanted, bucket);
    this.done.node.addDependency(
      bucket,
      handler.allowIf(config.wanted, 'EnableConfig', ...configStatements(Stack.of(this))),
      handler.allowIf(
        securityHub.wanted,
        'EnableSecurityHub',
        inThisRegion('SecurityHub', ['securityhub:DescribeHub', 'securityhub:EnableSecurityHub']),
        serviceLinkedRoles(Stack.of(this), 'securityhub.amazonaws.com'),
      ),
      handler.allowIf(
        guardDuty.wanted,
        'EnableGuardDuty',
        inThisRegion('GuardDuty', ['guardduty:CreateDetector', 'guardduty:GetDetector', 'guardduty:ListDetectors']),
        serviceLinkedRoles(Stack.of(this), 'guardduty.amazonaws.com', 'malware-protection.guardduty.amazonaws.com'),
      ),
    );
    this.summary = this.done.getAttString('Summary');
  }
}

/** Where AWS Config delivers its history, for as long as it is on, so longer than the product may be there. */
function historyBucket(scope: Construct): Bucket {
  const bucket = new Bucket(scope, 'ConfigHistory', {
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    versioned: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const config = new ServicePrincipal('config.amazonaws.com');
  const here = { 'aws:SourceAccount': Aws.ACCOUNT_ID };
  // https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'ConfigLooks',
      principals: [config],
      actions: ['s3:GetBucketAcl', 's3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: { StringEquals: here },
    }),
  );
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'ConfigDelivers',
      principals: [config],
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects(`AWSLogs/${Aws.ACCOUNT_ID}/Config/*`)],
      conditions: { StringEquals: { ...here, 's3:x-amz-acl': 'bucket-owner-full-control' } },
    }),
  );
  bucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN);
  return bucket;
}

function configStatements(stack: Stack): PolicyStatement[] {
  const service = 'config.amazonaws.com';
  return [
    inThisRegion('Config', [
      'config:DescribeConfigurationRecorders',
      'config:DescribeConfigurationRecorderStatus',
      'config:DescribeDeliveryChannels',
      'config:PutConfigurationRecorder',
      'config:PutDeliveryChannel',
      'config:StartConfigurationRecorder',
    ]),
    serviceLinkedRoles(stack, service),
    new PolicyStatement({
      sid: 'RoleOfConfig',
      actions: ['iam:PassRole'],
      resources: [roleArn(stack, service, 'AWSServiceRoleForConfig')],
      conditions: { StringEquals: { 'iam:PassedToService': service } },
    }),
  ];
}

/** Actions on what an account has one of in a Region, and IAM cannot name. */
function inThisRegion(sid: string, actions: string[]): PolicyStatement {
  return new PolicyStatement({
    sid,
    actions,
    resources: ['*'],
    conditions: { StringEquals: { 'aws:RequestedRegion': Aws.REGION } },
  });
}

/** Lets the roles be made that services act by. */
function serviceLinkedRoles(stack: Stack, ...services: readonly string[]): PolicyStatement {
  return new PolicyStatement({
    sid: 'ServiceLinkedRoles',
    actions: ['iam:CreateServiceLinkedRole'],
    resources: services.map((service) => roleArn(stack, service, '*')),
    conditions: { StringEquals: { 'iam:AWSServiceName': [...services] } },
  });
}

function roleArn(stack: Stack, service: string, role: string): string {
  return stack.formatArn({
    service: 'iam',
    region: '',
    resource: 'role',
    resourceName: `aws-service-role/${service}/${role}`,
  });
}
