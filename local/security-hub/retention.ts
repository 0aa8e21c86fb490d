/**
 * How long Security Hub keeps a finding that nobody updates.
 *
 * Source: https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings.html
 */

import type { FindingRecord } from './finding.ts';

const DAY = 24 * 3600 * 1000;
/** For active findings. */
export const ACTIVE_RETENTION_MILLISECONDS = 90 * DAY;
/** For archived findings. */
export const ARCHIVED_RETENTION_MILLISECONDS = 30 * DAY;

/** Whether Security Hub has deleted the finding by now: a question of its last update or processing alone. */
export function isExpired(record: FindingRecord, now: number): boolean {
  const last = Math.max(record.updatedAt, record.processedAt);
  const archived = record.finding.RecordState === 'ARCHIVED';
  return now - last > (archived ? ARCHIVED_RETENTION_MILLISECONDS : ACTIVE_RETENTION_MILLISECONDS);
}
