/** EventBridge events as Security Hub sends them: complete ASFF findings of about 2 kB, the same for the same numbers. */
import { seededRandom, type Random } from '../local/security-hub/random.ts';
import type { SourceRules } from './source-rules.ts';

/** Which event of which source. */
export interface EventChoice {
  /** Number of the source; each is a finding of its own. */
  readonly source: number;
  /** 0 for the first event; a later one has a newer UpdatedAt and says something else. @default 0 */
  readonly revision?: number;
  /** Whether the check passed. Such sources are controls and Config rules only. @default false */
  readonly passed?: boolean;
  /** Characters of further details of the resource, such as a long policy. @default 0 */
  readonly details?: number;
}

/** Accounts of the organisation. */
const ACCOUNTS = 40;
const REGIONS = ['eu-west-1', 'eu-central-1', 'us-east-1'] as const;
const SEVERITIES = ['LOW', 'MEDIUM', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
const NORMALIZED = { LOW: 1, MEDIUM: 40, HIGH: 70, CRITICAL: 90 } as const;

/** A fixed moment, so that equal numbers give equal text. */
const FIRST_SEEN = Date.parse('2026-10-05T07:03:16.279Z');

/** Share of findings of each provider in an organisation that has all three on. */
const SECURITY_HUB_SHARE = 0.6;
const CONFIG_SHARE = 0.3;

/** The event as JSON text. */
export function findingEvent(
  rules: SourceRules,
  { source, revision = 0, passed = false, details = 0 }: EventChoice,
): string {
  const random = seededRandom(Math.imul(source + 1, 0x9e3779b1));
  const account = String(400_000_000_000 + Math.floor(random() * ACCOUNTS) * 1_000_003);
  const region = pick(REGIONS, random);
  const share = random() * (passed ? SECURITY_HUB_SHARE + CONFIG_SHARE : 1);
  const place: Place = {
    account,
    region,
    random,
    revision,
    id: `${source.toString(16).padStart(8, '0')}${hex(random, 24)}`,
  };
  const finding =
    share < SECURITY_HUB_SHARE
      ? securityHubFinding(pick(rules.securityHub, random), place, passed)
      : share < SECURITY_HUB_SHARE + CONFIG_SHARE
        ? configFinding(pick(rules.config, random), place, passed)
        : guardDutyFinding(pick(rules.guardDuty, random), place);
  const [resource] = finding.Resources;
  if (details > 0 && resource) Object.assign(resource.Details, { Other: { policy: 'x'.repeat(details) } });
  return JSON.stringify({
    version: '0',
    id: `${hex(random, 8)}-1a2b-4c3d-8e9f-${hex(random, 12)}`,
    'detail-type': 'Security Hub Findings - Imported',
    source: 'aws.securityhub',
    account: '111122223333',
    time: at(revision, 5_000),
    region: 'eu-west-1',
    resources: [`${finding.ProductArn}/${finding.Id}`],
    detail: { findings: [finding] },
  });
}

interface Place {
  readonly account: string;
  readonly region: string;
  readonly random: Random;
  readonly revision: number;
  /** 32 hexadecimal digits of this source alone. */
  readonly id: string;
}

function securityHubFinding(control: string, place: Place, passed: boolean) {
  const { account, region, id } = place;
  const findingId = `arn:aws:securityhub:${region}:${account}:security-control/${control}/finding/${uuid(id)}`;
  const ProductArn = `arn:aws:securityhub:${region}::product/aws/securityhub`;
  const group = `sg-${id.slice(0, 17)}`;
  const resource = `arn:aws:ec2:${region}:${account}:security-group/${group}`;
  return {
    ...common(place, passed ? 'INFORMATIONAL' : undefined),
    Id: findingId,
    ProductArn,
    ProductName: 'Security Hub',
    CompanyName: 'AWS',
    GeneratorId: `security-control/${control}`,
    Types: ['Software and Configuration Checks/Industry and Regulatory Standards'],
    Title: `Control ${control} should hold for each security group of the account`,
    Description: `This control checks whether ${control} holds. The control fails if a group admits traffic that it should not admit.`,
    Remediation: {
      Recommendation: {
        Text: 'For information on how to correct this issue, consult the AWS Security Hub controls documentation.',
        Url: `https://docs.aws.amazon.com/console/securityhub/${control}/remediation`,
      },
    },
    ProductFields: {
      'RelatedAWSResources:0/name': `securityhub-${control.toLowerCase()}-${id.slice(0, 8)}`,
      'RelatedAWSResources:0/type': 'AWS::Config::ConfigRule',
      'Resources:0/Id': resource,
      ...hubFields(ProductArn, findingId, 'Security Hub', 'AWS'),
    },
    Resources: [
      {
        Type: 'AwsEc2SecurityGroup',
        Id: resource,
        Partition: 'aws',
        Region: region,
        Tags: { team: 'platform', revision: String(place.revision) },
        Details: {
          AwsEc2SecurityGroup: {
            GroupName: `workload-${id.slice(0, 6)}`,
            GroupId: group,
            OwnerId: account,
            VpcId: `vpc-${id.slice(4, 21)}`,
            IpPermissions: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
          },
        },
      },
    ],
    Compliance: {
      Status: passed ? 'PASSED' : 'FAILED',
      SecurityControlId: control,
      RelatedRequirements: ['NIST.800-53.r5 AC-6', 'NIST.800-53.r5 SC-7'],
      AssociatedStandards: [
        { StandardsId: 'standards/aws-foundational-security-best-practices/v/1.0.0' },
        { StandardsId: 'standards/nist-800-53/v/5.0.0' },
      ],
    },
    Workflow: { Status: passed ? 'RESOLVED' : 'NEW' },
  };
}

function configFinding(rule: string, place: Place, passed: boolean) {
  const { account, region, id } = place;
  const ruleArn = `arn:aws:config:${region}:${account}:config-rule/config-rule-${id.slice(0, 6)}`;
  const findingId = `${ruleArn}/finding/${id}${id.slice(0, 8)}`;
  const ProductArn = `arn:aws:securityhub:${region}::product/aws/config`;
  const bucket = `workload-${id.slice(0, 14)}`;
  return {
    ...common(place, passed ? 'INFORMATIONAL' : undefined),
    Id: findingId,
    ProductArn,
    ProductName: 'Config',
    CompanyName: 'AWS',
    GeneratorId: ruleArn,
    Types: ['Software and Configuration Checks'],
    Title: rule,
    Description: `AWS Config evaluated arn:aws:s3:::${bucket} against the rule ${rule}: ${passed ? '' : 'not '}compliant.`,
    ProductFields: {
      'aws/config/ConfigRuleArn': ruleArn,
      'aws/config/ConfigRuleName': rule,
      'aws/config/ConfigComplianceType': passed ? 'COMPLIANT' : 'NON_COMPLIANT',
      ...hubFields(ProductArn, findingId, 'Config', 'AWS'),
    },
    Resources: [
      {
        Type: 'AwsS3Bucket',
        Id: `arn:aws:s3:::${bucket}`,
        Partition: 'aws',
        Region: region,
        Tags: { team: 'platform', revision: String(place.revision) },
        Details: {
          AwsS3Bucket: {
            OwnerId: `${id}${id}`,
            OwnerAccountId: account,
            CreatedAt: '2025-03-11T09:14:25.000Z',
            Name: bucket,
            ServerSideEncryptionConfiguration: {
              Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
            },
          },
        },
      },
    ],
    Compliance: { Status: passed ? 'PASSED' : 'FAILED' },
    Workflow: { Status: 'NEW' },
  };
}

function guardDutyFinding(type: string, place: Place) {
  const { account, region, id, random } = place;
  const detector = `arn:aws:guardduty:${region}:${account}:detector/${hex(random, 32)}`;
  const findingId = `${detector}/finding/${id}`;
  const ProductArn = `arn:aws:securityhub:${region}::product/aws/guardduty`;
  const instance = `i-${id.slice(0, 17)}`;
  return {
    ...common(place),
    Id: findingId,
    ProductArn,
    ProductName: 'GuardDuty',
    CompanyName: 'Amazon',
    GeneratorId: detector,
    Types: [type],
    Title: `${instance} behaves unusually towards 198.51.100.7.`,
    Description: `${instance} behaves unusually towards 198.51.100.7. This is not how this resource usually behaves.`,
    ProductFields: {
      'aws/guardduty/service/serviceName': 'guardduty',
      'aws/guardduty/service/archived': 'false',
      'aws/guardduty/service/count': String(place.revision + 1),
      'aws/guardduty/service/resourceRole': 'TARGET',
      'aws/guardduty/service/action/actionType': 'NETWORK_CONNECTION',
      ...hubFields(ProductArn, findingId, 'GuardDuty', 'Amazon'),
    },
    Resources: [
      {
        Type: 'AwsEc2Instance',
        Id: `arn:aws:ec2:${region}:${account}:instance/${instance}`,
        Partition: 'aws',
        Region: region,
        Tags: { Name: 'web-1', revision: String(place.revision) },
        Details: {
          AwsEc2Instance: {
            Type: 't3.medium',
            ImageId: 'ami-b8ec6d886e26c8a1c',
            IpV4Addresses: ['10.20.161.82', '203.0.113.13'],
            VpcId: `vpc-${id.slice(4, 21)}`,
            SubnetId: `subnet-${id.slice(6, 23)}`,
            LaunchedAt: '2026-09-02T06:31:08.000Z',
          },
        },
      },
    ],
    Workflow: { Status: 'NEW' },
    Action: {
      ActionType: 'NETWORK_CONNECTION',
      NetworkConnectionAction: {
        ConnectionDirection: 'INBOUND',
        RemoteIpDetails: { IpAddressV4: '198.51.100.7', Country: { CountryName: 'Exampleland' } },
        RemotePortDetails: { Port: 41022, PortName: 'Unknown' },
        LocalPortDetails: { Port: 22, PortName: 'SSH' },
        Protocol: 'TCP',
        Blocked: false,
      },
    },
    Sample: false,
  };
}

/** What every finding has, whoever raised it. */
function common({ account, region, random, revision }: Place, severity?: 'INFORMATIONAL') {
  const Label = severity ?? pick(SEVERITIES, random);
  return {
    SchemaVersion: '2018-10-08',
    Region: region,
    AwsAccountId: account,
    AwsAccountName: 'workload',
    FirstObservedAt: at(0),
    LastObservedAt: at(revision),
    CreatedAt: at(0),
    UpdatedAt: at(revision),
    ProcessedAt: at(revision, 3_000),
    Severity: { Label, Normalized: Label === 'INFORMATIONAL' ? 0 : NORMALIZED[Label], Original: Label },
    FindingProviderFields: { Severity: { Label, Original: Label } },
    WorkflowState: 'NEW',
    RecordState: 'ACTIVE',
  };
}

function hubFields(productArn: string, findingId: string, product: string, company: string) {
  return {
    'aws/securityhub/FindingId': `${productArn}/${findingId}`,
    'aws/securityhub/ProductName': product,
    'aws/securityhub/CompanyName': company,
  };
}

/** Events of one source are a minute apart. */
function at(revision: number, milliseconds = 0): string {
  return new Date(FIRST_SEEN + revision * 60_000 + milliseconds).toISOString();
}

function pick<T>(values: readonly T[], random: Random): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new Error('nothing to pick from');
  return value;
}

function hex(random: Random, digits: number): string {
  let text = '';
  while (text.length < digits)
    text += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return text.slice(0, digits);
}

function uuid(id: string): string {
  return `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-8${id.slice(17, 20)}-${id.slice(20)}`;
}
