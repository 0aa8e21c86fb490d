/**
 * What an import does to a finding: creates it, updates it, or is ignored.
 *
 * Sources:
 * https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchimportfindings.html
 * https://docs.aws.amazon.com/securityhub/latest/userguide/asff-required-attributes.html
 * https://docs.aws.amazon.com/securityhub/latest/userguide/findings-workflow-status.html
 */

import type {
  AwsSecurityFinding,
  FindingProviderFields,
  FindingProviderSeverity,
  Severity,
  WorkflowStatus,
} from '@aws-sdk/client-securityhub';
import { findingKey, type FindingRecord, type StoredFinding } from './finding.ts';
import { completeSeverity } from './severity.ts';
import { parseTimestamp, storedTimestamp } from './timestamp.ts';

/** What the hub itself knows when it processes a finding. */
export interface ImportContext {
  /** In milliseconds since 1970. */
  readonly now: number;
  /** `now` as text: the `ProcessedAt` of the finding. */
  readonly processedAt: string;
  /** Region of the hub. */
  readonly region: string;
}

/** What came of an import. `refused` says why in the words of an import error. */
export type ImportOutcome =
  | { readonly kind: 'created' | 'updated'; readonly record: FindingRecord }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'refused'; readonly problem: string };

/** Names of the default product, which Security Hub shows until a custom integration sends its own. */
const DEFAULT_PRODUCT_NAME = 'Default';
const DEFAULT_COMPANY_NAME = 'Personal';

/** Compliance states that reopen the workflow when they follow PASSED. */
const NO_LONGER_PASSED = new Set(['WARNING', 'FAILED', 'NOT_AVAILABLE']);

/**
 * Applies an import by the finding's own provider, on the default product.
 *
 * @param existing the finding of that Id, if the hub still has it
 * @param sent a valid finding; when it is stored it is completed in place, so the caller must not use it afterwards
 */
export function importFinding(
  existing: FindingRecord | undefined,
  sent: AwsSecurityFinding,
  context: ImportContext,
): ImportOutcome {
  const updatedAt = instant(sent.UpdatedAt);
  if (existing !== undefined && updatedAt <= existing.updatedAt) return { kind: 'ignored' };
  if (existing === undefined && instant(sent.CreatedAt) !== updatedAt) {
    return { kind: 'refused', problem: 'data.UpdatedAt should be equal to CreatedAt for a new finding' };
  }
  // A custom integration may name itself at the top level. The names under ProductFields stay those of the default
  // product: "Security Hub does not synchronize those two attributes"
  // (https://docs.aws.amazon.com/securityhub/latest/userguide/asff-top-level-attributes.html).
  sent.ProductName ??= DEFAULT_PRODUCT_NAME;
  sent.CompanyName ??= DEFAULT_COMPANY_NAME;
  const productFields = (sent.ProductFields ??= {});
  productFields['aws/securityhub/FindingId'] = findingKey(sent.ProductArn ?? '', sent.Id ?? '');
  productFields['aws/securityhub/ProductName'] = DEFAULT_PRODUCT_NAME;
  productFields['aws/securityhub/CompanyName'] = DEFAULT_COMPANY_NAME;
  sent.Region = context.region;
  return {
    kind: existing === undefined ? 'created' : 'updated',
    record: {
      finding: completeFinding(existing, sent, context),
      updatedAt,
      processedAt: context.now,
      customerSet: existing?.customerSet ?? [],
    },
  };
}

/**
 * Makes what a provider sent a stored finding: the part of an import that is the same for every provider.
 *
 * Works in place, because copying tens of thousands of findings a second is what an import would otherwise mostly do.
 *
 * @param sent with its Region and names of product and company; becomes the stored finding
 */
export function completeFinding(
  existing: FindingRecord | undefined,
  sent: AwsSecurityFinding,
  context: ImportContext,
): StoredFinding {
  const provider = providerFields(sent);
  const severity = completeSeverity({ Normalized: sentNumber(sent), ...provider.Severity });
  sent.FindingProviderFields = provider;
  sent.Types = provider.Types ?? [];
  sent.Severity = severity;
  if (provider.Confidence !== undefined) sent.Confidence = provider.Confidence;
  if (provider.Criticality !== undefined) sent.Criticality = provider.Criticality;
  if (provider.RelatedFindings !== undefined) sent.RelatedFindings = provider.RelatedFindings;
  sent.CreatedAt = storedTimestamp(sent.CreatedAt ?? '');
  sent.UpdatedAt = storedTimestamp(sent.UpdatedAt ?? '');
  if (sent.FirstObservedAt !== undefined) sent.FirstObservedAt = storedTimestamp(sent.FirstObservedAt);
  if (sent.LastObservedAt !== undefined) sent.LastObservedAt = storedTimestamp(sent.LastObservedAt);
  sent.RecordState ??= existing?.finding.RecordState ?? 'ACTIVE';
  sent.Workflow = { Status: workflowStatus(existing, sent) };
  // The retired predecessor of Workflow: Security Hub still returns it and never moves it.
  sent.WorkflowState = 'NEW';
  sent.ProcessedAt = context.processedAt;
  if (existing !== undefined) {
    for (const name of INVESTIGATION) restore(sent, existing.finding, name);
    // What the customer has set wins for ever, even when the provider sends nothing.
    for (const name of existing.customerSet) restore(sent, existing.finding, name);
  }
  return sent as StoredFinding;
}

/** Attributes of the customer's investigation: a provider may only give their first value. */
const INVESTIGATION = ['Note', 'UserDefinedFields', 'VerificationState'] as const;

/** Puts an attribute back to what it was before the import. */
function restore<Name extends keyof AwsSecurityFinding>(
  sent: AwsSecurityFinding,
  before: AwsSecurityFinding,
  name: Name,
): void {
  if (before[name] !== undefined) sent[name] = before[name];
  else if (sent[name] !== undefined) delete sent[name];
}

/**
 * The provider's own values: from `FindingProviderFields`, or from the top level where that says nothing.
 *
 * Security Hub copies them to the top level, so that `FindingProviderFields` beats what else the provider sent there.
 */
function providerFields(sent: AwsSecurityFinding): FindingProviderFields {
  const own = sent.FindingProviderFields ?? {};
  const fields: FindingProviderFields = {};
  const confidence = own.Confidence ?? sent.Confidence;
  if (confidence !== undefined) fields.Confidence = confidence;
  const criticality = own.Criticality ?? sent.Criticality;
  if (criticality !== undefined) fields.Criticality = criticality;
  const related = own.RelatedFindings ?? sent.RelatedFindings;
  if (related !== undefined) fields.RelatedFindings = related;
  const severity = own.Severity ?? withoutNumber(sent.Severity);
  if (severity !== undefined) fields.Severity = severity;
  const types = own.Types ?? sent.Types;
  if (types !== undefined) fields.Types = types;
  return fields;
}

/** `FindingProviderFields.Severity` has no number: the top-level one becomes a label. */
function withoutNumber(severity: Severity | undefined): FindingProviderSeverity | undefined {
  if (severity === undefined) return undefined;
  const { Label, Original } = completeSeverity(severity);
  return Original === undefined ? { Label } : { Label, Original };
}

/** The number the provider sent, where it counts: at the top level, without a `FindingProviderFields.Severity`. */
function sentNumber(sent: AwsSecurityFinding): number | undefined {
  return sent.FindingProviderFields?.Severity === undefined ? sent.Severity?.Normalized : undefined;
}

/** A finding that comes back needs somebody's attention again, unless it was suppressed. */
function workflowStatus(existing: FindingRecord | undefined, sent: AwsSecurityFinding): WorkflowStatus {
  if (existing === undefined) return sent.Workflow?.Status ?? 'NEW';
  const { Workflow: workflow, RecordState: before, Compliance: compliance } = existing.finding;
  const reopened = before === 'ARCHIVED' && sent.RecordState === 'ACTIVE';
  const failsAgain = compliance?.Status === 'PASSED' && NO_LONGER_PASSED.has(sent.Compliance?.Status ?? '');
  const handled = workflow.Status === 'NOTIFIED' || workflow.Status === 'RESOLVED';
  return handled && (reopened || failsAgain) ? 'NEW' : workflow.Status;
}

function instant(text: string | undefined): number {
  return parseTimestamp(text ?? '') ?? 0;
}
