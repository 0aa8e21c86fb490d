/** Users and roles that findings name, and those that nothing is ever done to. */
import type { Resource } from '../core/finding.ts';
import type { Source, Subject } from './action.ts';
import { parseArn } from './subject.ts';

/** A name of IAM without its path. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const NAME = /^[\w+=,.@-]{1,64}$/;

/**
 * The user that a resource names: by its ARN, or as the principal behind an access key (GuardDuty), where the path is
 * missing. Never root.
 */
export function userOf(resource: Resource, source: Source): Subject | undefined {
  return principalOf(resource, source, 'user', 'IAMUser');
}

/** The role that a resource names: by its ARN, or as the principal behind a session (GuardDuty), where the path is missing. */
export function roleOf(resource: Resource, source: Source): Subject | undefined {
  return principalOf(resource, source, 'role', 'AssumedRole');
}

function principalOf(
  resource: Resource,
  source: Source,
  kind: 'user' | 'role',
  principalType: string,
): Subject | undefined {
  const arn = parseArn(resource.Id);
  const named = arn?.service === 'iam' ? new RegExp(`^${kind}/(?:.+/)?([^/]+)$`).exec(arn.resource)?.[1] : undefined;
  const key = accessKeyOf(resource);
  const behind = key?.principalType === principalType ? key.principalName : undefined;
  const name = named ?? behind;
  if (name === undefined || !NAME.test(name)) return undefined;
  // IAM compares whole ARNs, path included; where a finding leaves the path out, any path with that name has to do.
  const whole = named === undefined ? [name, `*/${name}`] : (arn?.resource.slice(kind.length + 1) ?? name);
  const principal = named === undefined ? arnWithoutPath(source, kind, name) : resource.Id;
  return {
    resourceId: principal,
    accountId: arn?.accountId ?? source.accountId,
    region: source.region,
    partition: source.partition,
    names: { [kind]: whole, [`${kind}Name`]: name },
    principal,
    observedAt: source.updatedAt,
  };
}

/** What the finding of an access key lacks, by the name of its user. Undefined where IAM has no such names. */
export function userNamed(
  name: string,
  source: Pick<Source, 'accountId' | 'partition'>,
): Required<Pick<Subject, 'names' | 'principal'>> | undefined {
  if (!NAME.test(name)) return undefined;
  return {
    names: { user: [name, `*/${name}`], userName: name },
    principal: arnWithoutPath(source, 'user', name),
  };
}

function arnWithoutPath({ partition, accountId }: Pick<Source, 'accountId' | 'partition'>, kind: string, name: string) {
  return `arn:${partition}:iam::${accountId}:${kind}/${name}`;
}

/** An access key in a finding. */
export interface AccessKey {
  readonly accessKeyId: string | undefined;
  readonly principalType: string | undefined;
  readonly principalName: string | undefined;
}

/** https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsIamAccessKeyDetails.html */
export function accessKeyOf({ Id, Type, Details }: Resource): AccessKey | undefined {
  if (Type !== 'AwsIamAccessKey') return undefined;
  const { AwsIamAccessKey = {} } = (Details ?? {}) as { AwsIamAccessKey?: Record<string, unknown> };
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  return {
    accessKeyId: text(AwsIamAccessKey['AccessKeyId']) ?? /(?:^|:)(A[KS]IA[A-Z0-9]{12,124})$/.exec(Id)?.[1],
    principalType: text(AwsIamAccessKey['PrincipalType']),
    principalName: text(AwsIamAccessKey['PrincipalName']) ?? text(AwsIamAccessKey['UserName']),
  };
}

/**
 * Principals that are never acted on, whatever a configuration says: a service, Identity Center or AWS's own governance
 * depends on them, or they are ours. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html,
 * https://docs.aws.amazon.com/controltower/latest/userguide/roles-how.html
 */
const UNTOUCHABLE: readonly (readonly [pattern: RegExp, who: string])[] = [
  [/^role\/aws-service-role\/|\/AWSServiceRoleFor[^/]*$/, 'a service-linked role'],
  [/^role\/aws-reserved\/|\/AWSReservedSSO_[^/]*$/, 'a role of IAM Identity Center'],
  [
    /\/AWSControlTower[^/]*$|\/aws-controltower-[^/]*$|^role\/service-role\/AWSControlTower/i,
    'a role of Control Tower',
  ],
  [/\/stacksets-exec-[0-9a-f]+$|\/AWSCloudFormationStackSet[^/]*Role$/, 'a role of CloudFormation StackSets'],
  [/\/OrganizationAccountAccessRole$/, "the management account's way into the account"],
  [/^(?:role|user)\/virtual-soc\//, 'one of Virtual SOC itself'],
];

/** Why nothing is done to a principal; undefined where something may be. An ARN that cannot be read is not acted on. */
export function untouchable(principal: string): string | undefined {
  const arn = parseArn(principal);
  if (!arn || arn.service !== 'iam' || !/^(?:role|user)\//.test(arn.resource))
    return 'neither a user nor a role of IAM';
  return UNTOUCHABLE.find(([pattern]) => pattern.test(arn.resource))?.[1];
}
