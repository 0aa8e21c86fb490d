import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, ftruncateSync, openSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type PostgresBinaries, prepareBinaries } from './embedded-postgres-binaries.ts';
import {
  checkCluster,
  createCluster,
  DATABASE,
  isCluster,
  OWNER_ROLE,
  readOwnerPassword,
} from './embedded-postgres-cluster.ts';
import { CONNECTION_URL_REMEDY, EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { forgetAtExit, signalShutdown, stopAtExit } from './embedded-postgres-exit.ts';
import {
  clearThrowAwayPlaces,
  findDirectoryOwner,
  placeForKeeping,
  placeForThrowingAway,
  type ServerPlace,
} from './embedded-postgres-place.ts';
import { directoryInUse, readPostmasterFile, starterOption, stopOrphan } from './embedded-postgres-postmaster.ts';
import { findServerUser, SERVER_ENVIRONMENT, type ServerUser } from './embedded-postgres-user.ts';

/** Where a database is kept that nobody named a directory for; relative to the working directory. */
const DEFAULT_DIRECTORY = path.join('.virtual-soc', 'database');

/** What to start. */
export interface EmbeddedPostgresOptions {
  /**
   * Data directory of a database that is kept between runs; made when absent. Ignored with `ephemeral`.
   *
   * @default .virtual-soc/database in the working directory
   */
  readonly directory?: string;
  /**
   * True for a database that is thrown away when the server stops, and that need not survive a crash: a new one each
   * time, without flushing to disk.
   *
   * @default false
   */
  readonly ephemeral?: boolean;
}

/** A running server. */
export interface EmbeddedPostgres {
  /** Connection URL of the database owner, who is no superuser. It holds the password. */
  readonly url: string;
  /** The data directory in use. */
  readonly directory: string;
  /** Stops the server, ending all its sessions; removes a throw-away database. Calling it again does nothing. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL on a free port of 127.0.0.1, from the programs that npm installed.
 *
 * The server is stopped with {@link EmbeddedPostgres.stop} or at the end of this process; one that outlived its process
 * because that was killed is stopped by the next start.
 *
 * @example
 * const server = await startEmbeddedPostgres({ ephemeral: true });
 * const owner = connect(server.url);
 * await owner.close();
 * await server.stop();
 *
 * @throws EmbeddedPostgresError when it cannot run here, or the directory is in use; the message gives the remedy
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const ephemeral = options.ephemeral ?? false;
  const account = await findServerUser();
  const place = ephemeral
    ? await placeForThrowingAway(account)
    : await placeForKeeping(options.directory ?? DEFAULT_DIRECTORY, account);
  try {
    if (place.remove !== undefined) await clearThrowAwayPlaces(path.dirname(place.remove));
    const user = account && ((await findDirectoryOwner(place.data)) ?? account);
    const binaries = await prepareBinaries(user, place.copies);

    await checkCluster(place.data, binaries.majorVersion);
    await stopOrphan(place.data);
    if (!(await isCluster(place.data))) await createCluster(place.data, binaries, user, !ephemeral);
    const password = await readOwnerPassword(place.data);
    const { server, port } = await startOnFreePort(place, binaries, user);
    return {
      url: `postgresql://${OWNER_ROLE}:${password}@127.0.0.1:${port}/${DATABASE}`,
      directory: place.data,
      stop: stopOnce(server, place),
    };
  } catch (error) {
    if (place.remove !== undefined) await rm(place.remove, { recursive: true, force: true });
    throw error;
  }
}

/** Between asking for a free port and using it, another program may take it. */
const PORT_ATTEMPTS = 5;

async function startOnFreePort(
  place: ServerPlace,
  binaries: PostgresBinaries,
  user: ServerUser | undefined,
): Promise<{ server: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    const { server, logStart } = launch(place, binaries, user, port);
    try {
      await ready(server, place.data, logStart);
      return { server, port };
    } catch (error) {
      if (attempt === PORT_ATTEMPTS || !/could not bind|could not create any TCP/.test((error as Error).message))
        throw error;
    }
  }
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', resolve);
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** For data that is thrown away with the server, flushing to disk buys nothing. */
const NOT_DURABLE = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

function launch(
  place: ServerPlace,
  binaries: PostgresBinaries,
  user: ServerUser | undefined,
  port: number,
): { server: ChildProcess; logStart: number } {
  // Settings are given at each start, so an old data directory runs with those of the present code.
  const settings = [
    starterOption(),
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    // No socket file: the global folder may be missing or closed, and a long path exceeds what a socket allows.
    'unix_socket_directories=',
    'password_encryption=scram-sha-256',
    'log_timezone=UTC',
    'timezone=UTC',
    'jit=off',
    ...(place.remove === undefined ? [] : NOT_DURABLE),
  ];
  // The server outlives us if we are killed, so it writes to a file: a pipe that nobody reads would end it or block it.
  const log = openSync(logFile(place.data), 'a', 0o600);
  try {
    if (fstatSync(log).size > LONGEST_LOG) ftruncateSync(log);
    const logStart = fstatSync(log).size;
    const server = spawn(binaries.postgres, ['-D', place.data, ...settings.flatMap((setting) => ['-c', setting])], {
      cwd: '/',
      env: SERVER_ENVIRONMENT,
      // Ctrl-C reaches every process of the terminal's group; ours must be able to finish its work first.
      detached: true,
      stdio: ['ignore', log, log],
      ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
    });
    server.unref();
    return { server, logStart };
  } finally {
    closeSync(log);
  }
}

/** Size in bytes beyond which a start empties the server's log. */
const LONGEST_LOG = 1024 * 1024;

function logFile(directory: string): string {
  return path.join(directory, 'server.log');
}

/** How long a start may take, in milliseconds. After a crash PostgreSQL first replays its log. */
const START_MS = 120_000;

/** Waits until the server accepts connections. It is ended when it does not. */
async function ready(server: ChildProcess, directory: string, logStart: number): Promise<void> {
  let failure: Error | undefined;
  server.once('error', (error) => (failure = error));
  const stoppable = { pid: server.pid ?? 0, directory, remove: undefined };
  if (server.pid !== undefined) stopAtExit(stoppable);
  try {
    for (const deadline = Date.now() + START_MS; Date.now() < deadline; await sleep(5)) {
      const file = await readPostmasterFile(directory);
      if (file?.pid === server.pid && file?.ready) return;
      if (failure !== undefined) throw startFailure(failure.message, failure);
      if (server.exitCode !== null || server.signalCode !== null) {
        const log = (await readFile(logFile(directory))).subarray(logStart).toString('utf8');
        if (/lock file "postmaster\.pid" (already exists|is empty)/.test(log)) {
          throw directoryInUse(directory, 'another run that started at the same time');
        }
        throw startFailure(log.trim());
      }
    }
    signalShutdown(stoppable);
    throw startFailure(`it was not ready after ${START_MS / 1000} s; see ${logFile(directory)}`);
  } finally {
    forgetAtExit(stoppable);
  }
}

function startFailure(reason: string, cause?: Error): EmbeddedPostgresError {
  return new EmbeddedPostgresError(`The embedded PostgreSQL does not start: ${reason}. ${CONNECTION_URL_REMEDY}`, {
    cause,
  });
}

function stopOnce(server: ChildProcess, place: ServerPlace): () => Promise<void> {
  const stoppable = { pid: server.pid ?? 0, directory: place.data, remove: place.remove };
  stopAtExit(stoppable);
  let stopped: Promise<void> | undefined;
  return () => (stopped ??= stop());

  async function stop(): Promise<void> {
    if (server.exitCode === null && server.signalCode === null) {
      const exit = new Promise((resolve) => server.once('exit', resolve));
      server.ref();
      signalShutdown(stoppable);
      await exit;
    }
    forgetAtExit(stoppable);
    if (place.remove !== undefined) await rm(place.remove, { recursive: true, force: true, maxRetries: 3 });
  }
}
