/** An organisation with everything that the roll-out commands ask, on this machine. */
import { AccountClient } from '@aws-sdk/client-account';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { ConfigServiceClient } from '@aws-sdk/client-config-service';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { SecurityHubClient } from '@aws-sdk/client-securityhub';
import { stringify } from 'yaml';
import { startAccount, type StandInRegions } from './account-stand-in.ts';
import { pageOf, type RunningService, ServiceFault, type ServiceOptions, sizeOf, startService } from './aws-service.ts';
import { startCloudFormation, type StandInCloudFormation } from './cloudformation-stand-in.ts';
import { type StandInAggregator, type StandInPlace, startConfig } from './config-stand-in.ts';
import { type StandInAccount, type StandInOrganization, startOrganizations } from './organizations-stand-in.ts';
import type { VirtualClock } from './virtual-clock.ts';

export const MANAGEMENT = '111122223333';
export const GOVERNANCE = '555566667777';
export const HUB = '444455556666';
export const STACK_SETS = 'member.org.stacksets.cloudformation.amazonaws.com';
const SECURITY_HUB = 'securityhub.amazonaws.com';

export const active = (id: string, name: string): StandInAccount => ({ id, name, State: 'ACTIVE' });

/** Root, two units of which one is nested, and an account in every state. */
export const EXAMPLE: StandInOrganization = {
  id: 'o-exampleorgid',
  managementAccountId: MANAGEMENT,
  roots: [
    {
      id: 'r-abcd',
      name: 'Root',
      accounts: [active(MANAGEMENT, 'Payer')],
      units: [
        {
          id: 'ou-abcd-security',
          name: 'Security',
          accounts: [active(HUB, 'Security tooling'), active(GOVERNANCE, 'Governance')],
        },
        {
          id: 'ou-abcd-workloads',
          name: 'Workloads',
          accounts: [active('777788889999', 'Shop')],
          units: [
            {
              id: 'ou-abcd-deepest0',
              name: 'Deepest',
              accounts: [
                active('888800000001', 'Deep'),
                { id: '888800000002', name: 'Old shop', State: 'SUSPENDED' },
                { id: '888800000003', name: 'Leaving', State: 'PENDING_CLOSURE' },
                { id: '888800000004', name: 'Coming', State: 'PENDING_ACTIVATION' },
                // As AWS sent it until September 2026.
                { id: '888800000005', name: 'Former', Status: 'SUSPENDED' },
              ],
            },
          ],
        },
      ],
    },
  ],
  delegated: { [STACK_SETS]: [GOVERNANCE], [SECURITY_HUB]: [HUB] },
  trusted: [STACK_SETS, SECURITY_HUB],
};

/** 1,000 accounts below one unit, in 50 units of 20. */
export function largeOrganization(): StandInOrganization {
  const units = Array.from({ length: 50 }, (_, unit) => ({
    id: `ou-abcd-${String(unit).padStart(8, '0')}`,
    name: `Unit ${unit}`,
    accounts: Array.from({ length: 20 }, (_, index) => {
      const id = String(200_000_000_000 + unit * 20 + index);
      return active(id, `Account ${id}`);
    }),
  }));
  return {
    ...EXAMPLE,
    roots: [
      {
        id: 'r-abcd',
        name: 'Root',
        accounts: [active(MANAGEMENT, 'Payer')],
        units: [
          { id: 'ou-abcd-security', name: 'Security', accounts: [active(GOVERNANCE, 'Governance')] },
          { id: 'ou-abcd-workloads', name: 'Workloads', units },
        ],
      },
    ],
  };
}

export interface Landscape {
  readonly organization: StandInOrganization;
  /** The account of the credentials. @default the governance account */
  readonly caller?: string;
  readonly cloudFormation?: Partial<StandInCloudFormation>;
  /** Null: the account has none. */
  readonly aggregator: StandInAggregator | null;
  readonly config?: ServiceOptions;
  readonly account?: Partial<StandInRegions>;
  /** Titles of the findings of AWS Config in Security Hub. @default none */
  readonly findings?: readonly string[];
  readonly now?: () => number;
  /** Sends empty pages everywhere. */
  readonly emptyPages?: boolean;
}

export interface RunningLandscape {
  readonly services: Readonly<
    Record<'organizations' | 'cloudFormation' | 'config' | 'account' | 'sts' | 'hub', Omit<RunningService, 'calls'>>
  >;
  readonly cloudFormation: RunningService;
  readonly config: RunningService;
  readonly account: RunningService;
  readonly hub: RunningService;
  readonly env: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

export async function startLandscape(landscape: Landscape): Promise<RunningLandscape> {
  const { organization, caller = GOVERNANCE, aggregator, now, emptyPages } = landscape;
  const common = { ...(now === undefined ? {} : { now }), ...(emptyPages === undefined ? {} : { emptyPages }) };
  const organizations = await startOrganizations({ organization, ...common });
  const cloudFormation = await startCloudFormation({
    callAs: 'DELEGATED_ADMIN',
    ...common,
    ...landscape.cloudFormation,
  });
  const config = await startConfig(aggregator ?? undefined, { ...common, ...landscape.config });
  const account = await startAccount({
    caller,
    managementAccount: organization.managementAccountId,
    regions: ['eu-west-1', 'eu-central-1', 'us-east-1', 'eu-south-1'],
    ...common,
    ...landscape.account,
  });
  const sts = await startService(
    {
      signedFor: 'sts',
      protocol: 'query',
      throttling: { code: 'Throttling', status: 400 },
      operations: {
        GetCallerIdentity: {
          members: [],
          answer: () => ({ UserId: 'AIDA', Account: caller, Arn: `arn:aws:iam::${caller}:user/someone` }),
        },
      },
    },
    {},
  );
  const hub = await startService(
    {
      signedFor: 'securityhub',
      protocol: 'rest',
      throttling: { code: 'TooManyRequestsException', status: 429 },
      rates: { GetFindings: { perSecond: 3, burst: 6 } },
      operations: {
        GetFindings: {
          path: '/findings',
          members: ['Filters', 'MaxResults', 'NextToken'],
          answer: ({ Filters, MaxResults, NextToken }) => {
            const { ProductName, Title } = Filters as Record<string, { Comparison: string; Value: string }[]>;
            if (ProductName?.[0]?.Value !== 'Config' || Title?.[0]?.Comparison !== 'CONTAINS') {
              throw new ServiceFault('InvalidInputException', 'This stand-in knows titles of AWS Config only.');
            }
            const found = (landscape.findings ?? []).filter((title) => title.includes(Title[0]?.Value ?? ''));
            const page = pageOf(found, [], NextToken, sizeOf(MaxResults, 100), emptyPages);
            return { Findings: page.items.map((title) => ({ Title: title })), NextToken: page.nextToken };
          },
        },
      },
    },
    common,
  );
  const services = { organizations, cloudFormation, config, account, sts, hub };
  return {
    services,
    cloudFormation,
    config,
    account,
    hub,
    env: {
      AWS_ENDPOINT_URL_ORGANIZATIONS: organizations.url,
      AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.url,
      AWS_ENDPOINT_URL_CONFIG_SERVICE: config.url,
      AWS_ENDPOINT_URL_ACCOUNT: account.url,
      AWS_ENDPOINT_URL_STS: sts.url,
      AWS_ENDPOINT_URL_SECURITYHUB: hub.url,
      // Whatever else were asked for would go nowhere.
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_REGION: 'eu-west-1',
    },
    close: async () => {
      await Promise.all(Object.values(services).map((service) => service.close()));
    },
  };
}

/** Clients of a landscape by a clock that does not make a test wait. `latency` is that of every call, in milliseconds. */
export function landscapeClients({ services }: RunningLandscape, clock: VirtualClock, latency = 0) {
  const settings = {
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  };
  const timed = <Client extends object>(client: Client): Client => {
    (client as OrganizationsClient).middlewareStack.add(
      (next) => async (request) => {
        await clock.sleep(latency);
        return clock.busy(() => next(request));
      },
      { step: 'initialize' },
    );
    return client;
  };
  const cloudFormation = () => timed(new CloudFormationClient({ ...settings, endpoint: services.cloudFormation.url }));
  const clients = {
    organizations: timed(new OrganizationsClient({ ...settings, endpoint: services.organizations.url })),
    cloudFormation: cloudFormation(),
    config: timed(new ConfigServiceClient({ ...settings, endpoint: services.config.url })),
    account: timed(new AccountClient({ ...settings, endpoint: services.account.url })),
    hub: timed(new SecurityHubClient({ ...settings, endpoint: services.hub.url })),
  };
  return {
    ...clients,
    cloudFormationIn: cloudFormation,
    destroy: () => {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}

/** Every account of an organisation in some Regions, with a recorder that records everything. */
export function placesOf(
  { roots }: StandInOrganization,
  regions: readonly string[],
  change: (place: StandInPlace) => StandInPlace = (place) => place,
): StandInPlace[] {
  const accounts = (nodes: StandInOrganization['roots']): StandInAccount[] =>
    nodes.flatMap((node) => [...(node.accounts ?? []), ...accounts(node.units ?? [])]);
  return accounts(roots).flatMap(({ id }) => regions.map((region) => change({ account: id, region })));
}

/** The text of a configuration file. */
export function configurationText(rollout: object): string {
  return stringify({
    version: 1,
    organization: { id: 'o-exampleorgid' },
    portfolio: { account: GOVERNANCE, region: 'eu-west-1', provider: 'Cloud governance', assetBucket: {} },
    hub: { account: HUB, share: 'account', launchRole: 'virtual-soc-launch', launchers: [] },
    rollout: { callAs: 'delegated-administrator', targets: ['r-abcd'], regions: ['eu-west-1'], ...rollout },
  });
}
