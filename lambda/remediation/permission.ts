/** The IAM permissions of actions: what the member role is made of, and what one session is narrowed to. */
import type { Action, Subject } from './action.ts';

/** Actions that may be called on resources. */
export interface Permission {
  readonly actions: readonly string[];
  /** ARNs with placeholders (`{partition}`, `{account}`, `{region}`, and names of the subject), or `*`. */
  readonly resources: readonly string[];
  /** Values may hold placeholders too. */
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Why the resource is `*`: the page that says that the action knows no narrower one. */
  readonly reason?: string;
}

/** The steps that need permissions of their own. */
export type Step = 'plan' | 'apply' | 'undo';

/** A statement of an IAM policy. */
export interface PolicyStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** An IAM policy. */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement[];
}

/** All that a step needs. */
export function permissionsOf({ permissions }: Pick<Action, 'permissions'>, step: Step): readonly Permission[] {
  return step === 'plan' ? permissions.read : [...permissions.read, ...permissions[step]];
}

/** An action that a role may take, as far as these steps. */
export interface Grant {
  readonly action: Pick<Action, 'permissions'>;
  readonly steps: readonly Step[];
}

/**
 * The policy of the member role: exactly the union of what the granted steps need, each resource as narrow as it is known
 * before there is a finding, and only in sessions that the hub has opened (`aws:SourceIdentity`).
 *
 * @param names `partition` and `account` as they are written in the template, for example `${AWS::AccountId}`
 * @param breakGlass ARNs of users and roles, with `*` for any text, that the organisation keeps out of it
 */
export function memberRolePolicy(
  grants: readonly Grant[],
  sourceIdentity: string,
  names: { readonly partition: string; readonly account: string },
  breakGlass: readonly string[] = [],
): PolicyDocument {
  const permissions = grants.flatMap(({ action, steps }) => steps.flatMap((step) => permissionsOf(action, step)));
  const valueOf = (name: string) => ({ ...names, region: '*' })[name] ?? '*';
  const { Version, Statement } = policyOf(permissions, valueOf, {
    StringEquals: { 'aws:SourceIdentity': sourceIdentity },
  });
  const denied = [...new Set(Statement.flatMap(({ Action }) => Action).filter((name) => PRINCIPAL_CHANGE.test(name)))];
  if (denied.length === 0) return { Version, Statement };
  const Resource = [...UNTOUCHABLE_ARNS.flatMap((arn) => fill(arn, valueOf)), ...breakGlass];
  return { Version, Statement: [...Statement, { Effect: 'Deny', Action: denied.sort(), Resource }] };
}

/**
 * Actions of IAM that change a user or role, and are authorised on it. Adding a user to a group is authorised on the group alone,
 * so that no policy can tell whom; that is left to the code.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
 */
const PRINCIPAL_CHANGE = /^iam:(?:Attach|Delete|Detach|Put|Update)\w*(?:User|Role|LoginProfile|AccessKey)/;

/** What the code leaves alone, the role may not touch either: least of all itself. */
const UNTOUCHABLE_ARNS = [
  'arn:{partition}:iam::{account}:role/virtual-soc/*',
  'arn:{partition}:iam::{account}:user/virtual-soc/*',
  'arn:{partition}:iam::{account}:role/aws-service-role/*',
  'arn:{partition}:iam::{account}:role/aws-reserved/*',
  'arn:{partition}:iam::{account}:role/OrganizationAccountAccessRole',
  'arn:{partition}:iam::{account}:role/AWSControlTower*',
  'arn:{partition}:iam::{account}:role/aws-controltower-*',
  'arn:{partition}:iam::{account}:role/service-role/AWSControlTower*',
  'arn:{partition}:iam::{account}:role/AWSCloudFormationStackSet*Role',
  'arn:{partition}:iam::{account}:role/stacksets-exec-*',
];

/** The policy that narrows one session to one step of one action on one resource. */
export function sessionPolicy(
  action: Pick<Action, 'permissions'>,
  step: Step,
  {
    partition,
    accountId,
    region,
    names,
  }: {
    readonly partition: string;
    readonly accountId: string;
    readonly region: string;
    readonly names: Subject['names'];
  },
): PolicyDocument {
  const known: Subject['names'] = { ...names, partition, account: accountId, region };
  return policyOf(permissionsOf(action, step), (name) => {
    const value = Object.hasOwn(known, name) ? known[name] : undefined;
    if (value === undefined) throw new Error(`no {${name}} is known to narrow the session to`);
    return value;
  });
}

type Conditions = PolicyStatement['Condition'];

/** What a placeholder stands for; of several, each makes an ARN of its own. */
type ValueOf = (placeholder: string) => string | readonly string[];

/** One statement for each set of resources and conditions, in a stable order. */
function policyOf(permissions: readonly Permission[], valueOf: ValueOf, everywhere: Conditions = {}): PolicyDocument {
  const statements = new Map<
    string,
    { readonly actions: Set<string>; readonly Resource: readonly string[]; readonly Condition: Conditions }
  >();
  for (const { actions, resources, conditions = {} } of permissions) {
    const Resource = [...new Set(resources.flatMap((resource) => fill(resource, valueOf)))].sort();
    const Condition = mergedConditions(everywhere, withoutPlaceholders(filledConditions(conditions, valueOf)));
    const key = JSON.stringify([Resource, Condition]);
    const known = statements.get(key) ?? { actions: new Set<string>(), Resource, Condition };
    for (const each of actions) known.actions.add(each);
    statements.set(key, known);
  }
  return {
    Version: '2012-10-17',
    Statement: [...statements.keys()].sort().map((key) => {
      const { actions, Resource, Condition } = statements.get(key) as NonNullable<ReturnType<typeof statements.get>>;
      const has = Condition !== undefined && Object.keys(Condition).length > 0;
      return { Effect: 'Allow', Action: [...actions].sort(), Resource, ...(has ? { Condition } : {}) };
    }),
  };
}

function fill(text: string, valueOf: ValueOf): string[] {
  const [whole, name] = /\{(\w+)\}/.exec(text) ?? [];
  if (whole === undefined || name === undefined) return [text];
  return [valueOf(name)].flat().flatMap((value) =>
    fill(
      text.replace(whole, () => value),
      valueOf,
    ),
  );
}

function filledConditions(conditions: NonNullable<Conditions>, valueOf: ValueOf): NonNullable<Conditions> {
  return Object.fromEntries(
    Object.entries(conditions).map(([operator, keys]) => [
      operator,
      Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, fill(value, valueOf)[0] ?? ''])),
    ]),
  );
}

/** StringEquals takes `*` as a letter, so that what is not known yet would never be met. */
function withoutPlaceholders({ StringEquals = {}, ...others }: NonNullable<Conditions>): NonNullable<Conditions> {
  const known = Object.entries(StringEquals).filter(([, value]) => value !== '*');
  return known.length === 0 ? others : { ...others, StringEquals: Object.fromEntries(known) };
}

function mergedConditions(one: NonNullable<Conditions>, other: NonNullable<Conditions>): NonNullable<Conditions> {
  const operators = [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
  return Object.fromEntries(operators.map((operator) => [operator, { ...one[operator], ...other[operator] }]));
}
