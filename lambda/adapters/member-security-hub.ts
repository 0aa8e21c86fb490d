/** The Security Hubs of member accounts, each reached with the credentials of its account. */
import { type BatchImportFindingsCommand, SecurityHubClient } from '@aws-sdk/client-securityhub';
import { HUB, type OwnerPlace, type Place, targetOf } from '../core/publish-target.ts';
import type { SecurityHubTarget } from '../core/security-hub-target.ts';
import type { FindingImport } from '../enrich-finding.ts';
import { PlaceRefused } from '../publish-to-places.ts';
import { RefusedInput } from '../refused-input.ts';
import type { ImportBudget } from './import-budget.ts';
import { type AssumeRole, type MemberCredentials, PATIENCE } from './member-credentials.ts';
import { PERMANENT_CODES, REFUSALS, findingImport } from './security-hub.ts';

/** Clients kept at one time. There may be thousands of accounts and Regions, and a batch names a hundred at most. */
const MAX_CLIENTS = 200;

/**
 * How long an account is waited for: some ten seconds in all. What the others of its batch took is confirmed only after it,
 * and a function that runs out of time before that learns nothing.
 */
const CLIENT = { maxAttempts: 2, retryMode: 'standard', requestHandler: PATIENCE } as const;

/**
 * Errors by which STS or Security Hub say that an account is not open to us. STS answers AccessDenied for a role that does
 * not exist too. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html,
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (RegionDisabledException),
 * https://docs.aws.amazon.com/securityhub/1.0/APIReference/CommonErrors.html (a Region that the account has not enabled
 * knows none of its credentials)
 */
const REFUSING_ERRORS = new Set([
  ...REFUSALS,
  'RegionDisabledException',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'OptInRequired',
]);

/** Makes the client of one place. */
export type MemberClient = (
  target: SecurityHubTarget,
  credentials: () => Promise<MemberCredentials>,
) => SecurityHubClient;

/** The client that the SDK makes for a Region. */
export const memberClient: MemberClient = ({ region }, credentials) =>
  new SecurityHubClient({ ...CLIENT, region, credentials });

/** Imports into member accounts. */
export interface MemberSecurityHubs {
  /** Makes sure of the credentials. Throws {@link PlaceRefused} where there are none for us. */
  reach(place: OwnerPlace): Promise<void>;
  /** Throws {@link PlaceRefused} where the account does not let us in. */
  at(place: OwnerPlace, budget: ImportBudget): FindingImport;
}

/**
 * The member accounts' Security Hubs.
 *
 * @param assumeRole credentials for an account; see `cachedCredentials`
 */
export function memberSecurityHubs(
  hub: SecurityHubTarget,
  assumeRole: AssumeRole,
  makeClient: MemberClient = memberClient,
  firstBackoff?: number,
): MemberSecurityHubs {
  const clients = new Map<OwnerPlace, SecurityHubClient>();
  const clientOf = (place: OwnerPlace): SecurityHubClient => {
    const target = targetOf(place, hub);
    const client = clients.get(place) ?? makeClient(target, () => assumeRole(target.accountId));
    // The least recently used comes first. One that is dropped is not destroyed: a batch may still be using it.
    clients.delete(place);
    clients.set(place, client);
    for (const oldest of clients.keys()) {
      if (clients.size <= MAX_CLIENTS) break;
      clients.delete(oldest);
    }
    return client;
  };
  return {
    reach: async (place) => {
      try {
        await assumeRole(targetOf(place, hub).accountId);
      } catch (error) {
        throw refusalIn(error, false) ?? error;
      }
    },
    at: (place, budget) => ({
      importFindings: async (findings) => {
        let isAnswered = false;
        const client = clientOf(place);
        // Once a call was answered, some findings may be there whatever the next one says.
        const noting = {
          send: async (command: BatchImportFindingsCommand) => {
            const reply = await client.send(command);
            isAnswered = true;
            return reply;
          },
        } as unknown as SecurityHubClient;
        try {
          return await findingImport(noting, budget, firstBackoff, PERMANENT_OR_REFUSAL).importFindings(findings);
        } catch (error) {
          if (error instanceof RefusedInput) throw error;
          throw refusalIn(error, isAnswered) ?? error;
        }
      },
    }),
  };
}

const PERMANENT_OR_REFUSAL = new Set([...PERMANENT_CODES, ...REFUSALS]);

function refusalIn(error: unknown, mayHaveWritten: boolean): PlaceRefused | undefined {
  if (!(error instanceof Error) || !REFUSING_ERRORS.has(error.name)) return undefined;
  return new PlaceRefused(error.name, mayHaveWritten, { cause: error });
}

/** Whether a place is one of a member account. */
export function isOwnerPlace(place: Place): place is OwnerPlace {
  return place !== HUB;
}
