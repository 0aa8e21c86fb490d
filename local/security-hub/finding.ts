/** Findings as the local Security Hub keeps and returns them. */

import type {
  AwsSecurityFinding,
  FindingProviderFields,
  RecordState,
  Severity,
  SeverityLabel,
  WorkflowStatus,
} from '@aws-sdk/client-securityhub';

/** A finding with everything that Security Hub adds to what the provider sent. Once stored it is never changed in place. */
export interface StoredFinding extends AwsSecurityFinding {
  readonly Id: string;
  readonly ProductArn: string;
  readonly AwsAccountId: string;
  readonly CreatedAt: string;
  readonly UpdatedAt: string;
  readonly ProductName: string;
  readonly CompanyName: string;
  readonly Region: string;
  readonly Severity: Severity & { readonly Label: SeverityLabel; readonly Normalized: number };
  readonly Types: string[];
  readonly ProductFields: Record<string, string>;
  readonly FindingProviderFields: FindingProviderFields;
  readonly RecordState: RecordState;
  readonly Workflow: { readonly Status: WorkflowStatus };
  readonly WorkflowState: 'NEW';
  readonly ProcessedAt: string;
}

/** Attributes that both the provider (under `FindingProviderFields`) and the customer (at the top level) may set. */
export const SHARED_ATTRIBUTES = ['Confidence', 'Criticality', 'RelatedFindings', 'Severity', 'Types'] as const;
export type SharedAttribute = (typeof SHARED_ATTRIBUTES)[number];

/** A finding and what Security Hub remembers about it. Never changed in place: an update makes a new record. */
export interface FindingRecord {
  readonly finding: StoredFinding;
  /** `UpdatedAt` in milliseconds since 1970. */
  readonly updatedAt: number;
  /** `ProcessedAt` in milliseconds since 1970. */
  readonly processedAt: number;
  /** Shared attributes that BatchUpdateFindings has set: an import no longer changes them at the top level. */
  readonly customerSet: readonly SharedAttribute[];
}

/** What identifies a finding: also the resource of its events and its `aws/securityhub/FindingId`. */
export function findingKey(productArn: string, id: string): string {
  return `${productArn}/${id}`;
}
