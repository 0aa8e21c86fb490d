import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { QueryTypes, type Sequelize } from 'sequelize';
import { prepareRepository } from '../../lambda/load-catalogue.ts';
import { readableFailure } from '../../lambda/load-catalogue-failure.ts';
import { connect } from '../../sql/database.ts';
import { createEmptyDatabase } from '../support/database.ts';

const CATALOGUE = 'test/fixtures/catalogue';

describe('prepareRepository', () => {
  let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
  const login = `vsoc_test_function_${process.pid}`;

  before(async () => {
    database = await createEmptyDatabase();
    // RDS has this role; whoever is a member of it connects with a token of IAM.
    await database.owner.query('CREATE ROLE rds_iam');
  });

  after(async () => {
    await database.owner.query(`DROP ROLE ${login}`);
    await database.owner.query('DROP ROLE IF EXISTS rds_iam');
    await database.drop();
  });

  it('migrates, loads and makes the login of the functions, as an owner who is no superuser', async () => {
    const report = await prepareRepository(database.owner, login, { catalogue: CATALOGUE });

    const [owner] = await select(database.owner, 'SELECT rolsuper AS super FROM pg_roles WHERE rolname = current_user');
    assert.equal(owner?.['super'], false);
    assert.ok(report.migrations.length > 0 && report.catalogueChanged && report.links > 0);
    assert.deepEqual(await membershipsOf(database.owner, login), ['rds_iam', 'virtual_soc_enrichment']);
  });

  it('changes nothing when it is run again', async () => {
    const { migrations, catalogueChanged } = await prepareRepository(database.owner, login, { catalogue: CATALOGUE });

    assert.deepEqual({ migrations, catalogueChanged }, { migrations: [], catalogueChanged: false });
  });

  it('reports which release of ATT&CK is loaded', async () => {
    const { attackRelease } = await prepareRepository(database.owner, login, { catalogue: CATALOGUE });

    assert.match(attackRelease, /^\d+\.\d+$/);
  });

  it("loads a customer's own mappings with the catalogue", async () => {
    const mappingFile = await mappingFileOf(`version: 1
rules:
  - rule: config:acme-own-rule
    kind: posture
    inherits: config:s3-bucket-public-read-prohibited
`);

    const { catalogueChanged } = await prepareRepository(database.owner, login, { catalogue: CATALOGUE, mappingFile });

    const rules = await select(database.owner, "SELECT 1 FROM catalogue.rule WHERE rule_key = 'acme-own-rule'");
    assert.deepEqual([catalogueChanged, rules.length], [true, 1]);
    await rm(path.dirname(mappingFile.path), { recursive: true });
  });

  it('refuses mappings that are wrong, with line and remedy, under the name that the customer knows', async () => {
    const mappingFile = await mappingFileOf('version: 1\nrules:\n  - rule: no-provider\n');

    await assert.rejects(prepareRepository(database.owner, login, { catalogue: CATALOGUE, mappingFile }), (error) => {
      const reason = readableFailure(error);
      assert.match(reason, /^The catalogue has 1 problem\. s3:\/\/soc\/mappings\.yaml:3: This names no rule\. Write/);
      return true;
    });
    await rm(path.dirname(mappingFile.path), { recursive: true });
  });

  it('leaves the state as it is when it loads another catalogue', async () => {
    await database.owner.query(`INSERT INTO state.import_budget VALUES ('hub', 7, '2026-11-01')`);

    const { catalogueChanged } = await prepareRepository(database.owner, login);

    assert.equal(catalogueChanged, true);
    assert.equal((await select(database.owner, 'SELECT tokens FROM state.import_budget'))[0]?.['tokens'], 7);
  });

  it('refuses a server that is not on RDS, in words for a person', async () => {
    await database.owner.query(`REVOKE rds_iam FROM ${login}`);
    await database.owner.query('DROP ROLE rds_iam');

    await assert.rejects(prepareRepository(database.owner, login, { catalogue: CATALOGUE }), (error) => {
      assert.match(readableFailure(error), /^The server has no role rds_iam/);
      return true;
    });
  });
});

describe('readableFailure', () => {
  it('says that a database does not answer, and where to look', async () => {
    const nowhere = connect('postgresql://owner:secret@127.0.0.1:1/virtual_soc');

    const error: unknown = await nowhere.authenticate().catch((reason: unknown) => reason);
    await nowhere.close();

    assert.match(readableFailure(error), /^The database cannot be connected to \(ECONNREFUSED\).*network ACLs/);
    assert.doesNotMatch(readableFailure(error), /secret/);
  });

  it('says that Secrets Manager cannot be reached, and what to do', () => {
    const error = Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });

    assert.match(readableFailure(error), /^Secrets Manager does not answer \(TimeoutError\).*InterfaceEndpoints\.$/);
  });

  it('does not repeat a secret that could not be parsed', () => {
    const error: unknown = (() => {
      try {
        return JSON.parse('{"password":"hunter2"') as unknown;
      } catch (reason) {
        return reason;
      }
    })();

    assert.doesNotMatch(readableFailure(error), /hunter2/);
  });

  it('fits into what CloudFormation shows', () => {
    assert.equal(readableFailure(new Error('x'.repeat(5000))).length, 800);
  });
});

async function mappingFileOf(content: string): Promise<{ path: string; name: string }> {
  const file = path.join(await mkdtemp(path.join(tmpdir(), 'mappings-')), 'mappings.yaml');
  await writeFile(file, content);
  return { path: file, name: 's3://soc/mappings.yaml' };
}

async function membershipsOf(owner: Sequelize, login: string): Promise<unknown[]> {
  const rows = await select(
    owner,
    `SELECT r.rolname AS name FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid
    JOIN pg_roles u ON u.oid = m.member WHERE u.rolname = '${login}' ORDER BY 1`,
  );
  return rows.map((row) => row['name']);
}

async function select(owner: Sequelize, statement: string): Promise<Record<string, unknown>[]> {
  return owner.query<Record<string, unknown>>(statement, { type: QueryTypes.SELECT });
}
