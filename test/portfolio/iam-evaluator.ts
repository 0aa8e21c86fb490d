/**
 * As much of IAM's evaluation as our policies use: allow and deny statements, and the operators below. Any other operator, or
 * an element that it does not know, throws.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
import { fillIn, type Installation } from '../../portfolio/launch-rights.ts';
import type { Statement, Template } from './synthesis.ts';

/** A request as IAM sees it. */
export interface Request {
  readonly action: string;
  readonly resource: string;
  /** Values of condition keys. */
  readonly context: Readonly<Record<string, string>>;
}

/** A statement without anything that CloudFormation has to fill in. */
export interface ResolvedStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

const KNOWN = ['Sid', 'Effect', 'Action', 'Resource', 'Condition', 'Principal'];

/** Whether statements allow a request: one allows it, and none denies it. */
export function isAllowed(statements: readonly ResolvedStatement[], request: Request): boolean {
  const applying = statements.filter((statement) => applies(statement, request));
  return applying.some(({ Effect }) => Effect === 'Allow') && applying.every(({ Effect }) => Effect === 'Allow');
}

function applies({ Action, Resource, Condition }: ResolvedStatement, { action, resource, context }: Request): boolean {
  return (
    Action.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
    Resource.some((pattern) => matches(pattern, resource)) &&
    Object.entries(Condition).every(([operator, tests]) =>
      Object.entries(tests).every(([key, values]) =>
        holds(
          operator,
          context[key],
          values.map((value) => withVariables(value, context)),
        ),
      ),
    )
  );
}

/** Policy variables; one without a value equals nothing. */
function withVariables(value: string, context: Request['context']): string {
  return value.replace(/\$\{([^}]+)\}/g, (variable, key: string) => context[key] ?? variable);
}

function holds(operator: string, value: string | undefined, values: readonly string[]): boolean {
  switch (operator) {
    case 'StringEquals':
    case 'ArnEquals':
    case 'Bool':
      return value !== undefined && values.includes(value);
    case 'Null':
      return values.includes(String(value === undefined));
    case 'StringLike':
    case 'ArnLike':
      return value !== undefined && values.some((pattern) => matches(pattern, value));
    default:
      throw new Error(`The evaluator does not know the operator ${operator}.`);
  }
}

const expressions = new Map<string, RegExp>();

function matches(pattern: string, text: string): boolean {
  let expression = expressions.get(pattern);
  if (expression === undefined) {
    const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
    expression = new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
    expressions.set(pattern, expression);
  }
  return expression.test(text);
}

/** Fills in what CloudFormation would, for an installation. */
export function resolveStatement(
  statement: Statement,
  template: Template,
  installation: Installation,
): ResolvedStatement {
  const unknown = Object.keys(statement).filter((element) => !KNOWN.includes(element));
  if (unknown.length > 0) throw new Error(`The evaluator does not know ${unknown.join(', ')}.`);
  const texts = (value: unknown) =>
    (Array.isArray(value) ? value : [value]).map((one) => resolve(one, template, installation));
  const conditions = Object.entries(statement.Condition ?? {}).map(([operator, tests]) => [
    operator,
    Object.fromEntries(Object.entries(tests).map(([key, values]) => [key, texts(values)])),
  ]);
  return {
    Effect: statement.Effect,
    Action: texts(statement.Action),
    Resource: texts(statement.Resource ?? '*'),
    Condition: Object.fromEntries(conditions) as ResolvedStatement['Condition'],
  };
}

/** ARN of a resource of the template, by the name that CloudFormation would give it. */
const ARNS: Readonly<Record<string, string>> = {
  'AWS::Events::EventBus': 'arn:aws:events:{region}:{account}:event-bus/{stack}-remediation',
  'AWS::KMS::Key': 'arn:aws:kms:{region}:{account}:key/0f1e2d3c-0000-1111-2222-0123456789ab',
  'AWS::Lambda::Function': 'arn:aws:lambda:{region}:{account}:function:{stack}-{id}-AbCd',
  'AWS::SQS::Queue': 'arn:aws:sqs:{region}:{account}:{stack}-{id}-AbCd',
  'AWS::SNS::Topic': 'arn:aws:sns:{region}:{account}:{stack}-{id}-AbCd',
  'AWS::S3::Bucket': 'arn:aws:s3:::{small-stack}-{id}-abcd',
};

const ATTRIBUTES: Readonly<Record<string, string>> = {
  'MasterUserSecret.SecretArn': 'arn:aws:secretsmanager:{region}:{account}:secret:rds!db-0f1e2d3c-AbCdEf',
  DbiResourceId: 'db-ABCDEFGHIJKLMNOPQRSTUVWXYZ',
};

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': '{account}',
  'AWS::Region': '{region}',
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': '{stack}',
  'AWS::StackId': 'arn:aws:cloudformation:{region}:{account}:stack/{stack}/0f1e2d3c-0000-1111-2222-0123456789ab',
};

function resolve(value: unknown, template: Template, installation: Installation): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const inner = (one: unknown) => resolve(one, template, installation);
  const splitOf = (one: unknown) => {
    const [separator, text] = (one as { 'Fn::Split': [string, unknown] })['Fn::Split'];
    return inner(text).split(separator);
  };
  const [[name, argument] = ['', undefined]] = Object.entries(value);
  const list = argument as unknown[];
  switch (name) {
    case 'Ref': {
      const known = PSEUDO[argument as string];
      return known === undefined ? `answer/to-${String(argument)}` : fillIn(known, installation);
    }
    case 'Fn::GetAtt': {
      const [id, attribute] = argument as [string, string];
      const { Type, Properties } = template.Resources[id] ?? { Type: 'nothing', Properties: {} };
      if (Type === 'AWS::Logs::LogGroup') {
        const group = inner(Properties['LogGroupName']);
        return fillIn(`arn:aws:logs:{region}:{account}:log-group:${group}:*`, installation);
      }
      const text = attribute === 'Arn' ? ARNS[Type] : ATTRIBUTES[attribute];
      if (text === undefined) throw new Error(`The evaluator does not know ${attribute} of ${Type}.`);
      return fillIn(text, installation).replace('{id}', id);
    }
    case 'Fn::Join': {
      const [separator, parts] = list as [string, unknown];
      return (Array.isArray(parts) ? parts.map(inner) : splitOf(parts)).join(separator);
    }
    case 'Fn::Sub':
      return String(argument).replace(/\$\{([^}]+)\}/g, (_, name: string) => inner({ Ref: name }));
    case 'Fn::Select': {
      const [index, parts] = list as [number, unknown];
      return splitOf(parts)[Number(index)] ?? '';
    }
    case 'Fn::If':
      return inner(list[1]);
    default:
      throw new Error(`The evaluator does not know ${name}.`);
  }
}
