/** Says whether Security Hub would take a finding from a provider. */

import { AwsSecurityFinding$, type AwsSecurityFinding } from '@aws-sdk/client-securityhub';
import { FINDING_LIMITS } from './finding-limits.ts';
import { isConsistentSeverity } from './severity.ts';
import { compileShape, type Violation } from './shape.ts';
import { parseTimestamp } from './timestamp.ts';

/** Keys under `ProductFields` that only AWS may write. */
const RESERVED_PREFIX = 'aws/';

const checkShape = compileShape(AwsSecurityFinding$, FINDING_LIMITS);

/**
 * Lists what is wrong with a finding, apart from its account, product and size.
 *
 * @param finding any JSON value
 * @returns nothing when the finding is fine, and is then an `AwsSecurityFinding`
 */
export function validateFinding(finding: unknown): readonly Violation[] {
  const violations = checkShape(finding);
  // The rules below read attributes, so they need them to be of the right type.
  return violations.length > 0 ? violations : validateRules(finding as AwsSecurityFinding);
}

function validateRules(finding: AwsSecurityFinding): readonly Violation[] {
  const violations: Violation[] = [];
  const provider = finding.FindingProviderFields;
  // The number is no substitute under FindingProviderFields: there is none.
  const severity = provider?.Severity ?? finding.Severity;
  const label = provider?.Severity === undefined ? (severity?.Label ?? finding.Severity?.Normalized) : severity?.Label;
  if (severity === undefined) {
    violations.push({ path: '', problem: "should have required property 'Severity'" });
  } else if (label === undefined) {
    const path = provider?.Severity === undefined ? '.Severity' : '.FindingProviderFields.Severity';
    violations.push({ path, problem: "should have required property 'Label'" });
  }
  if (finding.Severity !== undefined && !isConsistentSeverity(finding.Severity)) {
    violations.push({ path: '.Severity', problem: 'should have a Normalized that belongs to its Label' });
  }
  if ((provider?.Types ?? finding.Types ?? []).length === 0) {
    violations.push({ path: '', problem: "should have required property 'Types'" });
  }
  for (const key of Object.keys(finding.ProductFields ?? {})) {
    if (key.startsWith(RESERVED_PREFIX)) {
      violations.push({ path: '.ProductFields', problem: `should NOT use the reserved prefix 'aws/' ('${key}')` });
    }
  }
  const created = parseTimestamp(finding.CreatedAt ?? '') ?? 0;
  const updated = parseTimestamp(finding.UpdatedAt ?? '') ?? 0;
  if (updated < created) violations.push({ path: '.UpdatedAt', problem: 'should NOT be before CreatedAt' });
  return violations;
}
