import assert from 'node:assert/strict';
import { QueryTypes } from 'sequelize';
import { connect } from '../../sql/database.ts';
import { enrichmentLoginName, enrichmentUrl, ensureEnrichmentLogin } from '../../sql/enrichment-login.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

const CATALOGUE = 'test/fixtures/catalogue';

describe('enrichmentUrl', () => {
  let database: TestDatabase;

  before(async () => {
    database = await createDatabase({ catalogue: CATALOGUE });
  });

  after(() => database.drop());

  it('gives a login that reads the catalogue and locks its release for sharing', async () => {
    const rows = await database.reader.transaction((transaction) =>
      database.reader.query<{ release: string; rules: number }>(
        `SELECT attack_release AS release, (SELECT count(*)::int FROM catalogue.rule) AS rules
        FROM catalogue.release FOR SHARE`,
        { type: QueryTypes.SELECT, transaction },
      ),
    );

    assert.deepEqual(rows, [{ release: '19.2', rules: 12 }]);
  });

  for (const statement of [
    `UPDATE catalogue.release SET version = repeat('0', 64)`,
    'DELETE FROM catalogue.link',
    `INSERT INTO catalogue.standard VALUES ('iso', 'x', '1', 'unverified', NULL)`,
    'CREATE TABLE catalogue.mine (id int)',
    'CREATE ROLE somebody',
    'CREATE DATABASE somewhere',
  ]) {
    it(`gives a login that may not: ${statement}`, async () => {
      await assert.rejects(database.reader.query(statement), /permission denied/);
    });
  }

  it('gives the same URL to two processes at once, so neither locks the other out', async () => {
    const urls = await Promise.all([
      enrichmentUrl(database.owner, database.ownerUrl),
      enrichmentUrl(database.owner, database.ownerUrl),
    ]);

    assert.deepEqual(urls, [database.readerUrl, database.readerUrl]);
    const connection = connect(database.readerUrl);
    await connection.authenticate();
    await connection.close();
  });

  it('does not contain the password of the owner', () => {
    assert.equal(database.readerUrl.includes(new URL(database.ownerUrl).password), false);
  });
});

describe('ensureEnrichmentLogin', () => {
  it('replaces the password of a login that is there', async () => {
    const database = await createDatabase();
    const url = new URL(database.readerUrl);
    await ensureEnrichmentLogin(database.owner, 'another-password');

    const old = connect(url.href);
    url.password = 'another-password';
    const renewed = connect(url.href);

    await assert.rejects(old.authenticate(), /password authentication failed/);
    await renewed.authenticate();
    await Promise.all([old.close(), renewed.close()]);
    await database.drop();
  });
});

describe('enrichmentLoginName', () => {
  it('differs from the group role and between databases', () => {
    assert.equal(enrichmentLoginName('virtual_soc'), 'virtual_soc_login');
    assert.notEqual(enrichmentLoginName('a'.repeat(62)), enrichmentLoginName(`${'a'.repeat(62)}b`));
  });

  it('fits into a name of PostgreSQL, which counts bytes', () => {
    assert.ok(Buffer.byteLength(enrichmentLoginName('ñ'.repeat(30))) <= 63);
  });
});
