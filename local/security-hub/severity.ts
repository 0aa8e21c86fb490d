/**
 * Severity labels and their numbers.
 *
 * Source: https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Severity.html
 */

import type { Severity, SeverityLabel } from '@aws-sdk/client-securityhub';

/** The lowest `Normalized` of each label: also the value Security Hub gives when only the label is sent. */
const LOWEST: readonly (readonly [SeverityLabel, number])[] = [
  ['CRITICAL', 90],
  ['HIGH', 70],
  ['MEDIUM', 40],
  ['LOW', 1],
  ['INFORMATIONAL', 0],
];

/** The label of a normalized severity from 0 to 100. */
export function labelOf(normalized: number): SeverityLabel {
  return LOWEST.find(([, lowest]) => normalized >= lowest)?.[0] ?? 'INFORMATIONAL';
}

/** The normalized severity that stands for a label. */
export function normalizedOf(label: SeverityLabel): number {
  return LOWEST.find(([name]) => name === label)?.[1] ?? 0;
}

/** Label and number of a severity: each given, or derived from the other. */
export function completeSeverity(severity: Severity): Severity & { Label: SeverityLabel; Normalized: number } {
  const label = severity.Label ?? labelOf(severity.Normalized ?? 0);
  return {
    Label: label,
    Normalized: severity.Normalized ?? normalizedOf(label),
    ...(severity.Original === undefined ? {} : { Original: severity.Original }),
  };
}

/**
 * Whether label and number say the same. AWS does not say which of the two wins when they disagree, so relying on
 * either would be a guess: the local Security Hub refuses such a severity.
 */
export function isConsistentSeverity(severity: Severity): boolean {
  if (severity.Label === undefined || severity.Normalized === undefined) return true;
  return labelOf(severity.Normalized) === severity.Label;
}
