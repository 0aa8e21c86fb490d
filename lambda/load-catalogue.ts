/**
 * The use case of the repository loader: migrates the database, loads the catalogue, and makes the login that the
 * functions connect with. Runs at each installation and upgrade, any number of times; schema `state` is only migrated.
 */
import { type Sequelize, QueryTypes } from 'sequelize';
import { ENRICHMENT_ROLE } from '../sql/enrichment-login.ts';
import { loadCatalogue } from '../sql/load-catalogue.ts';
import { migrate } from '../sql/migrate.ts';

/** Whoever is a member of it connects to RDS with a token of IAM, and no longer with a password. */
const IAM_ROLE = 'rds_iam';

/** Problems of the catalogue that a message names; the rest is counted. */
const PROBLEMS_NAMED = 3;

/** Thrown when the database cannot be made ready for a reason that has to be mended first; the message says which. */
export class LoadRefused extends Error {
  override readonly name = 'LoadRefused';
}

/** What one run did. */
export interface LoadReport {
  /** Names of the migrations run. */
  readonly migrations: readonly string[];
  /** False when the database held this catalogue already. */
  readonly catalogueChanged: boolean;
  /** SHA-256 of the catalogue's rows. */
  readonly catalogueVersion: string;
  /** Release of ATT&CK, such as 19.2. */
  readonly attackRelease: string;
  readonly links: number;
}

/** Where the files are, other than beside the code. */
export interface RepositoryFiles {
  /** @default the migrations of this version */
  readonly migrations?: string;
  /** @default the catalogue of this version */
  readonly catalogue?: string;
  /** @default no mappings of the customer's own */
  readonly mappingFile?: MappingFileCopy;
}

/** A customer's mapping file on this machine. */
export interface MappingFileCopy {
  readonly path: string;
  /** Where its owner knows it from. */
  readonly name: string;
}

/**
 * Makes the database ready for the functions of this version.
 *
 * @param owner connected as the owner of the database
 * @param functionLogin name of the functions' login
 * @throws LoadRefused, MigrationRefused when something has to be mended first; Error when the database does not answer
 */
export async function prepareRepository(
  owner: Sequelize,
  functionLogin: string,
  files: RepositoryFiles = {},
): Promise<LoadReport> {
  const migrations = await migrate(owner, files.migrations);
  const { mappingFile } = files;
  const loaded = await loadCatalogue(owner, files.catalogue, mappingFile?.path);
  if ('problems' in loaded) {
    const nameOf = (file: string) => (file === mappingFile?.path ? mappingFile.name : file);
    const named = loaded.problems
      .slice(0, PROBLEMS_NAMED)
      .map(({ file, row, message }) => `${nameOf(file)}:${row}: ${message}`);
    const { length } = loaded.problems;
    throw new LoadRefused(`The catalogue has ${length} ${length === 1 ? 'problem' : 'problems'}. ${named.join(' ')}`);
  }
  await ensureFunctionLogin(owner, functionLogin);
  const [release] = await owner.query<{ name: string }>('SELECT attack_release AS name FROM catalogue.release', {
    type: QueryTypes.SELECT,
  });
  return {
    migrations,
    catalogueChanged: loaded.changed,
    catalogueVersion: loaded.version,
    attackRelease: release?.name ?? '',
    links: loaded.counts.links,
  };
}

/** Creates the login if it is missing and gives it what it needs: the enrichment's rights, and IAM in place of a password. */
async function ensureFunctionLogin(owner: Sequelize, name: string): Promise<void> {
  await owner.transaction(async (transaction) => {
    // Two loaders at once would both find no role.
    await owner.query(`SELECT pg_advisory_xact_lock(hashtext('virtual_soc function login'))`, { transaction });
    const known = await owner.query<{ name: string }>(
      'SELECT rolname AS name FROM pg_catalog.pg_roles WHERE rolname IN ($1, $2)',
      { bind: [name, IAM_ROLE], type: QueryTypes.SELECT, transaction },
    );
    const names = known.map((role) => role.name);
    if (!names.includes(IAM_ROLE)) {
      throw new LoadRefused(`The server has no role ${IAM_ROLE}, so it is not on Amazon RDS with IAM authentication.`);
    }
    const role = `"${name.replaceAll('"', '""')}"`;
    if (!names.includes(name)) await owner.query(`CREATE ROLE ${role} LOGIN`, { transaction });
    await owner.query(`GRANT ${ENRICHMENT_ROLE}, ${IAM_ROLE} TO ${role}`, { transaction });
  });
}
