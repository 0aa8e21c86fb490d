import path from 'node:path';
import { Aws, type CfnCondition, type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ROLE_PATH } from '../lambda/core/member-role.ts';
import { BANNER, NEVER_LOADED } from './bundle.ts';
import { LOG_GROUPS } from './customer-key.ts';
import type { NetworkAccess } from './network-access.ts';
import { onlyIf } from './only-if.ts';

const REPOSITORY = path.join(import.meta.dirname, '..');

/** What every function needs of the rest of the product. */
export interface FunctionSurroundings {
  readonly network: NetworkAccess;
  readonly key: IKey;
  readonly logRetentionDays: number;
}

export interface VirtualSocFunctionProps {
  readonly logRetentionDays: number;
  /** @default outside the customer's network, with the internet */
  readonly network?: NetworkAccess;
  /**
   * Encrypts the log.
   *
   * @default CloudWatch Logs' own key
   */
  readonly key?: IKey;
  /** Of its log, and of its handler where {@link code} names none. */
  readonly name: string;
  /**
   * Base name of the handler: `enrich-finding` is `lambda/enrich-finding.lambda.ts`.
   *
   * @default the name
   */
  readonly code?: string;
  readonly description: string;
  readonly timeout: Duration;
  /** In MiB; the share of a CPU grows with it. */
  readonly memorySize: number;
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Path of its role.
   *
   * @default {@link ROLE_PATH}
   */
  readonly rolePath?: string;
  /**
   * How often Lambda runs it again after an asynchronous run that failed.
   *
   * @default 2, as Lambda does
   */
  readonly retryAttempts?: number;
  /**
   * Directories of this repository that its code reads, put beside the bundle under their last name.
   *
   * @default none
   */
  readonly files?: readonly string[];
}

/** A function of ours with a role of its own that may do what {@link allow} is told and write its log. */
export class VirtualSocFunction extends Construct {
  readonly lambda: NodejsFunction;
  readonly logGroup: LogGroup;
  private readonly role: Role;
  private readonly policy: ManagedPolicy;

  constructor(scope: Construct, id: string, props: VirtualSocFunctionProps) {
    super(scope, id);
    const { name, network } = props;
    this.role = new Role(this, 'Role', {
      // Without aws:SourceAccount: AWS does not say that Lambda sends it, and where it did not, no function would start. A
      // function can only be given a role of its own account, since iam:PassRole does not reach across accounts, so that
      // Lambda acts for nobody else. https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Virtual SOC: ${name}`,
      path: props.rolePath ?? ROLE_PATH,
    });
    this.logGroup = new LogGroup(this, 'Log', {
      logGroupName: `${LOG_GROUPS}${Aws.STACK_NAME}/${name}`,
      retention: props.logRetentionDays,
      ...(props.key === undefined ? {} : { encryptionKey: props.key }),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // One policy that says it all, in place of those that CDK would add here and there.
    this.policy = new ManagedPolicy(this, 'Permissions', {
      description: `Virtual SOC: ${name}`,
      path: ROLE_PATH,
      roles: [this.role],
    });
    this.policy.addStatements(...logStatements(this.logGroup));
    if (network !== undefined) this.policy.addStatements(...networkStatements(Stack.of(this)));

    const code = path.join(REPOSITORY, 'lambda', `${props.code ?? name}.lambda.ts`);
    this.lambda = new NodejsFunction(this, 'Resource', {
      description: `Virtual SOC: ${props.description}`,
      entry: code,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      role: this.role.withoutPolicyUpdates(),
      timeout: props.timeout,
      memorySize: props.memorySize,
      tracing: Tracing.ACTIVE,
      logGroup: this.logGroup,
      ...(network === undefined
        ? {}
        : { vpc: network.vpc, vpcSubnets: network.subnets, securityGroups: [network.functions] }),
      environment: { ...props.environment },
      awsSdkConnectionReuse: false,
      ...(props.retryAttempts === undefined ? {} : { retryAttempts: props.retryAttempts }),
      projectRoot: REPOSITORY,
      depsLockFilePath: path.join(REPOSITORY, 'package-lock.json'),
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        minify: true,
        // Lambda's own copy of the SDK changes without us, and is loaded from many files.
        bundleAwsSDK: true,
        externalModules: NEVER_LOADED,
        banner: BANNER,
        logLevel: LogLevel.ERROR,
        commandHooks: {
          beforeBundling: () => [],
          beforeInstall: () => [],
          afterBundling: (input, output) =>
            (props.files ?? []).map((files) => `cp -R "${path.join(input, files)}" "${output}"`),
        },
      },
    });
    // Lambda looks at what the role may do when the function is made, so the policy has to be there by then.
    this.lambda.node.addDependency(this.policy);
  }

  allow(...statements: readonly PolicyStatement[]): void {
    this.policy.addStatements(...statements);
  }

  /** Allows more by a policy of its own, which is there under a condition only. Returns what to depend on. */
  allowIf(condition: CfnCondition, id: string, ...statements: readonly PolicyStatement[]): ManagedPolicy {
    const policy = new ManagedPolicy(this, id, {
      description: `Virtual SOC: ${id}`,
      path: ROLE_PATH,
      roles: [this.role],
      statements: [...statements],
    });
    onlyIf(condition, policy);
    return policy;
  }
}

function logStatements(logGroup: LogGroup): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: 'OwnLog',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    }),
    new PolicyStatement({
      sid: 'Tracing',
      // X-Ray knows no resources here. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
      actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:RequestedRegion': Aws.REGION } },
    }),
  ];
}

/** What Lambda needs to place a function in a VPC, and the function itself must not do. https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html */
function networkStatements(stack: Stack): PolicyStatement[] {
  const change = [
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ];
  // EC2 knows no resources for these.
  const look = ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'];
  return [
    new PolicyStatement({
      sid: 'NetworkInterfaces',
      // Lambda wants the right to remove an interface on all of them, and AWS names no narrower form of the others that it
      // is known to accept; the last statement keeps the function's own code from all of it.
      actions: change,
      resources: [stack.formatArn({ service: 'ec2', resource: '*', resourceName: '*' })],
    }),
    new PolicyStatement({
      sid: 'LookAtNetworkInterfaces',
      actions: look,
      resources: ['*'],
      conditions: { StringEquals: { 'aws:RequestedRegion': Aws.REGION } },
    }),
    new PolicyStatement({
      sid: 'NotByTheFunctionItself',
      effect: Effect.DENY,
      actions: [...change, ...look],
      resources: ['*'],
      // Set where the call comes from a function's code, and absent where Lambda makes it.
      conditions: {
        ArnLike: { 'lambda:SourceFunctionArn': stack.formatArn({ service: 'lambda', resource: 'function:*' }) },
      },
    }),
  ];
}
