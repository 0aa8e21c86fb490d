import { createHash } from 'node:crypto';
import type { CatalogueRows } from '../lambda/core/catalogue.ts';

/** The catalogue without what is said about it as a whole. */
export type CatalogueTables = Omit<CatalogueRows, 'release'>;

/** The columns that identify a row, for each table; the order of the tables is that in which rows refer to earlier ones. */
const KEYS: { readonly [T in keyof CatalogueTables]: readonly (keyof CatalogueTables[T][number])[] } = {
  tactics: ['tacticId'],
  techniques: ['techniqueId'],
  techniqueTactics: ['techniqueId', 'tacticId'],
  mitigations: ['mitigationId'],
  techniqueMitigations: ['techniqueId', 'mitigationId'],
  campaigns: ['campaignId'],
  campaignTechniques: ['campaignId', 'techniqueId'],
  groups: ['groupId'],
  campaignGroups: ['campaignId', 'groupId'],
  groupTechniques: ['groupId', 'techniqueId'],
  unlinkedTechniques: ['techniqueId'],
  redirects: ['oldId'],
  products: ['product'],
  rules: ['provider', 'ruleKey'],
  requirements: ['provider', 'ruleKey', 'requirement'],
  aliases: ['provider', 'alias', 'ruleKey'],
  links: ['provider', 'ruleKey', 'techniqueId'],
  standards: ['standard'],
  controls: ['standard', 'controlId'],
  controlTechniques: ['standard', 'controlId', 'techniqueId'],
};

/** Names of the tables, each after those that its rows refer to. */
export const CATALOGUE_TABLES = Object.keys(KEYS) as readonly (keyof CatalogueTables)[];

/** What makes a row of a table that row and no other: the values of its key columns. */
export function rowKey<T extends keyof CatalogueTables>(table: T, row: CatalogueTables[T][number]): string[] {
  const columns: readonly (keyof CatalogueTables[T][number])[] = KEYS[table];
  return columns.map((column) => String(row[column]));
}

/** The same rows in the order of their keys, compared by code unit, as the database's `COLLATE "C"` does for ASCII. */
export function sortCatalogue(tables: CatalogueTables): CatalogueTables {
  const sorted = CATALOGUE_TABLES.map((table) => [table, sortRows(table, tables[table])]);
  return Object.fromEntries(sorted) as CatalogueTables;
}

function sortRows<T extends keyof CatalogueTables>(
  table: T,
  rows: CatalogueTables[T],
): readonly CatalogueTables[T][number][] {
  const keyed = rows.map((row) => ({ row, key: rowKey(table, row) }));
  return keyed.sort((a, b) => compareKeys(a.key, b.key)).map(({ row }) => row);
}

function compareKeys(a: readonly string[], b: readonly string[]): number {
  for (const [index, part] of a.entries()) {
    const other = b[index] ?? '';
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}

/**
 * SHA-256 in hex over everything in the catalogue, so that equal data has equal version: it depends neither on the order
 * of rows or of properties, nor on where the rows came from.
 */
export function catalogueVersion(release: Omit<CatalogueRows['release'], 'version'>, tables: CatalogueTables): string {
  const { attackRelease, modified, copyright } = release;
  const hash = createHash('sha256').update(JSON.stringify([attackRelease, modified, copyright]));
  const sorted = sortCatalogue(tables);
  for (const table of CATALOGUE_TABLES) {
    hash.update(`\n${table}`);
    for (const row of sorted[table]) hash.update(`\n${JSON.stringify(Object.entries(row).sort(byName))}`);
  }
  return hash.digest('hex');
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
