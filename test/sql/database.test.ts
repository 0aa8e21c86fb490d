import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { QueryTypes } from 'sequelize';
import { connect, parseConnectionUrl } from '../../sql/database.ts';
import { databaseServerUrl } from '../support/database-server.ts';

describe('connect', () => {
  it('connects as the user that the URL names', async () => {
    const url = await databaseServerUrl();
    const connection = connect(url, { applicationName: 'vsoc test' });

    const rows = await connection.query(
      `SELECT current_user AS user, current_setting('application_name') AS application`,
      { type: QueryTypes.SELECT },
    );

    await connection.close();
    assert.deepEqual(rows, [{ user: decodeURIComponent(new URL(url).username), application: 'vsoc test' }]);
  });

  it('opens no more connections than the pool may hold', async () => {
    const connection = connect(await databaseServerUrl(), { poolSize: 2 });

    const pids = await Promise.all(
      Array.from({ length: 6 }, () =>
        connection.query<{ pid: number }>('SELECT pg_backend_pid() AS pid, pg_sleep(0.02)', {
          type: QueryTypes.SELECT,
        }),
      ),
    );

    await connection.close();
    assert.equal(new Set(pids.flat().map(({ pid }) => pid)).size, 2);
  });

  it('shows the password in no error', async () => {
    const url = new URL(await databaseServerUrl());
    url.username = 'vsoc_nobody';
    url.password = 'p%40ss-word';
    const connection = connect(url.href);

    const error: unknown = await connection.query('SELECT 1').catch((caught: unknown) => caught);

    await connection.close();
    assert.match(String(error), /vsoc_nobody/);
    assert.doesNotMatch(inspect(error, { depth: 20, showHidden: true }), /p@ss-word|p%40ss-word/);
  });
});

describe('parseConnectionUrl', () => {
  for (const [url, problem] of [
    ['postgresql://owner:p^ss:word@[/x', /not a URL/],
    ['mysql://owner:secret@localhost/db', /its scheme is mysql:/],
    ['postgresql://owner:secret@localhost', /names no database/],
    ['postgresql://localhost/db', /names no user/],
    ['postgresql://owner:secret@localhost/db?sslmode=prefer', /its sslmode prefer is none of disable/],
    ['postgresql://owner:secret@localhost/db?ssl=1', /its parameter ssl is none of sslmode/],
  ] as const) {
    it(`refuses ${url} and does not repeat its password`, () => {
      assert.throws(
        () => parseConnectionUrl(url),
        (error: Error) => problem.test(error.message) && !/secret|p\^ss/.test(inspect(error)),
      );
    });
  }

  it('decodes what a URL has to encode', () => {
    const target = parseConnectionUrl('postgres://own%40er:p%3Ass%2Fword@[::1]:6543/my%20database');

    assert.deepEqual(target, {
      host: '::1',
      port: 6543,
      database: 'my database',
      user: 'own@er',
      password: 'p:ss/word',
      ssl: false,
    });
  });

  it('verifies the certificate unless the URL says no-verify', () => {
    const sslOf = (mode: string) => parseConnectionUrl(`postgresql://owner:secret@localhost/db?sslmode=${mode}`).ssl;

    assert.deepEqual(sslOf('require'), { rejectUnauthorized: true });
    assert.deepEqual(sslOf('verify-full'), { rejectUnauthorized: true });
    assert.deepEqual(sslOf('no-verify'), { rejectUnauthorized: false });
    assert.equal(sslOf('disable'), false);
  });
});
