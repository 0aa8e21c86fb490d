/** Errors that say what happened without saying what a finding holds. */

/**
 * Database or Security Hub refused a batch for something in it, and would refuse it again: the batch is done again in
 * halves, until the one message is alone that it is about.
 */
export class RefusedInput extends Error {
  override readonly name = 'RefusedInput';
}

/** Fields by which drivers and SDKs name an error: SQLSTATE, system error, HTTP status. Never a value. */
interface CodedError extends Error {
  readonly parent?: { readonly code?: unknown };
  readonly $metadata?: { readonly httpStatusCode?: unknown };
}

/**
 * An error fit for a log. Errors of the database driver carry the statement and its values, which are findings, and those
 * of the SDK may repeat what was sent: of both only names and codes are kept. Errors of our own say nothing of a finding.
 */
export function withoutContent(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(typeof error);
  const { name, message, parent, $metadata } = error as CodedError;
  if (parent === undefined && $metadata === undefined) return error;
  const codes = [parent?.code, $metadata?.httpStatusCode].filter((value) => value !== undefined);
  const safe = new Error([name, ...codes.map(String)].join(' '));
  // Most stacks begin with the message, which may run over several lines; the driver's do not.
  const stack = error.stack ?? '';
  const afterMessage = stack.includes(message) ? stack.indexOf(message) + message.length : 0;
  safe.stack = `${safe.message}\n${framesOf(stack.slice(afterMessage))}`;
  return safe;
}

/** The lines of a stack that say where; those before them repeat the message. */
function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}
