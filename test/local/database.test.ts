import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { QueryTypes, type Sequelize } from 'sequelize';
import { BadUsage } from '../../local/bad-usage.ts';
import { openDatabase } from '../../local/database.ts';
import { connect } from '../../sql/database.ts';
import { databaseServerUrl } from '../support/database-server.ts';

const DATABASE = new URL('../../local/database.ts', import.meta.url).href;

describe('openDatabase', function () {
  this.timeout(60_000);
  let url: string;
  let server: Sequelize;

  before(async () => {
    url = await databaseServerUrl();
    server = connect(url, { poolSize: 1 });
  });

  after(() => server.close());

  /** Databases and roles of runs. */
  const remains = async () => {
    const found = await server.query<{ name: string }>(
      `SELECT datname AS name FROM pg_database WHERE datname LIKE 'virtual\\_soc\\_run\\_%'
       UNION SELECT rolname FROM pg_roles WHERE rolname LIKE 'virtual\\_soc\\_run\\_%'`,
      { type: QueryTypes.SELECT },
    );
    return new Set(found.map(({ name }) => name));
  };

  it('leaves neither database nor role of a throw-away one on the server', async () => {
    const before = await remains();

    const database = await openDatabase({ kind: 'throw-away-on-server', url });
    const during = await remains();
    await database.close();

    assert.equal(during.size, before.size + 2);
    assert.deepEqual(await remains(), before);
  });

  it('removes a throw-away one when Ctrl-C ends the process', async () => {
    const before = await remains();
    const script = `
      const { openDatabase } = await import(${JSON.stringify(DATABASE)});
      await openDatabase({ kind: 'throw-away-on-server', url: process.env.URL });
      console.log('open');
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env: { ...process.env, URL: url },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    await once(child.stdout, 'data');

    child.kill('SIGINT');

    assert.deepEqual(await exit, [null, 'SIGINT']);
    assert.deepEqual(await remains(), before);
  });

  it('says what is missing where the user may create no database', async () => {
    const poor = new URL(url);
    [poor.username, poor.password] = [`virtual_soc_poor_${process.pid}`, 'poor'];
    await server.query(`CREATE ROLE ${poor.username} LOGIN PASSWORD 'poor'`);
    try {
      await assert.rejects(openDatabase({ kind: 'throw-away-on-server', url: poor.href }), /give the user CREATEDB/);
    } finally {
      await server.query(`DROP ROLE ${poor.username}`);
    }
  });

  it('takes a malformed URL for a mistake of the user, and does not repeat it', async () => {
    for (const kind of ['server', 'throw-away-on-server'] as const) {
      await assert.rejects(
        openDatabase({ kind, url: 'postgresql://user:secret@host' }),
        (error) => error instanceof BadUsage && !error.message.includes('secret'),
      );
    }
  });
});
