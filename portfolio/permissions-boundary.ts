/** What no role of the product may exceed, whatever policies it has. */
import { Aws } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { IDENTITY_CENTER_PATH } from '../lambda/remediation/person.ts';
import { DATABASE_LOG_GROUPS, LOG_GROUPS } from '../products/customer-key.ts';
import { HIDES, writeNotes } from '../products/finding-notes.ts';
import { remediateRoles, unitsOfAccounts } from '../products/remediation.ts';
import { memberRoles } from '../products/security-hub.ts';
import { STACK_PREFIX } from './launch-rights.ts';

/**
 * Path of the boundary: not that of the product's own policies, so that whoever may change those cannot change it.
 */
export const LAUNCH_PATH = '/virtual-soc-launch/';

/** Services that make a role of their own when they are turned on. */
const LINKED = [
  'config.amazonaws.com',
  'guardduty.amazonaws.com',
  'malware-protection.guardduty.amazonaws.com',
  'securityhub.amazonaws.com',
];

/** Name of the boundary that belongs to a launch role. */
export function boundaryName(launchRole: string): string {
  return `${launchRole}-boundary`;
}

/** ARN of the boundary in the account that the template is deployed in. */
export function boundaryArn(launchRole: string): string {
  return `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:policy${LAUNCH_PATH}${boundaryName(launchRole)}`;
}

/**
 * The permissions boundary. It allows nothing by itself: a role may do what both it and a policy of the role allow.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
 */
export class PermissionsBoundary extends ManagedPolicy {
  constructor(scope: Construct, id: string, launchRole: string) {
    super(scope, id, {
      managedPolicyName: boundaryName(launchRole),
      path: LAUNCH_PATH,
      description: 'Virtual SOC: what no role of the product may exceed',
    });
    const arn = (service: string, resource: string) =>
      `arn:${Aws.PARTITION}:${service}:${Aws.REGION}:${Aws.ACCOUNT_ID}:${resource}`;
    const linkedRole = (name: string) => `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/aws-service-role/${name}`;
    const here = { StringEquals: { 'aws:RequestedRegion': Aws.REGION } };
    const via = (...services: string[]) => ({
      StringEquals: { 'kms:ViaService': services.map((service) => `${service}.${Aws.REGION}.${Aws.URL_SUFFIX}`) },
    });

    this.addStatements(
      new PolicyStatement({
        sid: 'Logs',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [LOG_GROUPS, DATABASE_LOG_GROUPS].map((prefix) => arn('logs', `log-group:${prefix}*`)),
      }),
      new PolicyStatement({
        sid: 'NetworkInterfaces',
        // What Lambda needs to place a function in a VPC. https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
        actions: [
          'ec2:AssignPrivateIpAddresses',
          'ec2:CreateNetworkInterface',
          'ec2:DeleteNetworkInterface',
          'ec2:UnassignPrivateIpAddresses',
        ],
        resources: [arn('ec2', '*/*')],
      }),
      new PolicyStatement({
        sid: 'WithoutResources',
        // None of these knows a resource.
        // https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
        actions: [
          'ec2:DescribeNetworkInterfaces',
          'ec2:DescribeSubnets',
          'xray:PutTelemetryRecords',
          'xray:PutTraceSegments',
        ],
        resources: ['*'],
        conditions: here,
      }),
      new PolicyStatement({
        sid: 'Services',
        // What preflight and reconciliation read, and what turns it on where that is asked for: no resource, or one of a Region.
        // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecurityhub.html
        actions: [
          'securityhub:DescribeHub',
          'securityhub:DescribeOrganizationConfiguration',
          'securityhub:DescribeSecurityHubV2',
          'securityhub:EnableSecurityHub',
          'securityhub:GetAdministratorAccount',
          'securityhub:GetFindingAggregator',
          'securityhub:GetFindings',
          'securityhub:ListFindingAggregators',
          'securityhub:ListMembers',
          // What else is turned on where that is asked for, and the rules of others that preflight looks at.
          'config:DescribeConfigurationAggregatorSourcesStatus',
          'config:DescribeConfigurationAggregators',
          'config:DescribeConfigurationRecorders',
          'config:DescribeConfigurationRecorderStatus',
          'config:DescribeDeliveryChannels',
          'config:PutConfigurationRecorder',
          'config:PutDeliveryChannel',
          'config:SelectAggregateResourceConfig',
          'config:StartConfigurationRecorder',
          'events:ListRules',
          'guardduty:CreateDetector',
          'guardduty:GetDetector',
          'guardduty:ListDetectors',
        ],
        resources: ['*'],
        conditions: here,
      }),
      new PolicyStatement({
        sid: 'LinkedRolesOfThoseServices',
        actions: ['iam:CreateServiceLinkedRole'],
        resources: LINKED.map((service) => linkedRole(`${service}/*`)),
        conditions: { StringEquals: { 'iam:AWSServiceName': LINKED } },
      }),
      new PolicyStatement({
        sid: 'LinkedRoleToConfig',
        actions: ['iam:PassRole'],
        resources: [linkedRole('config.amazonaws.com/AWSServiceRoleForConfig')],
        conditions: { StringEquals: { 'iam:PassedToService': 'config.amazonaws.com' } },
      }),
      new PolicyStatement({
        sid: 'ImportFindings',
        actions: ['securityhub:BatchImportFindings'],
        resources: [arn('securityhub', `product/${Aws.ACCOUNT_ID}/default`)],
      }),
      memberRoles(),
      remediateRoles(),
      // Less than policies say: a boundary has to be short.
      writeNotes(HIDES),
      unitsOfAccounts(),
      new PolicyStatement({
        sid: 'IdentityCenter',
        // Less than the policy says, since a boundary has to be short: roles of other accounts cannot be looked at anyway.
        actions: ['iam:GetRole'],
        resources: [`arn:*:iam::*:role${IDENTITY_CENTER_PATH}*`],
      }),
      new PolicyStatement({
        sid: 'Database',
        actions: ['rds-db:connect'],
        resources: [arn('rds-db', 'dbuser:*/virtual_soc_*')],
      }),
      new PolicyStatement({
        sid: 'DatabaseSecret',
        // What RDS calls the secrets that it manages. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
        actions: ['secretsmanager:GetSecretValue'],
        resources: [arn('secretsmanager', 'secret:rds!db-*')],
      }),
      new PolicyStatement({
        sid: 'MappingFile',
        // The customer's own mappings, wherever in the organisation they are kept.
        actions: ['s3:GetObject'],
        resources: [`arn:${Aws.PARTITION}:s3:::*/*`],
        conditions: { StringEquals: { 'aws:ResourceOrgID': '${aws:PrincipalOrgID}' } },
      }),
      new PolicyStatement({
        sid: 'PartsOfTheStack',
        // In one, since a boundary has to be short; each action knows only one of the kinds of resource.
        actions: [
          'events:PutEvents',
          'lambda:GetFunction',
          'lambda:InvokeFunction',
          'sqs:DeleteMessage',
          'sqs:GetQueueAttributes',
          'sqs:ReceiveMessage',
        ],
        resources: [
          arn('events', `event-bus/${STACK_PREFIX}*`),
          arn('lambda', `function:${STACK_PREFIX}*`),
          arn('sqs', `${STACK_PREFIX}*`),
        ],
      }),
      new PolicyStatement({
        sid: 'Keys',
        actions: ['kms:Decrypt'],
        resources: [arn('kms', 'key/*')],
        conditions: via('secretsmanager', 'sqs'),
      }),
    );
  }
}
