import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { QueryTypes } from 'sequelize';
import { findNativeDirectory, prepareBinaries, repairLibraryLinks } from '../../local/embedded-postgres-binaries.ts';
import { findHolder, readPostmasterFile } from '../../local/embedded-postgres-postmaster.ts';
import { chooseUnprivilegedAccount, findServerUser } from '../../local/embedded-postgres-user.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../local/embedded-postgres.ts';
import { connect } from '../../sql/database.ts';

const CHILD = fileURLToPath(new URL('embedded-postgres-child.ts', import.meta.url));

describe('startEmbeddedPostgres', function () {
  // A start from nothing runs initdb, and a busy machine takes its time for that.
  this.timeout(60_000);

  let scratch: string;
  /** A database that is made once and started again by many tests, which takes a fraction of making one. */
  let directory: string;
  const started: EmbeddedPostgres[] = [];
  const children: ChildProcess[] = [];

  before(async () => {
    scratch = await mkdtemp(path.join(os.tmpdir(), 'vsoc-test-'));
    // The server's account must pass through it, for a run as root.
    await chmod(scratch, 0o755);
    directory = path.join(scratch, 'kept', 'database');
    await (await startEmbeddedPostgres({ directory })).stop();
  });

  after(() => rm(scratch, { recursive: true, force: true }));

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    for (const server of started.splice(0)) await server.stop();
  });

  async function start(options: Parameters<typeof startEmbeddedPostgres>[0]): Promise<EmbeddedPostgres> {
    const server = await startEmbeddedPostgres(options);
    started.push(server);
    return server;
  }

  async function startInChild(
    ...directories: string[]
  ): Promise<{ child: ChildProcess; url: string; directory: string }> {
    const child = spawn(process.execPath, ['--import', 'tsx', CHILD, ...directories], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    children.push(child);
    const line = await new Promise<string>((resolve, reject) => {
      createInterface(child.stdout).once('line', resolve);
      child.once('exit', () => reject(new Error('the child ended without a server')));
    });
    return { child, ...(JSON.parse(line) as { url: string; directory: string }) };
  }

  async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<unknown[]> {
    const exit = once(child, 'exit');
    child.kill(signal);
    return exit;
  }

  async function query<Row extends object>(url: string, sql: string): Promise<Row[]> {
    const connection = connect(url);
    try {
      return await connection.query<Row>(sql, { type: QueryTypes.SELECT });
    } finally {
      await connection.close();
    }
  }

  it('throws an ephemeral database away at the end, and does not flush it to disk', async () => {
    const server = await start({ ephemeral: true });
    const [settings] = await query(server.url, `SELECT current_setting('fsync') AS fsync`);

    await server.stop();

    assert.deepEqual(settings, { fsync: 'off' });
    assert.equal(existsSync(path.dirname(server.directory)), false);
    await assert.rejects(query(server.url, 'SELECT 1'), /ECONNREFUSED/);
  });

  it('keeps a database with a directory between runs, and flushes it to disk', async () => {
    const first = await start({ directory });
    await query(first.url, `CREATE TABLE settings AS SELECT current_setting('fsync') AS fsync`);
    await first.stop();

    const second = await start({ directory });

    assert.deepEqual(await query(second.url, 'SELECT * FROM settings'), [{ fsync: 'on' }]);
    assert.equal(new URL(second.url).password, new URL(first.url).password);
  });

  it('gives an owner without superuser rights a database in UTF-8 and the C locale', async () => {
    const { url } = await start({ directory });

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

  it('listens on 127.0.0.1 only and makes no socket file', async () => {
    const { url } = await start({ directory });

    const [settings] = await query(url, `SELECT current_setting('listen_addresses') AS addresses`);
    const postmaster = (await readFile(path.join(directory, 'postmaster.pid'), 'utf8')).split('\n');

    assert.deepEqual(settings, { addresses: '127.0.0.1' });
    // https://www.postgresql.org/docs/18/storage-file-layout.html: port, socket directory, address
    assert.deepEqual(postmaster.slice(3, 6), [new URL(url).port, '', '127.0.0.1']);
  });

  it('lets nobody in without the password, which one file for its account alone holds', async () => {
    const { url } = await start({ directory });
    const { password } = new URL(url);
    const wrong = new URL(url);
    wrong.password = 'wrong';

    await assert.rejects(query(wrong.href, 'SELECT 1'), /password authentication failed/);

    const holders: string[] = [];
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      const file = path.join(directory, entry.name);
      if (entry.isFile() && (await readFile(file, 'latin1')).includes(password)) holders.push(entry.name);
    }
    assert.deepEqual(holders, ['owner-password']);
    assert.equal((await stat(path.join(directory, 'owner-password'))).mode & 0o777, 0o600);
  });

  it('refuses a second run on a directory in use, and leaves the first one alone', async () => {
    const { url } = await start({ directory });

    await assert.rejects(startEmbeddedPostgres({ directory }), {
      name: 'EmbeddedPostgresError',
      message: new RegExp(`${directory} is in use by process ${process.pid}`),
    });
    assert.deepEqual(await query(url, 'SELECT 1 AS one'), [{ one: 1 }]);
  });

  it('lets one of two runs have a new directory that both want at once', async () => {
    const wanted = path.join(scratch, 'wanted');

    const outcomes = await Promise.allSettled([start({ directory: wanted }), start({ directory: wanted })]);

    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    assert.equal(refused.length, 1);
    assert.match(String(refused[0]?.reason), /wanted is in use by/);
  });

  it('stops the server that a killed run left on its directory, and keeps what was committed', async () => {
    const { child, url } = await startInChild(directory);
    await query(url, 'CREATE TABLE committed AS SELECT 1 AS one');
    const orphan = (await readPostmasterFile(directory))?.pid ?? 0;
    await end(child, 'SIGKILL');
    assert.equal((await findHolder(directory)).kind, 'orphan');

    const server = await start({ directory });

    assert.notEqual((await readPostmasterFile(directory))?.pid, orphan);
    assert.deepEqual(await query(server.url, 'SELECT * FROM committed'), [{ one: 1 }]);
    await assert.rejects(query(url, 'SELECT 1'), /ECONNREFUSED/);
  });

  it('clears away the throw-away database of a killed run', async () => {
    const killed = await startInChild();
    await end(killed.child, 'SIGKILL');

    await start({ ephemeral: true });

    assert.equal(existsSync(path.dirname(killed.directory)), false);
    await assert.rejects(query(killed.url, 'SELECT 1'), /ECONNREFUSED/);
  });

  it('removes a throw-away database when a signal ends its process', async () => {
    const { child, url, directory: thrownAway } = await startInChild();

    await end(child, 'SIGTERM');

    assert.equal(existsSync(path.dirname(thrownAway)), false);
    await assert.rejects(query(url, 'SELECT 1'), /ECONNREFUSED/);
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`shuts down with its process on ${signal}, and lets that signal end the process`, async () => {
      const { child, url } = await startInChild(directory);

      const [code, endedBy] = await end(child, signal);

      assert.deepEqual([code, endedBy], [null, signal]);
      assert.equal((await findHolder(directory)).kind, 'nobody');
      assert.match(await readFile(path.join(directory, 'server.log'), 'utf8'), /database system is shut down/);
      await assert.rejects(query(url, 'SELECT 1'), /ECONNREFUSED/);
    });
  }

  it('takes a directory whose postmaster.pid names another program by now', async () => {
    await writeFile(path.join(directory, 'postmaster.pid'), `${process.pid}\n${directory}\n`);

    const server = await start({ directory });

    assert.deepEqual(await query(server.url, 'SELECT 1 AS one'), [{ one: 1 }]);
  });

  it('does not touch a directory with other files in it', async () => {
    const project = path.join(scratch, 'project');
    await mkdir(project);
    await writeFile(path.join(project, 'notes.txt'), 'mine');

    await assert.rejects(startEmbeddedPostgres({ directory: project }), /holds other files \(notes\.txt …\)/);
    assert.deepEqual(await readdir(project), ['notes.txt']);
  });

  it('refuses the data of another PostgreSQL version', async () => {
    const old = path.join(scratch, 'old');
    await mkdir(old);
    await writeFile(path.join(old, 'PG_VERSION'), '9\n');

    await assert.rejects(startEmbeddedPostgres({ directory: old }), /was made by PostgreSQL 9/);
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
  let scratch: string;

  beforeEach(async () => {
    scratch = await mkdtemp(path.join(os.tmpdir(), 'vsoc-test-'));
    await chmod(scratch, 0o755);
  });

  afterEach(() => rm(scratch, { recursive: true, force: true }));

  it('works from a copy where the installed programs can be neither repaired nor reached', async () => {
    const user = await findServerUser();
    const installed = path.join(scratch, 'installed');
    await cp(findNativeDirectory(), path.join(installed, 'native'), {
      recursive: true,
      filter: async (source) => !source.endsWith('.a') && !(await lstat(source)).isSymbolicLink(),
    });
    await writeFile(path.join(installed, 'package.json'), '{"version":"1.2.3"}');
    // As root everything can be repaired, but the server's account cannot reach it.
    if (user === undefined) await chmod(path.join(installed, 'native', 'lib'), 0o555);
    else await chmod(installed, 0o700);

    const binaries = await prepareBinaries(user, path.join(scratch), path.join(installed, 'native'));

    assert.equal(binaries.postgres, path.join(scratch, 'postgresql-1.2.3', 'bin', 'postgres'));
    assert.ok(binaries.majorVersion >= 18);
    await chmod(path.join(installed, 'native', 'lib'), 0o755);
  });

  it('says what is wrong and names the connection URL option where the programs do not run', async () => {
    await assert.rejects(prepareBinaries(undefined, scratch, path.join(scratch, 'absent', 'native')), {
      name: 'EmbeddedPostgresError',
      message: /do not run.*VSOC_DATABASE_URL/,
    });
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
