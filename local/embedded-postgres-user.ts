import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { CONNECTION_URL_REMEDY, EmbeddedPostgresError } from './embedded-postgres-error.ts';

/** The operating system account that runs the server. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Accounts that exist for running a service without rights, the most fitting first (`_postgres` is macOS). */
const UNPRIVILEGED_ACCOUNTS = ['postgres', '_postgres', 'nobody'];

/**
 * Environment of every PostgreSQL program we start. Nothing is inherited but the path: `PGDATA`, `PGPORT` or a locale
 * of the caller must not change what the server does.
 */
export const SERVER_ENVIRONMENT = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/**
 * The account to run the server under, or undefined to run it under our own.
 *
 * PostgreSQL refuses to run as root. Then an account that exists already is used; none is ever created.
 *
 * @throws EmbeddedPostgresError when we are root and there is no such account
 */
export async function findServerUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;

  const accounts = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const user = chooseUnprivilegedAccount(accounts);
  if (user === undefined) {
    throw new EmbeddedPostgresError(
      `PostgreSQL does not run as root, and /etc/passwd has none of the accounts ${UNPRIVILEGED_ACCOUNTS.join(', ')} ` +
        `to run it under. Run this as an ordinary user. ${CONNECTION_URL_REMEDY}`,
    );
  }
  return user;
}

/** Picks the account from the text of `/etc/passwd`; root under another name is no choice. */
export function chooseUnprivilegedAccount(passwd: string): ServerUser | undefined {
  const accounts = new Map<string, ServerUser>();
  for (const line of passwd.split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name === undefined || !/^-?\d+$/.test(uid ?? '') || !/^-?\d+$/.test(gid ?? '')) continue;
    // macOS writes nobody's ids as -2; system calls take them as unsigned.
    accounts.set(name, { name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 });
  }
  return UNPRIVILEGED_ACCOUNTS.map((name) => accounts.get(name)).find((user) => user !== undefined && user.uid !== 0);
}

const execute = promisify(execFile);

/**
 * Runs a program to its end under the server's account and returns its standard output and error output.
 *
 * It starts in `/`, because our own working directory may be closed to that account.
 *
 * @throws Error when the program cannot be started or ends with another code than 0
 */
export async function runAs(
  user: ServerUser | undefined,
  program: string,
  programArguments: readonly string[],
  input = '',
): Promise<{ stdout: string; stderr: string }> {
  const running = execute(program, programArguments, {
    cwd: '/',
    env: SERVER_ENVIRONMENT,
    maxBuffer: 16 * 1024 * 1024,
    ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
  });
  // A program that ends before it has read everything closes the pipe; its exit code tells what happened.
  running.child.stdin?.on('error', () => {});
  running.child.stdin?.end(input);
  return running;
}

/** Whether the server's account can enter a directory, which needs the right to pass every directory above it. */
export async function canEnter(user: ServerUser | undefined, directory: string): Promise<boolean> {
  try {
    await runAs(user, '/bin/sh', ['-c', 'cd -- "$1"', 'sh', directory]);
    return true;
  } catch {
    return false;
  }
}
