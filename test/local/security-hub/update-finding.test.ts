import assert from 'node:assert/strict';
import type { FindingRecord } from '../../../local/security-hub/finding.ts';
import { importFinding } from '../../../local/security-hub/import-finding.ts';
import { describeViolations } from '../../../local/security-hub/shape.ts';
import { updateFinding, validateUpdate } from '../../../local/security-hub/update-finding.ts';
import { customFinding, PRODUCT_ARN, REGION } from './hub-fixture.ts';

const LATER = '2025-03-02T00:00:00.000Z';

function storedRecord(): FindingRecord {
  const at = '2025-03-01T12:00:00.000Z';
  const outcome = importFinding(undefined, customFinding(), { now: Date.parse(at), processedAt: at, region: REGION });
  assert.equal(outcome.kind, 'created');
  return outcome.record;
}

describe('updateFinding', () => {
  it('sets what the customer may set and dates the note', () => {
    const { finding } = updateFinding(
      storedRecord(),
      {
        Confidence: 1,
        Criticality: 2,
        Note: { Text: 'looking into it', UpdatedBy: 'analyst' },
        RelatedFindings: [{ ProductArn: PRODUCT_ARN, Id: 'other' }],
        Severity: { Normalized: 5 },
        Types: ['Effects'],
        UserDefinedFields: { ticket: '7' },
        VerificationState: 'BENIGN_POSITIVE',
        Workflow: { Status: 'NOTIFIED' },
      },
      Date.parse(LATER),
      LATER,
    );

    assert.equal(finding.Confidence, 1);
    assert.equal(finding.Criticality, 2);
    assert.deepEqual(finding.Note, { Text: 'looking into it', UpdatedBy: 'analyst', UpdatedAt: LATER });
    assert.deepEqual(finding.RelatedFindings, [{ ProductArn: PRODUCT_ARN, Id: 'other' }]);
    assert.deepEqual(finding.Severity, { Label: 'LOW', Normalized: 5, Original: '70' });
    assert.deepEqual(finding.Types, ['Effects']);
    assert.deepEqual(finding.UserDefinedFields, { ticket: '7' });
    assert.equal(finding.VerificationState, 'BENIGN_POSITIVE');
    assert.deepEqual(finding.Workflow, { Status: 'NOTIFIED' });
  });

  it('leaves UpdatedAt and FindingProviderFields to the provider and moves ProcessedAt', () => {
    const before = storedRecord();

    const after = updateFinding(before, { Severity: { Label: 'LOW' } }, Date.parse(LATER), LATER);

    assert.equal(after.finding.UpdatedAt, before.finding.UpdatedAt);
    assert.equal(after.updatedAt, before.updatedAt);
    assert.deepEqual(after.finding.FindingProviderFields, before.finding.FindingProviderFields);
    assert.equal(after.finding.ProcessedAt, LATER);
    assert.equal(after.processedAt, Date.parse(LATER));
  });

  it('leaves the record it replaces as it was', () => {
    const record = storedRecord();
    const before = structuredClone(record);

    updateFinding(record, { Types: ['Effects'], Workflow: { Status: 'RESOLVED' } }, Date.parse(LATER), LATER);

    assert.deepEqual(record, before);
  });

  it('remembers which shared attributes the customer has set', () => {
    const first = updateFinding(storedRecord(), { Types: ['Effects'] }, Date.parse(LATER), LATER);
    const second = updateFinding(first, { Confidence: 0, Workflow: { Status: 'NEW' } }, Date.parse(LATER), LATER);

    assert.deepEqual(first.customerSet, ['Types']);
    assert.deepEqual(second.customerSet, ['Confidence', 'Types']);
  });
});

describe('validateUpdate', () => {
  const identifiers = [{ Id: 'finding-1', ProductArn: PRODUCT_ARN }];
  const problems = (changes: Readonly<Record<string, unknown>>) =>
    describeViolations(validateUpdate({ FindingIdentifiers: identifiers, ...changes }));

  it('takes a good update', () => {
    assert.equal(problems({ Workflow: { Status: 'SUPPRESSED' } }), '');
  });

  for (const [what, changes, message] of [
    ['nothing to update', {}, /at least one attribute/],
    ['no findings', { FindingIdentifiers: [], Confidence: 1 }, /FindingIdentifiers should NOT have fewer than 1/],
    ['101 findings', { FindingIdentifiers: Array(101).fill(identifiers[0]), Confidence: 1 }, /more than 100 items/],
    ['an unknown attribute', { RecordState: 'ARCHIVED' }, /additional properties \('RecordState'\)/],
    ['an unknown workflow', { Workflow: { Status: 'DONE' } }, /Workflow\.Status/],
    ['a note without author', { Note: { Text: 'n' } }, /required property 'UpdatedBy'/],
    ['a long note', { Note: { Text: 'n'.repeat(513), UpdatedBy: 'me' } }, /Note\.Text should NOT be longer/],
    ['a type of another namespace', { Types: ['Tags'] }, /Types\[0\]/],
    ['an empty severity', { Severity: {} }, /required property 'Label'/],
    ['a contradictory severity', { Severity: { Label: 'LOW', Normalized: 95 } }, /belongs to its Label/],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.match(problems(changes), message);
    });
  }
});
