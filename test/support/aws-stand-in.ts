/**
 * The few operations of AWS that preflight, enabling and loader call, on 127.0.0.1 and over the wire protocol of each
 * service, so that the real SDK is the client. What an operation answers is up to the test; one without an answer is
 * refused, and so is a request that is not signed for its service.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers an operation; throws {@link AwsError} for an error of the service. */
export type Answer = (input: Readonly<Record<string, unknown>>) => unknown;

/** An error as a service sends it. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message = `${code}.`, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** A call as it arrived. */
export interface AwsCall {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface AwsStandIn {
  /** What each operation answers, by its AWS name; to be changed at any time. */
  answers: Readonly<Record<string, Answer>>;
  /** What the environment has to hold, so that every client of the SDK comes here. */
  readonly env: Readonly<Record<string, string>>;
  /** Calls since the list was last emptied. */
  readonly calls: AwsCall[];
  close(): Promise<void>;
}

interface Request {
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** How the service writes what it answers. */
  readonly format: 'json' | 'iam' | 's3';
}

/** Method, path and operation of the services that are called by them. Source: the API reference of each. */
const ROUTES: readonly (readonly [service: string, method: string, path: RegExp, operation: string])[] = [
  ['securityhub', 'GET', /^\/accounts$/, 'DescribeHub'],
  ['securityhub', 'POST', /^\/accounts$/, 'EnableSecurityHub'],
  ['securityhub', 'GET', /^\/administrator$/, 'GetAdministratorAccount'],
  ['securityhub', 'GET', /^\/organization\/configuration$/, 'DescribeOrganizationConfiguration'],
  ['securityhub', 'GET', /^\/members$/, 'ListMembers'],
  ['securityhub', 'GET', /^\/findingAggregator\/list$/, 'ListFindingAggregators'],
  ['securityhub', 'GET', /^\/findingAggregator\/get\/.+$/, 'GetFindingAggregator'],
  ['securityhub', 'GET', /^\/hubv2$/, 'DescribeSecurityHubV2'],
  ['guardduty', 'GET', /^\/detector$/, 'ListDetectors'],
  ['guardduty', 'POST', /^\/detector$/, 'CreateDetector'],
  ['guardduty', 'GET', /^\/detector\/[^/]+$/, 'GetDetector'],
  ['s3', 'GET', /^\/[^/]+\/.+$/, 'GetObject'],
];

/** Prefix of `X-Amz-Target` of the services that are called by that. */
const TARGETS: Readonly<Record<string, string>> = { AWSEvents: 'events', StarlingDoveService: 'config' };

/** Starts it on a free port. */
export async function startAws(answers: Readonly<Record<string, Answer>> = {}): Promise<AwsStandIn> {
  const calls: AwsCall[] = [];
  const standIn = { answers };

  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const request = read(incoming, Buffer.concat(chunks).toString());
      let status = 200;
      let content: unknown;
      try {
        requireSignature(incoming, request.service);
        calls.push({ operation: request.operation, input: request.input });
        const answer = standIn.answers[request.operation];
        if (answer === undefined) throw new AwsError('AccessDeniedException', `No ${request.operation}.`, 403);
        content = answer(request.input) ?? {};
      } catch (error) {
        const { code, message, status: of } = error instanceof AwsError ? error : new AwsError('Defect', String(error));
        status = of;
        content = new AwsError(code, message, of);
        response.setHeader('x-amzn-errortype', code);
      }
      const body = Buffer.from(written(request, content));
      response.writeHead(status, {
        'content-type': request.format === 'json' ? 'application/json' : 'text/xml',
        'content-length': body.length,
      });
      response.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return Object.assign(standIn, {
    calls,
    env: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_REGION: 'eu-west-1',
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

function read({ method = '', url = '/', headers }: IncomingMessage, body: string): Request {
  const [, prefix = '', named = ''] = /^(\w+)\.(\w+)$/.exec(headers['x-amz-target']?.toString() ?? '') ?? [];
  const service = TARGETS[prefix];
  if (service !== undefined) {
    return { service, operation: named, input: JSON.parse(body) as Record<string, unknown>, format: 'json' };
  }
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    const { Action = '', ...input } = Object.fromEntries(new URLSearchParams(body));
    return { service: 'iam', operation: Action, input, format: 'iam' };
  }
  const path = decodeURIComponent(new URL(url, 'http://local').pathname);
  const scope = scopeOf(headers.authorization);
  const [of = scope, , , operation = `${method} ${path}`] =
    ROUTES.find(([owner, verb, pattern]) => owner === scope && verb === method && pattern.test(path)) ?? [];
  const input = body === '' ? { path } : (JSON.parse(body) as Record<string, unknown>);
  return { service: of, operation, input, format: of === 's3' ? 's3' : 'json' };
}

/** The service that a request is signed for. */
function scopeOf(authorization = ''): string {
  return (
    /^AWS4-HMAC-SHA256 Credential=local\/\d{8}\/[a-z0-9-]+\/([a-z0-9]+)\/aws4_request/.exec(authorization)?.[1] ?? ''
  );
}

function requireSignature({ headers }: IncomingMessage, service: string): void {
  if (service === '' || scopeOf(headers.authorization) !== service) {
    throw new AwsError('IncompleteSignatureException', `The request is not signed for ${service}.`, 403);
  }
}

function written({ operation, format }: Request, content: unknown): string {
  if (!(content instanceof AwsError)) {
    if (format === 's3') return String(content);
    return format === 'json'
      ? JSON.stringify(content)
      : `<${operation}Response><${operation}Result></${operation}Result></${operation}Response>`;
  }
  const { code, message } = content;
  if (format === 'json') return JSON.stringify({ __type: code, Code: code, Message: message, message });
  const error = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return format === 's3' ? error : `<ErrorResponse>${error}</ErrorResponse>`;
}

/** Sets variables of this process. Returns what sets them back. */
export function setEnvironment(variables: Readonly<Record<string, string>>): () => void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  };
}

/** An event of a custom resource, as CDK's framework hands it to a handler. */
export function resourceEvent(
  type: 'Create' | 'Update' | 'Delete',
  properties: Readonly<Record<string, unknown>>,
  physicalId = 'known',
): never {
  return {
    RequestType: type,
    ResourceProperties: { ServiceToken: 'arn', ...properties },
    ...(type === 'Create' ? {} : { PhysicalResourceId: physicalId }),
  } as never;
}
