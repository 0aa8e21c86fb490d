/** Work that must not be left undone when the user presses Ctrl-C. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What is still to be done, the last registered first. */
const cleanups: (() => Promise<void>)[] = [];
let interrupted = false;

/**
 * From now on `cleanup` is done when a signal ends the process. Returns what takes that back, once it has been done in the
 * ordinary way. A cleanup that fails does not keep the others from being done; a second signal ends the process at once.
 */
export function onInterrupt(cleanup: () => Promise<void>): () => void {
  if (cleanups.length === 0) for (const signal of SIGNALS) process.on(signal, onSignal);
  cleanups.unshift(cleanup);
  return () => {
    const index = cleanups.indexOf(cleanup);
    if (index !== -1) cleanups.splice(index, 1);
    if (cleanups.length === 0 && !interrupted) stopListening();
  };
}

function onSignal(signal: NodeJS.Signals): void {
  if (interrupted) return endBy(signal);
  interrupted = true;
  void cleanUp().finally(() => endBy(signal));
}

async function cleanUp(): Promise<void> {
  for (const cleanup of [...cleanups]) await cleanup().catch(() => undefined);
}

/** As it would have ended without us; others that listen, as the embedded server's starter does, then do their part. */
function endBy(signal: NodeJS.Signals): void {
  stopListening();
  process.kill(process.pid, signal);
}

function stopListening(): void {
  for (const signal of SIGNALS) process.off(signal, onSignal);
}
