import assert from 'node:assert/strict';
import { inputEvidence } from '../../local/input-evidence.ts';
import { parseInput } from '../../local/input-file.ts';
import { HERE, MATRIX_CATALOGUE } from '../support/matrix.ts';
import { configFinding, configRuleFinding } from '../support/source-findings.ts';

const read = (...findings: unknown[]) =>
  inputEvidence(parseInput(JSON.stringify(findings), 'test'), MATRIX_CATALOGUE.index);
const outcomes = (...findings: unknown[]) => read(...findings).checks.map(({ ruleKey, outcome }) => [ruleKey, outcome]);
const passed = (changes: Record<string, unknown> = {}) =>
  configRuleFinding('mfa', { Compliance: { Status: 'PASSED' }, ...changes });
const guardDuty = (changes: Record<string, unknown> = {}) =>
  configFinding({
    ProductArn: 'arn:aws:securityhub:eu-west-1::product/aws/guardduty',
    Types: ['TTPs/Attack:Login'],
    ProductFields: {},
    Compliance: undefined,
    ...changes,
  });

describe('inputEvidence', () => {
  it('finds checks that passed, with account and Region', () => {
    const [check] = read(passed()).checks;

    assert.deepEqual([check?.accountId, check?.region], [HERE.accountId, HERE.region]);
    assert.deepEqual(outcomes(passed()), [['mfa', 'passed']]);
  });

  it('calls a check failed that somebody suppressed while it failed', () => {
    const suppressed = configRuleFinding('mfa', { Workflow: { Status: 'SUPPRESSED' } });

    assert.deepEqual(outcomes(suppressed), [['mfa', 'failed']]);
    assert.deepEqual(outcomes({ ...suppressed, Compliance: { Status: 'WARNING' } }), [['mfa', 'unchecked']]);
  });

  it('takes no word of what is open, archived, unmapped or no check', () => {
    const gone = passed({ RecordState: 'ARCHIVED' });
    const resolvedThreat = guardDuty({ Workflow: { Status: 'RESOLVED' } });

    assert.deepEqual(
      outcomes(configRuleFinding('mfa'), { ...gone, Id: 'gone' }, { ...resolvedThreat, Id: 'threat' }),
      [],
    );
    assert.deepEqual(outcomes(configRuleFinding('unheard-of', { Compliance: { Status: 'PASSED' } })), []);
  });

  it('takes the newest word of each source', () => {
    const later = configRuleFinding('mfa', { UpdatedAt: '2026-11-02T10:00:00.000Z' });

    assert.deepEqual(outcomes(passed(), later), []);
    assert.deepEqual(outcomes(later, passed({ UpdatedAt: '2026-11-03T10:00:00.000Z' })), [['mfa', 'passed']]);
  });

  it('takes a recent finding of GuardDuty for a sign that it is on, and neither an old one nor a sample', () => {
    const now = configRuleFinding('mfa', { Id: 'now', UpdatedAt: '2026-12-20T10:00:00.000Z' });

    assert.deepEqual(read(guardDuty()).sensors, [{ ...HERE, provider: 'guardduty', isOn: true }]);
    assert.deepEqual(read(guardDuty(), now).sensors, []);
    assert.deepEqual(read(guardDuty({ Sample: true })).sensors, []);
  });

  it('speaks of the time of the newest finding', () => {
    assert.equal(read(passed()).asOf, '2026-11-01T10:00:00.000Z');
    assert.equal(read().asOf, undefined);
  });
});
