/** What a run leaves behind: the open findings as Security Hub shows them, and counts that agree with them. */
import { QueryTypes, type Sequelize } from 'sequelize';
import { SEVERITY_LABELS } from '../lambda/core/severity.ts';
import type { CatalogueIndex } from '../lambda/core/catalogue-index.ts';
import type { RunReport } from './enrichment-run.ts';
import { type OwnFinding, isOpen } from './own-findings.ts';

/** A rule that no technique is linked to, and how many open sources it has. */
export interface UnmappedRule {
  readonly provider: string;
  readonly rule: string;
  readonly reason: string;
  readonly openSources: number;
}

/** A technique that open sources name themselves and the catalogue does not know. */
export interface UnknownTechnique {
  readonly provider: string;
  readonly rule: string;
  /** As the findings have it. */
  readonly technique: string;
  readonly openSources: number;
}

/** A number with its unit, so that nobody has to guess what was counted. */
export interface Counter {
  readonly value: number;
  readonly unit: string;
}

/** What is open under one tactic. Counts of technique findings; one counts in each of its tactics. */
export interface TacticCount {
  readonly tactic: string;
  readonly name: string;
  readonly techniques: number;
  readonly open: number;
  readonly bySeverity: Readonly<Record<string, number>>;
}

/** Rules of open sources that have no technique, most sources first. */
export async function readUnmapped(sequelize: Sequelize): Promise<UnmappedRule[]> {
  return sequelize.query<UnmappedRule>(
    `SELECT provider, rule_key AS rule, unmapped_reason AS reason, count(*)::int AS "openSources"
     FROM state.source WHERE is_open AND unmapped_reason IS NOT NULL
     GROUP BY provider, rule_key, unmapped_reason
     ORDER BY count(*) DESC, provider, rule_key`,
    { type: QueryTypes.SELECT },
  );
}

/** Techniques that open sources name and the catalogue does not know, most sources first. */
export async function readUnknownTechniques(sequelize: Sequelize): Promise<UnknownTechnique[]> {
  return sequelize.query<UnknownTechnique>(
    `SELECT provider, rule_key AS rule, technique, count(*)::int AS "openSources"
     FROM state.source, unnest(unknown_techniques) AS technique WHERE is_open
     GROUP BY provider, rule_key, technique
     ORDER BY count(*) DESC, provider, rule_key, technique`,
    { type: QueryTypes.SELECT },
  );
}

/** How many sources are open, closed, or were last seen unchecked. */
export async function countSources(sequelize: Sequelize): Promise<{ open: number; closed: number; unchecked: number }> {
  const [counts] = await sequelize.query<{ open: number; closed: number; unchecked: number }>(
    `SELECT count(*) FILTER (WHERE is_open)::int AS open, count(*) FILTER (WHERE NOT is_open)::int AS closed,
        (SELECT count(*)::int FROM state.unchecked) AS unchecked
     FROM state.source`,
    { type: QueryTypes.SELECT },
  );
  return counts ?? { open: 0, closed: 0, unchecked: 0 };
}

/** Counts what is open by tactic, in the order of the matrix; suppressed findings and tactics with nothing open are left out. */
export function countByTactic(techniqueFindings: readonly OwnFinding[], catalogue: CatalogueIndex): TacticCount[] {
  const open = techniqueFindings.filter(isOpen);
  return catalogue.tactics.flatMap((tactic) => {
    const inTactic = open.filter(({ ProductFields }) => ProductFields['mitre/tactics']?.split(';').includes(tactic.id));
    if (inTactic.length === 0) return [];
    const count = (label: string) => inTactic.filter(({ Severity }) => Severity.Label === label).length;
    return [
      {
        tactic: tactic.id,
        name: tactic.name.en,
        techniques: new Set(inTactic.map(({ ProductFields }) => ProductFields['mitre/technique'])).size,
        open: inTactic.length,
        bySeverity: Object.fromEntries(SEVERITY_LABELS.toReversed().map((label) => [label, count(label)])),
      },
    ];
  });
}

/** Everything a run counted, each with its unit. */
export function countersOf(
  report: RunReport,
  techniqueFindings: readonly OwnFinding[],
  tacticFindings: readonly OwnFinding[],
  unmapped: readonly UnmappedRule[],
  sources: { readonly open: number; readonly closed: number; readonly unchecked: number },
): Record<string, Counter> {
  const open = techniqueFindings.filter(isOpen);
  const closed = (findings: readonly OwnFinding[]) => findings.filter(({ RecordState }) => RecordState === 'ARCHIVED');
  const counter = (value: number, unit: string): Counter => ({ value, unit });
  return {
    inputItems: counter(report.items, 'events or findings read'),
    findingsRead: counter(report.findings, 'findings'),
    findingsRejected: counter(report.rejected.length, 'findings'),
    findingsUndelivered: counter(report.undelivered.length, 'events, findings or tactic findings'),
    findingsIgnored: counter(
      Object.values(report.ignored).reduce((sum, count) => sum + count, 0),
      'findings',
    ),
    sourcesOpen: counter(sources.open, 'source findings'),
    sourcesClosed: counter(sources.closed, 'source findings'),
    sourcesUnchecked: counter(sources.unchecked, 'source findings'),
    sourcesUnmapped: counter(
      unmapped.reduce((sum, { openSources }) => sum + openSources, 0),
      'open source findings',
    ),
    rulesUnmapped: counter(unmapped.length, 'rules'),
    techniqueFindingsOpen: counter(open.length, 'technique findings'),
    techniqueFindingsSuppressed: counter(
      techniqueFindings.length - open.length - closed(techniqueFindings).length,
      'open technique findings that analysts suppressed, in no other figure',
    ),
    techniqueFindingsClosed: counter(closed(techniqueFindings).length, 'technique findings'),
    techniqueFindingsWritten: counter(report.techniqueFindingsImported, 'imports of this run'),
    techniqueFindingsArchived: counter(report.techniqueFindingsArchived, 'imports of this run'),
    tacticFindingsOpen: counter(tacticFindings.length - closed(tacticFindings).length, 'tactic findings'),
    tacticFindingsClosed: counter(closed(tacticFindings).length, 'tactic findings'),
    tacticFindingsWritten: counter(report.tacticFindingsSent, 'imports of this run'),
    techniquesOpen: counter(
      new Set(open.map(({ ProductFields }) => ProductFields['mitre/technique'])).size,
      'techniques',
    ),
  };
}
