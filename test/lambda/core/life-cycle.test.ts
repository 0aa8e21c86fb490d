import assert from 'node:assert/strict';
import { parseFinding } from '../../../lambda/core/finding.ts';
import { lifeCycleOf } from '../../../lambda/core/life-cycle.ts';
import { configFinding } from '../../support/source-findings.ts';

function lifeCycle(RecordState: string, workflow: string, compliance?: string): string {
  const Compliance = compliance === undefined ? undefined : { Status: compliance };
  const result = parseFinding(configFinding({ RecordState, Workflow: { Status: workflow }, Compliance }));
  assert.ok('finding' in result);
  return lifeCycleOf(result.finding);
}

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
