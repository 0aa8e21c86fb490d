/** Service Catalog and Organizations through the AWS SDK, as `share-portfolio` needs them. */
import { ListDelegatedAdministratorsCommand, type OrganizationsClient } from '@aws-sdk/client-organizations';
import {
  CreatePortfolioShareCommand,
  DeletePortfolioShareCommand,
  type DescribePortfolioShareType,
  DescribePortfolioSharesCommand,
  DescribePortfolioShareStatusCommand,
  ResourceNotFoundException,
  type ServiceCatalogClient,
  UpdatePortfolioShareCommand,
} from '@aws-sdk/client-service-catalog';
import type {
  DelegatedAdministrator,
  ListAdministrators,
  NodeType,
  OrganizationNode,
  PortfolioShares,
  ShareOptions,
  ShareStatus,
} from './share-portfolio.ts';

/** What shares with a node are listed under. https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DescribePortfolioShares.html */
const LISTED_UNDER: Readonly<Record<NodeType, DescribePortfolioShareType>> = {
  ACCOUNT: 'ORGANIZATION_MEMBER_ACCOUNT',
  ORGANIZATION: 'ORGANIZATION',
  ORGANIZATIONAL_UNIT: 'ORGANIZATIONAL_UNIT',
};

export function portfolioShares(client: ServiceCatalogClient): PortfolioShares {
  const input = (portfolioId: string, { type, value }: OrganizationNode) => ({
    PortfolioId: portfolioId,
    OrganizationNode: { Type: type, Value: value },
  });
  const flags = ({ type }: OrganizationNode, { tagOptions, principals }: ShareOptions) => ({
    ShareTagOptions: tagOptions,
    // Refused of an account, even as false.
    ...(type === 'ACCOUNT' ? {} : { SharePrincipals: principals }),
  });

  return {
    find: async (portfolioId, node) => {
      let token: string | undefined;
      do {
        const page = await undefinedWhereNotFound(
          client.send(
            new DescribePortfolioSharesCommand({
              PortfolioId: portfolioId,
              Type: LISTED_UNDER[node.type],
              ...(token === undefined ? {} : { PageToken: token }),
            }),
          ),
        );
        const found = page?.PortfolioShareDetails?.find(({ PrincipalId }) => isId(PrincipalId, node.value));
        if (found !== undefined) {
          return { tagOptions: found.ShareTagOptions ?? false, principals: found.SharePrincipals ?? false };
        }
        token = page?.NextPageToken;
      } while (token);
      return undefined;
    },
    create: async (portfolioId, node, options) => {
      const command = new CreatePortfolioShareCommand({ ...input(portfolioId, node), ...flags(node, options) });
      return (await client.send(command)).PortfolioShareToken;
    },
    update: async (portfolioId, node, options) => {
      const command = new UpdatePortfolioShareCommand({ ...input(portfolioId, node), ...flags(node, options) });
      return (await client.send(command)).PortfolioShareToken;
    },
    remove: async (portfolioId, node) => {
      const removed = client.send(new DeletePortfolioShareCommand(input(portfolioId, node)));
      return (await undefinedWhereNotFound(removed))?.PortfolioShareToken;
    },
    status: async (token): Promise<ShareStatus> => {
      const { Status, ShareDetails } = await client.send(
        new DescribePortfolioShareStatusCommand({ PortfolioShareToken: token }),
      );
      const errors = (ShareDetails?.ShareErrors ?? []).map(({ Accounts = [], Message, Error: code }) => ({
        accounts: Accounts,
        message: Message ?? code ?? 'no reason given',
      }));
      return { state: Status ?? 'IN_PROGRESS', errors };
    },
  };
}

export function administratorsOf(client: OrganizationsClient): ListAdministrators {
  return async (servicePrincipal) => {
    const found: DelegatedAdministrator[] = [];
    let token: string | undefined;
    do {
      const page = await client.send(
        new ListDelegatedAdministratorsCommand({
          ServicePrincipal: servicePrincipal,
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      );
      for (const { Id, State, Status } of page.DelegatedAdministrators ?? []) {
        // AWS retired Status on 9 September 2026.
        found.push({ id: Id ?? '', state: State ?? Status ?? '' });
      }
      // An empty page may be followed by others.
      token = page.NextToken;
    } while (token);
    return found;
  };
}

/** Service Catalog names a node by its id or its ARN, which ends with it. */
function isId(principal: string | undefined, value: string): boolean {
  return principal === value || principal?.endsWith(`/${value}`) === true;
}

async function undefinedWhereNotFound<Result>(answer: Promise<Result>): Promise<Result | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
