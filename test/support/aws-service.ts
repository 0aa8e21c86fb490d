/**
 * A service of AWS on this machine: HTTP on 127.0.0.1 in the wire protocol of that service, so that the real SDK is its client. It is
 * strict where AWS may be lenient: operations and members that are not described, and requests that are not signed for the
 * service, are refused, and the rates hold.
 *
 * Sources: https://smithy.io/2.0/aws/protocols/ (AWS JSON 1.1, AWS query, REST JSON)
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { fullBucket, takeToken, type TokenBucket, type TokenRate } from '../../local/security-hub/token-bucket.ts';

/** A request's members by name; nested as the protocol has them. */
export type Input = Readonly<Record<string, unknown>>;

/** An operation: the members that it takes, and what it answers. */
export interface ServiceOperation {
  readonly members: readonly string[];
  readonly answer: (input: Input) => unknown;
  /** Of REST only. */
  readonly path?: string;
}

/** How a service is spoken to. */
export interface ServiceDescription {
  /** As requests are signed for it. */
  readonly signedFor: string;
  /** `json`: by X-Amz-Target with this prefix; `query`: form in, XML out; `rest`: JSON by path. */
  readonly protocol: { readonly json: string } | 'query' | 'rest';
  readonly operations: Readonly<Record<string, ServiceOperation>>;
  /** Calls a second and burst. @default as many as come */
  readonly rates?: Readonly<Record<string, TokenRate>>;
  /** How it says that there were too many calls, with the status of the answer. */
  readonly throttling: { readonly code: string; readonly status: number };
}

export interface ServiceOptions {
  /** Milliseconds by which the rates are counted. @default the system's */
  readonly now?: () => number;
  /** Refuses this call as one too many, besides those beyond the rate. `count` is that of the operation, from 1. */
  readonly throttles?: (operation: string, count: number) => boolean;
  /** Operations that the caller may not call. */
  readonly denied?: readonly string[];
  /** Sends an empty page before each one that holds something, as AWS may. */
  readonly emptyPages?: boolean;
}

/** A call as it arrived. */
export interface ServiceCall {
  readonly operation: string;
  readonly input: Input;
  readonly at: number;
  readonly error?: string;
}

export interface RunningService {
  readonly url: string;
  readonly calls: readonly ServiceCall[];
  close(): Promise<void>;
}

/** An error as the service sends it. */
export class ServiceFault extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Starts it on a free port. */
export async function startService(description: ServiceDescription, options: ServiceOptions): Promise<RunningService> {
  const { now = () => performance.now(), throttles, denied = [] } = options;
  const { protocol, operations, rates = {}, throttling, signedFor } = description;
  const calls: ServiceCall[] = [];
  const buckets = new Map<string, TokenBucket>();

  function answer(request: IncomingMessage, body: string): { operation: string; content: unknown } {
    const at = now();
    const { operation, input } = read(request, body, description);
    try {
      permit(request, operation, at);
      const known = operations[operation]?.members ?? [];
      const stray = Object.keys(input).find((member) => !known.includes(member));
      if (stray !== undefined) throw new ServiceFault('ValidationException', `Unknown member ${stray}.`);
      const content = operations[operation]?.answer(input);
      calls.push({ operation, input, at });
      return { operation, content };
    } catch (error) {
      calls.push({ operation, input, at, error: error instanceof ServiceFault ? error.code : String(error) });
      throw error;
    }
  }

  function permit({ headers, method }: IncomingMessage, operation: string, at: number): void {
    if (method !== 'POST' || operations[operation] === undefined) {
      throw new ServiceFault('UnknownOperationException', `This stand-in does not speak '${operation}'.`);
    }
    const scope = /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/[a-z0-9-]+\/([a-z0-9]+)\/aws4_request/;
    if (scope.exec(headers.authorization ?? '')?.[1] !== signedFor) {
      throw new ServiceFault('IncompleteSignature', `The request is not signed for ${signedFor}.`, 403);
    }
    const rate = rates[operation] ?? { perSecond: 1e6, burst: 1e6 };
    const { bucket, taken } = takeToken(buckets.get(operation) ?? fullBucket(rate, at), rate, at);
    buckets.set(operation, bucket);
    const count = calls.filter((call) => call.operation === operation).length + 1;
    if (!taken || throttles?.(operation, count)) {
      throw new ServiceFault(throttling.code, 'Rate exceeded', throttling.status);
    }
    if (denied.includes(operation)) {
      const code = protocol === 'query' ? 'AccessDenied' : 'AccessDeniedException';
      throw new ServiceFault(code, `User is not authorized to perform ${signedFor}:${operation}`, 403);
    }
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      let status = 200;
      let text: string;
      try {
        const { operation, content } = answer(request, Buffer.concat(chunks).toString());
        text =
          protocol === 'query'
            ? `<${operation}Response><${operation}Result>${xml(content)}</${operation}Result></${operation}Response>`
            : JSON.stringify(content);
      } catch (error) {
        const fault = error instanceof ServiceFault ? error : new ServiceFault('Defect', String(error), 500);
        status = fault.status;
        response.setHeader('x-amzn-errortype', fault.code);
        text =
          protocol === 'query'
            ? `<ErrorResponse><Error><Type>Sender</Type>${xml({ Code: fault.code, Message: fault.message })}</Error></ErrorResponse>`
            : JSON.stringify({ __type: fault.code, message: fault.message });
      }
      const type = { query: 'text/xml', rest: 'application/json' };
      response.writeHead(status, {
        'content-type': typeof protocol === 'string' ? type[protocol] : 'application/x-amz-json-1.1',
      });
      response.end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function read(
  { headers, url = '/' }: IncomingMessage,
  body: string,
  { protocol, operations }: ServiceDescription,
): { operation: string; input: Input } {
  if (protocol === 'query') {
    const { Action: operation = '', Version: _version, ...form } = Object.fromEntries(new URLSearchParams(body));
    return { operation, input: nested(form) };
  }
  const input = JSON.parse(body || '{}') as Input;
  if (protocol === 'rest') {
    const found = Object.entries(operations).find(([, { path }]) => path === url);
    return { operation: found?.[0] ?? url, input };
  }
  const [prefix, operation = ''] = (headers['x-amz-target']?.toString() ?? '').split('.');
  return { operation: prefix === protocol.json ? operation : '', input };
}

/** `Filters.member.1.Name` as a list of objects. */
function nested(form: Readonly<Record<string, string>>): Input {
  const input: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(form)) {
    const [name = '', , index = '1', member] = key.split('.');
    if (member === undefined) {
      input[name] = value;
      continue;
    }
    const list = (input[name] ??= []) as Record<string, string>[];
    const item = (list[Number(index) - 1] ??= {});
    item[member] = value;
  }
  return input;
}

/** A value as the query protocol writes it. */
function xml(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => `<member>${xml(item)}</member>`).join('');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([name, item]) => `<${name}>${xml(item)}</${name}>`)
      .join('');
  }
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

interface Token {
  readonly question: string;
  readonly first: number;
  readonly empty: boolean;
}

/**
 * A page of a list. Tokens are good for the question that they came from.
 *
 * @param question the same for all pages of one list
 * @param size of this page
 */
export function pageOf<Item>(
  items: readonly Item[],
  question: unknown,
  nextToken: unknown,
  size: number,
  emptyPages = false,
): { readonly items: readonly Item[]; readonly nextToken?: string } {
  const asked = JSON.stringify(question);
  const { first, empty } = openToken(nextToken, asked);
  if (emptyPages && empty) return { items: [], nextToken: sealToken({ question: asked, first, empty: false }) };
  const end = first + size;
  return {
    items: items.slice(first, end),
    ...(end < items.length ? { nextToken: sealToken({ question: asked, first: end, empty: true }) } : {}),
  };
}

function sealToken(token: Token): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function openToken(value: unknown, question: string): Token {
  if (value === undefined) return { question, first: 0, empty: true };
  try {
    const token = JSON.parse(Buffer.from(value as string, 'base64url').toString()) as Token;
    if (token.question === question) return token;
  } catch {
    // No token of ours either.
  }
  throw new ServiceFault('InvalidNextTokenException', 'The token is of another question.');
}

/** The size that a request asks for. */
export function sizeOf(value: unknown, largest: number, usual = largest): number {
  const size = value === undefined ? usual : Number(value);
  if (!(Number.isInteger(size) && size >= 1 && size <= largest)) {
    throw new ServiceFault('ValidationException', `A page has from 1 to ${largest} results.`);
  }
  return size;
}
