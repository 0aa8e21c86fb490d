/**
 * The handler behind the function URL of remediation, which has IAM authentication: Lambda has verified the signature, and
 * says whose it is. https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 *
 * That holds of events that the URL has made. Whoever may invoke the function itself hands over any event, this one word for word
 * too, and nothing in it tells the two apart; so nobody may, see docs/remediation.md.
 */
import { z } from 'zod';
import type { Observability } from './enrich-finding-handler.ts';
import {
  type Caller,
  type ControlAnswer,
  type ControlDependencies,
  controlRemediation,
  controlRequestSchema,
} from './remediation/remediation-control.ts';
import { withoutContent } from './refused-input.ts';

/** The part of the event that is relied on. */
export interface FunctionUrlEvent {
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly requestContext?: unknown;
}

export interface FunctionUrlAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Bytes of a request, far more than any needs. */
const MAX_BODY = 4_096;

const STATUS: Readonly<Partial<Record<ControlAnswer['outcome'], number>>> = {
  'not-found': 404,
  refused: 409,
  failed: 409,
};

/** What the handler needs beyond the use case. */
export interface ControlHandlerOptions extends Pick<Observability, 'logger'> {
  /** Tells others what was recorded. Never throws. */
  readonly tell: () => Promise<void>;
}

/** Commands that record nothing, so that nobody has to wait until others are told. */
const LOOKS: readonly string[] = ['list', 'show'];

/**
 * What an event of a function URL with IAM authentication has at least. It keeps out what was sent by mistake, and proves nothing
 * against whoever invokes the function itself.
 */
const requestContext = z.object({
  domainName: z.string().regex(/^[a-z0-9]+\.lambda-url\.[a-z0-9-]+\.on\.aws$/),
  http: z.object({ method: z.string().min(1), path: z.string().min(1) }),
  authorizer: z.object({
    iam: z.object({ accountId: z.string().regex(/^\d{12}$/), userArn: z.string().min(1), callerId: z.string().min(1) }),
  }),
});

/** Makes the handler. Every answer is JSON with an `outcome`; what went wrong inside is in the log and not in the answer. */
export function remediationControlHandler(
  dependencies: ControlDependencies,
  { logger, tell }: ControlHandlerOptions,
): (event: FunctionUrlEvent) => Promise<FunctionUrlAnswer> {
  return async (event) => {
    const caller = callerOf(event);
    if (!caller) {
      return answer(403, { outcome: 'refused', reason: 'the request is not signed by an IAM identity' });
    }
    const parsed = controlRequestSchema.safeParse(bodyOf(event));
    if (!parsed.success) {
      const problems = parsed.error.issues.map(
        ({ path, message }) => `${path.map(String).join('.') || 'request'}: ${message}`,
      );
      return answer(400, { outcome: 'refused', reason: problems.join('; ') });
    }
    try {
      const result = await controlRemediation(parsed.data, caller, dependencies);
      const { command } = parsed.data;
      logger.info('remediation control', { command, caller: caller.userArn, outcome: result.outcome });
      return answer(STATUS[result.outcome] ?? 200, result);
    } catch (error) {
      logger.error('remediation control failed', withoutContent(error));
      return answer(503, { outcome: 'failed', reason: 'the account or the database did not answer; try again' });
    } finally {
      if (!LOOKS.includes(parsed.data.command)) await tell();
    }
  };
}

/** Who has signed the request; undefined where the event is not as the URL makes it, or says two things of the caller. */
function callerOf(event: FunctionUrlEvent): Caller | undefined {
  const parsed = requestContext.safeParse(event.requestContext);
  if (!parsed.success) return undefined;
  const { accountId, userArn, callerId } = parsed.data.authorizer.iam;
  const [, owner, session] =
    /^arn:[^:]+:(?:iam|sts)::(\d{12}):(?:(?:assumed-role\/[^/]+|federated-user)\/(.+)|.+)$/.exec(userArn) ?? [];
  // Where the id names a session, it is that of the ARN.
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
  const isOne = !callerId.includes(':') || (session !== undefined && callerId.endsWith(`:${session}`));
  return owner === accountId && isOne ? { accountId, userArn } : undefined;
}

function bodyOf({ body = '', isBase64Encoded = false }: FunctionUrlEvent): unknown {
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString() : body;
  if (Buffer.byteLength(text) > MAX_BODY) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function answer(statusCode: number, content: unknown): FunctionUrlAnswer {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(content) };
}
