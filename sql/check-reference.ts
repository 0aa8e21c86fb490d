/** Checks the catalogue against the closed lists of ATT&CK and AWS: nothing is missing, misnamed or made up. */
import type { CatalogueRows } from '../lambda/core/catalogue.ts';
import type { CatalogueProblem } from './catalogue-problem.ts';
import { type Report, reportInto, type RowPlace } from './check-catalogue.ts';
import type { AttackReleaseReference, DocumentedRules } from './reference-files.ts';

/** The lists to check against. */
export interface CatalogueReference {
  readonly release: AttackReleaseReference;
  /** Every current Enterprise technique, by id; on a cloud platform or not. */
  readonly enterprise: ReadonlyMap<string, string>;
  readonly documented: readonly DocumentedRules[];
}

/** @returns the problems; empty for a good catalogue */
export function checkReference(
  rows: CatalogueRows,
  reference: CatalogueReference,
  placeOf: (row: object) => RowPlace | undefined = () => undefined,
): CatalogueProblem[] {
  const problems: CatalogueProblem[] = [];
  const report = reportInto(problems, placeOf);
  checkTactics(rows, reference, report);
  checkTechniques(rows, reference, report);
  checkDocumentedRules(rows, reference, report);
  return problems;
}

function checkTactics(rows: CatalogueRows, { release }: CatalogueReference, report: Report): void {
  for (const row of rows.tactics) {
    const released = release.tactics.get(row.tacticId);
    if (released === undefined) report(row, 'tactic_id', `The release has no ${row.tacticId}. Remove it.`);
    else if (released.name !== row.nameEn) report(row, 'name_en', `The release calls it "${released.name}".`);
    else if (released.position !== row.position) {
      report(row, 'position', `In the release it stands in place ${released.position}.`);
    }
  }
  const here = new Set(rows.tactics.map(({ tacticId }) => tacticId));
  for (const id of release.tactics.keys()) {
    if (!here.has(id)) report({}, 'tactic_id', `attack/tactics.csv lacks ${id}.`);
  }
}

function checkTechniques(rows: CatalogueRows, { release, enterprise }: CatalogueReference, report: Report): void {
  const tacticIds = new Map<string, string[]>();
  for (const { techniqueId, tacticId } of rows.techniqueTactics) {
    tacticIds.set(techniqueId, [...(tacticIds.get(techniqueId) ?? []), tacticId].sort());
  }
  for (const row of rows.techniques) {
    const released = release.techniques.get(row.techniqueId);
    if (row.matrix === 'off-matrix') {
      const parent = enterprise.get(row.parentId ?? '');
      const own = enterprise.get(row.techniqueId);
      const name = parent === undefined ? own : `${parent}: ${own ?? ''}`;
      if (own === undefined) report(row, 'technique_id', `The release has no ${row.techniqueId}. Remove it.`);
      else if (name !== row.nameEn) report(row, 'name_en', `The release calls it "${name ?? ''}".`);
      if (released !== undefined) report(row, 'matrix', `The release has ${row.techniqueId} on a cloud platform.`);
      continue;
    }
    if (released === undefined) {
      report(row, 'technique_id', `The cloud matrix of the release has no ${row.techniqueId}. Remove it.`);
      continue;
    }
    if (released.name !== row.nameEn) report(row, 'name_en', `The release calls it "${released.name}".`);
    if (released.platforms.join() !== row.platforms.join()) {
      report(row, 'platforms', `In the release it is on ${released.platforms.join(';')}.`);
    }
    if (released.tacticIds.join() !== (tacticIds.get(row.techniqueId) ?? []).join()) {
      report(row, 'technique_id', `In the release it is under ${released.tacticIds.join(', ')}.`);
    }
  }
  const here = new Set(rows.techniques.map(({ techniqueId }) => techniqueId));
  for (const id of release.techniques.keys()) {
    if (!here.has(id)) report({}, 'technique_id', `attack/techniques.csv lacks ${id}.`);
  }
}

/** All that is active is in; what we call active is; and no key is of our own making. */
function checkDocumentedRules(rows: CatalogueRows, { documented }: CatalogueReference, report: Report): void {
  for (const { provider, active, former } of documented) {
    const own = rows.rules.filter((row) => row.provider === provider);
    const here = new Set(own.map(({ ruleKey }) => ruleKey));
    for (const key of active) {
      if (!here.has(key))
        report({}, 'rule_key', `rules/${provider}.csv lacks ${key}. Map it, or say why it cannot be.`);
    }
    for (const row of own) {
      const wanted = active.has(row.ruleKey) ? 'active' : 'retired';
      if (!active.has(row.ruleKey) && !former.has(row.ruleKey)) {
        report(row, 'rule_key', `${provider} documents no ${row.ruleKey}. Correct the key.`);
      } else if (row.status !== wanted) {
        report(
          row,
          'status',
          `${provider} lists it as ${wanted === 'active' ? 'active' : 'no longer active'}. Write ${wanted}.`,
        );
      }
    }
  }
}
