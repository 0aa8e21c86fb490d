import { createHash, randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, realpath, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CONNECTION_URL_REMEDY, EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { isAlive, stopOrphan } from './embedded-postgres-postmaster.ts';
import { canEnter, type ServerUser } from './embedded-postgres-user.ts';

/** Where a server keeps its files. */
export interface ServerPlace {
  /** PostgreSQL's data directory. */
  readonly data: string;
  /** Where a copy of the programs goes if one is needed. */
  readonly copies: string;
  /** Directory to remove when the server stops, or undefined to keep everything. */
  readonly remove: string | undefined;
}

/** For root only: root alone may create directories here, and every account may pass through. */
const FALLBACK_DIRECTORY = '/var/lib/virtual-soc';

/**
 * The place of a database that is kept between runs.
 *
 * Run as root, the server's account often cannot reach the project (below `/root`, say). The database is then kept in
 * `/var/lib/virtual-soc`, in a directory of its own for each directory asked for, rather than refused.
 */
export async function placeForKeeping(directory: string, user: ServerUser | undefined): Promise<ServerPlace> {
  const wanted = path.resolve(directory);
  await mkdir(path.dirname(wanted), { recursive: true });
  const parent = await realpath(path.dirname(wanted));
  if (user === undefined || (await canEnter(user, parent))) {
    return { data: path.join(parent, path.basename(wanted)), copies: parent, remove: undefined };
  }

  await mkdir(FALLBACK_DIRECTORY, { recursive: true, mode: 0o755 });
  if (!(await canEnter(user, FALLBACK_DIRECTORY))) {
    throw new EmbeddedPostgresError(
      `Run as root, the database server uses the account ${user.name}, which can enter neither ${parent} nor ` +
        `${FALLBACK_DIRECTORY}. Choose a directory that it can enter. ${CONNECTION_URL_REMEDY}`,
    );
  }
  const fingerprint = createHash('sha256')
    .update(path.join(parent, path.basename(wanted)))
    .digest('hex')
    .slice(0, 16);
  const name = `${path.basename(wanted)}-${fingerprint}`;
  return { data: path.join(FALLBACK_DIRECTORY, name), copies: FALLBACK_DIRECTORY, remove: undefined };
}

/** Names of throw-away directories start with this and the host: process ids mean something on one host only. */
function throwAwayPrefix(): string {
  return `virtual-soc-postgres-${os.hostname().replaceAll(/[^A-Za-z0-9.]/g, '_')}-`;
}

/**
 * A new place for a database that goes with the run, among the temporary files.
 *
 * @throws EmbeddedPostgresError when the server's account can enter no directory for temporary files
 */
export async function placeForThrowingAway(user: ServerUser | undefined): Promise<ServerPlace> {
  const parents = [...new Set([os.tmpdir(), '/tmp', '/var/tmp'])];
  for (const parent of parents) {
    if (user !== undefined && !(await canEnter(user, parent))) continue;

    const name = `${throwAwayPrefix()}${process.pid}-${randomBytes(6).toString('hex')}`;
    const home = path.join(await realpath(parent), name);
    // The server's account must be able to pass through a directory that root made; what is inside is closed.
    await mkdir(home, { mode: user === undefined ? 0o700 : 0o711 });
    return { data: path.join(home, 'data'), copies: home, remove: home };
  }
  throw new EmbeddedPostgresError(
    `Run as root, the database server uses the account ${user?.name}, which can enter none of ${parents.join(', ')}. ` +
      `Let TMPDIR name a directory that it can enter. ${CONNECTION_URL_REMEDY}`,
  );
}

/**
 * Removes what killed runs left among the temporary files: their servers and their directories. Only directories of
 * our own are touched, and what cannot be removed stays, since it hinders nobody.
 */
export async function clearThrowAwayPlaces(parent: string): Promise<void> {
  const prefix = throwAwayPrefix();
  const names = await readdir(parent).catch(() => []);
  for (const name of names.filter((candidate) => candidate.startsWith(prefix))) {
    const home = path.join(parent, name);
    const starter = Number(name.slice(prefix.length).split('-')[0]);
    const owned = await lstat(home).then(
      (found) => found.isDirectory() && found.uid === process.getuid?.(),
      () => false,
    );
    if (!owned || !Number.isInteger(starter) || isAlive(starter)) continue;
    try {
      await stopOrphan(path.join(home, 'data'));
      await rm(home, { recursive: true, force: true });
    } catch {
      continue;
    }
  }
}

/** The account that a data directory belongs to already; root must go on running the server under that one. */
export async function findDirectoryOwner(directory: string): Promise<ServerUser | undefined> {
  const found = await stat(directory).catch(() => undefined);
  if (found === undefined || found.uid === 0) return undefined;
  return { name: `with the id ${found.uid}`, uid: found.uid, gid: found.gid };
}
