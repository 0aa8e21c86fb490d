/** The statements of a template's policies, with what CloudFormation fills in, and which of them one role has together. */
import { resourceType } from './service-spec.ts';
import { type Statement, statementsIn } from './policies.ts';
import { intrinsicOf, isNoValue, referencesOf, render, type Resource, type Template } from './template.ts';

/** A statement, written out. What is not known before it is deployed is `*`. */
export interface WrittenStatement {
  /** Logical id of the resource that it is a part of. */
  readonly logicalId: string;
  readonly effect: 'Allow' | 'Deny';
  /** Whether it says what a principal may do, rather than who may do something with a resource. */
  readonly ofIdentity: boolean;
  readonly actions: readonly string[];
  /** None where it names those that it is not about. */
  readonly resources: readonly string[];
  readonly conditions: readonly { readonly operator: string; readonly key: string }[];
}

const WITH_POLICIES = ['AWS::IAM::Role', 'AWS::IAM::User', 'AWS::IAM::Group'];
const POLICIES = [
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::RolePolicy',
  'AWS::IAM::UserPolicy',
  'AWS::IAM::GroupPolicy',
];

/** Where a template is deployed, as far as its ARNs are concerned. */
const DEPLOYED = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-west-1',
  'AWS::AccountId': '111122223333',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** The same by the names that the registry of CloudFormation has for it. */
const IN_ARNS: Readonly<Record<string, string>> = {
  Partition: DEPLOYED['AWS::Partition'],
  Region: DEPLOYED['AWS::Region'],
  Account: DEPLOYED['AWS::AccountId'],
};

/** Every statement of a template. */
export function writtenStatements(template: Template): WrittenStatement[] {
  const given = { ...DEPLOYED, ...arnsOf(template) };
  return Object.entries(template.Resources).flatMap(([logicalId, { Type, Properties = {} }]) => {
    const { AssumeRolePolicyDocument, ...others } = Properties;
    const ofIdentity = [...WITH_POLICIES, ...POLICIES].includes(Type);
    return [
      ...statementsIn(others).map((statement) => written(logicalId, ofIdentity, statement, given)),
      ...statementsIn(AssumeRolePolicyDocument).map((statement) => written(logicalId, false, statement, given)),
    ];
  });
}

/** A statement that has been written out already, by what is not in a template. */
export function written(
  logicalId: string,
  ofIdentity: boolean,
  { Effect, Action, Resource, NotResource, Condition = {} }: Statement,
  given: Readonly<Record<string, string>> = {},
): WrittenStatement {
  const text = (value: unknown) => asPattern(render(value, given));
  // Who may take a role is said without a resource: it is the role.
  const resources = NotResource === undefined ? (Resource ?? (ofIdentity ? [] : '*')) : [];
  return {
    logicalId,
    effect: Effect,
    ofIdentity,
    actions: alternativesOf(Action).map(text),
    resources: [...new Set(alternativesOf(resources).map(text))],
    conditions: Object.entries(Condition).flatMap(([operator, tests]) =>
      Object.keys(tests).map((key) => ({ operator, key })),
    ),
  };
}

/** Logical ids of the resources whose statements one principal has together, for each of the principals and of what nobody has. */
export function policySets(template: Template): ReadonlySet<string>[] {
  const entries = Object.entries(template.Resources);
  const policies = entries.filter(([, { Type }]) => POLICIES.includes(Type));
  const sets = entries
    .filter(([, { Type }]) => WITH_POLICIES.includes(Type))
    .map(([id, principal]) => {
      const attached = referencesOf(principal.Properties?.['ManagedPolicyArns']).map(({ name }) => name);
      const own = policies.filter(([policy, resource]) => attached.includes(policy) || isOf(resource, id));
      return new Set([id, ...own.map(([policy]) => policy)]);
    });
  const held = new Set(sets.flatMap((set) => [...set]));
  return [...sets, ...policies.filter(([id]) => !held.has(id)).map(([id]) => new Set([id]))];
}

function isOf({ Properties = {} }: Resource, principal: string): boolean {
  const { Roles, Users, Groups, RoleName, UserName, GroupName } = Properties;
  return referencesOf([Roles, Users, Groups, RoleName, UserName, GroupName]).some(({ name }) => name === principal);
}

/** What `Ref` and `Fn::GetAtt` become where they stand for an ARN, by the name that {@link render} gives them. */
function arnsOf({ Resources }: Template): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Resources).flatMap(([id, { Type }]) => {
      const { arnTemplate, primaryIdentifier = [] } = resourceType(Type) ?? {};
      if (arnTemplate === undefined) return [];
      const arn = arnTemplate.replace(/\$\{(\w+)\}/g, (_, name: string) => IN_ARNS[name] ?? '*');
      const names = primaryIdentifier.some((name) => /Arn$/i.test(name)) ? [`${id}.Arn`, id] : [`${id}.Arn`];
      return names.map((name): [name: string, arn: string] => [name, arn]);
    }),
  );
}

/** Values of a list, both alternatives of a choice, and nothing that is left out. */
function alternativesOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(alternativesOf);
  if (value === undefined || isNoValue(value)) return [];
  const { name, argument } = intrinsicOf(value) ?? {};
  if (name !== 'Fn::If') return [value];
  const [, ...alternatives] = argument as unknown[];
  return alternatives.flatMap(alternativesOf);
}

/** What is not known, and variables of IAM, may be anything, but one ARN is not all of them. */
function asPattern(text: string): string {
  const pattern = text.replace(/<[^<>]*>|\$\{[^{}]*\}/g, '*');
  return pattern === '*' && text !== '*' ? 'arn:*' : pattern;
}
