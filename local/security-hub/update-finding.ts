/**
 * What a customer's update (BatchUpdateFindings) does to a finding.
 *
 * Source: https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchUpdateFindings.html
 */

import {
  BatchUpdateFindingsRequest$,
  type AwsSecurityFinding,
  type BatchUpdateFindingsRequest,
} from '@aws-sdk/client-securityhub';
import { SHARED_ATTRIBUTES, type FindingRecord, type StoredFinding } from './finding.ts';
import { UPDATE_LIMITS } from './finding-limits.ts';
import { completeSeverity, isConsistentSeverity } from './severity.ts';
import { compileShape, type Violation } from './shape.ts';

/** The changes of an update request. */
export type FindingUpdate = Omit<BatchUpdateFindingsRequest, 'FindingIdentifiers'>;

const checkShape = compileShape(BatchUpdateFindingsRequest$, UPDATE_LIMITS);

/**
 * Lists what is wrong with an update request.
 *
 * @returns nothing when the request is fine, and is then a `BatchUpdateFindingsRequest`
 */
export function validateUpdate(request: unknown): readonly Violation[] {
  const violations = checkShape(request);
  if (violations.length > 0) return violations;
  const { FindingIdentifiers: _identifiers, ...changes } = request as BatchUpdateFindingsRequest;
  if (Object.keys(changes).length === 0) return [{ path: '', problem: 'should have at least one attribute to update' }];
  if (changes.Severity === undefined) return [];
  if (changes.Severity.Label === undefined && changes.Severity.Normalized === undefined) {
    return [{ path: '.Severity', problem: "should have required property 'Label'" }];
  }
  if (isConsistentSeverity(changes.Severity)) return [];
  return [{ path: '.Severity', problem: 'should have a Normalized that belongs to its Label' }];
}

/**
 * The record after an update. `UpdatedAt` belongs to the provider and stays; `ProcessedAt` moves.
 *
 * @param update a valid update
 * @param now in milliseconds since 1970
 * @param processedAt the same as text
 */
export function updateFinding(
  record: FindingRecord,
  update: FindingUpdate,
  now: number,
  processedAt: string,
): FindingRecord {
  const { finding } = record;
  const customerSet = SHARED_ATTRIBUTES.filter(
    (name) => record.customerSet.includes(name) || update[name] !== undefined,
  );
  const updated: AwsSecurityFinding = { ...finding, ProcessedAt: processedAt };
  if (update.Confidence !== undefined) updated.Confidence = update.Confidence;
  if (update.Criticality !== undefined) updated.Criticality = update.Criticality;
  if (update.RelatedFindings !== undefined) updated.RelatedFindings = update.RelatedFindings;
  if (update.Severity !== undefined) {
    // The update has no Original: that word is the provider's.
    updated.Severity = completeSeverity({ ...update.Severity, Original: finding.Severity.Original });
  }
  if (update.Types !== undefined) updated.Types = update.Types;
  if (update.Note !== undefined) updated.Note = { ...update.Note, UpdatedAt: processedAt };
  if (update.UserDefinedFields !== undefined) updated.UserDefinedFields = update.UserDefinedFields;
  if (update.VerificationState !== undefined) updated.VerificationState = update.VerificationState;
  if (update.Workflow?.Status !== undefined) updated.Workflow = { Status: update.Workflow.Status };
  return { ...record, finding: updated as StoredFinding, processedAt: now, customerSet };
}
