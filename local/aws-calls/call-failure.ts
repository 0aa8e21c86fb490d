/** What is wrong with a call of AWS that failed: for the machine, whether to repeat it; for people, in a line. */
import { plainText } from '../plain-text.ts';

/** `throttled`: too many calls; `transient`: another attempt may help; `final`: none does. */
export type CallFailure = 'throttled' | 'transient' | 'final';

/** The names that throttling has in AWS's services and in what stands in front of them. */
const THROTTLED = new Set([
  'TooManyRequestsException',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
]);
/** Connections that were lost, and answers that did not come. */
const LOST = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'TimeoutError']);

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was lost',
  EAI_AGAIN: 'its name cannot be resolved',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  ENOTFOUND: 'its name cannot be resolved',
  EPIPE: 'the connection was lost',
  ETIMEDOUT: 'it does not answer',
  TimeoutError: 'it does not answer',
};

const BAD_CREDENTIALS = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);
/** Names of the SDK's own errors where it finds no credentials, or cannot get those that the environment names. */
const NO_CREDENTIALS = new Set(['CredentialsProviderError', 'ProviderError', 'TokenProviderError']);

/** Whether another attempt at a call helps. */
export function kindOfFailure(error: unknown): CallFailure {
  const { name, code, status } = traitsOf(error);
  if (THROTTLED.has(name) || status === 429) return 'throttled';
  return LOST.has(name) || LOST.has(code) || status >= 500 ? 'transient' : 'final';
}

/** Whether the caller has no right to make the call. */
export function isDenied(error: unknown): boolean {
  return ['AccessDeniedException', 'AccessDenied', 'OrganizationAccessDeniedException'].includes(traitsOf(error).name);
}

/** Whether what the call names does not exist, as the service itself says it. */
export function isNotFound(error: unknown): boolean {
  return /NotFound(Exception)?$|^NoSuch\w+Exception$/.test(traitsOf(error).name);
}

/**
 * What is wrong, in one line for people who run the command.
 *
 * @param service as people call it
 * @param operation the call that failed
 */
export function describeFailure(service: string, operation: string, error: unknown): string {
  const { name, code, status } = traitsOf(error);
  if (NO_CREDENTIALS.has(name)) {
    return `No AWS credentials can be used (${messageOf(error)}): "aws sts get-caller-identity" must work first.`;
  }
  if (BAD_CREDENTIALS.has(name)) {
    return `AWS refuses the credentials (${name}): "aws sts get-caller-identity" must work first.`;
  }
  if (name === 'AWSOrganizationsNotInUseException') {
    return 'The account of these credentials belongs to no organisation: use those of the management account.';
  }
  const reason = (error as { Reason?: string }).Reason;
  if (name === 'ParentNotFoundException' || reason === 'INVALID_NEXT_TOKEN') {
    return `The organisation was changed while it was read (${operation}: ${reason ?? name}). Run the command again.`;
  }
  if (kindOfFailure(error) === 'throttled') {
    return `${service} still throttles ${operation}: other programs use up the rate of this account. Try again later.`;
  }
  const unreachable = UNREACHABLE[code] ?? UNREACHABLE[name];
  if (unreachable !== undefined) {
    const { address, port, hostname } = error as { address?: string; port?: number; hostname?: string };
    const place = address === undefined ? (hostname ?? '') : `${address}:${port ?? ''}`;
    return `${service} cannot be reached${place ? ` at ${place}` : ''}: ${unreachable}.`;
  }
  const kind = status >= 500 ? `a server error, ${name}` : name;
  return `${service} cannot answer ${operation} (${kind}): ${messageOf(error)}`;
}

/** The message of an error, on one line. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return plainText(message.trim().replaceAll(/\s+/g, ' '));
}

function traitsOf(error: unknown): { readonly name: string; readonly code: string; readonly status: number } {
  const { name, code, $metadata, $response } = (error ?? {}) as {
    name?: string;
    code?: unknown;
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number };
  };
  return {
    name: name ?? '',
    code: typeof code === 'string' ? code : '',
    status: $metadata?.httpStatusCode ?? $response?.statusCode ?? 0,
  };
}
