/**
 * The handler behind the function URL of remediation, which has IAM authentication: Lambda has verified the signature, and
 * says whose it is. https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
import type { Observability } from './enrich-finding-handler.ts';
import {
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
  readonly requestContext?: {
    readonly authorizer?: {
      readonly iam?: { readonly accountId?: string; readonly userArn?: string };
    };
  };
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

/** Makes the handler. Every answer is JSON with an `outcome`; what went wrong inside is in the log and not in the answer. */
export function remediationControlHandler(
  dependencies: ControlDependencies,
  { logger }: Pick<Observability, 'logger'>,
): (event: FunctionUrlEvent) => Promise<FunctionUrlAnswer> {
  return async (event) => {
    const { accountId, userArn } = event.requestContext?.authorizer?.iam ?? {};
    if (!accountId || !userArn) {
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
      const result = await controlRemediation(parsed.data, { accountId, userArn }, dependencies);
      logger.info('remediation control', { command: parsed.data.command, caller: userArn, outcome: result.outcome });
      return answer(STATUS[result.outcome] ?? 200, result);
    } catch (error) {
      logger.error('remediation control failed', withoutContent(error));
      return answer(503, { outcome: 'failed', reason: 'the account or the database did not answer; try again' });
    }
  };
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
