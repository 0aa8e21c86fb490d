/** The local Security Hub in a process of its own, as it would be on a machine of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** A running hub. */
export interface HubProcess {
  readonly url: string;
  stop(): Promise<void>;
}

const VSOC = path.join(import.meta.dirname, '..', 'local', 'vsoc.js');

/** Starts a hub, with AWS's quotas or without. Throws where it does not come up. */
export async function startHubProcess({ quotas }: { readonly quotas: boolean }): Promise<HubProcess> {
  const options = ['security-hub', '--port', '0', ...(quotas ? [] : ['--no-quotas'])];
  const hub = spawn(process.execPath, [VSOC, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(hub, 'exit');
  // A benchmark that fails must not leave it behind.
  const kill = () => hub.kill();
  process.once('exit', kill);
  for await (const line of createInterface({ input: hub.stdout })) {
    const url = /listens on (http:\S+)/.exec(line)?.[1];
    if (!url) continue;
    hub.stdout.resume();
    return {
      url,
      stop: async () => {
        hub.kill();
        await exited;
        process.off('exit', kill);
      },
    };
  }
  throw new Error('the local Security Hub did not start');
}
