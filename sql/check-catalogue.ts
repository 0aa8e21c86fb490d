import { parentTechniqueId } from '../lambda/core/attack.ts';
import { type AliasRow, type CatalogueRows, type RuleRow, STANDARDS } from '../lambda/core/catalogue.ts';
import { isNativeProduct } from '../lambda/core/finding-provider.ts';
import { groupBy } from '../lambda/core/group-by.ts';
import { CATALOGUE_TABLES, rowKey } from './canonical-catalogue.ts';
import type { CatalogueProblem } from './catalogue-problem.ts';
import type { ExceptionRow } from './catalogue-review.ts';
import { findNearCopies } from './near-copies.ts';

/** Where a row was read. */
export interface RowPlace {
  readonly file: string;
  /** Line in the file, from 1. */
  readonly row: number;
}

/** Most links of one rule. A rule that seems to need more says little about each technique. */
const MOST_LINKS = 6;

/** Most controls of one standard for a technique: a longer list tells nobody where to begin. */
const MOST_CONTROLS = 8;

/** Reports that something is wrong with a row, in one of its columns or as a whole. */
export type Report = (row: object, column: string | null, message: string) => void;

/** One aspect of the catalogue. */
type Check = (rows: CatalogueRows, report: Report, exceptions: readonly ExceptionRow[]) => void;

/**
 * Checks the rows of a catalogue against one another: what refers to something unknown or revoked, what is there twice,
 * what contradicts itself.
 *
 * @param exceptions rules that may break a check, each with a reviewed reason
 * @param placeOf where a row was read; undefined for a row that does not come from a file
 * @returns the problems, in no particular order; empty for a good catalogue
 */
export function checkCatalogue(
  rows: CatalogueRows,
  exceptions: readonly ExceptionRow[] = [],
  placeOf: (row: object) => RowPlace | undefined = () => undefined,
): CatalogueProblem[] {
  const problems: CatalogueProblem[] = [];
  const report = reportInto(problems, placeOf);
  for (const check of CHECKS) check(rows, report, exceptions);
  return problems;
}

/** Collects reports as problems with the place of their row. */
export function reportInto(problems: CatalogueProblem[], placeOf: (row: object) => RowPlace | undefined): Report {
  return (row, column, message) => {
    const place = placeOf(row);
    problems.push({ file: place?.file ?? '(not in a file)', row: place?.row ?? null, column, message });
  };
}

const CHECKS: readonly Check[] = [
  checkDuplicates,
  checkReferences,
  checkRedirects,
  checkTactics,
  checkTechniqueNames,
  checkTechniqueTactics,
  checkLanguages,
  checkProducts,
  checkRules,
  checkRuleKeys,
  checkAliases,
  checkLinks,
  checkRationales,
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
  const groups = new Set(rows.groups.map((row) => row.groupId));
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
  for (const row of rows.campaignGroups) {
    need(campaigns, row, 'campaign_id', row.campaignId, 'attack/campaigns.csv');
    need(groups, row, 'group_id', row.groupId, 'attack/groups.csv');
  }
  for (const row of rows.groupTechniques) {
    need(groups, row, 'group_id', row.groupId, 'attack/groups.csv');
    needTechnique(row, 'technique_id', row.techniqueId);
  }
  for (const row of rows.unlinkedTechniques) needTechnique(row, 'technique_id', row.techniqueId);
  for (const row of rows.requirements) need(rules, row, 'rule_key', ruleOf(row), `rules/${row.provider}.csv`);
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

/** Every text that people read is there in both languages, and is not the same one twice. */
function checkLanguages(rows: CatalogueRows, report: Report): void {
  const compare = (row: object, what: string, english: string, spanish: string) => {
    if (english === spanish) report(row, `${what}_es`, 'The Spanish text is the English one. Translate it.');
  };
  for (const table of ['tactics', 'techniques', 'mitigations', 'campaigns', 'groups'] as const) {
    for (const row of rows[table]) compare(row, 'summary', row.summaryEn, row.summaryEs);
  }
  for (const row of rows.unlinkedTechniques) compare(row, 'explanation', row.explanationEn, row.explanationEs);
  for (const row of rows.rules) {
    if (row.adviceEn === null) report(row, 'advice_en', 'The rule has no advice in English. Say what to do first.');
    if (row.adviceEs === null) report(row, 'advice_es', 'The rule has no advice in Spanish. Say what to do first.');
    if (row.adviceEn !== null && row.adviceEs !== null) compare(row, 'advice', row.adviceEn, row.adviceEs);
  }
}

function checkProducts(rows: CatalogueRows, report: Report): void {
  for (const row of rows.products) {
    if (isNativeProduct(row.product)) {
      report(row, 'product', `${row.product} is a service of AWS, whose findings are read by the program itself.`);
    }
    if ((row.key === 'product-field') !== (row.field !== null)) {
      report(row, 'field', 'Name the product field here where key is product-field, and only there.');
    }
  }
}

function checkRules(rows: CatalogueRows, report: Report, exceptions: readonly ExceptionRow[]): void {
  const links = groupBy(rows.links, ruleOf);
  const mayHaveMore = new Set(exceptions.filter(({ check }) => check === 'most-links').map(ruleOf));
  for (const row of rows.rules) {
    const own = links.get(ruleOf(row)) ?? [];
    const count = own.length;
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
    if (count > MOST_LINKS && !mayHaveMore.has(ruleOf(row))) {
      report(
        row,
        'rule_key',
        `The rule has ${count} links. Keep the ${MOST_LINKS} that matter most, or give the reason in exceptions.csv.`,
      );
    }
  }
}

/** Keys are exact, so two that a person takes for one another would each get half of the findings. */
function checkRuleKeys(rows: CatalogueRows, report: Report): void {
  const seen = new Map<string, RuleRow>();
  for (const row of rows.rules) {
    if (LOOK_ALIKES.some((pattern) => pattern.test(row.ruleKey))) {
      report(row, 'rule_key', 'The key has letters that only look like Latin ones, or invisible ones. Type it anew.');
    }
    const folded = `${row.provider}\n${foldKey(row.ruleKey)}`;
    const other = seen.get(folded);
    if (other !== undefined && other.ruleKey !== row.ruleKey) {
      report(row, 'rule_key', `The key is nearly ${other.ruleKey}. Make them one rule, and one of the keys an alias.`);
    }
    seen.set(folded, row);
  }
}

/** Latin letters beside Cyrillic or Greek ones, and characters that nobody sees. */
const LOOK_ALIKES = [
  /\p{Script=Latin}.*[\p{Script=Cyrillic}\p{Script=Greek}]/u,
  /[\p{Script=Cyrillic}\p{Script=Greek}].*\p{Script=Latin}/u,
  /\p{Cf}/u,
];

/** A key without what eyes pass over: case, accents and punctuation. */
function foldKey(key: string): string {
  return key
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}!/]/gu, '');
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

/** A rationale that fits other rules as well explains none of them. What is inherited is one text, however many rules have it. */
function checkRationales(rows: CatalogueRows, report: Report): void {
  const inheriting = new Set(rows.rules.filter(({ inherits }) => inherits !== null).map(ruleOf));
  const names = new Map(rows.techniques.map(({ techniqueId, nameEn }) => [techniqueId, nameEn]));
  const own = rows.links.filter((row) => !inheriting.has(ruleOf(row)));
  const texts = own.map((row) => ({
    text: row.rationale,
    without: [row.provider, row.ruleKey, names.get(row.techniqueId) ?? ''],
  }));
  for (const { index, like, words } of findNearCopies(texts)) {
    const row = own[index];
    const other = like === undefined ? undefined : own[like];
    if (row === undefined) continue;
    if (other === undefined) {
      report(row, 'rationale', `Only ${words} words are about this rule. Say what an attacker gets, and how.`);
    } else {
      report(
        row,
        'rationale',
        `It says the same as that of ${other.ruleKey} for ${other.techniqueId} (${other.provider}). Say what is particular.`,
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
  // The list of a verified standard is the publisher's, whole; any other holds only what something is linked to.
  const closed = new Set(rows.standards.filter(({ status }) => status === 'verified').map(({ standard }) => standard));
  const linked = new Set(rows.controlTechniques.map(({ standard, controlId }) => `${standard}\n${controlId}`));
  for (const row of rows.controls) {
    if (closed.has(row.standard) || linked.has(`${row.standard}\n${row.controlId}`)) continue;
    report(row, 'control_id', `No technique is linked to ${row.controlId}. Link one, or remove the control.`);
  }
  for (const standard of STANDARDS) {
    const pairs = rows.controlTechniques.filter((row) => row.standard === standard);
    for (const [techniqueId, own] of groupBy(pairs, (row) => row.techniqueId)) {
      const [first] = own;
      if (own.length <= MOST_CONTROLS || first === undefined) continue;
      report(
        first,
        'technique_id',
        `${techniqueId} has ${own.length} controls. Keep the ${MOST_CONTROLS} that answer it most directly.`,
      );
    }
  }
}

function ruleOf({ provider, ruleKey }: Pick<RuleRow, 'provider' | 'ruleKey'>): string {
  return `${provider}\n${ruleKey}`;
}
