/** `vsoc security-hub`: the local Security Hub as a server of its own. */
import { once } from 'node:events';
import { EXIT_DONE } from './exit-code.ts';
import { describeFileProblem, isSystemError } from './file-problem.ts';
import { type LocalSecurityHub, type SecurityHubOptions, startSecurityHub } from './security-hub/server.ts';

export interface SecurityHubCommandOptions {
  readonly account: string;
  readonly region: string;
  readonly port?: number;
  readonly store?: string;
  readonly quotas: boolean;
  readonly throttle?: number;
  readonly serverErrors?: number;
  readonly partialFailures?: number;
  readonly delay?: number;
}

/** Serves until SIGINT or SIGTERM. Throws, in one line, where the port is taken or the store cannot be used. */
export async function securityHubCommand(options: SecurityHubCommandOptions): Promise<number> {
  const { account, region, quotas, throttle, serverErrors, partialFailures, delay } = options;
  const hub = await start({
    account,
    region,
    quotas,
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.store === undefined ? {} : { store: options.store }),
    faults: {
      ...(throttle === undefined ? {} : { throttle }),
      ...(serverErrors === undefined ? {} : { serverErrorBefore: serverErrors }),
      ...(partialFailures === undefined ? {} : { partialFailure: partialFailures }),
      ...(delay === undefined ? {} : { delayMilliseconds: delay }),
    },
  });
  // Before the line that says so is printed: whoever reads it may end us at once.
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  process.stdout.write(
    `Security Hub of account ${account} in ${region} listens on ${hub.url}\n` +
      `Use it with: export AWS_ENDPOINT_URL_SECURITYHUB=${hub.url} AWS_REGION=${region} ` +
      `AWS_DEFAULT_REGION=${region} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local\n`,
  );
  await interrupted;
  try {
    await hub.close();
  } catch (error) {
    throw inWords(error, options);
  }
  return EXIT_DONE;
}

async function start(options: SecurityHubOptions): Promise<LocalSecurityHub> {
  try {
    return await startSecurityHub(options);
  } catch (error) {
    throw inWords(error, options);
  }
}

/** The only things of the system's that the server uses are its port and its store. */
function inWords(error: unknown, { port, store }: Pick<SecurityHubOptions, 'port' | 'store'>): unknown {
  if (!isSystemError(error)) return error;
  if (error.syscall !== 'listen') {
    return new Error(`--store ${store}: ${describeFileProblem(error)}`, { cause: error });
  }
  const problem = error.code === 'EADDRINUSE' ? 'another program listens there' : describeFileProblem(error);
  return new Error(`--port ${port}: ${problem}. Choose another port, or leave it out to get a free one.`, {
    cause: error,
  });
}
