/** Reads the user or role that an action is about: its whole ARN decides whether it may be touched at all. */
import type { Session } from './aws-call.ts';
import type { Subject, Tags } from './action.ts';
import { nameOf, tagsOf } from './subject.ts';

/** The user, in permissions. */
export const USER = 'arn:{partition}:iam::{account}:user/{user}';
/** The role, in permissions. */
export const ROLE = 'arn:{partition}:iam::{account}:role/{role}';

/** Names by which IAM says that something does not exist, in the wire format and in the SDK. */
export const NO_SUCH_ENTITY = ['NoSuchEntity', 'NoSuchEntityException'] as const;

/** What is known of a principal. */
export interface Identity {
  readonly principal?: string;
  readonly tags: Tags;
}

/** Throws what IAM answers where there is no such user. */
export async function readUser(subject: Subject, session: Session): Promise<Identity> {
  const { User } = await session.call('iam', 'GetUser', { UserName: nameOf(subject, 'userName') });
  return { ...(User?.Arn === undefined ? {} : { principal: User.Arn }), tags: tagsOf(User?.Tags) };
}

/** Throws what IAM answers where there is no such role. */
export async function readRole(subject: Subject, session: Session): Promise<Identity> {
  const { Role } = await session.call('iam', 'GetRole', { RoleName: nameOf(subject, 'roleName') });
  return { ...(Role?.Arn === undefined ? {} : { principal: Role.Arn }), tags: tagsOf(Role?.Tags) };
}

/** What a read answers, or undefined where IAM knows no such thing. */
export async function ifAny<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof Error && (NO_SUCH_ENTITY as readonly string[]).includes(error.name)) return undefined;
    throw error;
  }
}
