/** Complete ASFF findings to vary in tests: made-up accounts, every field as Security Hub would show it. */

/** A finding of an AWS Config rule that failed for one bucket. */
export function configFinding(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const rule = 'restricted-ssh';
  return {
    SchemaVersion: '2018-10-08',
    Id: 'arn:aws:config:eu-west-1:444455556666:config-rule/config-rule-a1b2c3/finding/0f0e0d',
    ProductArn: 'arn:aws:securityhub:eu-west-1::product/aws/config',
    ProductName: 'Config',
    CompanyName: 'AWS',
    Region: 'eu-west-1',
    GeneratorId: 'arn:aws:config:eu-west-1:444455556666:config-rule/config-rule-a1b2c3',
    AwsAccountId: '444455556666',
    Types: ['Software and Configuration Checks'],
    FirstObservedAt: '2026-11-01T09:00:00.000Z',
    CreatedAt: '2026-11-01T09:00:00.000Z',
    UpdatedAt: '2026-11-01T10:00:00.000Z',
    Severity: { Label: 'MEDIUM', Normalized: 40, Original: 'MEDIUM' },
    Title: rule,
    Description: 'The rule found the resource non-compliant.',
    ProductFields: { 'aws/config/ConfigRuleName': rule, 'aws/config/ConfigComplianceType': 'NON_COMPLIANT' },
    Resources: [
      {
        Type: 'AwsEc2SecurityGroup',
        Id: 'arn:aws:ec2:eu-west-1:444455556666:security-group/sg-0a1b2c3d',
        Partition: 'aws',
        Region: 'eu-west-1',
      },
    ],
    Workflow: { Status: 'NEW' },
    WorkflowState: 'NEW',
    RecordState: 'ACTIVE',
    Compliance: { Status: 'FAILED' },
    ...changes,
  };
}

/** A finding of the Config rule of this name. */
export function configRuleFinding(name: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return configFinding({ Title: name, ProductFields: { 'aws/config/ConfigRuleName': name }, ...changes });
}

/** The EventBridge event that brings a finding. */
export function findingEvent(finding: unknown, time = '2026-11-01T10:00:05Z'): Record<string, unknown> {
  return {
    version: '0',
    id: '00000000-0000-4000-8000-000000000001',
    'detail-type': 'Security Hub Findings - Imported',
    source: 'aws.securityhub',
    account: '111122223333',
    time,
    region: 'eu-west-1',
    resources: [],
    detail: { findings: [finding] },
  };
}

/** Text that PostgreSQL cannot compress, three bytes a character: from 900 characters on it fits into no index entry. */
export function incompressibleText(length: number): string {
  return Array.from({ length }, (_, index) => String.fromCodePoint(0x4e00 + ((index * 7919) % 20_000))).join('');
}
