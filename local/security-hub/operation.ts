/** The operations that the local Security Hub speaks, and their quotas. */

import type { TokenRate } from './token-bucket.ts';

/** An operation of the Security Hub API, by its AWS name. */
export type Operation =
  'BatchImportFindings' | 'BatchUpdateFindings' | 'DescribeHub' | 'EnableSecurityHub' | 'GetFindings';

/** Method and path of each operation, as the AWS API model binds them. */
const ROUTES: ReadonlyMap<string, Operation> = new Map([
  ['POST /findings/import', 'BatchImportFindings'],
  ['POST /findings', 'GetFindings'],
  ['PATCH /findings/batchupdate', 'BatchUpdateFindings'],
  ['GET /accounts', 'DescribeHub'],
  ['POST /accounts', 'EnableSecurityHub'],
]);

/**
 * Calls per second and burst, per account and Region.
 *
 * Source: https://docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html
 */
export const QUOTAS: Readonly<Record<Operation, TokenRate>> = {
  BatchImportFindings: { perSecond: 10, burst: 30 },
  BatchUpdateFindings: { perSecond: 10, burst: 30 },
  DescribeHub: { perSecond: 10, burst: 30 },
  EnableSecurityHub: { perSecond: 10, burst: 30 },
  GetFindings: { perSecond: 3, burst: 6 },
};

/** The operation behind a request, or `undefined` when the local Security Hub does not speak it. */
export function operationOf(method: string, path: string): Operation | undefined {
  return ROUTES.get(`${method} ${path}`);
}
