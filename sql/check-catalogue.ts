import { parentTechniqueId } from '../lambda/core/attack.ts';
import type { AliasRow, CatalogueRows, RuleRow } from '../lambda/core/catalogue.ts';
import { CATALOGUE_TABLES, rowKey } from './canonical-catalogue.ts';
import type { CatalogueProblem } from './catalogue-problem.ts';

/** Where a row was read. */
export interface RowPlace {
  readonly file: string;
  /** Line in the file, from 1. */
  readonly row: number;
}

/** Most links of one rule. A rule that seems to need more says little about each technique. */
const MOST_LINKS = 6;

/** Reports that something is wrong with a row, in one of its columns or as a whole. */
type Report = (row: object, column: string | null, message: string) => void;

/** One aspect of the catalogue. */
type Check = (rows: CatalogueRows, report: Report) => void;

/**
 * Checks the rows of a catalogue against one another: what refers to something unknown or revoked, what is there twice,
 * what contradicts itself.
 *
 * @param placeOf where a row was read; undefined for a row that does not come from a file
 * @returns the problems, in no particular order; empty for a good catalogue
 */
export function checkCatalogue(
  rows: CatalogueRows,
  placeOf: (row: object) => RowPlace | undefined = () => undefined,
): CatalogueProblem[] {
  const problems: CatalogueProblem[] = [];
  const report: Report = (row, column, message) => {
    const place = placeOf(row);
    problems.push({ file: place?.file ?? '(not in a file)', row: place?.row ?? null, column, message });
  };
  for (const check of CHECKS) check(rows, report);
  return problems;
}

const CHECKS: readonly Check[] = [
  checkDuplicates,
  checkReferences,
  checkRedirects,
  checkTactics,
  checkTechniqueNames,
  checkTechniqueTactics,
  checkRules,
  checkAliases,
  checkLinks,
  checkStandards,
];

function checkDuplicates(rows: CatalogueRows, report: Report): void {
  for (const table of CATALOGUE_TABLES) {
    const seen = new Set<string>();
    for (const row of rows[table]) {
      const key = rowKey(table, row);
      const joined = key.join('\n');
      if (seen.has(joined)) report(row, null, `${key.join(', ')} is there twice. Remove one row.`);
      seen.add(joined);
    }
  }
}

function checkReferences(rows: CatalogueRows, report: Report): void {
  const tactics = new Set(rows.tactics.map((row) => row.tacticId));
  const techniques = new Set(rows.techniques.map((row) => row.techniqueId));
  const mitigations = new Set(rows.mitigations.map((row) => row.mitigationId));
  const campaigns = new Set(rows.campaigns.map((row) => row.campaignId));
  const rules = new Set(rows.rules.map(ruleOf));
  const standards = new Set(rows.standards.map((row) => row.standard));
  const controls = new Set(rows.controls.map((row) => `${row.standard}\n${row.controlId}`));
  const redirects = new Map(rows.redirects.map((row) => [row.oldId, row]));

  const needTechnique = (row: object, column: string, id: string) => {
    if (techniques.has(id)) return;
    const redirect = redirects.get(id);
    if (redirect === undefined) return report(row, column, `There is no technique ${id} in attack/techniques.csv.`);
    const remedy = redirect.newId === null ? 'It has no successor.' : `Use ${redirect.newId}.`;
    report(row, column, `${id} was withdrawn by ATT&CK ${redirect.sinceRelease}. ${remedy}`);
  };
  const need = (known: ReadonlySet<string>, row: object, column: string, id: string, file: string) => {
    if (!known.has(id)) report(row, column, `There is no ${id.split('\n').at(-1)} in ${file}.`);
  };

  for (const row of rows.techniques) if (row.parentId !== null) needTechnique(row, 'parent_id', row.parentId);
  for (const row of rows.techniqueTactics) {
    needTechnique(row, 'technique_id', row.techniqueId);
    need(tactics, row, 'tactic_id', row.tacticId, 'attack/tactics.csv');
  }
  for (const row of rows.techniqueMitigations) {
    needTechnique(row, 'technique_id', row.techniqueId);
    need(mitigations, row, 'mitigation_id', row.mitigationId, 'attack/mitigations.csv');
  }
  for (const row of rows.campaignTechniques) {
    need(campaigns, row, 'campaign_id', row.campaignId, 'attack/campaigns.csv');
    needTechnique(row, 'technique_id', row.techniqueId);
  }
  for (const row of rows.aliases) need(rules, row, 'rule_key', ruleOf(row), `rules/${row.provider}.csv`);
  for (const row of rows.links) {
    need(rules, row, 'rule_key', ruleOf(row), `rules/${row.provider}.csv`);
    needTechnique(row, 'technique_id', row.techniqueId);
    for (const tacticId of row.tacticIds) need(tactics, row, 'tactics', tacticId, 'attack/tactics.csv');
  }
  for (const row of rows.controls) need(standards, row, 'standard', row.standard, 'standards.csv');
  for (const row of rows.controlTechniques) {
    need(controls, row, 'control_id', `${row.standard}\n${row.controlId}`, `controls/${row.standard}.csv`);
    needTechnique(row, 'technique_id', row.techniqueId);
  }
}

function checkRedirects(rows: CatalogueRows, report: Report): void {
  const techniques = new Set(rows.techniques.map((row) => row.techniqueId));
  const withdrawn = new Set(rows.redirects.map((row) => row.oldId));
  for (const row of rows.redirects) {
    if (techniques.has(row.oldId)) {
      report(row, 'old_id', `${row.oldId} is also in attack/techniques.csv. Remove it from one of the two.`);
    }
    if (row.newId !== null && withdrawn.has(row.newId)) {
      report(row, 'new_id', `${row.newId} was withdrawn itself. Name its successor.`);
    }
  }
}

function checkTactics(rows: CatalogueRows, report: Report): void {
  for (const [column, valueOf] of [
    ['position', (row: CatalogueRows['tactics'][number]) => String(row.position)],
    ['shortname', (row: CatalogueRows['tactics'][number]) => row.shortname],
  ] as const) {
    const seen = new Map<string, string>();
    for (const row of rows.tactics) {
      const value = valueOf(row);
      const other = seen.get(value);
      if (other !== undefined) report(row, column, `${other} has "${value}" too. Each tactic has its own.`);
      seen.set(value, row.tacticId);
    }
  }
}

function checkTechniqueNames(rows: CatalogueRows, report: Report): void {
  const techniques = new Map(rows.techniques.map((row) => [row.techniqueId, row]));
  for (const row of rows.techniques) {
    const parentId = parentTechniqueId(row.techniqueId) ?? null;
    if (row.parentId !== parentId) {
      report(row, 'parent_id', parentId === null ? 'Only a sub-technique has a parent.' : `Write ${parentId}.`);
      continue;
    }
    const parent = parentId === null ? undefined : techniques.get(parentId);
    if (parent === undefined) continue;
    for (const [column, own, parents] of [
      ['name_en', row.nameEn, parent.nameEn],
      ['name_es', row.nameEs, parent.nameEs],
    ] as const) {
      if (!own.startsWith(`${parents}: `)) {
        report(row, column, `The name of a sub-technique starts with its technique's: "${parents}: …".`);
      }
    }
  }
}

function checkTechniqueTactics(rows: CatalogueRows, report: Report): void {
  const withTactics = new Set(rows.techniqueTactics.map((row) => row.techniqueId));
  for (const row of rows.techniques) {
    if (!withTactics.has(row.techniqueId)) {
      report(row, 'technique_id', `${row.techniqueId} belongs to no tactic. Add it to attack/technique-tactics.csv.`);
    }
  }
}

function checkRules(rows: CatalogueRows, report: Report): void {
  const links = groupBy(rows.links, ruleOf);
  for (const row of rows.rules) {
    const count = links.get(ruleOf(row))?.length ?? 0;
    if (count === 0 && row.notMappable === null) {
      report(
        row,
        'not_mappable',
        `The rule has no link. Add one to links/${row.provider}.csv, or say here why it has none.`,
      );
    }
    if (count > 0 && row.notMappable !== null) {
      report(
        row,
        'not_mappable',
        `The rule has ${count} links, so it is mappable. Empty this cell, or remove the links.`,
      );
    }
    if (count > MOST_LINKS) {
      report(row, 'rule_key', `The rule has ${count} links. Keep the ${MOST_LINKS} that matter most.`);
    }
    if (row.adviceEn === null && row.adviceEs !== null)
      report(row, 'advice_en', 'The advice is in Spanish only. Translate it.');
    if (row.adviceEs === null && row.adviceEn !== null)
      report(row, 'advice_es', 'The advice is in English only. Translate it.');
  }
}

function checkAliases(rows: CatalogueRows, report: Report): void {
  const rules = new Set(rows.rules.map(ruleOf));
  for (const meanings of groupBy(rows.aliases, (row) => `${row.provider}\n${row.alias}`).values()) {
    const [first] = meanings;
    if (first === undefined) continue;
    const isRuleKey = rules.has(ruleOf({ provider: first.provider, ruleKey: first.alias }));
    for (const row of meanings) {
      const problem = aliasProblem(row, first.meaning, meanings.length, isRuleKey);
      if (problem !== undefined) report(row, 'meaning', problem);
    }
  }
}

function aliasProblem(
  row: AliasRow,
  meaning: AliasRow['meaning'],
  count: number,
  isRuleKey: boolean,
): string | undefined {
  if (row.meaning !== meaning)
    return `Another row of "${row.alias}" says ${meaning}. All rows of an alias have one meaning.`;
  if (isRuleKey && meaning !== 'ambiguous') {
    return `"${row.alias}" is itself a rule of ${row.provider}, which it would hide. Only an ambiguous alias may be one.`;
  }
  switch (meaning) {
    case 'same':
      return count > 1
        ? `"${row.alias}" names ${count} rules. Write union if all are meant, else ambiguous.`
        : undefined;
    case 'union':
      return count < 2 ? `"${row.alias}" names one rule only. Write same, or add the others.` : undefined;
    case 'ambiguous':
      return count < 2 && !isRuleKey
        ? `"${row.alias}" names one rule only. Add the others that it may mean, or write same.`
        : undefined;
  }
}

function checkLinks(rows: CatalogueRows, report: Report): void {
  const tacticsOf = groupBy(rows.techniqueTactics, (row) => row.techniqueId);
  const linked = new Set(rows.links.map((row) => `${ruleOf(row)}\n${row.techniqueId}`));
  for (const row of rows.links) {
    const tactics = tacticsOf.get(row.techniqueId)?.map((pair) => pair.tacticId) ?? [];
    const foreign = row.tacticIds.filter((id) => !tactics.includes(id));
    if (tactics.length > 0 && foreign.length > 0) {
      report(
        row,
        'tactics',
        `${row.techniqueId} does not belong to ${foreign.join(', ')}, only to ${tactics.join(', ')}.`,
      );
    }
    const parent = parentTechniqueId(row.techniqueId);
    if (parent !== undefined && linked.has(`${ruleOf(row)}\n${parent}`)) {
      report(
        row,
        'technique_id',
        `The rule is linked to ${parent} and to its sub-technique ${row.techniqueId}. Keep one.`,
      );
    }
  }
}

function checkStandards(rows: CatalogueRows, report: Report): void {
  for (const row of rows.standards) {
    if (row.status === 'verified' && row.idListSource === null) {
      report(row, 'id_list_source', 'A verified standard has a closed list of control ids. Say where it is from.');
    }
  }
}

function ruleOf({ provider, ruleKey }: Pick<RuleRow, 'provider' | 'ruleKey'>): string {
  return `${provider}\n${ruleKey}`;
}

function groupBy<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}
