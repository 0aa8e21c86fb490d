/** `vsoc rollout plan`: what a roll-out would do in every account and Region, and what is in its way. Changes nothing in AWS. */
import type { AccountClient } from '@aws-sdk/client-account';
import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { ConfigServiceClient } from '@aws-sdk/client-config-service';
import type { OrganizationsClient } from '@aws-sdk/client-organizations';
import { callLimiter, type Clock } from './aws-calls/call-limiter.ts';
import { systemClock } from './aws-calls/system-clock.ts';
import { BadUsage } from './bad-usage.ts';
import { EXIT_DONE } from './exit-code.ts';
import { jsonText } from './json-text.ts';
import { readOrganization } from './organization-discover.ts';
import { organizationsClient } from './organization/organization-reader.ts';
import type { Organization } from './organization/organization.ts';
import { showProgress } from './progress.ts';
import { accountClient, accountRegionsReader } from './rollout/account-regions-reader.ts';
import { ACCOUNT_RATES, CLOUDFORMATION_RATES, CONFIG_RATES } from './rollout/api-rates.ts';
import { callerAccount } from './rollout/caller.ts';
import { configAggregatorReader, configClient } from './rollout/config-aggregator-reader.ts';
import { type ConfiguredRollout, readConfiguredRollout } from './rollout/configured-rollout.ts';
import type { Known } from './rollout/known.ts';
import { planRollout, type RolloutPlan } from './rollout/plan.ts';
import { planDocument, planReport } from './rollout/plan-report.ts';
import { readPlanFacts } from './rollout/read-plan-facts.ts';
import { unknownTargets } from './rollout/rollout-accounts.ts';
import { cloudFormationClient, stackSetReader } from './rollout/stack-set-reader.ts';

export interface RolloutPlanOptions {
  /** File of the portfolio's configuration. */
  readonly configuration: string;
  readonly json?: boolean;
  /** Region of the aggregator of AWS Config. @default that of the portfolio */
  readonly aggregatorRegion?: string;
}

/** Runs the command and returns its exit code. Throws with a message for people where it cannot work at all. */
export async function rolloutPlanCommand(options: RolloutPlanOptions): Promise<number> {
  const configured = await readConfiguredRollout(options.configuration);
  const { region } = configured.configuration.portfolio;
  const aggregatorRegion = options.aggregatorRegion ?? region;
  const clients: PlanClients = {
    organizations: organizationsClient(region),
    cloudFormation: cloudFormationClient(region),
    config: configClient(aggregatorRegion),
    account: accountClient(region),
  };
  try {
    const organization = await readRolloutOrganization(
      clients.organizations,
      systemClock,
      configured,
      options.configuration,
    );
    const caller = await callerAccount(region);
    const progress = showProgress('items read of AWS');
    let items = 0;
    try {
      const plan = await readPlan(clients, systemClock, {
        configured,
        organization,
        caller,
        aggregatorRegion,
        onProgress: (read) => progress.update((items += read)),
      });
      process.stdout.write(options.json ? jsonText(planDocument(plan)) : planReport(plan));
    } finally {
      progress.stop();
    }
  } finally {
    for (const client of Object.values(clients)) (client as { destroy(): void }).destroy();
  }
  return EXIT_DONE;
}

export interface PlanClients {
  readonly organizations: OrganizationsClient;
  readonly cloudFormation: CloudFormationClient;
  readonly config: ConfigServiceClient;
  readonly account: AccountClient;
}

/**
 * Walks the organisation that a roll-out is for, with progress.
 *
 * @throws BadUsage where the configuration is for another one, or names units that it does not have
 */
export async function readRolloutOrganization(
  client: OrganizationsClient,
  clock: Clock,
  { configuration, rollout }: ConfiguredRollout,
  file: string,
): Promise<Organization> {
  const progress = showProgress('accounts found');
  try {
    const organization = await readOrganization(client, clock, (accounts) => progress.update(accounts));
    if (organization.id !== configuration.organization.id) {
      throw new BadUsage(
        `${file}: organization.id is ${configuration.organization.id}, and these credentials are of ${organization.id}. Use others, or another file.`,
      );
    }
    const unknown = unknownTargets(organization, rollout);
    if (unknown.length > 0) {
      throw new BadUsage(
        `${file}: rollout.targets: the organisation has no ${unknown.join(', ')}. "vsoc organization discover" lists what it has.`,
      );
    }
    return organization;
  } finally {
    progress.stop();
  }
}

export interface PlanRun {
  readonly configured: ConfiguredRollout;
  readonly organization: Organization;
  /** The account of the credentials. */
  readonly caller: Known<string>;
  readonly aggregatorRegion: string;
  readonly onProgress?: (read: number) => void;
}

/** Reads what is to be known within the rates of the APIs by the given clock, and plans. */
export async function readPlan(
  clients: Omit<PlanClients, 'organizations'>,
  clock: Clock,
  run: PlanRun,
): Promise<RolloutPlan> {
  const { configured, organization, caller, aggregatorRegion, onProgress } = run;
  const { configuration, rollout, content, triggers } = configured;
  const stop = new AbortController();
  try {
    const facts = await readPlanFacts(
      {
        stackSets: stackSetReader(
          clients.cloudFormation,
          callLimiter(CLOUDFORMATION_RATES, clock, stop.signal),
          rollout.callAs === 'delegated-administrator' ? 'DELEGATED_ADMIN' : 'SELF',
        ),
        config: configAggregatorReader(clients.config, callLimiter(CONFIG_RATES, clock, stop.signal)),
        regions: accountRegionsReader(clients.account, callLimiter(ACCOUNT_RATES, clock, stop.signal)),
      },
      {
        rollout,
        content,
        organization,
        caller,
        aggregatorPlace: `${caller.known ? caller.value : 'the account of these credentials'} in ${aggregatorRegion}`,
        ...(onProgress === undefined ? {} : { onProgress }),
      },
    );
    return planRollout(configuration, rollout, content, triggers, facts);
  } finally {
    // After a failure nothing that still waits for its turn may go on calling.
    stop.abort();
  }
}
