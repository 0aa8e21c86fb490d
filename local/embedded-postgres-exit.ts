import { existsSync, rmSync } from 'node:fs';
import { postmasterFile } from './embedded-postgres-postmaster.ts';

/** A running server, as far as the end of our process needs to know it. */
export interface StoppableServer {
  readonly pid: number;
  readonly directory: string;
  /** Directory to remove afterwards, or undefined to keep everything. */
  readonly remove: string | undefined;
}

/** Servers to stop when this process ends. */
const servers = new Set<StoppableServer>();

/** Signals that end a process and that can be acted upon. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** How long the end of the process waits for the servers, in milliseconds. */
const PATIENCE_MS = 10_000;

/** From now on the server is stopped when this process ends in any way but SIGKILL. */
export function stopAtExit(server: StoppableServer): void {
  if (servers.size === 0) {
    process.on('exit', stopAll);
    for (const signal of SIGNALS) process.on(signal, onSignal);
  }
  servers.add(server);
}

/** Takes that back, once the server has been stopped. */
export function forgetAtExit(server: StoppableServer): void {
  servers.delete(server);
  if (servers.size > 0) return;
  process.off('exit', stopAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

/**
 * Ends the process by the signal, as it would have ended without us. Where the program listens to the signal too, it
 * decides when to end, and the servers run until then.
 */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  stopAll();
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}

/** Nothing asynchronous runs any more when a process exits, so this waits in place. */
function stopAll(): void {
  for (const server of servers) signalShutdown(server);
  const deadline = Date.now() + PATIENCE_MS;
  for (const server of servers) {
    while (existsSync(postmasterFile(server.directory)) && Date.now() < deadline) sleepInPlace(10);
    if (server.remove !== undefined) rmSync(server.remove, { recursive: true, force: true, maxRetries: 3 });
  }
  servers.clear();
}

/**
 * Asks a server to end: at once when its data is thrown away, else with a checkpoint after ending all sessions ("fast").
 *
 * @see https://www.postgresql.org/docs/18/server-shutdown.html
 */
export function signalShutdown(server: StoppableServer): void {
  try {
    process.kill(server.pid, server.remove === undefined ? 'SIGINT' : 'SIGQUIT');
  } catch {
    // It has ended already.
  }
}

function sleepInPlace(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
