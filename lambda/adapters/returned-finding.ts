/** Findings of ours as Security Hub gives them back, and as it takes them again. */
import type { AwsSecurityFinding } from '@aws-sdk/client-securityhub';
import type { AsffFinding } from '../core/asff-finding.ts';

/**
 * What we send, but for FindingProviderFields and ProductFields, which need a closer look. A list of what to keep and not of
 * what to leave out: Security Hub adds to findings (Region, ProcessedAt, Workflow, …), and what it adds tomorrow must not be
 * sent back either.
 */
const SENT = [
  'SchemaVersion',
  'Id',
  'ProductArn',
  'ProductName',
  'CompanyName',
  'GeneratorId',
  'AwsAccountId',
  'Title',
  'Description',
  'Remediation',
  'Resources',
  'RecordState',
  'FirstObservedAt',
  'Sample',
  'CreatedAt',
  'UpdatedAt',
] as const satisfies readonly (keyof AsffFinding)[];

/** Keys that only AWS may write. https://docs.aws.amazon.com/securityhub/latest/userguide/asff-top-level-attributes.html */
const RESERVED_PREFIX = 'aws/';

/**
 * The finding without what Security Hub or an analyst added. Severity, Types and RelatedFindings are those of ours, under
 * FindingProviderFields; at the top level they may be an analyst's.
 */
export function sendableAgain(found: AwsSecurityFinding): AsffFinding {
  const { FindingProviderFields: provider = {}, ProductFields = {} } = found;
  const { Label = 'INFORMATIONAL', Original } = provider.Severity ?? found.Severity ?? {};
  const RelatedFindings = provider.RelatedFindings;
  const sent = {
    ...Object.fromEntries(SENT.flatMap((name) => (found[name] === undefined ? [] : [[name, found[name]]]))),
    ProductFields: Object.fromEntries(
      Object.entries(ProductFields).filter(([key]) => !key.startsWith(RESERVED_PREFIX)),
    ),
    FindingProviderFields: {
      Severity: Original === undefined ? { Label } : { Label, Original },
      Types: provider.Types ?? found.Types ?? [],
      ...(RelatedFindings ? { RelatedFindings } : {}),
    },
  };
  return sent as unknown as AsffFinding;
}
