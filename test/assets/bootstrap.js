/**
 * What Lambda's Node.js runtime is to a function: loads the handler that `_HANDLER` names from LAMBDA_TASK_ROOT, and takes
 * its events from the Runtime API. Plain JavaScript, so that nothing but Node and the asset is measured and loaded.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 *
 * Argument: JSON of `host:port` to a port of 127.0.0.1, the network that the function sees. It reaches nothing else, so
 * that a call which no stand-in answers cannot leave the machine.
 */
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const routes = JSON.parse(process.argv[2]);
const api = process.env['AWS_LAMBDA_RUNTIME_API'];
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let requestId;

// Whoever started this process holds the other end: it ends with them, whatever it is waiting for.
process.stdin.resume().on('close', () => process.exit());
closeNetwork();
for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.on(event, async (error) => {
    try {
      await post(requestId ? `invocation/${requestId}/error` : 'init/error', describe(error));
    } finally {
      process.exit(129);
    }
  });
}

const handler = await loadHandler().catch(async (error) => {
  await post('init/error', describe(error));
  process.exit(1);
});
for (;;) await handleNext();

async function handleNext() {
  const { headers, body } = await call('GET', 'invocation/next');
  requestId = headers['lambda-runtime-aws-request-id'];
  process.env['_X_AMZN_TRACE_ID'] = headers['lambda-runtime-trace-id'];
  let answer;
  try {
    answer = [`invocation/${requestId}/response`, (await handler(JSON.parse(body), contextOf(headers))) ?? null];
  } catch (error) {
    answer = [`invocation/${requestId}/error`, describe(error)];
  }
  await post(...answer);
  requestId = undefined;
}

/** The fields that Lambda gives. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
function contextOf(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env['AWS_LAMBDA_FUNCTION_NAME'],
    functionVersion: process.env['AWS_LAMBDA_FUNCTION_VERSION'],
    memoryLimitInMB: process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
    logGroupName: process.env['AWS_LAMBDA_LOG_GROUP_NAME'],
    logStreamName: process.env['AWS_LAMBDA_LOG_STREAM_NAME'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: requestId,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

/** `directory/file.export`, looked for in the order in which Lambda looks. */
async function loadHandler() {
  const { dir, base } = path.parse(process.env['_HANDLER']);
  const [name, ...exported] = base.split('.');
  const module = path.join(process.env['LAMBDA_TASK_ROOT'], dir, name);
  const extension = ['.js', '.mjs', '.cjs'].find((candidate) => existsSync(module + candidate));
  if (extension === undefined) throw named('Runtime.ImportModuleError', `there is no ${module}.js, .mjs or .cjs`);

  // A file of a package without "type" is CommonJS in Lambda.
  const file = module + extension;
  const loaded = extension === '.mjs' ? await import(pathToFileURL(file).href) : createRequire(file)(file);
  const found = exported.reduce((value, key) => value?.[key], loaded);
  if (typeof found !== 'function') throw named('Runtime.HandlerNotFound', `${exported.join('.')} is no function`);
  // https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html: as of Node.js 24 there are no callbacks.
  if (found.length > 2) throw named('Runtime.CallbackHandlerDeprecated', 'the handler takes a callback');
  return found;
}

function named(name, message) {
  return Object.assign(new Error(message), { name });
}

function describe(error) {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return { errorType: name, errorMessage: message, trace: (stack ?? '').split('\n') };
}

function post(resource, content) {
  return call('POST', resource, JSON.stringify(content));
}

function call(method, resource, content) {
  return new Promise((resolve, reject) => {
    const headers = { 'x-peak-kilobytes': peakKilobytes(), 'content-type': 'application/json' };
    const options = { method, agent, headers };
    const request = http.request(`http://${api}/2018-06-01/runtime/${resource}`, options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString('utf8') }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(content);
  });
}

/** Linux counts the memory of the process that started this one into `maxRSS`, and tells the truth here only. */
function peakKilobytes() {
  try {
    return /^VmHWM:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1];
  } catch {
    return String(process.resourceUsage().maxRSS);
  }
}

function closeNetwork() {
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (...args) {
    // Node hands itself an array that holds the options; everybody else hands what is documented.
    const normalized = Array.isArray(args[0]) ? args[0] : net._normalizeArgs(args);
    const [{ host = 'localhost', port, ...options }, listener] = normalized;
    const routed = host === '127.0.0.1' ? port : routes[`${host}:${port}`];
    if (routed === undefined) {
      console.error(`NO ROUTE to ${host}:${port}`);
      const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
      process.nextTick(() => this.destroy(error));
      return this;
    }
    return connect.call(this, { ...options, host: '127.0.0.1', port: routed }, listener);
  };
}
