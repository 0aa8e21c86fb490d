import { randomBytes } from 'node:crypto';
import { chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { scramVerifier } from '../sql/scram-verifier.ts';
import type { PostgresBinaries } from './embedded-postgres-binaries.ts';
import { CONNECTION_URL_REMEDY, EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { isAlive } from './embedded-postgres-postmaster.ts';
import { runAs, type ServerUser } from './embedded-postgres-user.ts';

/** Owns the database and nothing else: no superuser, as on Amazon RDS, so that what works here works there. */
export const OWNER_ROLE = 'virtual_soc_owner';
/** The one database of the cluster. */
export const DATABASE = 'virtual_soc';

/** In the data directory, readable by the server's account only. */
const PASSWORD_FILE = 'owner-password';

/** Passwords only, from this machine only; there is no socket file. */
const HOST_BASED_AUTHENTICATION = 'host all all 127.0.0.1/32 scram-sha-256\n';

/**
 * Makes a data directory (a "cluster" in PostgreSQL's words) with the owner role and the database in it.
 *
 * It is made under another name and renamed at the end, so a directory under its final name is always complete, and of
 * two runs that make it at the same time one wins whole. The superuser has no password and so can never log in.
 *
 * @param durable false leaves out flushing to disk, for a directory that does not outlive the run
 * @throws EmbeddedPostgresError when initdb fails
 */
export async function createCluster(
  directory: string,
  binaries: PostgresBinaries,
  user: ServerUser | undefined,
  durable: boolean,
): Promise<void> {
  await clearUnfinished(directory);
  const unfinished = `${unfinishedPrefix(directory)}${process.pid}-${randomBytes(4).toString('hex')}`;
  const password = randomBytes(24).toString('base64url');
  try {
    await mkdir(unfinished, { recursive: true, mode: 0o700 });
    if (user !== undefined) await chown(unfinished, user.uid, user.gid);

    await runAs(user, binaries.initdb, [
      ...['--pgdata', unfinished, '--username', 'postgres', '--auth', 'reject', '--no-instructions'],
      ...['--encoding', 'UTF8', '--locale', 'C', '--no-sync', ...(durable ? [] : ['--no-data-checksums'])],
    ]);
    await writeFile(path.join(unfinished, 'pg_hba.conf'), HOST_BASED_AUTHENTICATION);

    // Single-user mode: no port is open before the roles have their passwords. One statement a line.
    const statements = [
      `CREATE ROLE ${OWNER_ROLE} LOGIN NOSUPERUSER CREATEROLE CREATEDB PASSWORD '${scramVerifier(password)}'`,
      `CREATE DATABASE ${DATABASE} OWNER ${OWNER_ROLE}`,
    ];
    const { stdout, stderr } = await runAs(
      user,
      binaries.postgres,
      ['--single', '-D', unfinished, '-c', 'fsync=off', '-c', 'log_min_messages=error', 'postgres'],
      statements.map((statement) => `${statement}\n`).join(''),
    );
    if (/ERROR|FATAL|PANIC/.test(stdout + stderr)) throw new Error(stderr || stdout);

    const passwordFile = path.join(unfinished, PASSWORD_FILE);
    await writeFile(passwordFile, password, { mode: 0o600, flag: 'wx' });
    if (user !== undefined) await chown(passwordFile, user.uid, user.gid);
    // Flushed once, at the end, instead of after each step.
    if (durable) await runAs(user, binaries.initdb, ['--sync-only', '--pgdata', unfinished]);
    await rename(unfinished, directory);
  } catch (cause) {
    // Another run has just made it: use that one.
    if (await isCluster(directory)) return;
    throw new EmbeddedPostgresError(
      `The embedded PostgreSQL could not make its data directory ${directory}: ${(cause as Error).message.trim()}. ` +
        CONNECTION_URL_REMEDY,
      { cause },
    );
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

function unfinishedPrefix(directory: string): string {
  return `${directory}.unfinished-`;
}

/** Removes what killed runs left half made. */
async function clearUnfinished(directory: string): Promise<void> {
  const prefix = path.basename(unfinishedPrefix(directory));
  const names = await readdir(path.dirname(directory));
  for (const name of names.filter((candidate) => candidate.startsWith(prefix))) {
    const maker = Number(name.slice(prefix.length).split('-')[0]);
    if (!isAlive(maker)) await rm(path.join(path.dirname(directory), name), { recursive: true, force: true });
  }
}

/** Whether a directory holds a cluster. */
export async function isCluster(directory: string): Promise<boolean> {
  return stat(path.join(directory, 'PG_VERSION')).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

/**
 * Refuses a directory that this server must not touch.
 *
 * @throws EmbeddedPostgresError when it holds something else, or a cluster of another PostgreSQL version or another program
 */
export async function checkCluster(directory: string, majorVersion: number): Promise<void> {
  if (!(await isCluster(directory))) {
    const found = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    if (found.length === 0) return;
    throw new EmbeddedPostgresError(
      `${directory} holds other files (${found.slice(0, 3).join(', ')} …): the database needs a directory of its own.`,
    );
  }
  const version = (await readFile(path.join(directory, 'PG_VERSION'), 'utf8')).trim();
  if (version !== String(majorVersion)) {
    throw new EmbeddedPostgresError(
      `The database directory ${directory} was made by PostgreSQL ${version}, and the installed programs are ` +
        `PostgreSQL ${majorVersion}, which cannot read it. Move it away to start anew, or install the earlier release.`,
    );
  }
}

/**
 * The owner's password of a cluster.
 *
 * @throws EmbeddedPostgresError when there is none, because another program made the cluster
 */
export async function readOwnerPassword(directory: string): Promise<string> {
  try {
    return await readFile(path.join(directory, PASSWORD_FILE), 'utf8');
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `The database directory ${directory} has no readable file ${PASSWORD_FILE}, so it was not made by this program, ` +
        'or by another user. Choose another directory.',
      { cause },
    );
  }
}
