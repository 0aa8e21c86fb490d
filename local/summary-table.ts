/** The results of a run, for a person at a terminal. */
import Table from 'cli-table3';
import { SEVERITY_LABELS } from '../lambda/core/severity.ts';
import type { Results } from './output-directory.ts';

/** Lines of one kind that are shown before the rest is only counted. */
const SHOWN = 10;

/** The results that a terminal shows. */
export type SummarisedResults = Omit<Results, 'posture' | 'report'>;

/** Plain text with two tables; no colours, so that it can be copied into a ticket. */
export function summaryText(results: SummarisedResults): string {
  const { counters, rejected, undelivered, unmapped, unknownTechniques, catalogue } = results;
  const value = (name: string) => counters[name]?.value ?? 0;
  const suppressed = value('techniqueFindingsSuppressed');
  const lines = [
    tacticTable(results),
    '',
    `Input: ${counted(value('inputItems'), 'item')}, ${value('findingsIgnored')} ignored, ${value('findingsRejected')} rejected.`,
    `Sources: ${value('sourcesOpen')} open, ${value('sourcesClosed')} closed, ${value('sourcesUnchecked')} last seen unchecked; ` +
      `${counted(value('sourcesUnmapped'), 'open one')} without a technique ` +
      `(${counted(value('rulesUnmapped'), 'rule')}, see unmapped.json).`,
    `Technique findings: ${value('techniqueFindingsOpen')} open, ${value('techniqueFindingsClosed')} closed, ` +
      `${suppressed > 0 ? `${suppressed} suppressed, ` : ''}for ${counted(value('techniquesOpen'), 'technique')}. ` +
      `Tactic findings: ${value('tacticFindingsOpen')} open, ${value('tacticFindingsClosed')} closed.`,
    `This run wrote ${counted(value('techniqueFindingsWritten'), 'technique finding')} and ` +
      `${counted(value('tacticFindingsWritten'), 'tactic finding')} and archived ${value('techniqueFindingsArchived')}.`,
  ];
  if (unmapped.length > 0) {
    lines.push('', 'Without a technique (most frequent):');
    lines.push(
      ...shown(
        unmapped,
        ({ provider, rule, reason, openSources }) => `${provider} ${rule}: ${reason} (${openSources})`,
      ),
    );
  }
  if (unknownTechniques.length > 0) {
    lines.push('', 'Techniques that findings name and the catalogue does not know:');
    lines.push(
      ...shown(
        unknownTechniques,
        ({ provider, rule, technique, openSources }) => `${technique} (${provider} ${rule}, ${openSources})`,
      ),
    );
  }
  if (rejected.length > 0) {
    lines.push('', 'Rejected:', ...shown(rejected, ({ position, reason }) => `${position}: ${reason}`));
  }
  if (undelivered.length > 0) {
    lines.push(
      '',
      'Not brought into Security Hub:',
      ...shown(undelivered, ({ position, reason }) => `${position}: ${reason}`),
    );
  }
  return [...lines, '', `MITRE ATT&CK v${catalogue.attackRelease}. ${catalogue.copyright}`, ''].join('\n');
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

function tacticTable({ tactics }: SummarisedResults): string {
  const severities = SEVERITY_LABELS.toReversed();
  const table = new Table({
    head: [
      'Tactic',
      'Techniques',
      'Open findings',
      ...severities.map((label) => label.charAt(0) + label.slice(1).toLowerCase()),
    ],
    colAligns: ['left', 'right', 'right', ...severities.map(() => 'right' as const)],
    style: { head: [], border: [] },
  });
  for (const { tactic, name, techniques, open, bySeverity } of tactics) {
    table.push([`${tactic} ${name}`, techniques, open, ...severities.map((label) => bySeverity[label] ?? 0)]);
  }
  return tactics.length > 0 ? table.toString() : 'No technique is open.';
}

/** Control characters of a finding never reach the terminal. */
function shown<T>(items: readonly T[], describe: (item: T) => string): string[] {
  const described = items.slice(0, SHOWN).map((item) => `  ${describe(item).replace(/[\0-\x1f\x7f-\x9f]/g, ' ')}`);
  return items.length > SHOWN ? [...described, `  and ${items.length - SHOWN} more`] : described;
}
