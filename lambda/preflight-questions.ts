/** What the preflight asks of AWS, through the AWS SDK. */
import { EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import {
  DescribeHubCommand,
  DescribeOrganizationConfigurationCommand,
  DescribeSecurityHubV2Command,
  GetAdministratorAccountCommand,
  GetFindingAggregatorCommand,
  ListFindingAggregatorsCommand,
  ListMembersCommand,
  SecurityHubClient,
} from '@aws-sdk/client-securityhub';
import type { PreflightQuestions } from './preflight.ts';
import type { EventRule } from './preflight-rules.ts';

/** Without a route to AWS a call would otherwise hang for as long as the function may run. */
const CLIENT = {
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
};

/** What Security Hub answers where it is off. */
const OFF = ['InvalidAccessException', 'ResourceNotFoundException'];

/** What it answers a caller who is no administrator. */
const NOT_ADMINISTRATOR = ['InvalidAccessException', 'AccessDeniedException'];

/** The services of one Region; the SDK finds endpoints and credentials in its usual places. */
export function preflightQuestions(region: string): PreflightQuestions {
  const securityHub = new SecurityHubClient({ ...CLIENT, region });
  const events = new EventBridgeClient({ ...CLIENT, region });
  return {
    hub: () =>
      asked('Security Hub does not answer DescribeHub', async () => {
        const hub = await undefinedIf(OFF, securityHub.send(new DescribeHubCommand({})));
        if (hub === undefined) return undefined;
        return { controlFindings: hub.ControlFindingGenerator === 'STANDARD_CONTROL' ? 'by-standard' : 'consolidated' };
      }),

    isV2On: () =>
      asked('Security Hub does not answer DescribeSecurityHubV2', async () => {
        const hub = await undefinedIf(OFF, securityHub.send(new DescribeSecurityHubV2Command({})));
        return hub?.HubV2Arn !== undefined;
      }),

    administration: () =>
      asked('Security Hub does not say who its administrator is', async () => {
        const found = await undefinedIf(
          ['ResourceNotFoundException'],
          securityHub.send(new GetAdministratorAccountCommand({})),
        );
        const administratorId = found?.Administrator?.AccountId;
        if (administratorId !== undefined) return { role: 'member', administratorId };
        // Only the organisation's administrator may ask.
        const organisation = securityHub.send(new DescribeOrganizationConfigurationCommand({}));
        if ((await undefinedIf(NOT_ADMINISTRATOR, organisation)) !== undefined) return { role: 'delegated' };
        const members = await undefinedIf(NOT_ADMINISTRATOR, securityHub.send(new ListMembersCommand({})));
        return { role: members?.Members?.length ? 'inviting' : 'standalone' };
      }),

    homeRegion: () =>
      asked('Security Hub does not say which its home Region is', async () => {
        const { FindingAggregators: [aggregator] = [] } = await securityHub.send(new ListFindingAggregatorsCommand({}));
        if (aggregator?.FindingAggregatorArn === undefined) return undefined;
        const { FindingAggregatorArn } = aggregator;
        const found = await securityHub.send(new GetFindingAggregatorCommand({ FindingAggregatorArn }));
        return found.FindingAggregationRegion;
      }),

    eventRules: () =>
      asked('EventBridge does not answer ListRules', async () => {
        const rules: EventRule[] = [];
        let NextToken: string | undefined;
        do {
          const page = await events.send(new ListRulesCommand({ Limit: 100, ...(NextToken ? { NextToken } : {}) }));
          for (const { Name = '', State, EventPattern } of page.Rules ?? []) {
            rules.push({ name: Name, enabled: State !== 'DISABLED', pattern: EventPattern });
          }
          NextToken = page.NextToken;
        } while (NextToken);
        return rules;
      }),
  };
}

/** Undefined where a call fails by one of these names. */
async function undefinedIf<T>(names: readonly string[], call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (names.includes((error as Error).name)) return undefined;
    throw error;
  }
}

async function asked<T>(failure: string, question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (cause) {
    const { name, message } = cause as Error;
    throw new Error(`${failure} (${name}): ${message}`, { cause });
  }
}
