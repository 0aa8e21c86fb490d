import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type SourceFinding, parseFinding } from '../../../lambda/core/finding.ts';
import { configFinding } from '../../support/source-findings.ts';

function parsed(value: unknown): SourceFinding {
  const result = parseFinding(value);
  assert.ok('finding' in result, 'problem' in result ? result.problem : '');
  return result.finding;
}

function problem(value: unknown): string {
  const result = parseFinding(value);
  assert.ok('problem' in result);
  return result.problem;
}

describe('parseFinding', () => {
  it('keeps fields it does not know', () => {
    const finding = parsed(configFinding({ Invented: { deep: [1] } }));

    assert.deepEqual(finding.original['Invented'], { deep: [1] });
  });

  it('prefers the types of the provider to those a customer rewrote', () => {
    const finding = parsed(configFinding({ Types: ['Rewritten'], FindingProviderFields: { Types: ['Sent'] } }));

    assert.deepEqual(finding.types, ['Sent', 'Rewritten']);
  });

  it('keeps INFORMATIONAL informational', () => {
    assert.equal(parsed(configFinding({ Severity: { Label: 'INFORMATIONAL' } })).severity.label, 'INFORMATIONAL');
  });

  it('takes the label from the normalized score where there is no label', () => {
    assert.equal(parsed(configFinding({ Severity: { Normalized: 70 } })).severity.label, 'HIGH');
  });

  it('does without Severity.Original', () => {
    assert.equal(parsed(configFinding({ Severity: { Label: 'CRITICAL' } })).severity.original, undefined);
  });

  it('takes label and original each from the provider where the finding itself has only the other', () => {
    const finding = parsed(
      configFinding({ Severity: { Original: '8.0' }, FindingProviderFields: { Severity: { Label: 'HIGH' } } }),
    );

    assert.deepEqual(finding.severity, { label: 'HIGH', original: '8.0' });
  });

  it('writes FirstObservedAt in one spelling, and leaves out what is no time', () => {
    const spellings = ['2026-11-01T09:00:00,5Z', '2026-11-01T09:00:00+20:00', '0080-11-01T09:00:00Z', 'long ago', ''];

    const times = spellings.map((FirstObservedAt) => parsed(configFinding({ FirstObservedAt })).firstObservedAt);

    assert.deepEqual(times, ['2026-11-01T09:00:00.500Z', '2026-10-31T13:00:00.000Z', undefined, undefined, undefined]);
  });

  it('names each wrong field and what is wrong with it', () => {
    const { Id: _, ...withoutId } = configFinding({ UpdatedAt: 'yesterday', Resources: [] });

    const words = problem(withoutId);

    assert.match(words, /Id: is missing/);
    assert.match(words, /UpdatedAt: is no ISO 8601 timestamp/);
    assert.match(words, /Resources: /);
  });

  it('refuses blank names and years that no database keeps', () => {
    assert.match(problem(configFinding({ Id: ' ' })), /Id: is blank/);
    assert.match(problem(configFinding({ UpdatedAt: '2400-01-01T00:00:00Z' })), /UpdatedAt: is no ISO 8601 timestamp/);
  });

  it('says that a value is no object', () => {
    for (const value of [null, 7, 'text', [configFinding()]]) assert.match(problem(value), /not a JSON object/);
  });

  it('never quotes the content of a finding in a problem', () => {
    assert.doesNotMatch(problem(configFinding({ AwsAccountId: 'secret-value' })), /secret-value/);
  });

  it('answers any JSON value with a finding or a problem and never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(configFinding())), (value, field) => {
        const result = parseFinding(configFinding({ [field]: value }));
        return 'finding' in result || result.problem.length > 0;
      }),
    );
  });
});
