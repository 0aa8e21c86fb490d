import { Annotations, Aws, CfnCondition, Fn } from 'aws-cdk-lib';
import {
  CfnSecurityGroupEgress,
  CfnSecurityGroupIngress,
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  type SubnetSelection,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { onlyIf } from './only-if.ts';

/** Where PostgreSQL listens. */
export const DATABASE_PORT = 5432;

export interface NetworkAccessProps {
  readonly vpcId: string;
  /** Two private subnets of that VPC, in different zones. */
  readonly subnetIds: readonly [string, string];
  /** Whether to make interface endpoints for what the functions call. */
  readonly interfaceEndpoints: CfnCondition;
  /** Whether the loader reads a file from S3, and so needs an endpoint for that too. */
  readonly mappingFile: CfnCondition;
}

/**
 * The customer's network, and who may talk to whom in it: functions to the database and, over HTTPS, to AWS. Nothing is
 * admitted from outside.
 */
export class NetworkAccess extends Construct {
  readonly vpc: IVpc;
  readonly subnets: SubnetSelection;
  readonly subnetIds: readonly [string, string];
  readonly functions: SecurityGroup;
  readonly database: SecurityGroup;
  /** Environment that leads the AWS SDK to the interface endpoints, where they are wanted. */
  readonly securityHubEndpoint: Readonly<Record<string, string>>;
  readonly secretsManagerEndpoint: Readonly<Record<string, string>>;
  readonly s3Endpoint: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, props: NetworkAccessProps) {
    super(scope, id);
    this.subnetIds = props.subnetIds;
    this.vpc = Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId: props.vpcId,
      // Never used, but two have to be named for two subnets.
      availabilityZones: [0, 1].map((index) => Fn.select(index, Fn.getAzs(Aws.REGION))),
      privateSubnetIds: [...props.subnetIds],
    });
    Annotations.of(this.vpc).acknowledgeWarning(
      '@aws-cdk/aws-ec2:noSubnetRouteTableId',
      'no route is made or read here',
    );
    this.subnets = { subnets: this.vpc.privateSubnets };

    this.functions = new SecurityGroup(this, 'Functions', {
      vpc: this.vpc,
      description: 'Virtual SOC: functions',
      allowAllOutbound: false,
    });
    this.functions.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'AWS APIs, through NAT or interface endpoints');
    this.database = new SecurityGroup(this, 'Database', {
      vpc: this.vpc,
      description: 'Virtual SOC: database',
      allowAllOutbound: false,
    });
    // Rules of their own, since each names the other group.
    const postgres = { ipProtocol: 'tcp', fromPort: DATABASE_PORT, toPort: DATABASE_PORT };
    new CfnSecurityGroupEgress(this, 'FunctionsToDatabase', {
      ...postgres,
      groupId: this.functions.securityGroupId,
      destinationSecurityGroupId: this.database.securityGroupId,
      description: 'functions to PostgreSQL',
    });
    new CfnSecurityGroupIngress(this, 'DatabaseFromFunctions', {
      ...postgres,
      groupId: this.database.securityGroupId,
      sourceSecurityGroupId: this.functions.securityGroupId,
      description: 'functions to PostgreSQL',
    });

    const endpoints = new SecurityGroup(this, 'Endpoints', {
      vpc: this.vpc,
      description: 'Virtual SOC: interface endpoints',
      allowAllOutbound: false,
    });
    const https = new CfnSecurityGroupIngress(this, 'EndpointsFromFunctions', {
      ipProtocol: 'tcp',
      fromPort: 443,
      toPort: 443,
      groupId: endpoints.securityGroupId,
      sourceSecurityGroupId: this.functions.securityGroupId,
      description: 'functions to AWS APIs',
    });
    onlyIf(props.interfaceEndpoints, endpoints);
    onlyIf(props.interfaceEndpoints, https);
    const endpoint = (service: string, wanted: CfnCondition) => {
      const made = new InterfaceVpcEndpoint(this, `Endpoint-${service}`, {
        vpc: this.vpc,
        subnets: this.subnets,
        service: new InterfaceVpcEndpointAwsService(service),
        securityGroups: [endpoints],
        open: false,
        // A private name would lead everything in the customer's VPC to an endpoint that admits only our functions, and
        // could not be made where the VPC has one already. The SDK is told the endpoint's own name instead.
        privateDnsEnabled: false,
      });
      onlyIf(wanted, made);
      // An entry is `<hosted zone>:<name>`.
      return Fn.select(1, Fn.split(':', Fn.select(0, made.vpcEndpointDnsEntries)));
    };
    const urlIf = (wanted: CfnCondition, url: string) => Fn.conditionIf(wanted.logicalId, url, Aws.NO_VALUE).toString();
    const { interfaceEndpoints } = props;
    const securityHub = `https://${endpoint('securityhub', interfaceEndpoints)}`;
    this.securityHubEndpoint = { AWS_ENDPOINT_URL_SECURITYHUB: urlIf(interfaceEndpoints, securityHub) };
    const secretsManager = `https://${endpoint('secretsmanager', interfaceEndpoints)}`;
    this.secretsManagerEndpoint = { AWS_ENDPOINT_URL_SECRETS_MANAGER: urlIf(interfaceEndpoints, secretsManager) };

    const s3Wanted = new CfnCondition(this, 'S3EndpointWanted', {
      expression: Fn.conditionAnd(interfaceEndpoints, props.mappingFile),
    });
    // Its name is `*.vpce-…`, to be called as `bucket.vpce-…`.
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html
    const s3 = `https://bucket.${Fn.join('', Fn.split('*.', endpoint('s3', s3Wanted)))}`;
    this.s3Endpoint = { AWS_ENDPOINT_URL_S3: urlIf(s3Wanted, s3) };
  }
}
