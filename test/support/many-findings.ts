/** As many findings as a test asks for, of many rules, accounts and Regions: the same ones every time. */
import { configFinding } from './source-findings.ts';

/** How to make them. */
export interface ManyFindings {
  readonly count: number;
  /** Rules of AWS Config, by name. */
  readonly configRules: readonly string[];
  /** Types of GuardDuty. */
  readonly guardDutyTypes: readonly string[];
  /** @default 20 */
  readonly accounts?: number;
}

const REGIONS = ['eu-west-1', 'eu-central-1', 'us-east-1', 'eu-south-2'];
const SEVERITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'MEDIUM', 'LOW', 'LOW', 'INFORMATIONAL'];

/** Makes them: one in ten is a threat, one in five of the others passed. */
export function manyFindings({ count, configRules, guardDutyTypes, accounts = 20 }: ManyFindings) {
  return Array.from({ length: count }, (_, index) => {
    const account = String(200_000_000_000 + (index % accounts) * 1_111_111);
    const region = REGIONS[(index * 7 + (index % accounts)) % REGIONS.length] ?? '';
    const uuid = `${String(index).padStart(8, '0')}-0a1b-4c2d-8e3f-${String(index * 7919).padStart(12, '0')}`;
    const shared = {
      AwsAccountId: account,
      Region: region,
      Severity: { Label: SEVERITIES[(index * 5) % SEVERITIES.length] },
      Resources: [
        {
          Type: 'AwsEc2SecurityGroup',
          Id: `arn:aws:ec2:${region}:${account}:security-group/sg-${(index % 4000).toString(16).padStart(17, '0')}`,
          Region: region,
        },
      ],
    };
    if (index % 10 === 0) {
      const type = guardDutyTypes[(index / 10) % guardDutyTypes.length] ?? '';
      return configFinding({
        ...shared,
        Id: `arn:aws:guardduty:${region}:${account}:detector/0123456789abcdef0123456789abcdef/finding/${uuid}`,
        ProductArn: `arn:aws:securityhub:${region}::product/aws/guardduty`,
        Types: [`TTPs/${type}`],
        FindingProviderFields: { Types: [type] },
        ProductFields: {},
        Compliance: undefined,
        Title: `Something like ${type} was seen on the instance ${index}.`,
      });
    }
    const rule = configRules[index % configRules.length] ?? '';
    return configFinding({
      ...shared,
      Id: `arn:aws:config:${region}:${account}:config-rule/config-rule-${rule.length}/finding/${uuid}`,
      ProductArn: `arn:aws:securityhub:${region}::product/aws/config`,
      GeneratorId: `arn:aws:config:${region}:${account}:config-rule/config-rule-${rule.length}`,
      Title: rule,
      ProductFields: { 'aws/config/ConfigRuleName': rule },
      Compliance: { Status: index % 5 === 1 ? 'PASSED' : 'FAILED' },
    });
  });
}
