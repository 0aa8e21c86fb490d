/**
 * Snapshots and images that are shared with accounts by name. Backups and golden images are, and so is what somebody is
 * stealing; whose an account is, only people know.
 */

/** Accounts that are named in a finding's note at most. */
const NAMED = 5;

/** What people have to look at; undefined where nothing is shared by name. */
export function reasonToAsk(permissions: readonly { readonly UserId?: string | undefined }[]): string | undefined {
  const accounts = [...new Set(permissions.flatMap(({ UserId }) => UserId ?? []))].sort();
  if (accounts.length === 0) return undefined;
  const more = accounts.length > NAMED ? ` and ${accounts.length - NAMED} more` : '';
  return `it is shared with ${accounts.slice(0, NAMED).join(', ')}${more}: people have to say whether they may have it`;
}
