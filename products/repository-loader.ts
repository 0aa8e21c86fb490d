import { Aws, CustomResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import type { AttackRepository } from './attack-repository.ts';
import { LOG_GROUPS } from './customer-key.ts';
import { type FunctionSurroundings, IAM_PATH, VirtualSocFunction } from './function.ts';

/** Login of the functions in the database; the loader makes it. */
export const FUNCTION_LOGIN = 'virtual_soc_function';

export interface RepositoryLoaderProps extends FunctionSurroundings {
  readonly repository: AttackRepository;
}

/**
 * Migrates the database and loads the catalogue, when the product is launched and with each of its versions. Depend on
 * it, and the database is ready.
 *
 * The handler sits in the VPC, beside the database. The framework that answers CloudFormation does not: a handler without
 * a route to S3 could not answer, and the stack would wait for an hour.
 */
export class RepositoryLoader extends Construct {
  constructor(scope: Construct, id: string, props: RepositoryLoaderProps) {
    super(scope, id);
    const { repository, network } = props;
    const handler = new VirtualSocFunction(this, 'Handler', {
      ...props,
      name: 'load-catalogue',
      description: 'migrates the database and loads the catalogue',
      timeout: Duration.minutes(10),
      memorySize: 1024,
      environment: { FUNCTION_LOGIN, ...network.secretsManagerEndpoint },
      files: ['sql/migrations', 'sql/catalogue'],
    });
    repository.grantOwner(handler);

    const role = new Role(this, 'FrameworkRole', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'Virtual SOC: answers CloudFormation for load-catalogue',
      path: IAM_PATH,
    });
    const logGroup = new LogGroup(this, 'FrameworkLog', {
      logGroupName: `${LOG_GROUPS}${Aws.STACK_NAME}/load-catalogue-framework`,
      retention: props.logRetentionDays,
      encryptionKey: props.key,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const policy = new ManagedPolicy(this, 'FrameworkPermissions', {
      description: 'Virtual SOC: answers CloudFormation for load-catalogue',
      path: IAM_PATH,
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
    const provider = new Provider(this, 'Provider', {
      onEventHandler: handler.lambda,
      frameworkOnEventRole: role.withoutPolicyUpdates(),
      logGroup,
    });
    for (const child of provider.node.findAll()) {
      if (child instanceof CfnFunction) child.architectures = ['arm64'];
    }
    provider.node.addDependency(policy);

    const loaded = new CustomResource(this, 'Catalogue', {
      serviceToken: provider.serviceToken,
      resourceType: 'Custom::VirtualSocCatalogue',
      // Code, migrations and catalogue are one asset, named by its content: whatever changes is loaded again.
      properties: { Asset: assetOf(handler) },
    });
    loaded.node.addDependency(repository, network);
  }
}

function assetOf(handler: VirtualSocFunction): string {
  const { code } = handler.lambda.node.defaultChild as CfnFunction;
  return (code as CfnFunction.CodeProperty).s3Key ?? '';
}
