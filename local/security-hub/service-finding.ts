/**
 * Findings that AWS services send to Security Hub themselves: Config, GuardDuty and others, from any account.
 *
 * No customer can import such a finding, so the rules for providers (reserved prefixes, account of record) do not
 * apply. What Security Hub makes of it is the same.
 */

import type { AwsSecurityFinding } from '@aws-sdk/client-securityhub';
import { findingKey, type FindingRecord, type StoredFinding } from './finding.ts';
import { completeFinding, type ImportContext } from './import-finding.ts';
import { parseTimestamp } from './timestamp.ts';

/** Attributes without which a service's finding could not be told from another or dated. */
const REQUIRED = ['Id', 'ProductArn', 'AwsAccountId', 'CreatedAt', 'UpdatedAt', 'Title', 'GeneratorId'] as const;

/** Products whose findings Security Hub resolves by itself when they pass. */
const RESOLVED_WHEN_PASSED = ['/aws/config', '/aws/securityhub'];

/**
 * Applies a finding from an AWS service.
 *
 * @returns the new record, or `undefined` when the finding is not newer than the stored one
 * @throws TypeError when the finding lacks what identifies or dates it
 */
export function receiveFinding(
  existing: FindingRecord | undefined,
  finding: AwsSecurityFinding,
  context: ImportContext,
): FindingRecord | undefined {
  const updatedAt = parseTimestamp(finding.UpdatedAt ?? '') ?? 0;
  if (existing !== undefined && updatedAt <= existing.updatedAt) return undefined;
  const productArn = finding.ProductArn ?? '';
  const product = finding.ProductName ?? productArn.split('/').at(-1) ?? '';
  const company = finding.CompanyName ?? productArn.split('/').at(-2) ?? '';
  // A copy, because the finding is the caller's.
  const completed = completeFinding(
    existing,
    {
      ...finding,
      ProductName: product,
      CompanyName: company,
      ProductFields: {
        'aws/securityhub/FindingId': findingKey(productArn, finding.Id ?? ''),
        'aws/securityhub/ProductName': product,
        'aws/securityhub/CompanyName': company,
        ...finding.ProductFields,
      },
      // Of a linked Region, where the hub is in the home Region.
      Region: finding.Region ?? context.region,
    },
    context,
  );
  return {
    finding: resolveWhenPassed(completed),
    updatedAt,
    processedAt: context.now,
    customerSet: existing?.customerSet ?? [],
  };
}

/**
 * Checks that a value can be received as a finding.
 *
 * @throws TypeError naming the first attribute that is missing or unreadable
 */
export function requireServiceFinding(value: object): AwsSecurityFinding {
  const finding = value as AwsSecurityFinding;
  for (const name of REQUIRED) {
    if (typeof finding[name] !== 'string') throw new TypeError(`A finding to receive needs ${name} as text.`);
  }
  for (const name of ['CreatedAt', 'UpdatedAt'] as const) {
    const text = finding[name] ?? '';
    if (parseTimestamp(text) === undefined) throw new TypeError(`${name} is no timestamp of Security Hub: '${text}'.`);
  }
  if (!Array.isArray(finding.Resources)) throw new TypeError('A finding to receive needs a list of Resources.');
  return finding;
}

/**
 * A passed control or rule needs nobody's attention, unless somebody suppressed it.
 *
 * Source: https://docs.aws.amazon.com/securityhub/latest/userguide/findings-workflow-status.html
 */
function resolveWhenPassed(finding: StoredFinding): StoredFinding {
  const resolves =
    finding.Compliance?.Status === 'PASSED' &&
    finding.Workflow.Status !== 'SUPPRESSED' &&
    RESOLVED_WHEN_PASSED.some((product) => finding.ProductArn.endsWith(product));
  return resolves ? { ...finding, Workflow: { Status: 'RESOLVED' } } : finding;
}
