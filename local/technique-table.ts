/** Technique findings as CSV (RFC 4180), for a spreadsheet. */
import { stringify } from 'csv-stringify/sync';
import type { CatalogueIndex } from '../lambda/core/catalogue-index.ts';
import { type OwnFinding, isOpen } from './own-findings.ts';

/**
 * One row for each technique finding, closed ones included. A cell that a spreadsheet would take for a formula gets an
 * apostrophe before it, since titles and resource names are written by others.
 */
export function techniqueTable(findings: readonly OwnFinding[], catalogue: CatalogueIndex): string {
  const rows = findings.map((finding) => {
    const { ProductFields: fields } = finding;
    return {
      technique_id: fields['mitre/technique'] ?? '',
      technique: finding.Title,
      tactics: fields['mitre/tactics'] ?? '',
      status: isOpen(finding) ? 'open' : finding.RecordState === 'ARCHIVED' ? 'closed' : 'suppressed',
      severity: finding.Severity.Label,
      account: fields['mitre/owner/account'] ?? '',
      region: fields['mitre/owner/region'] ?? '',
      provider: fields['mitre/trigger/service'] ?? '',
      rule: fields['mitre/trigger/rule'] ?? '',
      kind: fields['mitre/trigger/kind'] ?? '',
      effect: fields['mitre/effect'] ?? '',
      score: fields['mitre/score'] ?? '',
      resources: (finding.Resources as { Id: string }[]).map(({ Id }) => Id).join(' '),
      description: finding.Description,
      advice: finding.Remediation.Recommendation.Text,
      updated_at: finding.UpdatedAt,
      source_finding: finding.RelatedFindings?.[0]?.Id ?? '',
      id: finding.Id,
      attack_release: catalogue.attackRelease,
      copyright: catalogue.copyright,
    };
  });
  return stringify(rows, { header: true, columns: COLUMNS, escape_formulas: true, record_delimiter: '\r\n' });
}

const COLUMNS = [
  'technique_id',
  'technique',
  'tactics',
  'status',
  'severity',
  'account',
  'region',
  'provider',
  'rule',
  'kind',
  'effect',
  'score',
  'resources',
  'description',
  'advice',
  'updated_at',
  'source_finding',
  'id',
  'attack_release',
  'copyright',
] as const;
