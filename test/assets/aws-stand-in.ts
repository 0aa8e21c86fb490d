/**
 * The services of AWS that the functions call besides Security Hub, and CloudFormation's end of a custom resource. Whatever
 * nobody answers is refused and noted by name.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Certificate } from './certificates.ts';
import type { Invocation } from './function-process.ts';

/** What a custom resource says to CloudFormation. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref-responses.html */
export interface CustomResourceAnswer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly Data?: Readonly<Record<string, unknown>>;
}

export interface AwsOptions {
  readonly region: string;
  /** The bucket that custom resources answer to. */
  readonly answerHost: string;
  /** Of `answerHost`. */
  readonly answerServer: Certificate;
  /** Values of secrets by ARN, asked for at each call; undefined: access denied. */
  readonly secret: (arn: string) => string | undefined;
  /** Text of objects in S3 by `/<bucket>/<key>`; undefined: refused. @default none */
  readonly object?: (path: string) => string | undefined;
  /** Where another stand-in answers for a service, by the name that requests are signed for. @default nobody does */
  readonly elsewhere?: (service: string) => string | undefined;
  /** Runs a function for Lambda's Invoke. */
  readonly invoke: (functionArn: string, event: unknown) => Promise<Invocation>;
}

export interface AwsStandIn {
  /** For `AWS_ENDPOINT_URL` and its like. */
  readonly url: string;
  /** Port of 127.0.0.1 where `answerHost` listens, with TLS. */
  readonly answerPort: number;
  /** Calls that nobody here answers: `service operation`. */
  readonly unanswered: string[];
  /** An address to answer to, and the answer that comes there. */
  awaitAnswer(): { readonly url: string; readonly answer: Promise<CustomResourceAnswer> };
  close(): Promise<void>;
}

/** Service and Region that a request is signed for. */
const SCOPE = /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request,/;

export async function startAws(options: AwsOptions): Promise<AwsStandIn> {
  const unanswered: string[] = [];
  const awaited = new Map<string, (answer: CustomResourceAnswer) => void>();

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const [, region, service = 'unsigned'] = SCOPE.exec(request.headers.authorization ?? '') ?? [];
    const operation = request.headers['x-amz-target'] ?? `${request.method} ${request.url}`;
    const call = `${service} ${String(operation)}`;
    const functionArn = /^\/2015-03-31\/functions\/([^/]+)\/invocations/.exec(request.url ?? '')?.[1];
    if (region === options.region && call === 'secretsmanager secretsmanager.GetSecretValue') {
      const { SecretId } = JSON.parse(body) as { SecretId: string };
      const SecretString = options.secret(SecretId);
      if (SecretString !== undefined) return json(response, 200, { ARN: SecretId, SecretString });
      return json(response, 400, {
        __type: 'AccessDeniedException',
        Message: 'not authorized to perform GetSecretValue',
      });
    }
    const object = service === 's3' ? options.object?.(new URL(request.url ?? '/', 'http://s3').pathname) : undefined;
    if (region === options.region && request.method === 'GET' && object !== undefined) {
      response.writeHead(200, { 'content-type': 'text/yaml', 'content-length': Buffer.byteLength(object) });
      response.end(object);
      return;
    }
    if (region === options.region && service === 'lambda' && functionArn !== undefined) {
      const { payload, error } = await options.invoke(decodeURIComponent(functionArn), JSON.parse(body));
      if (error !== undefined) response.setHeader('x-amz-function-error', 'Unhandled');
      return json(response, 200, error ?? payload);
    }
    const elsewhere = options.elsewhere?.(service);
    if (elsewhere !== undefined) {
      const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
      const answer = await fetch(new URL(request.url ?? '/', elsewhere), {
        method: request.method ?? 'POST',
        headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
        ...(body === '' ? {} : { body }),
      });
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
      response.end(await answer.text());
      return;
    }
    unanswered.push(call);
    return json(response, 400, { __type: 'UnknownOperationException', message: `no stand-in answers ${call}` });
  }

  async function takeAnswer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = JSON.parse(await text(request)) as CustomResourceAnswer;
    const take = awaited.get(request.url ?? '');
    awaited.delete(request.url ?? '');
    response.writeHead(request.method === 'PUT' && take !== undefined ? 200 : 403).end();
    take?.(answer);
  }

  const { certificate: cert, key } = options.answerServer;
  const services = createServer((request, response) => {
    serve(request, response).catch(() => request.destroy());
  });
  const answers = createTlsServer({ cert, key }, (request, response) => {
    takeAnswer(request, response).catch(() => request.destroy());
  });
  const [port, answerPort] = await Promise.all([services, answers].map(listen));
  return {
    url: `http://127.0.0.1:${port}`,
    answerPort: answerPort ?? 0,
    unanswered,
    awaitAnswer: () => {
      const path = `/${randomUUID()}?X-Amz-Signature=made-up`;
      return {
        url: `https://${options.answerHost}${path}`,
        answer: new Promise((resolve) => awaited.set(path, resolve)),
      };
    },
    close: async () => {
      for (const server of [services, answers]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

function json(response: ServerResponse, status: number, content: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
