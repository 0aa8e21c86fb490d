/** `vsoc security-hub`: the local Security Hub as a server of its own. */
import { once } from 'node:events';
import { EXIT_DONE } from './exit-code.ts';
import { startSecurityHub } from './security-hub/server.ts';

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

/** Serves until SIGINT or SIGTERM. Throws where the port is taken or the store is damaged. */
export async function securityHubCommand(options: SecurityHubCommandOptions): Promise<number> {
  const { account, region, quotas, throttle, serverErrors, partialFailures, delay } = options;
  const hub = await startSecurityHub({
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
  process.stdout.write(
    `Security Hub of account ${account} in ${region} listens on ${hub.url}\n` +
      `Use it with: export AWS_ENDPOINT_URL_SECURITYHUB=${hub.url} AWS_REGION=${region} ` +
      `AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local\n`,
  );
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await hub.close();
  return EXIT_DONE;
}
