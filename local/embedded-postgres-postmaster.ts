import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

/**
 * Name of the setting that tells, on the server's own command line, which process of ours started it. PostgreSQL
 * accepts any setting with a dot in its name and ignores it.
 */
const STARTER_SETTING = 'virtual_soc.started_by';

/** The option for a server's command line that lets a later run recognise the server; see {@link stopOrphan}. */
export function starterOption(pid = process.pid): string {
  return `${STARTER_SETTING}=${pid}`;
}

/** What `postmaster.pid` says (https://www.postgresql.org/docs/18/storage-file-layout.html). */
export interface PostmasterFile {
  readonly pid: number;
  /** True once the server accepts connections. */
  readonly ready: boolean;
}

/** File in the data directory by which PostgreSQL marks it as being in use. */
export function postmasterFile(directory: string): string {
  return path.join(directory, 'postmaster.pid');
}

/** Reads `postmaster.pid`; undefined when there is none, or it is only half written. */
export async function readPostmasterFile(directory: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(postmasterFile(directory), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, ready: lines[7]?.trim() === 'ready' };
}

/** Whether a process has this id, ours or somebody else's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

interface RunningProcess {
  readonly parent: number;
  readonly command: readonly string[];
}

/** What runs under a process id, or undefined when nothing does. */
async function describeProcess(pid: number): Promise<RunningProcess | undefined> {
  if (process.platform === 'linux') {
    const [status, commandLine] = await Promise.all([
      readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''),
      readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
    ]);
    const parent = /^PPid:\s*(\d+)/m.exec(status)?.[1];
    const ended = parent === undefined || /^State:\s*[ZX]/m.test(status);
    return ended ? undefined : { parent: Number(parent), command: commandLine.split('\0') };
  }
  const listed = await promisify(execFile)('/bin/ps', ['-ww', '-o', 'ppid=,stat=,command=', '-p', String(pid)]).catch(
    // It ends with code 1 when there is no such process.
    () => ({ stdout: '' }),
  );
  const [, parent, command] = /^\s*(\d+)\s+[^Z\s]\S*\s+(.*)$/m.exec(listed.stdout) ?? [];
  return parent === undefined || command === undefined ? undefined : { parent: Number(parent), command: [command] };
}

/** Who holds a data directory, as far as `postmaster.pid` and the process table tell. */
export type DirectoryHolder =
  /** Nobody. A `postmaster.pid` that names no process is none of our business: PostgreSQL replaces it. */
  | { readonly kind: 'nobody' }
  /** Nobody, but the process id in `postmaster.pid` belongs to another program by now, at which PostgreSQL balks. */
  | { readonly kind: 'nobody-any-more' }
  /** A server whose starter is gone: it was killed before it could stop the server. */
  | { readonly kind: 'orphan'; readonly pid: number }
  /** A server whose starter still runs. */
  | { readonly kind: 'run'; readonly pid: number; readonly starter: number }
  /** A PostgreSQL server that was not started by this program. */
  | { readonly kind: 'foreign'; readonly pid: number };

/**
 * Finds out who holds a data directory. A process id may have been used again since, so the process must show itself to
 * be the server of exactly this directory; and a server is an orphan when its parent is not the process that started it.
 */
export async function findHolder(directory: string): Promise<DirectoryHolder> {
  const file = await readPostmasterFile(directory);
  const server = file && (await describeProcess(file.pid));
  if (file === undefined || server === undefined) return { kind: 'nobody' };

  const command = server.command.join(' ');
  if (!/^(\S.*\/)?(postgres|postmaster)(:?\s|$)/.test(command)) return { kind: 'nobody-any-more' };

  const starter = new RegExp(` ${STARTER_SETTING.replace('.', '\\.')}=(\\d+)`).exec(command)?.[1];
  if (starter === undefined || !command.includes(` -D ${directory} `)) return { kind: 'foreign', pid: file.pid };
  if (Number(starter) === server.parent) return { kind: 'run', pid: file.pid, starter: server.parent };
  return { kind: 'orphan', pid: file.pid };
}

/** How long a fast shutdown may take (it writes a checkpoint), in milliseconds, before an immediate one follows. */
const FAST_SHUTDOWN_MS = 20_000;
const IMMEDIATE_SHUTDOWN_MS = 5_000;

/**
 * Stops the server that a killed run left behind on a data directory, and clears a stale `postmaster.pid`.
 *
 * @returns whether a server was stopped
 * @throws EmbeddedPostgresError when the directory is in use by a run that is still alive, or by another server
 */
export async function stopOrphan(directory: string): Promise<boolean> {
  const holder = await findHolder(directory);
  switch (holder.kind) {
    case 'nobody':
      return false;
    case 'nobody-any-more':
      await rm(postmasterFile(directory), { force: true });
      return false;
    case 'run':
      throw directoryInUse(directory, `process ${holder.starter}`);
    case 'foreign':
      throw directoryInUse(directory, `a PostgreSQL server that this program did not start (process ${holder.pid})`);
    case 'orphan':
      break;
  }
  // PostgreSQL's own signals: https://www.postgresql.org/docs/18/server-shutdown.html
  process.kill(holder.pid, 'SIGINT');
  if (await ended(directory, holder.pid, FAST_SHUTDOWN_MS)) return true;
  process.kill(holder.pid, 'SIGQUIT');
  if (await ended(directory, holder.pid, IMMEDIATE_SHUTDOWN_MS)) return true;
  throw new EmbeddedPostgresError(
    `A killed run left the PostgreSQL server ${holder.pid} on ${directory}, and it does not stop. End that process.`,
  );
}

/** The error for a second run on one data directory. */
export function directoryInUse(directory: string, holder: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The database directory ${directory} is in use by ${holder}. Wait for it to end, or choose another directory.`,
  );
}

async function ended(directory: string, pid: number, milliseconds: number): Promise<boolean> {
  for (const deadline = Date.now() + milliseconds; Date.now() < deadline; await sleep(20)) {
    const holder = await findHolder(directory);
    if (!('pid' in holder) || holder.pid !== pid) return true;
  }
  return false;
}
