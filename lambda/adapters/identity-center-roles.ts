/** Which roles are those of IAM Identity Center. */
import { GetRoleCommand, type IAMClient } from '@aws-sdk/client-iam';
import { IDENTITY_CENTER_PATH, type Role } from '../remediation/person.ts';

/** IAM says so of a role that does not exist, and of one that we have no right to look at: those outside of the path. */
const NONE = new Set(['NoSuchEntity', 'NoSuchEntityException', 'AccessDenied', 'AccessDeniedException']);

/**
 * Tells whether a role is one of Identity Center. Its name does not: AWS does not say that nobody else may give a role such a name.
 * In an account only one role has a name, whatever its path is. Throws where IAM does not answer.
 *
 * @param account whose roles can be looked at; those of any other are none
 */
export function identityCenterRoles(iam: IAMClient, account: string): (role: Role) => Promise<boolean> {
  return async ({ accountId, name }) => {
    if (accountId !== account) return false;
    try {
      const { Role: found } = await iam.send(new GetRoleCommand({ RoleName: name }));
      return found?.RoleName === name && found.Path?.startsWith(IDENTITY_CENTER_PATH) === true;
    } catch (error) {
      if (error instanceof Error && NONE.has(error.name)) return false;
      throw error;
    }
  };
}
