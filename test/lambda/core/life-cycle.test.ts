import assert from 'node:assert/strict';
import { parseFinding, type SourceFinding } from '../../../lambda/core/finding.ts';
import { closedReasonOf, lifeCycleOf } from '../../../lambda/core/life-cycle.ts';
import { configFinding } from '../../support/source-findings.ts';

function finding(RecordState: string, workflow: string, compliance?: string): SourceFinding {
  const Compliance = compliance === undefined ? undefined : { Status: compliance };
  const result = parseFinding(configFinding({ RecordState, Workflow: { Status: workflow }, Compliance }));
  assert.ok('finding' in result);
  return result.finding;
}

const lifeCycle = (...said: Parameters<typeof finding>) => lifeCycleOf(finding(...said));

describe('lifeCycleOf', () => {
  it('keeps a finding open that somebody was notified of', () => {
    assert.equal(lifeCycle('ACTIVE', 'NOTIFIED', 'FAILED'), 'open');
    assert.equal(lifeCycle('ACTIVE', 'NEW'), 'open');
  });

  it('closes on ARCHIVED, RESOLVED, SUPPRESSED and PASSED, each alone', () => {
    assert.equal(lifeCycle('ARCHIVED', 'NEW', 'FAILED'), 'closed');
    assert.equal(lifeCycle('ACTIVE', 'RESOLVED', 'FAILED'), 'closed');
    assert.equal(lifeCycle('ACTIVE', 'SUPPRESSED', 'FAILED'), 'closed');
    assert.equal(lifeCycle('ACTIVE', 'NEW', 'PASSED'), 'closed');
  });

  it('neither opens nor closes where nothing was checked', () => {
    assert.equal(lifeCycle('ACTIVE', 'NEW', 'WARNING'), 'unknown');
    assert.equal(lifeCycle('ACTIVE', 'NOTIFIED', 'NOT_AVAILABLE'), 'unknown');
  });

  it('closes an archived finding whatever its last check said', () => {
    assert.equal(lifeCycle('ARCHIVED', 'NEW', 'WARNING'), 'closed');
  });
});

describe('closedReasonOf', () => {
  it('tells a check that passed from a person who closed what still fails', () => {
    assert.equal(closedReasonOf(finding('ACTIVE', 'RESOLVED', 'PASSED')), 'passed');
    assert.equal(closedReasonOf(finding('ACTIVE', 'SUPPRESSED', 'FAILED')), 'failed');
    assert.equal(closedReasonOf(finding('ACTIVE', 'RESOLVED', 'WARNING')), 'unchecked');
    assert.equal(closedReasonOf(finding('ACTIVE', 'RESOLVED')), 'handled');
  });

  it('believes no PASSED of what was archived: the resource may be gone', () => {
    assert.equal(closedReasonOf(finding('ARCHIVED', 'RESOLVED', 'PASSED')), 'archived');
  });

  it('has none for what is open or unknown', () => {
    assert.equal(closedReasonOf(finding('ACTIVE', 'NEW', 'FAILED')), undefined);
    assert.equal(closedReasonOf(finding('ACTIVE', 'NEW', 'WARNING')), undefined);
  });
});
