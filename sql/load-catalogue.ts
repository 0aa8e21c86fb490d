import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import type { CatalogueRows } from '../lambda/core/catalogue.ts';
import { CATALOGUE_TABLES, type CatalogueTables } from './canonical-catalogue.ts';
import { CATALOGUE_DIRECTORY, readCatalogueFiles } from './catalogue-files.ts';
import type { CatalogueProblem } from './catalogue-problem.ts';

/** The database holds the catalogue of the files. */
export interface LoadedCatalogue {
  /** False when it did before, and nothing was written. */
  readonly changed: boolean;
  /** SHA-256 of the rows. */
  readonly version: string;
  /** Number of rows of each kind. */
  readonly counts: Readonly<Record<keyof CatalogueTables, number>>;
}

/** The files are not good enough to load; the database keeps the catalogue it has. */
export interface RefusedCatalogue {
  readonly problems: readonly CatalogueProblem[];
}

/** The table in schema `catalogue` for each kind of row. */
const TABLE_NAMES: Readonly<Record<keyof CatalogueTables, string>> = {
  tactics: 'tactic',
  techniques: 'technique',
  techniqueTactics: 'technique_tactic',
  mitigations: 'mitigation',
  techniqueMitigations: 'technique_mitigation',
  campaigns: 'campaign',
  campaignTechniques: 'campaign_technique',
  groups: 'threat_group',
  campaignGroups: 'campaign_group',
  groupTechniques: 'group_technique',
  unlinkedTechniques: 'unlinked_technique',
  redirects: 'redirect',
  products: 'product',
  rules: 'rule',
  requirements: 'rule_requirement',
  aliases: 'rule_alias',
  links: 'link',
  standards: 'standard',
  controls: 'control',
  controlTechniques: 'control_technique',
};

/**
 * Makes the database's catalogue equal to the data files, in one transaction: a reader sees the old one or the new one.
 * Schema `state` is not touched.
 *
 * @param owner connected as the owner of the database, after the migrations
 * @param directory laid out as `sql/catalogue`
 * @param mappingFile a customer's own mappings, in YAML or JSON
 * @throws Error when directory or mapping file cannot be read at all, or the database fails
 */
export async function loadCatalogue(
  owner: Sequelize,
  directory = CATALOGUE_DIRECTORY,
  mappingFile?: string,
): Promise<LoadedCatalogue | RefusedCatalogue> {
  const { rows, problems } = await readCatalogueFiles(directory, mappingFile);
  return problems.length > 0 ? { problems } : loadRows(owner, rows);
}

/** The same for rows that have been checked already. */
export async function loadRows(owner: Sequelize, rows: CatalogueRows): Promise<LoadedCatalogue> {
  const counts = Object.fromEntries(CATALOGUE_TABLES.map((table) => [table, rows[table].length]));
  const changed = await owner.transaction((transaction) => replaceRows(owner, rows, transaction));
  return { changed, version: rows.release.version, counts: counts as LoadedCatalogue['counts'] };
}

async function replaceRows(owner: Sequelize, rows: CatalogueRows, transaction: Transaction): Promise<boolean> {
  // One load at a time, even the first, which finds no row to lock. Batches that hold the row FOR SHARE do not collide
  // with this lock; they meet the load only in its last statement, so it holds them up for an instant.
  await owner.query('LOCK TABLE catalogue.release IN SHARE ROW EXCLUSIVE MODE', { transaction });
  const [loaded] = await owner.query<{ version: string }>('SELECT version FROM catalogue.release', {
    type: QueryTypes.SELECT,
    transaction,
  });
  if (loaded?.version === rows.release.version) return false;

  // DELETE rather than TRUNCATE: that would lock out readers of the old rows until the end.
  const tables = CATALOGUE_TABLES.map((table) => TABLE_NAMES[table]);
  await owner.query(
    tables
      .toReversed()
      .map((table) => `DELETE FROM catalogue.${table};`)
      .join('\n'),
    { transaction },
  );
  for (const table of CATALOGUE_TABLES) await insertRows(owner, TABLE_NAMES[table], rows[table], transaction);

  // Updated, never deleted: a batch waiting to lock the row goes on with its new version.
  const { version, attackRelease, modified, copyright } = rows.release;
  await owner.query(
    `INSERT INTO catalogue.release (version, attack_release, modified, copyright, loaded_at)
    VALUES ($1, $2, $3, $4, now())
    ON CONFLICT (only_row) DO UPDATE SET
        version = excluded.version,
        attack_release = excluded.attack_release,
        modified = excluded.modified,
        copyright = excluded.copyright,
        loaded_at = excluded.loaded_at`,
    { bind: [version, attackRelease, modified, copyright], transaction },
  );
  return true;
}

async function insertRows(
  owner: Sequelize,
  table: string,
  rows: readonly object[],
  transaction: Transaction,
): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;

  // As JSON, PostgreSQL knows the type of each column from the table, lists included; unnest would need them all named.
  const columns = Object.keys(first).map(columnName).join(', ');
  const records = rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([property, value]) => [columnName(property), value as unknown])),
  );
  await owner.query(
    `INSERT INTO catalogue.${table} (${columns})
    SELECT ${columns} FROM json_populate_recordset(NULL::catalogue.${table}, $1)`,
    { bind: [JSON.stringify(records)], transaction },
  );
}

/** `techniqueId` is the column `technique_id`. */
function columnName(property: string): string {
  return property.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
