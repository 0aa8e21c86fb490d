import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { QueryTypes } from 'sequelize';
import { readCatalogue } from '../../lambda/adapters/catalogue.ts';
import { CATALOGUE_DIRECTORY, readCatalogueFiles } from '../../sql/catalogue-files.ts';
import { describeProblem } from '../../sql/catalogue-problem.ts';
import { connect } from '../../sql/database.ts';
import { loadCatalogue } from '../../sql/load-catalogue.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

const FIXTURE = 'test/fixtures/catalogue';

describe('loadCatalogue', () => {
  let database: TestDatabase;
  let directory: string;

  beforeEach(async () => {
    database = await createDatabase();
    directory = await mkdtemp(path.join(os.tmpdir(), 'vsoc-test-'));
    await cp(FIXTURE, directory, { recursive: true });
  });

  afterEach(async () => {
    await database.drop();
    await rm(directory, { recursive: true, force: true });
  });

  async function replace(file: string, text: string, replacement: string): Promise<void> {
    const content = await readFile(path.join(directory, file), 'utf8');
    assert.ok(content.includes(text), `${file} does not contain ${text}`);
    await writeFile(path.join(directory, file), content.replace(text, replacement));
  }

  async function transactions(): Promise<unknown[]> {
    return database.owner.query('SELECT xmin::text, loaded_at FROM catalogue.release', { type: QueryTypes.SELECT });
  }

  it('makes the tables equal to the files', async () => {
    const { rows } = await readCatalogueFiles(directory);

    const loaded = await loadCatalogue(database.owner, directory);

    assert.deepEqual(loaded, {
      changed: true,
      version: rows.release.version,
      counts: {
        tactics: 5,
        techniques: 6,
        techniqueTactics: 9,
        mitigations: 2,
        techniqueMitigations: 4,
        campaigns: 2,
        campaignTechniques: 3,
        groups: 1,
        campaignGroups: 1,
        groupTechniques: 1,
        unlinkedTechniques: 0,
        redirects: 3,
        products: 1,
        requirements: 0,
        rules: 12,
        aliases: 9,
        links: 11,
        standards: 2,
        controls: 3,
        controlTechniques: 4,
      },
    });
    assert.deepEqual(await readCatalogue(database.reader), rows);
  });

  it('writes nothing where the database has this version', async () => {
    await loadCatalogue(database.owner, directory);
    const before = await transactions();

    const again = await loadCatalogue(database.owner, directory);

    assert.equal('changed' in again && again.changed, false);
    assert.deepEqual(await transactions(), before);
  });

  it('changes, adds and removes rows with the files', async () => {
    await loadCatalogue(database.owner, directory);
    await replace('rules/config.csv', 'iam-user-mfa-enabled,posture,active', 'iam-user-mfa-enabled,posture,retired');
    await replace('attack/campaigns.csv', 'C0024,SolarWinds', 'C0025,SolarWinds');
    await replace('attack/campaign-techniques.csv', 'C0024,', 'C0025,');
    await replace('attack/campaign-groups.csv', 'C0024,', 'C0025,');

    const loaded = await loadCatalogue(database.owner, directory);

    assert.equal('changed' in loaded && loaded.changed, true);
    assert.deepEqual(await readCatalogue(database.reader), (await readCatalogueFiles(directory)).rows);
  });

  it('refuses bad files with file, line and reason, and leaves the old catalogue in place', async () => {
    await loadCatalogue(database.owner, directory);
    const before = await readCatalogue(database.reader);
    await replace('links/config.csv', 'T1530,protect', 'T1089,protect');

    const loaded = await loadCatalogue(database.owner, directory);

    assert.deepEqual('problems' in loaded ? loaded.problems.map(describeProblem) : [], [
      'links/config.csv:4 (technique_id): T1089 was withdrawn by ATT&CK 7.0. Use T1685.',
    ]);
    assert.deepEqual(await readCatalogue(database.reader), before);
  });

  it('loads once where two processes load at the same time', async () => {
    const other = connect(database.ownerUrl);

    const loaded = await Promise.all([loadCatalogue(database.owner, directory), loadCatalogue(other, directory)]);

    await other.close();
    assert.deepEqual(loaded.map((result) => 'changed' in result && result.changed).sort(), [false, true]);
  });

  it('waits for batches that hold the release, and one that waits for the load sees its version', async () => {
    await loadCatalogue(database.owner, directory);
    await replace('attack/release.json', '2026-08-05', '2026-08-06');
    const events: string[] = [];
    const lockRelease = async (name: string, work: () => Promise<unknown>): Promise<string | undefined> =>
      database.reader.transaction(async (transaction) => {
        const [row] = await database.reader.query<{ version: string }>(
          'SELECT version FROM catalogue.release FOR SHARE',
          { type: QueryTypes.SELECT, transaction },
        );
        await work();
        events.push(name);
        return row?.version;
      });

    let finishFirst: () => void = () => {};
    const held = new Promise<void>((resolve) => (finishFirst = resolve));
    const first = lockRelease('first batch', () => held);
    await sleep(50);
    const load = loadCatalogue(database.owner, directory).finally(() => events.push('load'));
    await waitUntilBlocked('INSERT INTO catalogue.release');
    const second = lockRelease('second batch', () => Promise.resolve());
    finishFirst();
    const [old, loaded, renewed] = await Promise.all([first, load, second]);

    assert.equal(events[0], 'first batch');
    assert.ok('version' in loaded);
    assert.notEqual(old, loaded.version);
    // It may have locked the row before the load did, or after; what it never sees is something else.
    assert.ok([old, loaded.version].includes(renewed ?? ''));
    assert.equal(await lockRelease('third batch', () => Promise.resolve()), loaded.version);
  });

  it('loads the catalogue of this repository', async () => {
    const loaded = await loadCatalogue(database.owner, CATALOGUE_DIRECTORY);

    assert.deepEqual('problems' in loaded ? loaded.problems.map(describeProblem) : [], []);
    assert.deepEqual(await readCatalogue(database.reader), (await readCatalogueFiles(CATALOGUE_DIRECTORY)).rows);
  });

  async function waitUntilBlocked(statement: string): Promise<void> {
    for (let attempt = 0; attempt < 500; attempt += 1) {
      const waiting = await database.owner.query(
        `SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1 AND pid <> pg_backend_pid()`,
        { bind: [`${statement}%`], type: QueryTypes.SELECT },
      );
      if (waiting.length > 0) return;
      await sleep(10);
    }
    assert.fail(`nothing waits with ${statement}`);
  }
});

describe('schema catalogue', () => {
  let database: TestDatabase;

  before(async () => {
    database = await createDatabase({ catalogue: FIXTURE });
  });

  after(() => database.drop());

  for (const [what, statement] of [
    ['an id of another shape', `UPDATE catalogue.technique SET technique_id = 'T1' WHERE technique_id = 'T1595'`],
    [
      'a technique that is not there',
      `UPDATE catalogue.link SET technique_id = 'T9999' WHERE rule_key = 'open-bucket'`,
    ],
    ['an item of another shape in a list', `UPDATE catalogue.link SET tactic_ids = '{TA0001,x}'`],
    ['a word outside the closed list', `UPDATE catalogue.rule SET kind = 'other'`],
    ['advice in one language only', `UPDATE catalogue.rule SET advice_en = 'x', advice_es = NULL`],
    [
      'a parent that is not the own one',
      `UPDATE catalogue.technique SET parent_id = 'T1040' WHERE technique_id = 'T1046'`,
    ],
    [
      'a second release',
      `INSERT INTO catalogue.release SELECT false, version, attack_release, modified, copyright, now() FROM catalogue.release`,
    ],
  ] as const) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(database.owner.query(statement), /violates/);
    });
  }
});
