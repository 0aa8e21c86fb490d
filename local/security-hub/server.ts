/**
 * The local Security Hub: an HTTP server that any AWS SDK or CLI can talk to as if it were the real one.
 *
 * What it does and what it leaves out is in the README beside this file.
 */

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { authorizationProblem } from './authorization.ts';
import { faultDice, type FaultRates } from './faults.ts';
import { findingEvent, type SecurityHubEvent } from './finding-event.ts';
import { MAXIMUM_REQUEST_BYTES } from './finding-limits.ts';
import type { StoredFinding } from './finding.ts';
import { createHub, type Hub } from './hub.ts';
import { operationOf, QUOTAS, type Operation } from './operation.ts';
import { randomUuid, seededRandom } from './random.ts';
import { ServiceError } from './service-error.ts';
import { readStore, writeStore, type HubState } from './store-file.ts';
import { fullBucket, takeToken, type TokenBucket } from './token-bucket.ts';

export type { FaultRates } from './faults.ts';
export type { SecurityHubEvent } from './finding-event.ts';
export type { StoredFinding } from './finding.ts';

/** How a local Security Hub is set up. */
export interface SecurityHubOptions {
  /** Account that the hub belongs to: 12 digits. */
  readonly account: string;
  readonly region: string;
  /** Port on 127.0.0.1. @default a free one */
  readonly port?: number;
  /**
   * Clock for `ProcessedAt`, events and retention. With a clock of your own the ids of events are repeatable too.
   * Quotas always go by real time.
   * @default the system's
   */
  readonly now?: () => Date;
  /** Whether calls are limited as AWS limits them. @default true */
  readonly quotas?: boolean;
  /** @default none */
  readonly faults?: FaultRates;
  /**
   * Receives the event of every new or changed finding, before the call that caused it is answered. An error it throws
   * fails that call.
   */
  readonly onEvent?: (event: SecurityHubEvent) => void;
  /** File to start from and to save to. @default everything is forgotten on close */
  readonly store?: string;
  /** Whether Security Hub is enabled in the account. @default true, or as stored */
  readonly enabled?: boolean;
}

/** A running local Security Hub. */
export interface LocalSecurityHub {
  /** Endpoint for an SDK (`endpoint`) or the AWS CLI (`--endpoint-url`). */
  readonly url: string;
  /** The only product that clients can import findings for. */
  readonly productArn: string;
  /** All findings, sorted by Id, as GetFindings returns them. */
  findings(): StoredFinding[];
  /**
   * Takes a finding that an AWS service sends, from any account, and emits its event. Like every import it is ignored
   * unless its `UpdatedAt` is newer than the stored one.
   *
   * @throws TypeError when it lacks what identifies or dates it
   */
  receive(finding: object): void;
  /** Replaces the faults and starts their sequence anew. */
  setFaults(faults: FaultRates): void;
  /** How many authorised calls of each operation arrived, refused and failed ones included. */
  calls(): Readonly<Record<Operation, number>>;
  /** Writes the store, if there is one. */
  save(): Promise<void>;
  /** Answers what has arrived, stops listening, and saves. */
  close(): Promise<void>;
}

/**
 * Starts a local Security Hub.
 *
 * @throws Error when the port is taken, an option makes no sense, or the store is damaged or another hub's
 */
export async function startSecurityHub(options: SecurityHubOptions): Promise<LocalSecurityHub> {
  const { account, region, now = () => new Date(), quotas = true, onEvent, store } = options;
  if (!/^\d{12}$/.test(account)) throw new Error(`An AWS account has 12 digits, not '${account}'.`);
  if (!/^[a-z]{2,4}(?:-[a-z]+)+-\d$/.test(region)) throw new Error(`'${region}' is not an AWS Region.`);
  const startedAt = now();
  const nextEventId =
    options.now === undefined ? randomUUID : repeatableIds(`${account}/${region}/${startedAt.getTime()}`);
  let dice = faultDice(options.faults ?? {});
  const hub = createHub(await initialState(options, startedAt.toISOString()), {
    now,
    failsPartially: () => dice.strikes('partialFailure'),
    onFinding(finding, processedAt) {
      onEvent?.(findingEvent(finding, { account, region }, nextEventId(), processedAt));
    },
  });
  const calls: Record<Operation, number> = {
    BatchImportFindings: 0,
    BatchUpdateFindings: 0,
    DescribeHub: 0,
    EnableSecurityHub: 0,
    GetFindings: 0,
  };
  const buckets = new Map<Operation, TokenBucket>();
  let closing = false;
  let saving: Promise<void> = Promise.resolve();

  function takeQuota(operation: Operation): boolean {
    if (!quotas) return true;
    const rate = QUOTAS[operation];
    const at = performance.now();
    const { bucket, taken } = takeToken(buckets.get(operation) ?? fullBucket(rate, at), rate, at);
    buckets.set(operation, bucket);
    return taken;
  }

  async function answer(request: IncomingMessage, body: Buffer): Promise<unknown> {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const operation = operationOf(request.method ?? '', url.pathname);
    if (operation === undefined) {
      const call = `${request.method ?? ''} ${url.pathname}`;
      throw new ServiceError('UnknownOperationException', `The local Security Hub does not speak ${call}.`);
    }
    const amzDate = request.headers['x-amz-date'];
    const refusal = authorizationProblem(request.headers.authorization, amzDate?.toString(), region);
    if (refusal !== undefined) throw new ServiceError('AccessDeniedException', refusal);
    calls[operation] += 1;
    const { delayMilliseconds } = dice;
    if (delayMilliseconds > 0) await sleep(delayMilliseconds);
    if (dice.strikes('throttle') || !takeQuota(operation)) {
      throw new ServiceError('ThrottlingException', 'Rate exceeded');
    }
    if (dice.strikes('serverErrorBefore')) throw internalError();
    if (body.length > MAXIMUM_REQUEST_BYTES) {
      throw new ServiceError('InvalidInputException', 'The request is larger than 6 MB.');
    }
    const result = perform(hub, operation, body, url.searchParams);
    if (dice.strikes('serverErrorAfter')) throw internalError();
    return result;
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = await readBody(request);
    let status = 200;
    let content: unknown;
    try {
      content = await answer(request, received);
    } catch (error) {
      // Anything but a ServiceError is a defect of this program: the client sees a 500, the developer sees why.
      if (!(error instanceof ServiceError)) process.emitWarning(error instanceof Error ? error : String(error));
      const failure = error instanceof ServiceError ? error : internalError();
      status = failure.status;
      content = { Code: failure.code, Message: failure.message };
      response.setHeader('x-amzn-errortype', failure.code);
    }
    const body = Buffer.from(JSON.stringify(content));
    if (closing) response.setHeader('connection', 'close');
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': body.length,
      'x-amzn-requestid': randomUUID(),
    });
    response.end(body);
  }

  const server = createServer((request, response) => {
    // A client that hangs up in the middle of its request needs no answer.
    respond(request, response).catch(() => request.destroy());
  });
  // Longer than SDKs keep idle connections, so that the server is never the first to hang up.
  server.keepAliveTimeout = 300_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  function save(): Promise<void> {
    if (store === undefined) return Promise.resolve();
    const attempt = saving.then(() => writeStore(store, hub.state()));
    // One at a time; a failed save is its caller's to handle and does not stop the next one.
    saving = attempt.catch(() => undefined);
    return attempt;
  }

  return {
    url: `http://127.0.0.1:${port}`,
    productArn: hub.productArn,
    findings: () => hub.findings(),
    receive: (finding) => hub.receive(finding),
    setFaults(faults) {
      dice = faultDice(faults);
    },
    calls: () => ({ ...calls }),
    save,
    async close() {
      closing = true;
      await new Promise<void>((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeIdleConnections();
      });
      await save();
    },
  };
}

function perform(hub: Hub, operation: Operation, body: Buffer, query: URLSearchParams): unknown {
  switch (operation) {
    case 'BatchImportFindings':
      return hub.importFindings(parseBody(body), body.length);
    case 'BatchUpdateFindings':
      return hub.updateFindings(parseBody(body));
    case 'GetFindings':
      return hub.getFindings(parseBody(body));
    case 'DescribeHub':
      return hub.describe(query.get('HubArn') ?? undefined);
    case 'EnableSecurityHub':
      return hub.enable();
  }
}

/** Reads a request to its end. Of one that is too large only the size is kept: enough to refuse it. */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAXIMUM_REQUEST_BYTES) chunks.push(chunk);
  }
  return size <= MAXIMUM_REQUEST_BYTES ? Buffer.concat(chunks) : Buffer.alloc(MAXIMUM_REQUEST_BYTES + 1);
}

function parseBody(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch (cause) {
    throw new ServiceError('SerializationException', 'The request is not JSON.', { cause });
  }
}

async function initialState(options: SecurityHubOptions, startedAt: string): Promise<HubState> {
  const { account, region, enabled, store } = options;
  const stored = store === undefined ? undefined : await readStore(store);
  if (stored === undefined) return { account, region, enabled: enabled ?? true, subscribedAt: startedAt, records: [] };
  if (stored.account !== account || stored.region !== region) {
    throw new Error(
      `The Security Hub store ${store ?? ''} belongs to account ${stored.account} in ${stored.region}, not to ${account} in ${region}.`,
    );
  }
  return { ...stored, enabled: enabled ?? stored.enabled };
}

/** Ids that a run with the same clock repeats. */
function repeatableIds(start: string): () => string {
  let seed = 0;
  for (const character of start) seed = (Math.imul(seed, 31) + (character.codePointAt(0) ?? 0)) | 0;
  const random = seededRandom(seed);
  return () => randomUuid(random);
}

function internalError(): ServiceError {
  return new ServiceError('InternalException', 'Internal service failure');
}
