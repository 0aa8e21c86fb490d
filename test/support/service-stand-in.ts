/**
 * The services that remediation changes, on 127.0.0.1 and in the wire format that AWS documents for each, so that the real
 * SDK is the client. A test says what each operation answers, in the words of the wire; calls are kept as they came.
 *
 * - query (IAM, RDS, Elastic Load Balancing, ElastiCache, Redshift, STS): form in, XML out; EC2 with its own XML
 * - JSON (KMS, CloudTrail, Config, DynamoDB): `X-Amz-Target`
 * - REST (S3 and S3 Control in XML, GuardDuty in JSON): method and path
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { LookupFunction } from 'node:net';
import { Agent } from 'node:http';

/** An error as a service sends it. */
export class ServiceError {
  readonly code: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: string, status = 400, headers: Readonly<Record<string, string>> = {}) {
    this.code = code;
    this.status = status;
    this.headers = headers;
  }
}

/** What is written into the reply: in XML an array is an element that is repeated. */
export type Answer = { readonly [name: string]: unknown } | ServiceError;

/** One answer for all calls of an operation, one for each (the last one stays), or what answers them. */
export type Answers = Readonly<Record<string, Answer | readonly Answer[] | (() => Answer)>>;

/** A call as it arrived: service and operation, and everything that the client has sent. */
export interface ServiceCall {
  readonly call: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface ServiceStandIn {
  answers: Answers;
  /** Calls since the list was last emptied. */
  readonly calls: ServiceCall[];
  /** The Region that each call of its life was signed for. */
  readonly regions: string[];
  readonly endpoint: string;
  /** What an SDK client needs to come here. */
  readonly client: Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}

type Format = 'query' | 'ec2' | 'json' | 'rest-json' | 'rest-xml';

interface Request extends ServiceCall {
  readonly format: Format;
  readonly operation: string;
}

/** Prefix of `X-Amz-Target`. */
const TARGETS: Readonly<Record<string, string>> = {
  TrentService: 'kms',
  'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101': 'cloudtrail',
  CloudTrail_20131101: 'cloudtrail',
  StarlingDoveService: 'config',
  DynamoDB_20120810: 'dynamodb',
  AWSEvents: 'events',
  AWSOrganizationsV20161128: 'organizations',
};

/** The name that a service's requests are signed for, and the one that it goes by here. */
const SIGNED_FOR: Readonly<Record<string, string>> = { elasticloadbalancing: 'elbv2' };

/** Method, path, query and operation of the REST services. */
const ROUTES: readonly (readonly [service: string, method: string, path: RegExp, query: string, operation: string])[] =
  [
    ['guardduty', 'GET', /^\/detector$/, '', 'ListDetectors'],
    ['guardduty', 'GET', /^\/detector\/(?<DetectorId>[^/]+)$/, '', 'GetDetector'],
    ['guardduty', 'POST', /^\/detector\/(?<DetectorId>[^/]+)$/, '', 'UpdateDetector'],
    ['securityhub', 'PATCH', /^\/findings\/batchupdate$/, '', 'BatchUpdateFindings'],
    ['s3', 'GET', /^\/(?<Bucket>[^/]+)\/?$/, 'tagging', 'GetBucketTagging'],
    ['s3', 'GET', /^\/(?<Bucket>[^/]+)\/?$/, 'versioning', 'GetBucketVersioning'],
    ['s3', 'PUT', /^\/(?<Bucket>[^/]+)\/?$/, 'versioning', 'PutBucketVersioning'],
    ['s3', 'GET', /^\/(?<Bucket>[^/]+)\/?$/, 'publicAccessBlock', 'GetPublicAccessBlock'],
    ['s3', 'PUT', /^\/(?<Bucket>[^/]+)\/?$/, 'publicAccessBlock', 'PutPublicAccessBlock'],
    ['s3', 'DELETE', /^\/(?<Bucket>[^/]+)\/?$/, 'publicAccessBlock', 'DeletePublicAccessBlock'],
    ['s3', 'GET', /^\/(?<Bucket>[^/]+)\/(?<Key>.+)$/, '', 'GetObject'],
    ['s3control', 'GET', /^\/v20180820\/configuration\/publicAccessBlock$/, '', 'GetPublicAccessBlock'],
    ['s3control', 'PUT', /^\/v20180820\/configuration\/publicAccessBlock$/, '', 'PutPublicAccessBlock'],
    ['s3control', 'DELETE', /^\/v20180820\/configuration\/publicAccessBlock$/, '', 'DeletePublicAccessBlock'],
  ];

/** Headers that carry parameters. */
const PARAMETER_HEADERS = ['x-amz-expected-bucket-owner', 'x-amz-account-id'];

/** Nothing has tags unless a test says so. */
const UNTAGGED: Answers = {
  'cloudtrail:ListTags': { ResourceTagList: [] },
  'dynamodb:ListTagsOfResource': { Tags: [] },
  'elasticache:ListTagsForResource': { TagList: {} },
  'elbv2:DescribeTags': { TagDescriptions: {} },
  'kms:ListResourceTags': { Tags: [] },
  'rds:ListTagsForResource': { TagList: {} },
  's3:GetBucketTagging': new ServiceError('NoSuchTagSet', 404),
};

/** Attempts of a call: a second one is enough to see that there is one. */
export const ATTEMPTS = 2;

/** S3 Control puts the account in front of the host's name; all names lead here. */
const lookup: LookupFunction = (_name, options, callback) => {
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};

/** Starts it on a free port. */
export async function startServices(answers: Answers = {}): Promise<ServiceStandIn> {
  const calls: ServiceCall[] = [];
  const regions: string[] = [];
  const standIn = { answers };
  const answered = new Map<unknown, number>();

  const server = createServer((incoming, response) => {
    void text(incoming).then((body) => {
      const request = read(incoming, body);
      calls.push({ call: request.call, input: request.input });
      regions.push(/Credential=[^/]+\/\d{8}\/([^/]+)\//.exec(incoming.headers.authorization ?? '')?.[1] ?? 'none');
      const known =
        standIn.answers[request.call] ?? UNTAGGED[request.call] ?? new ServiceError(`NoAnswerTo ${request.call}`, 400);
      const given = typeof known === 'function' ? known() : known;
      const turn = answered.get(given) ?? 0;
      answered.set(given, turn + 1);
      const answer = isList(given) ? (given[Math.min(turn, given.length - 1)] ?? new ServiceError('NoAnswer')) : given;
      const status = answer instanceof ServiceError ? answer.status : 200;
      if (answer instanceof ServiceError && request.format.endsWith('json')) {
        response.setHeader('x-amzn-errortype', answer.code);
      }
      const reply = Buffer.from(written(request, answer));
      response.writeHead(status, {
        'content-type': request.format.endsWith('json') ? 'application/json' : 'text/xml',
        'content-length': reply.length,
        ...(answer instanceof ServiceError ? answer.headers : {}),
      });
      response.end(reply);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return Object.assign(standIn, {
    calls,
    regions,
    endpoint,
    client: {
      // A name and not an address, since S3 Control puts the account in front of it.
      endpoint: endpoint.replace('127.0.0.1', 'services.test'),
      forcePathStyle: true,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      requestHandler: { httpAgent: new Agent({ lookup }) },
      maxAttempts: ATTEMPTS,
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

function isList(value: Answer | readonly Answer[]): value is readonly Answer[] {
  return Array.isArray(value);
}

function read({ method = '', url = '/', headers }: IncomingMessage, body: string): Request {
  const signed = /Credential=[^/]+\/\d{8}\/[a-z0-9-]+\/([a-z0-9-]+)\/aws4_request/.exec(
    headers.authorization ?? '',
  )?.[1];
  const scope = SIGNED_FOR[signed ?? ''] ?? signed ?? 'unsigned';
  const [, prefix = '', named = ''] = /^(.+)\.(\w+)$/.exec(headers['x-amz-target']?.toString() ?? '') ?? [];
  const target = TARGETS[prefix];
  if (target !== undefined) {
    // A call that is signed for another service than it is meant for shows in its name.
    const service = target === scope ? target : `${target} signed for ${scope}`;
    return { call: `${service}:${named}`, operation: named, input: parsed(body), format: 'json' };
  }
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    const { Action = '', Version: _version, ...input } = Object.fromEntries(new URLSearchParams(body));
    return { call: `${scope}:${Action}`, operation: Action, input, format: scope === 'ec2' ? 'ec2' : 'query' };
  }
  const { pathname, searchParams } = new URL(url, 'http://local');
  const host = headers.host ?? '';
  // S3 Control is signed for s3 like S3 itself.
  const service = scope === 's3' && pathname.startsWith('/v20180820/') ? 's3control' : scope;
  for (const [owner, verb, pattern, query, operation] of ROUTES) {
    const match = owner === service && verb === method ? pattern.exec(decodeURIComponent(pathname)) : null;
    if (!match || (query !== '' && !searchParams.has(query))) continue;
    const format = owner === 'guardduty' || owner === 'securityhub' ? 'rest-json' : 'rest-xml';
    const parameters = PARAMETER_HEADERS.flatMap((name) =>
      headers[name] === undefined ? [] : [[name, headers[name]]],
    );
    const input = {
      ...match.groups,
      ...(Object.fromEntries(parameters) as Record<string, unknown>),
      ...(/^\d{12}\./.test(host) ? { host: host.slice(0, 12) } : {}),
      ...(body === '' ? {} : format === 'rest-json' ? parsed(body) : { body: body.replace(/^<\?xml[^>]*\?>\s*/, '') }),
    };
    return { call: `${service}:${operation}`, operation, input, format };
  }
  return { call: `${service}:${method} ${url}`, operation: '', input: {}, format: 'rest-xml' };
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  return body === '' ? {} : (JSON.parse(body) as Record<string, unknown>);
}

function written({ operation, format, call }: Request, answer: Answer): string {
  if (answer instanceof ServiceError) return writtenError(format, answer);
  switch (format) {
    case 'json':
    case 'rest-json':
      return JSON.stringify(answer);
    case 'query':
      return `<${operation}Response>${element(`${operation}Result`, answer)}<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${operation}Response>`;
    case 'ec2':
      return element(`${operation}Response`, { requestId: 'r', ...answer });
    case 'rest-xml':
      if (operation === 'GetObject') return String(answer['text']);
      return `<?xml version="1.0" encoding="UTF-8"?>${element(ROOTS[call] ?? 'Result', answer)}`;
  }
}

/** Root elements of S3's answers. */
const ROOTS: Readonly<Record<string, string>> = {
  's3:GetBucketTagging': 'Tagging',
  's3:GetBucketVersioning': 'VersioningConfiguration',
  's3:GetPublicAccessBlock': 'PublicAccessBlockConfiguration',
  's3control:GetPublicAccessBlock': 'PublicAccessBlockConfiguration',
};

function writtenError(format: Format, { code }: ServiceError): string {
  switch (format) {
    case 'json':
    case 'rest-json':
      return JSON.stringify({ __type: code, message: 'no' });
    case 'query':
      return `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
    case 'ec2':
      return `<Response><Errors><Error><Code>${code}</Code><Message>no</Message></Error></Errors><RequestID>r</RequestID></Response>`;
    case 'rest-xml':
      return `<Error><Code>${code}</Code><Message>no</Message></Error>`;
  }
}

function element(name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((each) => element(name, each)).join('');
  if (typeof value === 'object' && value !== null) {
    const inner = Object.entries(value).map(([key, each]) => element(key, each));
    return `<${name}>${inner.join('')}</${name}>`;
  }
  const escaped = String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<${name}>${escaped}</${name}>`;
}
