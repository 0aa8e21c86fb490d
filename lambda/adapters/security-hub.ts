/** Security Hub through the AWS SDK. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AwsSecurityFinding,
  BatchImportFindingsCommand,
  type BatchImportFindingsCommandOutput,
  SecurityHubClient,
} from '@aws-sdk/client-securityhub';
import type { AsffFinding } from '../core/asff-finding.ts';
import { MAX_FINDINGS_PER_IMPORT, MAX_IMPORT_BYTES } from '../core/asff-limits.ts';
import type { FindingImport, ImportFailure } from '../enrich-finding.ts';
import { RefusedInput } from '../refused-input.ts';
import type { ImportBudget } from './import-budget.ts';

/** Attempts for findings that Security Hub refused one by one, the first included. */
const MAX_ATTEMPTS = 4;
/** Wait before the second attempt, in milliseconds; doubled for each further one. */
const FIRST_BACKOFF = 100;
/** Room for the request's own syntax, in bytes. */
const REQUEST_OVERHEAD = 64;

/** Codes that no retry mends. The rest, unknown ones included, is tried again. */
export const PERMANENT_CODES = new Set([
  'InvalidInput',
  'InvalidInputException',
  'FindingSizeExceeded',
  'AccessDenied',
]);

/** Calls at one time. More would only wait for the same budget; fewer would not spend it at a high latency. */
const CONCURRENT_CALLS = 4;

/** Retries throttling, 5xx and lost connections with the SDK's own backoff. */
const CLIENT = { maxAttempts: 6, retryMode: 'standard' } as const;

/** What an account says that does not let us in; in an owner's account no retry mends that either. */
export const REFUSALS = new Set(['AccessDenied', 'AccessDeniedException', 'InvalidAccess', 'InvalidAccessException']);

/** The Security Hub of a Region; the SDK finds endpoint and credentials in its usual places. */
export function securityHubClient(region: string): SecurityHubClient {
  return new SecurityHubClient({ ...CLIENT, region });
}

/** A local Security Hub, which asks for credentials of any value. */
export function localSecurityHubClient(region: string, endpoint: string): SecurityHubClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new SecurityHubClient({ ...CLIENT, region, endpoint, credentials });
}

/**
 * Imports in calls of at most 100 findings and 6 MB, each paid for from the budget. Findings that come back in
 * FailedFindings are tried again where that may help, and returned otherwise. Throws where a call as a whole failed to
 * the last: then nothing is known of its findings, and they have to be sent again.
 */
export function findingImport(
  client: SecurityHubClient,
  budget: ImportBudget,
  firstBackoff = FIRST_BACKOFF,
  permanentCodes: ReadonlySet<string> = PERMANENT_CODES,
): FindingImport {
  return {
    importFindings: async (findings) => {
      const calls = splitIntoCalls(findings);
      const failures: ImportFailure[][] = [];
      await budget.reserve(calls.length);
      for (let first = 0; first < calls.length; first += CONCURRENT_CALLS) {
        const together = calls.slice(first, first + CONCURRENT_CALLS);
        failures.push(
          ...(await Promise.all(
            together.map((call) => importCall(client, budget, call, firstBackoff, permanentCodes)),
          )),
        );
      }
      return failures.flat();
    },
  };
}

async function importCall(
  client: SecurityHubClient,
  budget: ImportBudget,
  call: readonly AsffFinding[],
  firstBackoff: number,
  permanentCodes: ReadonlySet<string>,
) {
  const permanent: ImportFailure[] = [];
  let sending = call;
  for (let attempt = 1; ; attempt += 1) {
    const failures = failuresOf(await send(client, sending), sending);
    permanent.push(...failures.filter(({ code }) => permanentCodes.has(code)));
    const again = failures.filter(({ code }) => !permanentCodes.has(code));
    if (again.length === 0) return permanent;
    if (attempt >= MAX_ATTEMPTS) return [...permanent, ...again];
    const ids = new Set(again.map(({ id }) => id));
    sending = sending.filter(({ Id }) => ids.has(Id));
    await sleep(firstBackoff * 2 ** (attempt - 1));
    await budget.reserve(1);
  }
}

/** Throws {@link RefusedInput} where Security Hub finds the call as a whole malformed: no retry of the same call mends that. */
async function send(
  client: SecurityHubClient,
  sending: readonly AsffFinding[],
): Promise<BatchImportFindingsCommandOutput> {
  try {
    return await client.send(new BatchImportFindingsCommand({ Findings: asSdk(sending) }));
  } catch (error) {
    if ((error as Error).name !== 'InvalidInputException') throw error;
    throw new RefusedInput('Security Hub refuses a call (InvalidInputException)');
  }
}

/** A reply that counts failures it does not name leaves no finding certain, so all of the call count as failed. */
function failuresOf(reply: BatchImportFindingsCommandOutput, sent: readonly AsffFinding[]): ImportFailure[] {
  const named = reply.FailedFindings ?? [];
  const ids = new Set(sent.map(({ Id }) => Id));
  const certain = (reply.FailedCount ?? 0) <= named.length && named.every(({ Id }) => Id !== undefined && ids.has(Id));
  if (!certain) return sent.map(({ Id }) => ({ id: Id, code: 'Unnamed' }));
  return named.map(({ Id, ErrorCode }) => ({ id: Id ?? '', code: ErrorCode ?? 'Unknown' }));
}

/** At most 100 findings and 6 MB for each call. Sizes are bytes of the JSON that the SDK sends. */
export function splitIntoCalls(findings: readonly AsffFinding[]): AsffFinding[][] {
  const calls: AsffFinding[][] = [];
  let bytes = Infinity;
  for (const finding of findings) {
    const size = Buffer.byteLength(JSON.stringify(finding)) + 1;
    const call = calls.at(-1);
    if (!call || call.length >= MAX_FINDINGS_PER_IMPORT || bytes + size > MAX_IMPORT_BYTES) {
      calls.push([finding]);
      bytes = REQUEST_OVERHEAD + size;
    } else {
      call.push(finding);
      bytes += size;
    }
  }
  return calls;
}

/** The SDK types its input as mutable and its enumerations by name; the JSON is the same. */
function asSdk(findings: readonly AsffFinding[]): AwsSecurityFinding[] {
  return findings as unknown as AwsSecurityFinding[];
}
