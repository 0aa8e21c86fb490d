/** A finding as it is sent to BatchImportFindings. https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html */
import type { SeverityLabel } from './severity.ts';

export interface RelatedFinding {
  readonly ProductArn: string;
  readonly Id: string;
}

/** Everything of a finding of ours but its times: equal content needs no second import. */
export interface FindingContent {
  readonly SchemaVersion: '2018-10-08';
  readonly Id: string;
  readonly ProductArn: string;
  readonly ProductName: string;
  readonly CompanyName: string;
  readonly GeneratorId: string;
  readonly AwsAccountId: string;
  readonly Title: string;
  readonly Description: string;
  readonly Remediation: { readonly Recommendation: { readonly Text: string; readonly Url: string } };
  readonly ProductFields: Readonly<Record<string, string>>;
  readonly Resources: readonly unknown[];
  readonly RecordState: 'ACTIVE' | 'ARCHIVED';
  readonly FirstObservedAt?: string | undefined;
  readonly Sample?: boolean | undefined;
  /**
   * Severity, Types and RelatedFindings stand here and not at the top level, so that an update never overwrites what an
   * analyst changed. https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchimportfindings.html
   */
  readonly FindingProviderFields: {
    readonly Severity: { readonly Label: SeverityLabel; readonly Original?: string };
    readonly Types: readonly string[];
    readonly RelatedFindings?: readonly RelatedFinding[] | undefined;
  };
}

/** What an analyst made of a finding. https://docs.aws.amazon.com/securityhub/latest/userguide/findings-workflow-status.html */
export type WorkflowStatus = 'NEW' | 'NOTIFIED' | 'RESOLVED' | 'SUPPRESSED';

/** A finding ready to import. Times are ISO 8601 in UTC with milliseconds. */
export interface AsffFinding extends FindingContent {
  readonly Workflow?: { readonly Status: WorkflowStatus } | undefined;
  readonly CreatedAt: string;
  readonly UpdatedAt: string;
}

/** Completes content with its times. */
export function withTimes(content: FindingContent, createdAt: Date, updatedAt: Date): AsffFinding {
  return { ...content, CreatedAt: createdAt.toISOString(), UpdatedAt: updatedAt.toISOString() };
}
