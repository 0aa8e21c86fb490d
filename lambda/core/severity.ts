/**
 * Severity labels and their normalized scores.
 * https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Severity.html
 */
export const SEVERITY_LABELS = ['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export type SeverityLabel = (typeof SEVERITY_LABELS)[number];

const NORMALIZED: Readonly<Record<SeverityLabel, number>> = {
  INFORMATIONAL: 0,
  LOW: 1,
  MEDIUM: 40,
  HIGH: 70,
  CRITICAL: 90,
};

/** The score AWS gives a label: 0, 1, 40, 70 or 90. */
export function normalizedOf(label: SeverityLabel): number {
  return NORMALIZED[label];
}

/** The label of a normalized score from 0 to 100: 0, 1-39, 40-69, 70-89, 90-100. */
export function labelOf(normalized: number): SeverityLabel {
  if (normalized >= NORMALIZED.CRITICAL) return 'CRITICAL';
  if (normalized >= NORMALIZED.HIGH) return 'HIGH';
  if (normalized >= NORMALIZED.MEDIUM) return 'MEDIUM';
  return normalized >= NORMALIZED.LOW ? 'LOW' : 'INFORMATIONAL';
}
