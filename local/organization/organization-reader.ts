/** AWS Organizations through the AWS SDK, one page at a time. */
import {
  type Account,
  DescribeOrganizationCommand,
  ListAccountsForParentCommand,
  ListAWSServiceAccessForOrganizationCommand,
  ListDelegatedAdministratorsCommand,
  ListOrganizationalUnitsForParentCommand,
  ListRootsCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { describeFailure, isDenied, messageOf } from '../aws-calls/call-failure.ts';
import type { CallLimiter } from '../aws-calls/call-limiter.ts';
import type { Page } from '../aws-calls/pages.ts';
import type { Operation } from './api-rates.ts';
import type { OrganizationSummary } from './organization.ts';

/**
 * Results of a page; more are refused.
 *
 * Source: https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccountsForParent.html
 */
const PAGE_SIZE = 20;

/** Names the service in messages. */
export const ORGANIZATIONS = 'AWS Organizations';

export interface NamedNode {
  readonly id: string;
  readonly name: string;
}

export interface NamedAccount extends NamedNode {
  readonly state: string;
}

/** What can be read of an organisation. Every method throws {@link CallDenied} where the caller may not call. */
export interface OrganizationReader {
  organization(): Promise<OrganizationSummary>;
  roots(token: string | undefined): Promise<Page<NamedNode>>;
  organizationalUnits(parentId: string, token: string | undefined): Promise<Page<NamedNode>>;
  accounts(parentId: string, token: string | undefined): Promise<Page<NamedAccount>>;
  delegatedAdministrators(principal: string, token: string | undefined): Promise<Page<NamedAccount>>;
  trustedAccess(token: string | undefined): Promise<Page<string>>;
}

/** AWS refuses a call because of who makes it. */
export class CallDenied extends Error {
  override readonly name = 'CallDenied';
  readonly operation: Operation;

  constructor(operation: Operation, cause: unknown) {
    super(messageOf(cause), { cause });
    this.operation = operation;
  }
}

/**
 * The AWS Organizations that the standard AWS environment names. Any Region of the partition will do: the SDK knows the
 * one endpoint. It makes each call once, since repeating is up to the limiter, which counts every attempt.
 */
export function organizationsClient(region: string): OrganizationsClient {
  return new OrganizationsClient({
    region,
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000 },
  });
}

/** Reads through a client, each call when the limiter lets it. */
export function organizationReader(client: OrganizationsClient, limiter: CallLimiter<Operation>): OrganizationReader {
  async function call<Result>(operation: Operation, send: () => Promise<Result>): Promise<Result> {
    try {
      return await limiter.run(operation, send);
    } catch (error) {
      if (isDenied(error)) throw new CallDenied(operation, error);
      // An abort has its reason elsewhere.
      if ((error as Error).name === 'AbortError') throw error;
      throw new Error(describeFailure(ORGANIZATIONS, operation, error), { cause: error });
    }
  }

  return {
    organization: async () => {
      const { Organization } = await call('DescribeOrganization', () =>
        client.send(new DescribeOrganizationCommand({})),
      );
      return {
        id: Organization?.Id ?? '',
        arn: Organization?.Arn ?? '',
        featureSet: Organization?.FeatureSet ?? '',
        managementAccountId: Organization?.MasterAccountId ?? '',
      };
    },
    roots: async (token) => {
      const page = await call('ListRoots', () => client.send(new ListRootsCommand(paging(token))));
      return { items: (page.Roots ?? []).map(named), nextToken: page.NextToken };
    },
    organizationalUnits: async (parentId, token) => {
      const page = await call('ListOrganizationalUnitsForParent', () =>
        client.send(new ListOrganizationalUnitsForParentCommand({ ParentId: parentId, ...paging(token) })),
      );
      return { items: (page.OrganizationalUnits ?? []).map(named), nextToken: page.NextToken };
    },
    accounts: async (parentId, token) => {
      const page = await call('ListAccountsForParent', () =>
        client.send(new ListAccountsForParentCommand({ ParentId: parentId, ...paging(token) })),
      );
      return { items: (page.Accounts ?? []).map(withState), nextToken: page.NextToken };
    },
    delegatedAdministrators: async (principal, token) => {
      const page = await call('ListDelegatedAdministrators', () =>
        client.send(new ListDelegatedAdministratorsCommand({ ServicePrincipal: principal, ...paging(token) })),
      );
      return { items: (page.DelegatedAdministrators ?? []).map(withState), nextToken: page.NextToken };
    },
    trustedAccess: async (token) => {
      const page = await call('ListAWSServiceAccessForOrganization', () =>
        client.send(new ListAWSServiceAccessForOrganizationCommand(paging(token))),
      );
      return {
        items: (page.EnabledServicePrincipals ?? []).map(({ ServicePrincipal }) => ServicePrincipal ?? ''),
        nextToken: page.NextToken,
      };
    },
  };
}

function paging(token: string | undefined): { MaxResults: number; NextToken?: string } {
  return { MaxResults: PAGE_SIZE, ...(token === undefined ? {} : { NextToken: token }) };
}

function named({ Id = '', Name = '' }: { Id?: string | undefined; Name?: string | undefined }): NamedNode {
  return { id: Id, name: Name };
}

/**
 * AWS retired `Status` on 9 September 2026 in favour of `State`. Where only the old one comes, as from older endpoints and
 * emulators, it is better than nothing: its values have the same meaning.
 *
 * Source: https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
 */
function withState(account: Pick<Account, 'Id' | 'Name' | 'State' | 'Status'>): NamedAccount {
  return { ...named(account), state: account.State ?? account.Status ?? 'UNKNOWN' };
}
