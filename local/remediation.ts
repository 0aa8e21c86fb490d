/** `vsoc remediation`: lists, shows, plans, approves and undoes, through the function in front of the private database. */
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import Table from 'cli-table3';
import type { ControlAnswer, ControlRequest } from '../lambda/remediation/remediation-control.ts';
import type { Status } from '../lambda/remediation/record.ts';
import { BadUsage } from './bad-usage.ts';
import { TERMINAL, type Terminal, agrees, isManned } from './consent.ts';
import { EXIT_DONE, EXIT_FAILED } from './exit-code.ts';
import { jsonText } from './json-text.ts';
import { plainText } from './plain-text.ts';

export interface RemediationOptions {
  /** The function's URL. */
  readonly url?: string;
  readonly region?: string;
  readonly status?: string;
  readonly account?: string;
  readonly limit?: number;
  readonly json?: boolean;
  /** Of `approve`: hash of the plan that is agreed to. Nobody is asked then. */
  readonly plan?: string;
  /** Of `approve`: agrees to whatever the plan is. Of `undo`: asks nobody. */
  readonly yes?: boolean;
}

type Listed = Extract<ControlAnswer, { outcome: 'listed' }>;
type Shown = Extract<ControlAnswer, { outcome: 'shown' }>;

/** Milliseconds: an approved change is made while one waits. */
const PATIENCE = 120_000;

/** Runs one command and returns its exit code. Throws {@link BadUsage}, and with a message for people where there is no answer. */
export async function remediationCommand(
  command: ControlRequest['command'],
  id: string | undefined,
  options: RemediationOptions,
  terminal: Terminal = TERMINAL,
): Promise<number> {
  const endpoint = endpointOf(options);
  if (command === 'approve') return approve(endpoint, id, options, terminal);
  if (command === 'undo') return undo(endpoint, id, options, terminal);
  const filter = {
    ...(options.status ? { status: options.status } : {}),
    ...(options.account ? { account: options.account } : {}),
    ...(options.limit === undefined ? {} : { limit: options.limit }),
  };
  const answer = await ask(endpoint, { command, ...(id === undefined ? filter : { id }) });
  return print(answer, options);
}

function print(answer: ControlAnswer, { json = false }: RemediationOptions): number {
  process.stdout.write(json ? jsonText(answer) : textOf(answer));
  return ['refused', 'failed', 'not-found'].includes(answer.outcome) ? EXIT_FAILED : EXIT_DONE;
}

/** Shows the plan, asks, and agrees to that plan and to no other. */
async function approve(
  endpoint: Endpoint,
  id: string | undefined,
  options: RemediationOptions,
  terminal: Terminal,
): Promise<number> {
  const plan = options.plan ?? (await consentTo(APPROVAL, endpoint, id, options, terminal));
  if (typeof plan === 'number') return plan;
  const answer = await ask(endpoint, { command: 'approve', id, plan });
  // A new plan is nobody's consent to it.
  return Math.max(print(answer, options), answer.outcome === 'replanned' ? EXIT_FAILED : EXIT_DONE);
}

/** Shows the change, asks, and has it undone. */
async function undo(
  endpoint: Endpoint,
  id: string | undefined,
  options: RemediationOptions,
  terminal: Terminal,
): Promise<number> {
  const plan = await consentTo(UNDOING, endpoint, id, options, terminal);
  return typeof plan === 'number' ? plan : print(await ask(endpoint, { command: 'undo', id }), options);
}

const APPROVAL = {
  question: 'Let this be done?',
  refused: 'Nothing was approved.',
  unmanned:
    'Nobody can be asked here. Give --plan with the hash that vsoc remediation show tells, or --yes for any plan.',
};
const UNDOING = {
  question: 'Restore what was there before?',
  refused: 'Nothing was undone.',
  unmanned: 'Nobody can be asked here. Give --yes to undo it all the same.',
};

/** The hash of the plan that somebody agrees to; an exit code where nobody does. */
async function consentTo(
  { question, refused, unmanned }: typeof APPROVAL,
  endpoint: Endpoint,
  id: string | undefined,
  options: RemediationOptions,
  terminal: Terminal,
): Promise<string | number> {
  if (!options.yes && !isManned(terminal)) throw new BadUsage(unmanned);
  const shown = await ask(endpoint, { command: 'show', id });
  if (shown.outcome !== 'shown') return print(shown, options);
  terminal.output.write(factsText(shown));
  if (options.yes || (await agrees(question, terminal))) return shown.plan;
  terminal.output.write(`${refused}\n`);
  return EXIT_FAILED;
}

interface Endpoint {
  readonly url: URL;
  readonly region: string;
}

function endpointOf({ url: given, region }: RemediationOptions): Endpoint {
  if (given === undefined || given === '')
    throw new BadUsage(
      'Which function? Give --url, or set VSOC_REMEDIATION_URL: the stack of the product has it as an output.',
    );
  if (!URL.canParse(given)) throw new BadUsage(`--url: ${plainText(given)} is no URL.`);
  const url = new URL(given);
  const isLocal = ['127.0.0.1', 'localhost'].includes(url.hostname);
  // Signed requests say who may do what; they do not travel in the clear.
  if (url.protocol !== 'https:' && !isLocal) throw new BadUsage('--url: it has to begin with https://.');
  // https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
  const named = /\.lambda-url\.([a-z0-9-]+)\.on\.aws$/.exec(url.hostname)?.[1] ?? region ?? process.env['AWS_REGION'];
  if (named === undefined) throw new BadUsage('In which Region is the function? Give --region, or set AWS_REGION.');
  return { url, region: named };
}

async function ask({ url, region }: Endpoint, request: Readonly<Record<string, unknown>>): Promise<ControlAnswer> {
  const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
  const signer = new SignatureV4({ service: 'lambda', region, credentials: fromNodeProviderChain(), sha256: Sha256 });
  const body = JSON.stringify(request);
  const signed = await signer
    .sign({
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: {},
      headers: { host: url.host, 'content-type': 'application/json' },
      body,
    })
    .catch((error: unknown) => {
      throw new Error(
        'There are no AWS credentials here. Sign in to the hub account (aws sso login, AWS_PROFILE) and try again.',
        { cause: error },
      );
    });
  const { host: _host, ...headers } = signed.headers;
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch (error) {
    throw new Error(`The function at ${url.host} does not answer.`, { cause: error });
  }
  const answer = (await response.json().catch(() => undefined)) as
    (Partial<ControlAnswer> & { Message?: string }) | undefined;
  if (answer?.outcome !== undefined) return answer as ControlAnswer;
  // Lambda itself refuses whoever may not call the function. https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
  if (response.status === 403) {
    throw new Error(`AWS does not let you call the function: your IAM identity needs lambda:InvokeFunctionUrl on it.`);
  }
  throw new Error(`The function at ${url.host} answers with HTTP ${response.status} and no result; its log says more.`);
}

/** SHA-256 as the signer takes it, on Node's own. */
class Sha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', asBytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(asBytes(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }

  reset(): void {
    throw new Error('a hash is used once');
  }
}

function asBytes(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}

function textOf(answer: ControlAnswer): string {
  if (answer.outcome === 'listed') return listText(answer);
  if (answer.outcome === 'shown') return showText(answer);
  return `${answer.outcome}: ${plainText(answer.reason)}\n`;
}

function listText({ remediations, more }: Listed): string {
  if (remediations.length === 0) return 'There are none.\n';
  const head = ['id', 'status', 'since', 'technique', 'action', 'account', 'Region', 'resource', 'plan'];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const { id, status, updatedAt, techniqueId, actionId, subject, plan } of remediations) {
    const { accountId, region, resourceId } = subject;
    const since = updatedAt.slice(0, 'YYYY-MM-DDThh:mm'.length);
    table.push([id, status, since, techniqueId, actionId, accountId, region, plainText(resourceId), plan]);
  }
  const hint = `These are the newest ${remediations.length}; there are more: --limit, --status, --account.\n`;
  return `${table.toString()}\n${more ? hint : ''}`;
}

function showText(shown: Shown): string {
  const events = shown.events.map(({ at, kind, actor, detail }) => {
    const why = typeof detail['reason'] === 'string' ? `  ${detail['reason']}` : '';
    return plainText(`${at}  ${kind.padEnd(12)}  ${actor}${why}`);
  });
  return `${factsText(shown)}\n${events.join('\n')}\n`;
}

/** What somebody has to know before they agree. */
function factsText({ remediation, finding, plan, action }: Shown): string {
  const { id, status, actionId, subject, before, after, calls, reason, requestedBy, approvals, expiresAt } =
    remediation;
  const undoing = action?.irreversible ?? (isUndoable(status) ? `vsoc remediation undo ${id}` : undefined);
  const lines = [
    `${id}: ${actionId} is ${status}`,
    ...(action === null ? [] : [`does          ${action.title} (risk: ${action.risk})`]),
    ...(action?.cost === undefined ? [] : [`cost          ${action.cost}`]),
    `for           ${remediation.techniqueId}, ${finding}`,
    `resource      ${subject.resourceId} (${subject.accountId}, ${subject.region})`,
    `before        ${JSON.stringify(before)}`,
    `after         ${JSON.stringify(after)}`,
    ...calls.map(({ service, operation, input }) => `call          ${service}:${operation} ${JSON.stringify(input)}`),
    ...(action === null || undoing === undefined ? [] : [`undo          ${undoing}`]),
    `requested by  ${requestedBy}`,
    ...approvals.map(({ who, at }) => `approved by   ${who} at ${at}`),
    ...(reason === null ? [] : [`reason        ${reason}`]),
    ...(expiresAt === null ? [] : [`expires       ${expiresAt}`]),
    `plan          ${plan}`,
  ];
  return `${lines.map(plainText).join('\n')}\n`;
}

/** Whether it can be undone, or could be once it is done. */
function isUndoable(status: Status): boolean {
  return ['planned', 'requested', 'applying', 'applied', 'undoing', 'stopped'].includes(status);
}
