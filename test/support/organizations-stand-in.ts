/**
 * AWS Organizations on this machine, as far as reading goes: AWS JSON 1.1 over HTTP on 127.0.0.1, so that any AWS SDK or CLI
 * is its client. It is strict where AWS may be lenient: unknown members, pages of more than 20 and tokens of another
 * question are refused, and the rates hold.
 *
 * Source: https://docs.aws.amazon.com/organizations/latest/APIReference/API_Operations.html
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { fullBucket, takeToken, type TokenBucket, type TokenRate } from '../../local/security-hub/token-bucket.ts';

/** An account as AWS sends it: with the new `State`, the retired `Status`, or both. */
export interface StandInAccount {
  readonly id: string;
  readonly name: string;
  readonly State?: string;
  readonly Status?: string;
}

/** A root or an organizational unit. */
export interface StandInNode {
  readonly id: string;
  readonly name: string;
  readonly units?: readonly StandInNode[];
  readonly accounts?: readonly StandInAccount[];
}

export interface StandInOrganization {
  readonly id: string;
  readonly managementAccountId: string;
  /** @default ALL */
  readonly featureSet?: string;
  readonly roots: readonly StandInNode[];
  /** Ids of the delegated administrators of each service principal. */
  readonly delegated?: Readonly<Record<string, readonly string[]>>;
  readonly trusted?: readonly string[];
}

export interface StandInOptions {
  /** Undefined: the account is in no organisation. */
  readonly organization: StandInOrganization | undefined;
  /** Milliseconds by which the rates are counted. @default the system's */
  readonly now?: () => number;
  /** Sends an empty page before each one that holds something, as AWS may. */
  readonly emptyPages?: boolean;
  /** Refuses this call as one too many, besides those beyond the rate. `count` is that of the operation, from 1. */
  readonly throttles?: (operation: string, count: number) => boolean;
  /** Answers this call with a server error. */
  readonly fails?: (operation: string, count: number) => boolean;
  /** Operations that the caller may not call. */
  readonly denied?: readonly string[];
}

/** A call as it arrived. */
export interface StandInCall {
  readonly operation: string;
  readonly at: number;
  readonly error?: string;
}

export interface OrganizationsStandIn {
  readonly url: string;
  /** What the AWS environment has to hold, so that a command finds it. */
  readonly env: NodeJS.ProcessEnv;
  readonly calls: readonly StandInCall[];
  close(): Promise<void>;
}

/** Written down once more, from the page itself: a test must not believe what the code believes. */
const RATES: Readonly<Record<string, TokenRate>> = {
  DescribeOrganization: { perSecond: 1, burst: 2 },
  ListRoots: { perSecond: 1, burst: 2 },
  ListOrganizationalUnitsForParent: { perSecond: 5, burst: 8 },
  ListAccountsForParent: { perSecond: 5, burst: 8 },
  ListDelegatedAdministrators: { perSecond: 5, burst: 8 },
  ListAWSServiceAccessForOrganization: { perSecond: 1, burst: 3 },
};

const MAXIMUM_RESULTS = 20;
const TARGET = /^AWSOrganizationsV20161128\.(\w+)$/;
const PARENT_ID = /^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$/;
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/[a-z0-9-]+\/organizations\/aws4_request, ?SignedHeaders=[a-z0-9;-]+, ?Signature=[0-9a-f]{64}$/;

class ServiceError extends Error {
  readonly code: string;
  readonly reason: string | undefined;

  constructor(code: string, message: string, reason?: string) {
    super(message);
    this.code = code;
    this.reason = reason;
  }
}

/** Starts it on a free port. */
export async function startOrganizations(options: StandInOptions): Promise<OrganizationsStandIn> {
  const { organization, now = () => performance.now(), throttles, fails, denied = [] } = options;
  const calls: StandInCall[] = [];
  const buckets = new Map<string, TokenBucket>();

  function answer(request: IncomingMessage, body: string): unknown {
    const operation = TARGET.exec(request.headers['x-amz-target']?.toString() ?? '')?.[1] ?? '';
    const at = now();
    try {
      const content = permit(request, operation, at) ?? perform(operation, parse(body));
      calls.push({ operation, at });
      return content;
    } catch (error) {
      calls.push({ operation, at, error: error instanceof ServiceError ? error.code : String(error) });
      throw error;
    }
  }

  function permit({ headers, method }: IncomingMessage, operation: string, at: number): undefined {
    const rate = RATES[operation];
    if (rate === undefined || method !== 'POST') {
      throw new ServiceError('UnknownOperationException', `This stand-in does not speak '${operation}'.`);
    }
    if (headers['content-type'] !== 'application/x-amz-json-1.1') {
      throw new ServiceError('SerializationException', 'The content is not AWS JSON 1.1.');
    }
    if (!AUTHORIZATION.test(headers.authorization ?? '')) {
      throw new ServiceError('IncompleteSignature', 'The request is not signed for organizations.');
    }
    const { bucket, taken } = takeToken(buckets.get(operation) ?? fullBucket(rate, at), rate, at);
    buckets.set(operation, bucket);
    const count = calls.filter((call) => call.operation === operation).length + 1;
    if (!taken || throttles?.(operation, count)) throw new ServiceError('TooManyRequestsException', 'Rate exceeded');
    if (fails?.(operation, count)) throw new ServiceError('ServiceException', 'Try again.');
    if (denied.includes(operation)) {
      throw new ServiceError('AccessDeniedException', "You don't have permissions to access this resource.");
    }
    return undefined;
  }

  function perform(operation: string, input: Readonly<Record<string, unknown>>): unknown {
    if (organization === undefined) {
      throw new ServiceError('AWSOrganizationsNotInUseException', 'Your account is not a member of an organization.');
    }
    switch (operation) {
      case 'DescribeOrganization':
        members(input, []);
        return { Organization: describe(organization) };
      case 'ListRoots':
        return page(operation, 'Roots', input, [], organization.roots.map(named));
      case 'ListOrganizationalUnitsForParent':
        return page(operation, 'OrganizationalUnits', input, ['ParentId'], (parent(input).units ?? []).map(named));
      case 'ListAccountsForParent':
        return page(operation, 'Accounts', input, ['ParentId'], (parent(input).accounts ?? []).map(shown));
      case 'ListDelegatedAdministrators': {
        const ids = organization.delegated?.[String(input['ServicePrincipal'])] ?? [];
        const accounts = nodes(organization.roots).flatMap((node) => node.accounts ?? []);
        const administrators = accounts.filter(({ id }) => ids.includes(id)).map(shown);
        return page(operation, 'DelegatedAdministrators', input, ['ServicePrincipal'], administrators);
      }
      default: {
        const enabled = (organization.trusted ?? []).map((ServicePrincipal) => ({ ServicePrincipal, DateEnabled: 0 }));
        return page(operation, 'EnabledServicePrincipals', input, [], enabled);
      }
    }
  }

  function parent({ ParentId: id }: Readonly<Record<string, unknown>>): StandInNode {
    if (typeof id !== 'string' || !PARENT_ID.test(id)) {
      throw new ServiceError('InvalidInputException', 'You specified an invalid value.', 'INVALID_PATTERN');
    }
    const node = nodes(organization?.roots ?? []).find((candidate) => candidate.id === id);
    if (node === undefined)
      throw new ServiceError('ParentNotFoundException', "You specified a parent that doesn't exist.");
    return node;
  }

  function page(
    operation: string,
    list: string,
    input: Readonly<Record<string, unknown>>,
    own: readonly string[],
    items: readonly unknown[],
  ): unknown {
    members(input, [...own, 'MaxResults', 'NextToken']);
    const size = input['MaxResults'] ?? MAXIMUM_RESULTS;
    if (!(typeof size === 'number' && Number.isInteger(size) && size >= 1 && size <= MAXIMUM_RESULTS)) {
      throw new ServiceError('InvalidInputException', 'MaxResults is from 1 to 20.', 'MAX_VALUE_EXCEEDED');
    }
    const question = JSON.stringify([operation, ...own.map((member) => input[member])]);
    const { first, empty } = openToken(input['NextToken'], question);
    if (options.emptyPages && empty) return { [list]: [], NextToken: token({ question, first, empty: false }) };
    const end = first + size;
    const more = end < items.length ? { NextToken: token({ question, first: end, empty: true }) } : {};
    return { [list]: items.slice(first, end), ...more };
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      let status = 200;
      let content: unknown;
      try {
        content = answer(request, Buffer.concat(chunks).toString());
      } catch (error) {
        const { code, message, reason } =
          error instanceof ServiceError ? error : new ServiceError('Defect', String(error));
        status = ['ServiceException', 'Defect'].includes(code) ? 500 : 400;
        content = { __type: code, Message: message, ...(reason === undefined ? {} : { Reason: reason }) };
      }
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(content));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    env: {
      AWS_ENDPOINT_URL_ORGANIZATIONS: url,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_REGION: 'eu-west-1',
    },
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function describe({ id, managementAccountId, featureSet = 'ALL' }: StandInOrganization): object {
  return {
    Id: id,
    Arn: `arn:aws:organizations::${managementAccountId}:organization/${id}`,
    FeatureSet: featureSet,
    MasterAccountId: managementAccountId,
    MasterAccountArn: `arn:aws:organizations::${managementAccountId}:account/${id}/${managementAccountId}`,
    MasterAccountEmail: 'management@example.com',
    AvailablePolicyTypes: [],
  };
}

function nodes(among: readonly StandInNode[]): StandInNode[] {
  return among.flatMap((node) => [node, ...nodes(node.units ?? [])]);
}

function named({ id, name }: StandInNode): object {
  return { Id: id, Name: name, Arn: `arn:aws:organizations:::${id}` };
}

function shown({ id, name, State, Status }: StandInAccount): object {
  const state = State === undefined ? {} : { State };
  return { Id: id, Name: name, Email: `${id}@example.com`, ...state, ...(Status === undefined ? {} : { Status }) };
}

function members(input: Readonly<Record<string, unknown>>, known: readonly string[]): void {
  const unknown = Object.keys(input).find((member) => !known.includes(member));
  if (unknown !== undefined) throw new ServiceError('InvalidInputException', `Unknown member ${unknown}.`);
}

interface Token {
  readonly question: string;
  readonly first: number;
  readonly empty: boolean;
}

function token(content: Token): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}

function openToken(value: unknown, question: string): Token {
  if (value === undefined) return { question, first: 0, empty: true };
  try {
    const content = JSON.parse(Buffer.from(value as string, 'base64url').toString()) as Token;
    if (content.question === question) return content;
  } catch {
    // No token of ours either.
  }
  throw new ServiceError('InvalidInputException', 'You specified an invalid token.', 'INVALID_NEXT_TOKEN');
}

function parse(body: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(body || '{}') as Record<string, unknown>;
  } catch {
    throw new ServiceError('SerializationException', 'The request is not JSON.');
  }
}
