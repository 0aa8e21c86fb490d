/** Findings and clocks for the tests of the local Security Hub. All accounts are made up. */

import type { AwsSecurityFinding } from '@aws-sdk/client-securityhub';

export const ACCOUNT = '111122223333';
export const MEMBER = '444455556666';
export const REGION = 'eu-west-1';
export const PRODUCT_ARN = `arn:aws:securityhub:${REGION}:${ACCOUNT}:product/${ACCOUNT}/default`;

/** A finding that the hub takes: the smallest that says something. Each call makes a new one. */
export function customFinding(changes: Partial<AwsSecurityFinding> = {}): AwsSecurityFinding {
  const at = changes.CreatedAt ?? changes.UpdatedAt ?? '2025-03-01T10:00:00.000Z';
  return {
    SchemaVersion: '2018-10-08',
    Id: 'finding-1',
    ProductArn: PRODUCT_ARN,
    GeneratorId: 'virtual-soc/technique/T1040',
    AwsAccountId: ACCOUNT,
    CreatedAt: at,
    UpdatedAt: at,
    Title: 'T1040 Network Sniffing',
    Description: 'Somebody may be listening.',
    FindingProviderFields: { Severity: { Label: 'HIGH', Original: '70' }, Types: ['TTPs/Credential Access'] },
    Resources: [{ Type: 'AwsEc2Instance', Id: `arn:aws:ec2:${REGION}:${MEMBER}:instance/i-0123456789abcdef0` }],
    ...changes,
  };
}

/** A finding of AWS Config about a member account, as Security Hub shows it. */
export function configFinding(changes: Partial<AwsSecurityFinding> = {}): AwsSecurityFinding {
  return {
    SchemaVersion: '2018-10-08',
    Id: `arn:aws:config:${REGION}:${MEMBER}:config-rule/config-rule-abc123/finding/5f1e`,
    ProductArn: `arn:aws:securityhub:${REGION}::product/aws/config`,
    ProductName: 'Config',
    CompanyName: 'AWS',
    GeneratorId: `arn:aws:config:${REGION}:${MEMBER}:config-rule/config-rule-abc123`,
    AwsAccountId: MEMBER,
    CreatedAt: '2025-03-01T09:00:00.000Z',
    UpdatedAt: '2025-03-01T09:00:00.000Z',
    Title: 's3-bucket-versioning-enabled',
    Description: 'This finding is created for a resource compliance change.',
    Severity: { Label: 'MEDIUM' },
    Types: ['Software and Configuration Checks'],
    ProductFields: { 'aws/config/ConfigRuleName': 's3-bucket-versioning-enabled' },
    Resources: [{ Type: 'AwsS3Bucket', Id: 'arn:aws:s3:::example-bucket' }],
    Compliance: { Status: 'FAILED' },
    ...changes,
  };
}

/** A clock that stands still until it is set. */
export function testClock(start: string): {
  readonly now: () => Date;
  set(at: string): void;
  advance(ms: number): void;
} {
  let at = Date.parse(start);
  return {
    now: () => new Date(at),
    set(next) {
      at = Date.parse(next);
    },
    advance(ms) {
      at += ms;
    },
  };
}
