/** The Lambda functions in a cloud assembly, as they are once CloudFormation has deployed them. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Resource } from '../portfolio/synthesis.ts';
import { type Stack, valueOf } from './template-value.ts';

/** A function with everything that CloudFormation would tell Lambda, as far as running it goes. */
export interface DeployedFunction {
  /** Last part of its log group's name, such as `enrich-finding`; without a log group of ours, its logical id. */
  readonly name: string;
  readonly logicalId: string;
  /** File of its template in the assembly. */
  readonly template: string;
  readonly arn: string;
  readonly region: string;
  /** Where its unpacked code is. */
  readonly directory: string;
  /** Such as `index.handler`. */
  readonly handler: string;
  readonly runtime: string;
  readonly timeoutSeconds: number;
  /** In MiB. */
  readonly memorySize: number;
  readonly logGroup: string;
  readonly inVpc: boolean;
  /** Of the template, evaluated. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A custom resource, and the function that answers CloudFormation for it. */
export interface DeployedCustomResource {
  readonly logicalId: string;
  readonly type: string;
  readonly template: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** ARN of the function, or whatever else its service token is. */
  readonly serviceToken: string;
}

/** What the stack is launched with, and what AWS makes of it. */
export interface Launch {
  readonly account: string;
  readonly region: string;
  /** Answers to parameters; others have their default or an example of their type. */
  readonly answers: Readonly<Record<string, string>>;
  readonly databaseHost: string;
  readonly databasePort: number;
  readonly databaseSecretArn: string;
}

export interface Deployment {
  readonly functions: readonly DeployedFunction[];
  readonly customResources: readonly DeployedCustomResource[];
}

/** Everything in an assembly directory, of all its templates. */
export function deploy(assembly: string, launch: Launch): Deployment {
  const templates = readdirSync(assembly).filter((file) => file.endsWith('.template.json'));
  const deployed = templates.map((template) => deployTemplate(assembly, template, launch));
  return {
    functions: deployed.flatMap(({ functions }) => functions),
    customResources: deployed.flatMap(({ customResources }) => customResources),
  };
}

function deployTemplate(assembly: string, template: string, launch: Launch): Deployment {
  const content = JSON.parse(readFileSync(path.join(assembly, template), 'utf8')) as Stack['template'];
  const stack = stackOf(content, template.replace(/\W.*/, ''), launch);
  const resources = Object.entries(stack.template.Resources);
  return {
    functions: resources
      .filter(([, { Type }]) => Type === 'AWS::Lambda::Function')
      .map(([logicalId, resource]) => functionOf(assembly, template, logicalId, resource, stack, launch)),
    customResources: resources
      .filter(([, { Type }]) => /^(Custom::|AWS::CloudFormation::CustomResource$)/.test(Type))
      .map(([logicalId, { Type, Properties }]) => {
        const properties = valueOf(Properties, stack) as Record<string, unknown>;
        return { logicalId, type: Type, template, properties, serviceToken: String(properties['ServiceToken']) };
      }),
  };
}

function functionOf(
  assembly: string,
  template: string,
  logicalId: string,
  { Properties }: Resource,
  stack: Stack,
  { region }: Launch,
): DeployedFunction {
  const properties = valueOf(Properties, stack) as {
    Code: { S3Key?: string };
    Handler: string;
    Runtime: string;
    Timeout?: number;
    MemorySize?: number;
    LoggingConfig?: { LogGroup?: string };
    VpcConfig?: unknown;
    Environment?: { Variables?: Record<string, unknown> };
  };
  const logGroup = properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${logicalId}`;
  return {
    name: logGroup.split('/').at(-1) ?? logicalId,
    logicalId,
    template,
    arn: String(stack.attribute(logicalId, 'Arn')),
    region,
    directory: assetDirectory(assembly, properties.Code.S3Key, logicalId),
    handler: properties.Handler,
    runtime: properties.Runtime,
    // What Lambda takes where nothing is said.
    timeoutSeconds: Number(properties.Timeout ?? 3),
    memorySize: Number(properties.MemorySize ?? 128),
    logGroup,
    inVpc: properties.VpcConfig !== undefined,
    environment: Object.fromEntries(
      Object.entries(properties.Environment?.Variables ?? {}).map(([name, value]) => [name, String(value)]),
    ),
  };
}

/** CDK packs `asset.<hash>` as `<hash>.zip` when it publishes: what is in the directory is what Lambda unpacks. */
function assetDirectory(assembly: string, key: string | undefined, logicalId: string): string {
  const hash = /([0-9a-f]{64})\.zip$/.exec(key ?? '')?.[1];
  const directory = path.join(assembly, `asset.${hash}`);
  if (hash === undefined || !existsSync(directory) || !statSync(directory).isDirectory()) {
    throw new Error(
      `${logicalId}: its code ${key} is no directory of the assembly, and test/assets/assembly.ts knows no other`,
    );
  }
  return directory;
}

function stackOf(template: Stack['template'], stackName: string, launch: Launch): Stack {
  const { account, region, answers } = launch;
  const parameters: Record<string, string> = {
    'AWS::AccountId': account,
    'AWS::Region': region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stackName,
    'AWS::StackId': `arn:aws:cloudformation:${region}:${account}:stack/${stackName}/0a1b2c3d-4e5f-11ef-8a9b-0a1b2c3d4e5f`,
  };
  for (const [name, { Type, Default }] of Object.entries(template.Parameters ?? {})) {
    parameters[name] = answers[name] ?? (Default === undefined ? exampleOf(Type) : String(Default));
  }
  const stack: Stack = {
    template,
    parameters,
    attribute: (logicalId, name) => {
      const resource = template.Resources[logicalId];
      if (resource === undefined) throw new Error(`there is no resource ${logicalId}`);
      return attributeOf(logicalId, resource, name, stack, launch);
    },
  };
  return stack;
}

function exampleOf(type: string): string {
  if (type === 'AWS::EC2::VPC::Id') return 'vpc-0a1b2c3d4e5f60718';
  if (type === 'AWS::EC2::Subnet::Id') return 'subnet-0a1b2c3d4e5f60718';
  return 'example';
}

/** What `Ref` (without a name) and `Fn::GetAtt` give, made up where nobody looks at it. */
function attributeOf(
  logicalId: string,
  { Type, Properties }: Resource,
  name: string | undefined,
  stack: Stack,
  { account, region, databaseHost, databasePort, databaseSecretArn }: Launch,
): unknown {
  const [, service = '', kind = ''] = Type.toLowerCase().split('::');
  switch (name === undefined ? `Ref of ${Type}` : `${Type} ${name}`) {
    case 'Ref of AWS::Logs::LogGroup':
      return valueOf(Properties['LogGroupName'], stack) ?? logicalId;
    case 'AWS::RDS::DBInstance Endpoint.Address':
      return databaseHost;
    case 'AWS::RDS::DBInstance Endpoint.Port':
      return String(databasePort);
    case 'AWS::RDS::DBInstance MasterUserSecret.SecretArn':
      return databaseSecretArn;
    case 'AWS::EC2::VPCEndpoint DnsEntries':
      return [`Z0A1B2C3D4E5F6:vpce-0a1b2c3d-${logicalId.toLowerCase()}.${region}.vpce.amazonaws.com`];
    case 'AWS::Lambda::Function Arn':
      // No two stacks have the same function.
      return `arn:aws:lambda:${region}:${account}:function:${stack.parameters['AWS::StackName']}-${logicalId}`;
  }
  if (name === undefined) return logicalId;
  return /Arn$/.test(name) ? `arn:aws:${service}:${region}:${account}:${kind}/${logicalId}` : `${logicalId}.${name}`;
}
