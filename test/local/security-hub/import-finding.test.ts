import assert from 'node:assert/strict';
import type { AwsSecurityFinding } from '@aws-sdk/client-securityhub';
import type { FindingRecord, StoredFinding } from '../../../local/security-hub/finding.ts';
import { importFinding, type ImportContext } from '../../../local/security-hub/import-finding.ts';
import { updateFinding, type FindingUpdate } from '../../../local/security-hub/update-finding.ts';
import { customFinding, PRODUCT_ARN, REGION } from './hub-fixture.ts';

const PROCESSED_AT = '2025-03-01T12:00:00.000Z';
const CONTEXT: ImportContext = { now: Date.parse(PROCESSED_AT), processedAt: PROCESSED_AT, region: REGION };
const FIRST = '2025-03-01T10:00:00.000Z';
const SECOND = '2025-03-01T11:00:00.000Z';

/** Imports a finding that must be taken. */
function stored(existing: FindingRecord | undefined, changes: Partial<AwsSecurityFinding>): FindingRecord {
  const outcome = importFinding(existing, customFinding(changes), CONTEXT);
  assert.ok(outcome.kind === 'created' || outcome.kind === 'updated', outcome.kind);
  return outcome.record;
}

/** Imports a finding, lets the customer update it, and imports it again. */
function reimported(
  first: Partial<AwsSecurityFinding>,
  update: FindingUpdate,
  second: Partial<AwsSecurityFinding>,
): StoredFinding {
  const updated = updateFinding(stored(undefined, first), update, CONTEXT.now, PROCESSED_AT);
  return stored(updated, { ...second, CreatedAt: FIRST, UpdatedAt: SECOND }).finding;
}

describe('importFinding', () => {
  it('completes a new finding', () => {
    const { finding } = stored(undefined, {});

    assert.deepEqual(finding, {
      ...customFinding(),
      ProductName: 'Default',
      CompanyName: 'Personal',
      Region: REGION,
      Types: ['TTPs/Credential Access'],
      Severity: { Label: 'HIGH', Normalized: 70, Original: '70' },
      ProductFields: {
        'aws/securityhub/FindingId': `${PRODUCT_ARN}/finding-1`,
        'aws/securityhub/ProductName': 'Default',
        'aws/securityhub/CompanyName': 'Personal',
      },
      RecordState: 'ACTIVE',
      Workflow: { Status: 'NEW' },
      WorkflowState: 'NEW',
      ProcessedAt: PROCESSED_AT,
    });
  });

  it('lets a custom integration name itself', () => {
    const { finding } = stored(undefined, { ProductName: 'MITRE ATT&CK', CompanyName: 'Virtual-SOC' });

    assert.equal(finding.ProductName, 'MITRE ATT&CK');
    assert.equal(finding.CompanyName, 'Virtual-SOC');
    assert.equal(finding.ProductFields['aws/securityhub/ProductName'], 'Default');
  });

  it('sets Region, ProcessedAt and WorkflowState itself', () => {
    const { finding } = stored(undefined, {
      Region: 'us-east-1',
      ProcessedAt: '2020-01-01T00:00:00Z',
      WorkflowState: 'RESOLVED',
    });

    assert.equal(finding.Region, REGION);
    assert.equal(finding.ProcessedAt, PROCESSED_AT);
    assert.equal(finding.WorkflowState, 'NEW');
  });

  it('refuses a new finding whose UpdatedAt is not its CreatedAt', () => {
    const outcome = importFinding(undefined, customFinding({ CreatedAt: FIRST, UpdatedAt: SECOND }), CONTEXT);

    assert.deepEqual(outcome, {
      kind: 'refused',
      problem: 'data.UpdatedAt should be equal to CreatedAt for a new finding',
    });
  });

  it('compares CreatedAt and UpdatedAt as instants', () => {
    const record = stored(undefined, {
      CreatedAt: '2025-03-01T10:00:00.0001Z',
      UpdatedAt: '2025-03-01T12:00:00.000+02:00',
    });

    assert.equal(record.updatedAt, Date.parse(FIRST));
    assert.equal(record.finding.CreatedAt, FIRST);
  });

  it('ignores what is not newer', () => {
    const record = stored(undefined, { CreatedAt: FIRST, UpdatedAt: FIRST });

    const same = importFinding(record, customFinding({ CreatedAt: FIRST, Title: 'other' }), CONTEXT);
    const older = importFinding(record, customFinding({ CreatedAt: '2025-02-01T00:00:00Z' }), CONTEXT);
    const lessThanAMillisecond = importFinding(
      record,
      customFinding({ CreatedAt: FIRST, UpdatedAt: '2025-03-01T10:00:00.0004Z' }),
      CONTEXT,
    );

    assert.deepEqual([same.kind, older.kind, lessThanAMillisecond.kind], ['ignored', 'ignored', 'ignored']);
  });

  it('replaces the finding with a newer one', () => {
    const record = stored(undefined, { SourceUrl: 'https://example.com' });

    const { finding } = stored(record, { CreatedAt: FIRST, UpdatedAt: SECOND, Title: 'new title' });

    assert.equal(finding.Title, 'new title');
    assert.equal(finding.UpdatedAt, SECOND);
    assert.equal(finding.SourceUrl, undefined);
  });

  it('leaves the record it replaces as it was', () => {
    const record = stored(undefined, {});
    const before = structuredClone(record);

    stored(record, { CreatedAt: FIRST, UpdatedAt: SECOND, Title: 'new title', RecordState: 'ARCHIVED' });

    assert.deepEqual(record, before);
  });

  it('takes the fields of the investigation with a new finding only', () => {
    const first: Partial<AwsSecurityFinding> = {
      Note: { Text: 'first', UpdatedBy: 'provider', UpdatedAt: FIRST },
      UserDefinedFields: { team: 'first' },
      VerificationState: 'TRUE_POSITIVE',
      Workflow: { Status: 'NOTIFIED' },
    };
    const record = stored(undefined, first);

    const { finding } = stored(record, {
      CreatedAt: FIRST,
      UpdatedAt: SECOND,
      Note: { Text: 'second', UpdatedBy: 'provider', UpdatedAt: SECOND },
      UserDefinedFields: { team: 'second' },
      VerificationState: 'FALSE_POSITIVE',
      Workflow: { Status: 'SUPPRESSED' },
    });

    assert.deepEqual(finding.Note, first.Note);
    assert.deepEqual(finding.UserDefinedFields, first.UserDefinedFields);
    assert.equal(finding.VerificationState, first.VerificationState);
    assert.deepEqual(finding.Workflow, first.Workflow);
  });

  it('does not take a note later when there was none at first', () => {
    const record = stored(undefined, {});

    const { finding } = stored(record, {
      CreatedAt: FIRST,
      UpdatedAt: SECOND,
      Note: { Text: 'late', UpdatedBy: 'provider', UpdatedAt: SECOND },
    });

    assert.equal('Note' in finding, false);
  });

  it('keeps the record state when an update does not name one', () => {
    const record = stored(undefined, { RecordState: 'ARCHIVED' });

    const { finding } = stored(record, { CreatedAt: FIRST, UpdatedAt: SECOND });

    assert.equal(finding.RecordState, 'ARCHIVED');
  });
});

describe('importFinding, FindingProviderFields', () => {
  it('copies them to the top level of a new finding, where they win', () => {
    const { finding } = stored(undefined, {
      Confidence: 1,
      Severity: { Label: 'LOW' },
      Types: ['Effects'],
      FindingProviderFields: {
        Confidence: 2,
        Criticality: 3,
        Severity: { Label: 'CRITICAL' },
        Types: ['TTPs/Discovery'],
        RelatedFindings: [{ ProductArn: PRODUCT_ARN, Id: 'other' }],
      },
    });

    assert.equal(finding.Confidence, 2);
    assert.equal(finding.Criticality, 3);
    assert.deepEqual(finding.Severity, { Label: 'CRITICAL', Normalized: 90 });
    assert.deepEqual(finding.Types, ['TTPs/Discovery']);
    assert.deepEqual(finding.RelatedFindings, [{ ProductArn: PRODUCT_ARN, Id: 'other' }]);
  });

  it('are filled from the top level where they say nothing', () => {
    const { finding } = stored(undefined, {
      Confidence: 1,
      Severity: { Normalized: 55, Original: 'so-so' },
      Types: ['Effects'],
      FindingProviderFields: undefined,
    });

    assert.deepEqual(finding.FindingProviderFields, {
      Confidence: 1,
      Severity: { Label: 'MEDIUM', Original: 'so-so' },
      Types: ['Effects'],
    });
    assert.deepEqual(finding.Severity, { Label: 'MEDIUM', Normalized: 55, Original: 'so-so' });
  });

  it('reach the top level again with an update', () => {
    const record = stored(undefined, {});

    const { finding } = stored(record, {
      CreatedAt: FIRST,
      UpdatedAt: SECOND,
      FindingProviderFields: { Severity: { Label: 'LOW' }, Types: ['TTPs/Discovery'] },
    });

    assert.deepEqual(finding.Severity, { Label: 'LOW', Normalized: 1 });
    assert.deepEqual(finding.Types, ['TTPs/Discovery']);
  });

  it('do not reach what the customer has set', () => {
    const finding = reimported(
      {},
      { Severity: { Label: 'CRITICAL' }, Confidence: 10 },
      { FindingProviderFields: { Severity: { Label: 'LOW' }, Types: ['TTPs/Discovery'], Confidence: 99 } },
    );

    assert.deepEqual(finding.Severity, { Label: 'CRITICAL', Normalized: 90, Original: '70' });
    assert.equal(finding.Confidence, 10);
    assert.deepEqual(finding.Types, ['TTPs/Discovery']);
    assert.deepEqual(finding.FindingProviderFields, {
      Severity: { Label: 'LOW' },
      Types: ['TTPs/Discovery'],
      Confidence: 99,
    });
  });

  it('do not take away what the customer has set when they are silent', () => {
    const finding = reimported({}, { Criticality: 80 }, {});

    assert.equal(finding.Criticality, 80);
    assert.equal(finding.FindingProviderFields.Criticality, undefined);
  });
});

describe('importFinding, workflow', () => {
  for (const [before, after] of [
    ['NEW', 'NEW'],
    ['NOTIFIED', 'NEW'],
    ['RESOLVED', 'NEW'],
    ['SUPPRESSED', 'SUPPRESSED'],
  ] as const) {
    it(`makes ${before} ${after} when an archived finding becomes active`, () => {
      const finding = reimported(
        { RecordState: 'ARCHIVED' },
        { Workflow: { Status: before } },
        { RecordState: 'ACTIVE' },
      );

      assert.equal(finding.Workflow.Status, after);
    });

    for (const compliance of ['FAILED', 'WARNING', 'NOT_AVAILABLE'] as const) {
      it(`makes ${before} ${after} when PASSED becomes ${compliance}`, () => {
        const finding = reimported(
          { Compliance: { Status: 'PASSED' } },
          { Workflow: { Status: before } },
          { Compliance: { Status: compliance } },
        );

        assert.equal(finding.Workflow.Status, after);
      });
    }
  }

  it('leaves it alone when an active finding stays active or is archived', () => {
    const active = reimported({}, { Workflow: { Status: 'NOTIFIED' } }, { RecordState: 'ACTIVE' });
    const archived = reimported({}, { Workflow: { Status: 'RESOLVED' } }, { RecordState: 'ARCHIVED' });
    const passed = reimported(
      { Compliance: { Status: 'FAILED' } },
      { Workflow: { Status: 'NOTIFIED' } },
      { Compliance: { Status: 'PASSED' } },
    );

    assert.equal(active.Workflow.Status, 'NOTIFIED');
    assert.equal(archived.Workflow.Status, 'RESOLVED');
    assert.equal(passed.Workflow.Status, 'NOTIFIED');
  });
});
