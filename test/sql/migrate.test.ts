import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { QueryTypes } from 'sequelize';
import { connect } from '../../sql/database.ts';
import { migrate, MIGRATIONS_DIRECTORY } from '../../sql/migrate.ts';
import { createEmptyDatabase } from '../support/database.ts';

describe('migrate', () => {
  let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
  let directory: string;

  beforeEach(async () => {
    database = await createEmptyDatabase();
    directory = await mkdtemp(path.join(os.tmpdir(), 'vsoc-test-'));
  });

  afterEach(async () => {
    await database.drop();
    await rm(directory, { recursive: true, force: true });
  });

  async function write(name: string, sql: string): Promise<void> {
    await writeFile(path.join(directory, name), sql);
  }

  async function logged(): Promise<string[]> {
    const rows = await database.owner.query<{ name: string }>('SELECT name FROM catalogue.migration ORDER BY name', {
      type: QueryTypes.SELECT,
    });
    return rows.map(({ name }) => name);
  }

  async function tables(): Promise<string[]> {
    const rows = await database.owner.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`,
      { type: QueryTypes.SELECT },
    );
    return rows.map(({ name }) => name);
  }

  it('runs the migrations of this repository once, in the order of their names', async () => {
    const files = (await readdir(MIGRATIONS_DIRECTORY)).filter((name) => name.endsWith('.sql')).sort();

    const first = await migrate(database.owner);
    const second = await migrate(database.owner);

    assert.deepEqual(first, files);
    assert.deepEqual(second, []);
    assert.deepEqual(await logged(), files);
  });

  it('runs only what is new', async () => {
    await write('0001-a.sql', 'CREATE TABLE a (id int)');
    await migrate(database.owner, directory);
    await write('0002-b.sql', 'CREATE TABLE b (id int); CREATE TABLE c (id int)');

    const run = await migrate(database.owner, directory);

    assert.deepEqual(run, ['0002-b.sql']);
    assert.deepEqual(await tables(), ['a', 'b', 'c']);
  });

  it('leaves nothing of a migration that fails, and keeps those before it', async () => {
    await write('0001-a.sql', 'CREATE TABLE a (id int)');
    await write('0002-b.sql', 'CREATE TABLE b (id int); SELECT 1 / 0');

    await assert.rejects(migrate(database.owner, directory), /0002-b\.sql.*division by zero/s);

    assert.deepEqual(await tables(), ['a']);
    assert.deepEqual(await logged(), ['0001-a.sql']);
  });

  it('refuses a migration that was changed after it had been run', async () => {
    await write('0001-a.sql', 'CREATE TABLE a (id int)');
    await migrate(database.owner, directory);
    await write('0001-a.sql', 'CREATE TABLE a (id bigint)');
    await write('0002-b.sql', 'CREATE TABLE b (id int)');

    await assert.rejects(migrate(database.owner, directory), {
      name: 'MigrationRefused',
      message: /0001-a\.sql was changed after it had been run.*new migration/,
    });
    assert.deepEqual(await tables(), ['a']);
  });

  it('takes a file with Windows line ends for the same file', async () => {
    await write('0001-a.sql', 'CREATE TABLE a\n(id int)\n');
    await migrate(database.owner, directory);
    await write('0001-a.sql', 'CREATE TABLE a\r\n(id int)\r\n');

    assert.deepEqual(await migrate(database.owner, directory), []);
  });

  it('refuses a new migration that comes before one that has been run', async () => {
    await write('0002-b.sql', 'CREATE TABLE b (id int)');
    await migrate(database.owner, directory);
    await write('0001-a.sql', 'CREATE TABLE a (id int)');

    await assert.rejects(migrate(database.owner, directory), /0001-a\.sql comes before 0002-b\.sql.*later number/);
  });

  it('accepts a database that newer code has migrated further', async () => {
    await write('0001-a.sql', 'CREATE TABLE a (id int)');
    await write('0002-b.sql', 'CREATE TABLE b (id int)');
    await migrate(database.owner, directory);
    await rm(path.join(directory, '0002-b.sql'));

    assert.deepEqual(await migrate(database.owner, directory), []);
  });

  it('runs each migration once where several processes migrate at the same time', async () => {
    await write('0001-a.sql', 'CREATE TABLE a (id int); SELECT pg_sleep(0.05)');
    await write('0002-b.sql', 'CREATE TABLE b (id int)');
    // A pool of one connection each: the migrations must need no second one.
    const processes = Array.from({ length: 4 }, () => connect(database.ownerUrl, { poolSize: 1 }));

    const runs = await Promise.all(processes.map((owner) => migrate(owner, directory)));

    await Promise.all(processes.map((owner) => owner.close()));
    assert.deepEqual(runs.flat().sort(), ['0001-a.sql', '0002-b.sql']);
  });

  it('creates the shared role once where two databases of one server are migrated at the same time', async () => {
    // Under a name of its own: the real role is there already, since other databases of the server use it.
    const role = `vsoc_test_role_${process.pid}`;
    const sql = await readFile(path.join(MIGRATIONS_DIRECTORY, '0001-catalogue.sql'), 'utf8');
    await write('0001-catalogue.sql', sql.replaceAll('virtual_soc_enrichment', role));
    const databases = await Promise.all([createEmptyDatabase(), createEmptyDatabase()]);

    const runs = await Promise.all(databases.map(({ owner }) => migrate(owner, directory)));

    for (const { drop } of databases) await drop();
    await database.owner.query(`DROP ROLE ${role}`);
    assert.deepEqual(runs, [['0001-catalogue.sql'], ['0001-catalogue.sql']]);
  });
});
