import assert from 'node:assert/strict';
import { readCatalogue } from '../../../lambda/adapters/catalogue.ts';
import { catalogueVersion } from '../../../sql/canonical-catalogue.ts';
import { readCatalogueFiles } from '../../../sql/catalogue-files.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';

const FIXTURE = 'test/fixtures/catalogue';

describe('readCatalogue', () => {
  let database: TestDatabase | undefined;

  afterEach(async () => {
    await database?.drop();
  });

  it('gives the rows of the files, in the same order and with their version', async () => {
    database = await createDatabase({ catalogue: FIXTURE });

    const rows = await readCatalogue(database.reader);

    const { version, ...release } = rows.release;
    assert.deepEqual(rows, (await readCatalogueFiles(FIXTURE)).rows);
    assert.equal(catalogueVersion(release, rows), version);
  });

  it('sees one catalogue although another is loaded while it reads', async () => {
    database = await createDatabase({ catalogue: FIXTURE });
    const { owner, reader } = database;
    const replace = () =>
      owner.transaction(async (transaction) => {
        await owner.query('DELETE FROM catalogue.link; DELETE FROM catalogue.rule_alias; DELETE FROM catalogue.rule', {
          transaction,
        });
        await owner.query(`UPDATE catalogue.release SET version = repeat('0', 64)`, { transaction });
      });

    const [rows] = await Promise.all([readCatalogue(reader), replace()]);

    const old = rows.release.version !== '0'.repeat(64);
    assert.deepEqual([rows.rules.length > 0, rows.links.length > 0], [old, old]);
  });

  it('says that no catalogue has been loaded rather than give an empty one', async () => {
    database = await createDatabase();

    await assert.rejects(readCatalogue(database.reader), /no catalogue yet: run the catalogue loader/);
  });
});
