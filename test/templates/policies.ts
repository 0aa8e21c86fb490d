import type { Finding } from './explained-findings.ts';
import { isObject, referencesOf, render, type Template } from './template.ts';

/** A statement of a policy, as CloudFormation writes it. */
export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Action?: string | readonly string[];
  readonly NotAction?: unknown;
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Wildcards after our own name are none: nobody else's resources are called so. */
const OUR_NAME = /[:/]virtual-soc[-/][^*?]*\*$/;

/** Policies on which `Resource: '*'` is the one resource that they are on. */
const OF_ONE_RESOURCE = ['AWS::KMS::Key', 'AWS::KMS::ReplicaKey'];

/** What names the source of a service's call. CloudWatch Logs names the log group in the encryption context instead. */
const SOURCE_KEYS = [
  'aws:SourceAccount',
  'aws:SourceArn',
  'aws:SourceOrgID',
  'aws:SourceOrgPaths',
  'kms:EncryptionContext:aws:logs:arn',
];

/** Resources that are inline policies, and properties that hold some. */
const INLINE_TYPES = ['AWS::IAM::Policy', 'AWS::IAM::RolePolicy', 'AWS::IAM::UserPolicy', 'AWS::IAM::GroupPolicy'];
const WITH_INLINE = ['AWS::IAM::Role', 'AWS::IAM::User', 'AWS::IAM::Group'];

/** What a rule of ours holds against the policies of a template. */
export function policyFindings(name: string, template: Template): Finding[] {
  return Object.entries(template.Resources).flatMap(([logicalId, { Type, Properties = {} }]) => {
    const rules = [
      ...statementsIn(Properties).flatMap((statement) => [
        ...brokenBy(statement, Type),
        ...wildcardAnswers(statement, template),
      ]),
      ...(INLINE_TYPES.includes(Type) ? ['inline-policy'] : []),
      ...(WITH_INLINE.includes(Type) && notEmpty(Properties['Policies']) ? ['inline-policy'] : []),
      ...(Type === 'AWS::Lambda::Permission' ? permissionRules(Properties) : []),
    ];
    return [...new Set(rules)].map((rule): Finding => ({ check: 'policies', rule, template: name, logicalId }));
  });
}

/** Every statement in a value. */
export function statementsIn(value: unknown): Statement[] {
  if (Array.isArray(value)) return value.flatMap(statementsIn);
  if (!isObject(value)) return [];
  if ('Effect' in value && ('Action' in value || 'NotAction' in value)) return [value as unknown as Statement];
  return Object.values(value).flatMap(statementsIn);
}

function brokenBy(statement: Statement, type: string): string[] {
  const { Effect, Principal, NotPrincipal, NotAction, NotResource, Resource, Condition } = statement;
  if (Effect !== 'Allow') return [];
  const conditional = Condition !== undefined && Object.keys(Condition).length > 0;
  const rules = listOf(statement.Action)
    .map((action) => render(action))
    .filter((action) => /[*?]/.test(action))
    .map((action) => `wildcard-action ${action}`);
  if (NotAction !== undefined) rules.push('not-action');
  if (NotResource !== undefined) rules.push('not-resource');
  if (NotPrincipal !== undefined) rules.push('not-principal');

  const wild = listOf(Resource)
    .map((resource) => render(resource))
    .filter((resource) => /[*?]/.test(resource) && !OUR_NAME.test(resource))
    .filter((resource) => resource !== '*' || !OF_ONE_RESOURCE.includes(type));
  for (const resource of wild) rules.push(`wildcard-resource ${resource}${conditional ? '' : ' without-condition'}`);

  const principals: Readonly<Record<string, unknown>> = isObject(Principal) ? Principal : { AWS: Principal };
  if (listOf(principals['AWS']).includes('*') && !conditional) rules.push('anybody without-condition');
  const namesSource = Object.values(Condition ?? {}).some((test) => SOURCE_KEYS.some((key) => key in test));
  for (const service of listOf(principals['Service'])) {
    if (!namesSource) rules.push(`service-without-source ${render(service)}`);
  }
  return rules;
}

/** Answers that would be a wildcard in whatever form a resource asks for. */
const WILDCARDS = ['*', '?', 'a*', 's3://bucket/*', 's3://*/key', 'arn:aws:s3:::*', 'arn:aws:s3:::bucket/*', 'a/*'];

/** Parameters that are part of a resource, and that could be answered with a wildcard. */
function wildcardAnswers({ Effect, Resource }: Statement, { Parameters = {} }: Template): string[] {
  if (Effect !== 'Allow') return [];
  return [...new Set(referencesOf(Resource).map(({ name }) => name))]
    .filter((name) => {
      const { Type, AllowedValues, AllowedPattern = '.*' } = Parameters[name] ?? { Type: 'none' };
      if (Type !== 'String' || AllowedValues !== undefined) return false;
      return WILDCARDS.some((answer) => new RegExp(`^(?:${AllowedPattern})$`).test(answer));
    })
    .map((name) => `wildcard-answer ${name}`);
}

/** A service that may call a function has to be told for which account or resource. */
function permissionRules(properties: Readonly<Record<string, unknown>>): string[] {
  const principal = render(properties['Principal']);
  if (principal === '*') return ['anybody without-condition'];
  const named = 'SourceArn' in properties || 'SourceAccount' in properties || 'PrincipalOrgID' in properties;
  return principal.includes('amazonaws.com') && !named ? [`service-without-source ${principal}`] : [];
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as unknown[]) : [value];
}

function notEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}
