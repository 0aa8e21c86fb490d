/** `vsoc rollout status`: how a roll-out is, stack by stack. Changes nothing in AWS, and starts no drift detection. */
import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { ConfigServiceClient } from '@aws-sdk/client-config-service';
import type { SecurityHubClient } from '@aws-sdk/client-securityhub';
import { callLimiter, type Clock } from './aws-calls/call-limiter.ts';
import { systemClock } from './aws-calls/system-clock.ts';
import { EXIT_DONE, EXIT_FAILED } from './exit-code.ts';
import { jsonText } from './json-text.ts';
import { organizationsClient } from './organization/organization-reader.ts';
import { showProgress } from './progress.ts';
import { type PlanRun, readRolloutOrganization, type RolloutPlanOptions } from './rollout-plan.ts';
import { CLOUDFORMATION_RATES, CONFIG_RATES } from './rollout/api-rates.ts';
import { callerAccount } from './rollout/caller.ts';
import { configAggregatorReader, configClient } from './rollout/config-aggregator-reader.ts';
import { readConfiguredRollout } from './rollout/configured-rollout.ts';
import { hasPackFinding, hubClient } from './rollout/hub-findings-reader.ts';
import { readStatusFacts } from './rollout/read-status-facts.ts';
import { cloudFormationClient, stackSetReader } from './rollout/stack-set-reader.ts';
import { type RolloutStatus, rolloutStatus } from './rollout/status.ts';
import { statusDocument, statusReport } from './rollout/status-report.ts';

export type RolloutStatusOptions = RolloutPlanOptions;

/** Runs the command and returns its exit code: that of a failure where a person has to look. Throws with a message for people. */
export async function rolloutStatusCommand(options: RolloutStatusOptions): Promise<number> {
  const configured = await readConfiguredRollout(options.configuration);
  const { region } = configured.configuration.portfolio;
  const aggregatorRegion = options.aggregatorRegion ?? region;
  const organizations = organizationsClient(region);
  const clients: StatusClients = {
    cloudFormation: cloudFormationClient,
    config: configClient(aggregatorRegion),
    hub: hubClient(region),
  };
  try {
    const organization = await readRolloutOrganization(organizations, systemClock, configured, options.configuration);
    const caller = await callerAccount(region);
    const progress = showProgress('items read of AWS');
    let items = 0;
    try {
      const status = await readStatus(clients, systemClock, {
        configured,
        organization,
        caller,
        aggregatorRegion,
        onProgress: (read) => progress.update((items += read)),
      });
      process.stdout.write(options.json ? jsonText(statusDocument(status)) : statusReport(status));
      return status.healthy ? EXIT_DONE : EXIT_FAILED;
    } finally {
      progress.stop();
    }
  } finally {
    organizations.destroy();
    clients.config.destroy();
    clients.hub.destroy();
  }
}

export interface StatusClients {
  /** A client for a Region; it is destroyed when the status is read. */
  readonly cloudFormation: (region: string) => CloudFormationClient;
  readonly config: ConfigServiceClient;
  readonly hub: SecurityHubClient;
}

/** Reads what is to be known within the rates of the APIs by the given clock. */
export async function readStatus(clients: StatusClients, clock: Clock, run: PlanRun): Promise<RolloutStatus> {
  const { configured, organization, caller, aggregatorRegion, onProgress } = run;
  const { configuration, rollout, content } = configured;
  const callAs = rollout.callAs === 'delegated-administrator' ? 'DELEGATED_ADMIN' : 'SELF';
  const stop = new AbortController();
  const opened: CloudFormationClient[] = [];
  // The rates are those of an account and Region.
  const stacksIn = (region: string) => {
    const client = clients.cloudFormation(region);
    opened.push(client);
    return stackSetReader(client, callLimiter(CLOUDFORMATION_RATES, clock, stop.signal), callAs);
  };
  try {
    const facts = await readStatusFacts(
      {
        stackSets: stacksIn(configuration.portfolio.region),
        config: configAggregatorReader(clients.config, callLimiter(CONFIG_RATES, clock, stop.signal)),
        stacksIn,
        hasPackFinding: () => hasPackFinding(clients.hub, clock, stop.signal),
      },
      {
        configuration,
        rollout,
        organization,
        caller,
        aggregatorPlace: `${caller.known ? caller.value : 'the account of these credentials'} in ${aggregatorRegion}`,
        ...(onProgress === undefined ? {} : { onProgress }),
      },
    );
    return rolloutStatus(configuration, rollout, content, facts);
  } finally {
    // After a failure nothing that still waits for its turn may go on calling.
    stop.abort();
    for (const client of opened) client.destroy();
  }
}
