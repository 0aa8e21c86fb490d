import assert from 'node:assert/strict';
import type { FindingRecord, StoredFinding } from '../../../local/security-hub/finding.ts';
import { isExpired } from '../../../local/security-hub/retention.ts';

const DAY = 24 * 3600 * 1000;

function record(RecordState: 'ACTIVE' | 'ARCHIVED', updatedAt: number, processedAt: number): FindingRecord {
  return { finding: { RecordState } as StoredFinding, updatedAt, processedAt, customerSet: [] };
}

describe('isExpired', () => {
  it('keeps an active finding for 90 days', () => {
    const active = record('ACTIVE', 0, 0);

    assert.equal(isExpired(active, 90 * DAY), false);
    assert.equal(isExpired(active, 90 * DAY + 1), true);
  });

  it('keeps an archived finding for 30 days', () => {
    const archived = record('ARCHIVED', 0, 0);

    assert.equal(isExpired(archived, 30 * DAY), false);
    assert.equal(isExpired(archived, 30 * DAY + 1), true);
  });

  it('counts from the later of update and processing', () => {
    assert.equal(isExpired(record('ACTIVE', 0, 10 * DAY), 95 * DAY), false);
    assert.equal(isExpired(record('ACTIVE', 10 * DAY, 0), 95 * DAY), false);
  });
});
