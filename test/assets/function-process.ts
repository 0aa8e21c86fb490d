/** A function as Lambda runs it: in a process of its own, driven through a Runtime API. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { DeployedFunction } from './assembly.ts';

/** What Lambda reports of an error in a function. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** Time that something took, and the most memory that the process has had until then. */
export interface Measured {
  readonly milliseconds: number;
  readonly peakMegabytes: number;
}

/** What came of one event. */
export interface Invocation extends Measured {
  readonly payload?: unknown;
  readonly error?: FunctionError;
}

/** What the function meets around it. */
export interface Surroundings {
  /** Variables beside those of the template, or in place of them. */
  readonly environment: Readonly<Record<string, string>>;
  /** `host:port` to a port of 127.0.0.1. */
  readonly routes: Readonly<Record<string, number>>;
}

/** A function that is ready for events. */
export interface RunningFunction {
  /** From the start of the process until it asked for its first event. */
  readonly init: Measured;
  /** Hands it an event; one at a time. */
  invoke(event: unknown): Promise<Invocation>;
  /** What it has printed. */
  log(): string;
  stop(): Promise<void>;
}

/** Thrown when a function does not get ready for events. */
export class InitError extends Error {
  override readonly name = 'InitError';
}

/** Lambda gives a function 10 s to get ready; a machine that runs other tests gets more. */
const INIT_MILLISECONDS = 30_000;

/** No event here needs longer, whatever the function's own time is. */
const LONGEST_INVOCATION = 40_000;

const BOOTSTRAP = path.join(import.meta.dirname, 'bootstrap.js');

/**
 * Starts a function and waits until it asks for its first event.
 *
 * @throws InitError with what the function printed
 */
export async function startFunction(deployed: DeployedFunction, around: Surroundings): Promise<RunningFunction> {
  const printed: string[] = [];
  const log = () => printed.join('');
  /** The function's request for its next event, while it waits for one. */
  let idle: ServerResponse | undefined;
  /** The event at hand. */
  let current: { id: string; settle: (outcome: { payload?: unknown; error?: FunctionError }) => void } | undefined;
  let peakMegabytes = 0;
  let ended: string | undefined;
  let onReady: () => void = () => undefined;
  let onFailure: (reason: string) => void = () => undefined;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    peakMegabytes = Number(request.headers['x-peak-kilobytes']) / 1024;
    const [, resource = ''] = /^\/2018-06-01\/runtime\/(.+)$/.exec(request.url ?? '') ?? [];
    if (resource === 'invocation/next') {
      idle = response;
      onReady();
      return;
    }
    const content = JSON.parse(body) as unknown;
    if (resource === 'init/error') {
      const { errorType, errorMessage } = content as FunctionError;
      onFailure(`${errorType}: ${errorMessage}`);
    } else if (current !== undefined && resource === `invocation/${current.id}/response`) {
      current.settle({ payload: content });
    } else if (current !== undefined && resource === `invocation/${current.id}/error`) {
      current.settle({ error: content as FunctionError });
    } else {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
  }

  const api = createServer((request, response) => {
    answer(request, response).catch(() => request.destroy());
  });
  await new Promise<void>((resolve, reject) => api.once('error', reject).listen(0, '127.0.0.1', resolve));

  const begun = performance.now();
  const child = spawn(
    process.execPath,
    // Lambda leaves a tenth of the memory to what is not JavaScript.
    [`--max-old-space-size=${Math.floor(deployed.memorySize * 0.9)}`, BOOTSTRAP, JSON.stringify(around.routes)],
    {
      cwd: deployed.directory,
      env: {
        ...standardVariables(deployed, (api.address() as AddressInfo).port),
        ...deployed.environment,
        ...around.environment,
      },
      // It ends when the first of these does: with us, however we end.
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => printed.push(chunk));
  }
  const closed = new Promise<void>((resolve) => {
    const end = (reason: string) => {
      ended = reason;
      onFailure(reason);
      current?.settle({ error: { errorType: 'Runtime.ExitError', errorMessage: reason } });
      resolve();
    };
    child.once('error', (error) => end(error.message));
    child.once('close', (code, signal) => end(`the process ended with ${signal ?? code}`));
  });
  const stop = async () => {
    child.kill('SIGKILL');
    await closed;
    api.closeAllConnections();
    await new Promise((resolve) => api.close(resolve));
  };

  try {
    await within(
      INIT_MILLISECONDS,
      'it did not get ready',
      new Promise<void>((resolve, reject) => {
        onReady = resolve;
        onFailure = (reason) => reject(new Error(reason));
      }),
    );
  } catch (error) {
    await stop();
    throw new InitError(`${deployed.name} does not start: ${(error as Error).message}\n${log()}`);
  }

  return {
    init: { milliseconds: performance.now() - begun, peakMegabytes },
    log,
    stop,
    invoke: async (event) => {
      if (current !== undefined) throw new Error(`${deployed.name} is at work already`);
      if (ended !== undefined) throw new Error(`${deployed.name}: ${ended}\n${log()}`);
      const start = performance.now();
      const id = randomUUID();
      try {
        const outcome = await within(
          Math.min(deployed.timeoutSeconds * 1000, LONGEST_INVOCATION),
          `${deployed.name} does not answer; it printed\n${log()}`,
          new Promise<{ payload?: unknown; error?: FunctionError }>((resolve) => {
            current = { id, settle: resolve };
            const deliver = () => {
              idle?.writeHead(200, invocationHeaders(deployed, id));
              idle?.end(JSON.stringify(event));
              idle = undefined;
            };
            if (idle !== undefined) deliver();
            else onReady = deliver;
          }),
        );
        return { ...outcome, milliseconds: performance.now() - start, peakMegabytes };
      } finally {
        current = undefined;
        onReady = () => undefined;
      }
    },
  };
}

function invocationHeaders(deployed: DeployedFunction, id: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    'lambda-runtime-aws-request-id': id,
    'lambda-runtime-deadline-ms': String(Date.now() + deployed.timeoutSeconds * 1000),
    'lambda-runtime-invoked-function-arn': deployed.arn,
    'lambda-runtime-trace-id': 'Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=0',
  };
}

/** What Lambda sets itself. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
function standardVariables(deployed: DeployedFunction, apiPort: number): Record<string, string> {
  const { region, handler, directory, runtime, memorySize, logGroup, name } = deployed;
  return {
    _HANDLER: handler,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memorySize),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/25/[$LATEST]0123456789abcdef0123456789abcdef',
    AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${apiPort}`,
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    LAMBDA_TASK_ROOT: directory,
    LANG: 'en_US.UTF-8',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    TZ: ':UTC',
  };
}

async function within<T>(milliseconds: number, otherwise: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${otherwise} (within ${milliseconds / 1000} s)`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
