/** Credentials for member accounts: a role in each, assumed when it is needed and kept until shortly before it expires. */
import type { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { memberRoleArn, sourceIdentityOf } from '../core/member-role.ts';
import { type SecurityHubTarget, partitionOf } from '../core/security-hub-target.ts';

/** Credentials as the SDK takes them. */
export interface MemberCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly expiration?: Date | undefined;
}

/** Credentials for one account. Throws what STS answers. */
export type AssumeRole = (accountId: string) => Promise<MemberCredentials>;

/** Milliseconds before their end at which credentials are replaced: longer than any batch takes. */
const REFRESH_BEFORE = 5 * 60_000;

/** Milliseconds for one attempt to reach an account. */
export const PATIENCE = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true } as const;

/** Accounts whose credentials are kept. */
const MAX_ACCOUNTS = 2_000;

/**
 * Assumes the member role through STS in the hub's Region. The session names us as its source (`sts:SourceIdentity`), so
 * that every call in a member account's CloudTrail says who made it, whatever roles come after.
 *
 * @param options for a stand-in of STS
 */
export function assumeMemberRole(
  hub: SecurityHubTarget,
  roleName: string,
  options: Pick<Parameters<typeof fromTemporaryCredentials>[0], 'masterCredentials' | 'clientConfig'> = {},
): AssumeRole {
  const caller = sourceIdentityOf(hub);
  return async (accountId) => {
    // Only who writes to an owner pays for loading it.
    const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
    const provide = fromTemporaryCredentials({
      ...options,
      clientConfig: { region: hub.region, maxAttempts: 2, requestHandler: PATIENCE, ...options.clientConfig },
      params: {
        RoleArn: memberRoleArn(partitionOf(hub.region), accountId, roleName),
        RoleSessionName: `${caller}-${hub.region}`,
        SourceIdentity: caller,
      },
    });
    return provide();
  };
}

/** Keeps credentials for each account. Callers that ask at the same time share one request; a failure is not kept. */
export function cachedCredentials(assume: AssumeRole, now: () => Date): AssumeRole {
  const kept = new Map<string, { readonly credentials: Promise<MemberCredentials>; expiresAt: number }>();
  return (accountId) => {
    const known = kept.get(accountId);
    if (known && now().getTime() < known.expiresAt - REFRESH_BEFORE) return known.credentials;
    // Until the answer comes it counts as fresh, so that nobody asks beside it.
    const asked = { credentials: assume(accountId), expiresAt: Infinity };
    kept.delete(accountId);
    kept.set(accountId, asked);
    asked.credentials.then(
      ({ expiration }) => (asked.expiresAt = expiration?.getTime() ?? Infinity),
      () => kept.get(accountId) === asked && kept.delete(accountId),
    );
    for (const oldest of kept.keys()) {
      if (kept.size <= MAX_ACCOUNTS) break;
      kept.delete(oldest);
    }
    return asked.credentials;
  };
}
