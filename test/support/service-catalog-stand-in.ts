/**
 * The shares of AWS Service Catalog on this machine: AWS JSON 1.1 over HTTP on 127.0.0.1, for portfolios of an organisation.
 * It refuses unknown members, as AWS may not.
 *
 * Source: https://docs.aws.amazon.com/servicecatalog/latest/dg/API_Operations_AWS_Service_Catalog.html
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StandInShare {
  readonly type: string;
  readonly value: string;
  readonly tagOptions: boolean;
  readonly principals: boolean;
}

export interface ServiceCatalogOptions {
  readonly portfolioId: string;
  /** Times that an operation is in progress before it ends. @default 1 */
  readonly steps?: number;
  /** How operations end. @default COMPLETED */
  readonly end?: string;
  /** Error of each call of an operation, by its name. */
  readonly refuses?: Readonly<Record<string, { readonly code: string; readonly message: string }>>;
  /** Writes principals of shares as ARNs, as AWS may. @default false */
  readonly arns?: boolean;
}

export interface ServiceCatalogStandIn {
  readonly url: string;
  /** Operations called, in order. */
  readonly calls: string[];
  /** Shares there are now. */
  readonly shares: StandInShare[];
  close(): Promise<void>;
}

const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  CreatePortfolioShare: ['PortfolioId', 'OrganizationNode', 'ShareTagOptions', 'SharePrincipals'],
  UpdatePortfolioShare: ['PortfolioId', 'OrganizationNode', 'ShareTagOptions', 'SharePrincipals'],
  DeletePortfolioShare: ['PortfolioId', 'OrganizationNode'],
  DescribePortfolioShares: ['PortfolioId', 'Type', 'PageToken', 'PageSize'],
  DescribePortfolioShareStatus: ['PortfolioShareToken'],
};

/** What a share is listed under. */
const LISTED: Readonly<Record<string, string>> = {
  ACCOUNT: 'ORGANIZATION_MEMBER_ACCOUNT',
  ORGANIZATION: 'ORGANIZATION',
  ORGANIZATIONAL_UNIT: 'ORGANIZATIONAL_UNIT',
};

const VALUE = /^(\d{12}|o-[a-z0-9]{10,32}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$/;

class ServiceError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

interface Input {
  readonly PortfolioId?: string;
  readonly OrganizationNode?: { readonly Type: string; readonly Value: string };
  readonly ShareTagOptions?: boolean;
  readonly SharePrincipals?: boolean;
  readonly Type?: string;
  readonly PageToken?: string;
  readonly PortfolioShareToken?: string;
}

/** Starts it on a free port. */
export async function startServiceCatalog(options: ServiceCatalogOptions): Promise<ServiceCatalogStandIn> {
  const { steps = 1, end = 'COMPLETED', refuses = {}, arns = false } = options;
  const calls: string[] = [];
  const shares: StandInShare[] = [];
  const left = new Map<string, number>();

  function perform(operation: string, input: Input): object {
    calls.push(operation);
    const refused = refuses[operation];
    if (refused !== undefined) throw new ServiceError(refused.code, refused.message);
    const known = MEMBERS[operation];
    if (known === undefined) throw new ServiceError('UnknownOperationException', operation);
    const unknown = Object.keys(input).find((member) => !known.includes(member));
    if (unknown !== undefined) throw new ServiceError('InvalidParametersException', `Unknown member ${unknown}`);
    if (operation === 'DescribePortfolioShareStatus') return status(input.PortfolioShareToken ?? '');
    if (input.PortfolioId !== options.portfolioId) {
      throw new ServiceError('ResourceNotFoundException', `Portfolio ${input.PortfolioId} not found.`);
    }
    if (operation === 'DescribePortfolioShares') return page(input);

    const { Type: type = '', Value: value = '' } = input.OrganizationNode ?? {};
    if (!(type in LISTED) || !VALUE.test(value)) throw new ServiceError('InvalidParametersException', 'Invalid node');
    if (type === 'ACCOUNT' && input.SharePrincipals !== undefined) {
      throw new ServiceError('InvalidParametersException', 'Principal sharing is for organizations and units only.');
    }
    const index = shares.findIndex((share) => share.type === type && share.value === value);
    if (index < 0 && operation !== 'CreatePortfolioShare') {
      throw new ServiceError('ResourceNotFoundException', 'Share not found.');
    }
    if (index >= 0) shares.splice(index, 1);
    if (operation !== 'DeletePortfolioShare') {
      const { ShareTagOptions: tagOptions = false, SharePrincipals: principals = false } = input;
      shares.push({ type, value, tagOptions, principals });
    }
    const token = `share-${left.size}`;
    left.set(token, steps);
    return { PortfolioShareToken: token };
  }

  /** One share a page, after an empty one. */
  function page({ Type, PageToken }: Input): object {
    const listed = shares.filter(({ type }) => LISTED[type] === Type);
    if (PageToken === undefined) return { PortfolioShareDetails: [], NextPageToken: '0' };
    const index = Number(PageToken);
    const details = listed.slice(index, index + 1).map(({ value, tagOptions, principals }) => ({
      PrincipalId: arns ? `arn:aws:organizations::111122223333:ou/o-exampleorgid/${value}` : value,
      Type,
      Accepted: true,
      ShareTagOptions: tagOptions,
      SharePrincipals: principals,
    }));
    const more = index + 1 < listed.length ? { NextPageToken: String(index + 1) } : {};
    return { PortfolioShareDetails: details, ...more };
  }

  function status(token: string): object {
    const steps = left.get(token);
    if (steps === undefined) throw new ServiceError('ResourceNotFoundException', 'No such token.');
    left.set(token, steps - 1);
    if (steps > 0) return { PortfolioShareToken: token, Status: 'IN_PROGRESS' };
    const errors = [{ Accounts: ['444455556666'], Message: 'The account is suspended', Error: 'AccountSuspended' }];
    return {
      PortfolioShareToken: token,
      Status: end,
      ShareDetails: { SuccessfulShares: [], ShareErrors: end === 'COMPLETED' ? [] : errors },
    };
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const target = /^AWS242ServiceCatalogService\.(\w+)$/.exec(request.headers['x-amz-target']?.toString() ?? '');
      let code = 200;
      let content: object;
      try {
        content = perform(target?.[1] ?? '', JSON.parse(Buffer.concat(chunks).toString() || '{}') as Input);
      } catch (error) {
        code = 400;
        const known = error instanceof ServiceError ? error : new ServiceError('Defect', String(error));
        content = { __type: known.code, Message: known.message };
      }
      response.writeHead(code, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(content));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    shares,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
