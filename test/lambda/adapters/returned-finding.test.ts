import assert from 'node:assert/strict';
import type { AwsSecurityFinding } from '@aws-sdk/client-securityhub';
import { sendableAgain } from '../../../lambda/adapters/returned-finding.ts';
import { validateFinding } from '../../../local/security-hub/validate-finding.ts';
import { customFinding } from '../../local/security-hub/hub-fixture.ts';

/** As Security Hub returns it, after an analyst has been at it. */
const returned = (changes: Partial<AwsSecurityFinding> = {}): AwsSecurityFinding => ({
  ...customFinding(),
  AwsAccountName: 'security',
  Region: 'eu-west-1',
  ProcessedAt: '2026-11-20T12:00:00.000Z',
  WorkflowState: 'NEW',
  Workflow: { Status: 'SUPPRESSED' },
  RecordState: 'ACTIVE',
  Severity: { Label: 'LOW', Normalized: 1 },
  Types: ['TTPs/Something Else'],
  Note: { Text: 'Known.', UpdatedBy: 'analyst', UpdatedAt: '2026-11-20T12:00:00.000Z' },
  UserDefinedFields: { ticket: 'SOC-1' },
  VerificationState: 'TRUE_POSITIVE',
  Confidence: 80,
  ProductFields: { 'aws/securityhub/ProductName': 'Default', 'mitre/technique': 'T1040' },
  ...changes,
});

describe('sendableAgain', () => {
  it('keeps what we send, and leaves out what Security Hub or an analyst added', () => {
    const sendable = sendableAgain(returned());

    assert.deepEqual(sendable, {
      ...customFinding(),
      RecordState: 'ACTIVE',
      ProductFields: { 'mitre/technique': 'T1040' },
    });
    assert.deepEqual(validateFinding(sendable), []);
  });

  it('takes severity and types from the top level where there is nothing else', () => {
    const { FindingProviderFields: _, ...found } = returned();

    const sendable = sendableAgain(found);

    assert.deepEqual(sendable.FindingProviderFields, { Severity: { Label: 'LOW' }, Types: ['TTPs/Something Else'] });
  });
});
