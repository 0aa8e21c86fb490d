/** Whether a source finding says that something is wrong now. */
import type { SourceFinding } from './finding.ts';

/**
 * - `open`: RecordState ACTIVE, workflow NEW or NOTIFIED, compliance absent or FAILED.
 * - `closed`: ARCHIVED, RESOLVED, SUPPRESSED or PASSED. Since 3 July 2025 a control that passes keeps its finding, so
 *   PASSED alone closes. https://docs.aws.amazon.com/securityhub/latest/userguide/controls-findings-create-update.html
 * - `unknown`: WARNING or NOT_AVAILABLE, which say that nothing was checked: they open and close nothing.
 */
export type LifeCycle = 'open' | 'closed' | 'unknown';

/** The life-cycle state that one event of a source finding reports. */
export function lifeCycleOf(finding: SourceFinding): LifeCycle {
  if (finding.recordState === 'ARCHIVED') return 'closed';
  if (finding.workflowStatus === 'RESOLVED' || finding.workflowStatus === 'SUPPRESSED') return 'closed';
  if (finding.complianceStatus === 'PASSED') return 'closed';
  if (finding.complianceStatus === 'WARNING' || finding.complianceStatus === 'NOT_AVAILABLE') return 'unknown';
  return 'open';
}

/**
 * Why a closed finding is closed, as far as its event says: its check passed; its provider archived it; or a person
 * suppressed or resolved it while its check failed, could not look, or says nothing.
 */
export type ClosedReason = 'archived' | 'passed' | 'failed' | 'unchecked' | 'handled';

const BY_COMPLIANCE = { PASSED: 'passed', FAILED: 'failed', WARNING: 'unchecked', NOT_AVAILABLE: 'unchecked' } as const;

/** Undefined for a finding that is not closed. */
export function closedReasonOf(finding: SourceFinding): ClosedReason | undefined {
  if (lifeCycleOf(finding) !== 'closed') return undefined;
  if (finding.recordState === 'ARCHIVED') return 'archived';
  return finding.complianceStatus === undefined ? 'handled' : BY_COMPLIANCE[finding.complianceStatus];
}
