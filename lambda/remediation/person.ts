/** Who is behind an ARN, as far as AWS vouches for it. */

/**
 * `identity-center` and `iam-user` are people that AWS tells apart. `unnamed` is all else: the name of a role's session is the
 * caller's to choose, and one person may take several roles.
 */
export type PersonKind = 'identity-center' | 'iam-user' | 'unnamed';

export interface Person {
  readonly kind: PersonKind;
  /** The same for the same person. */
  readonly id: string;
  /** The role of a session. Whether one that is named like those of Identity Center is one, IAM has to tell. */
  readonly role?: Role;
}

export interface Role {
  readonly accountId: string;
  readonly name: string;
}

/** What names of the roles of Identity Center begin with. https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html */
const IDENTITY_CENTER = 'AWSReservedSSO_';

/** What their path begins with, ibid. */
export const IDENTITY_CENTER_PATH = '/aws-reserved/sso.amazonaws.com/';

/**
 * All sessions of a role are one person; only Identity Center names sessions after people, whatever permission set they use.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_rolesessionname
 */
export function personOf(arn: string): Person {
  if (/^arn:[^:]+:iam::\d{12}:user\/./.test(arn)) return { kind: 'iam-user', id: arn };
  const [, partition, accountId, name, session] =
    /^arn:([^:]+):sts::(\d{12}):assumed-role\/([^/]+)\/(.+)$/.exec(arn) ?? [];
  if (accountId === undefined || name === undefined || session === undefined) return { kind: 'unnamed', id: arn };
  const role = { accountId, name };
  return name.startsWith(IDENTITY_CENTER)
    ? { kind: 'identity-center', id: `identity-center/${session.toLowerCase()}`, role }
    : { kind: 'unnamed', id: `arn:${partition}:iam::${accountId}:role/${name}`, role };
}
