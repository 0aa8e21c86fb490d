/** Calls of one AWS service: each when its turn has come, and what went wrong in words. */
import { describeFailure } from '../aws-calls/call-failure.ts';
import type { CallLimiter } from '../aws-calls/call-limiter.ts';

/**
 * The SDK makes each call once, since repeating is up to the limiter, which counts every attempt. Times in milliseconds.
 */
export const CLIENT_SETTINGS = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000 },
} as const;

/** Makes a call. Throws an Error whose message says what is wrong and whose cause is what the SDK threw. */
export type ServiceCall<Operation extends string> = <Result>(
  operation: Operation,
  send: () => Promise<Result>,
) => Promise<Result>;

/** @param service as people call it */
export function serviceCalls<Operation extends string>(
  service: string,
  limiter: CallLimiter<Operation>,
): ServiceCall<Operation> {
  return async (operation, send) => {
    try {
      return await limiter.run(operation, send);
    } catch (error) {
      throw new Error(describeFailure(service, operation, error), { cause: error });
    }
  };
}

/** A page's token, as a part of a request. */
export function tokenOf(token: string | undefined): { NextToken?: string } {
  return token === undefined ? {} : { NextToken: token };
}
