import { createHash, createHmac, randomBytes } from 'node:crypto';
import { QueryTypes, type Sequelize } from 'sequelize';
import { scramVerifier } from './scram-verifier.ts';

/** Group role that may read the catalogue and write the state; the migrations create it and grant to it. */
export const ENRICHMENT_ROLE = 'virtual_soc_enrichment';

/** PostgreSQL cuts longer names off (`NAMEDATALEN` - 1), in bytes. */
const LONGEST_NAME = 63;

/**
 * Name of the login role that the enrichment uses in one database. Roles are shared by all databases of a server, so
 * each database has a login role of its own.
 */
export function enrichmentLoginName(database: string): string {
  const name = `${database}_login`;
  if (Buffer.byteLength(name) <= LONGEST_NAME) return name;
  return `virtual_soc_${createHash('sha256').update(database).digest('hex').slice(0, 32)}_login`;
}

/**
 * Creates the login role of this database for the enrichment, or gives it this password. On AWS the deployment creates
 * a login of its own; this one is for a local run and for tests.
 *
 * @param owner connected as the owner of the database, after the migrations
 * @param password visible ASCII characters; only its SCRAM verifier is sent
 * @returns the role's name
 */
export async function ensureEnrichmentLogin(owner: Sequelize, password: string): Promise<string> {
  return owner.transaction(async (transaction) => {
    // Two processes at once would both find no role, or change one row at the same time, which PostgreSQL refuses.
    await owner.query(`SELECT pg_advisory_xact_lock(hashtext('virtual_soc enrichment login'))`, { transaction });
    const [here] = await owner.query<{ database: string }>('SELECT current_database() AS database', {
      type: QueryTypes.SELECT,
      transaction,
    });
    const name = enrichmentLoginName(here?.database ?? '');
    const known = await owner.query('SELECT FROM pg_catalog.pg_roles WHERE rolname = $1', {
      bind: [name],
      type: QueryTypes.SELECT,
      transaction,
    });
    const role = `"${name.replaceAll('"', '""')}"`;
    const verb = known.length === 0 ? 'CREATE' : 'ALTER';
    await owner.query(`${verb} ROLE ${role} LOGIN PASSWORD '${scramVerifier(password)}'`, { transaction });
    await owner.query(`GRANT ${ENRICHMENT_ROLE} TO ${role}`, { transaction });
    return name;
  });
}

/**
 * The URL under which the enrichment connects to the database that `ownerUrl` names; its login role is made as needed.
 *
 * The password follows from the owner's, so that two processes which know the owner's URL do not lock each other out by
 * giving the role a new one each. Where the owner has none it is random.
 *
 * @param owner connected with `ownerUrl`, after the migrations
 */
export async function enrichmentUrl(owner: Sequelize, ownerUrl: string): Promise<string> {
  const url = new URL(ownerUrl);
  const password =
    url.password === ''
      ? randomBytes(24).toString('base64url')
      : createHmac('sha256', decodeURIComponent(url.password))
          .update(`virtual_soc enrichment login ${url.pathname}`)
          .digest('base64url');
  url.username = encodeURIComponent(await ensureEnrichmentLogin(owner, password));
  url.password = password;
  return url.href;
}
