import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import type { Construct } from 'constructs';
import { LOG_GROUPS } from './customer-key.ts';
import { ROLE_PATH } from '../lambda/core/member-role.ts';
import type { VirtualSocFunction } from './function.ts';

export interface CustomResourceProviderProps {
  /** Base name of the handler. */
  readonly name: string;
  readonly handler: VirtualSocFunction;
  readonly logRetentionDays: number;
  /** @default CloudWatch Logs' own key */
  readonly key?: IKey;
}

/**
 * CDK's framework that calls a handler and answers CloudFormation, with a role, a log and a policy of our own in place of
 * those that CDK would make. It always runs outside the customer's network: a framework without a route to S3 could not
 * answer, and the stack would wait for an hour.
 */
export function customResourceProvider(scope: Construct, props: CustomResourceProviderProps): Provider {
  const { name, handler, key } = props;
  const role = new Role(scope, 'FrameworkRole', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: `Virtual SOC: answers CloudFormation for ${name}`,
    path: ROLE_PATH,
  });
  const logGroup = new LogGroup(scope, 'FrameworkLog', {
    logGroupName: `${LOG_GROUPS}${Aws.STACK_NAME}/${name}-framework`,
    retention: props.logRetentionDays,
    ...(key === undefined ? {} : { encryptionKey: key }),
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const policy = new ManagedPolicy(scope, 'FrameworkPermissions', {
    description: `Virtual SOC: answers CloudFormation for ${name}`,
    path: ROLE_PATH,
    roles: [role],
  });
  policy.addStatements(
    new PolicyStatement({
      sid: 'Handler',
      actions: ['lambda:InvokeFunction', 'lambda:GetFunction'],
      resources: [handler.lambda.functionArn],
    }),
    new PolicyStatement({
      sid: 'OwnLog',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    }),
  );
  const provider = new Provider(scope, 'Provider', {
    onEventHandler: handler.lambda,
    frameworkOnEventRole: role.withoutPolicyUpdates(),
    logGroup,
  });
  for (const child of provider.node.findAll()) {
    if (child instanceof CfnFunction) child.architectures = ['arm64'];
  }
  provider.node.addDependency(policy);
  return provider;
}

/** Name of a handler's code, which is made of its content: as a property, it runs the handler again whenever that changes. */
export function assetOf(handler: VirtualSocFunction): string {
  const { code } = handler.lambda.node.defaultChild as CfnFunction;
  return (code as CfnFunction.CodeProperty).s3Key ?? '';
}
