/** Notes on findings, in the words that policies and the permissions boundary share. */
import { Aws } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/**
 * What a note on a finding is not. IAM knows each part of a finding that a call wants to change by a key of its own, absent
 * where it does not.
 *
 * Source: https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchupdatefindings.html
 */
const NO_NOTE = [
  'Confidence',
  'Criticality',
  'RelatedFindings.Id',
  'RelatedFindings.ProductArn',
  'Severity.Label',
  'Severity.Normalized',
  'Severity.Product',
  'Types',
  'UserDefinedFields.name',
  'UserDefinedFields.value',
  'VerificationState',
  'Workflow.Status',
];

/** What says that a finding needs nobody's attention. */
export const HIDES = ['Workflow.Status'];

/**
 * Notes on findings, and nothing else of them: nothing is suppressed or resolved.
 *
 * @param not what of a finding may not be changed
 */
export function writeNotes(not: readonly string[] = NO_NOTE): PolicyStatement {
  return new PolicyStatement({
    sid: 'WriteNotes',
    actions: ['securityhub:BatchUpdateFindings'],
    // A finding is no resource that IAM knows.
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecurityhub.html
    resources: ['*'],
    conditions: {
      StringEquals: { 'aws:RequestedRegion': Aws.REGION },
      Null: Object.fromEntries(not.map((field) => [`securityhub:ASFFSyntaxPath/${field}`, 'true'])),
    },
  });
}
