/**
 * What a template makes in an account and Region: as much of CloudFormation's evaluation as our templates use. Anything that it
 * does not know throws.
 *
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html
 */
import type { Template } from '../portfolio/synthesis.ts';

export interface Place {
  readonly account: string;
  readonly region: string;
}

/** A resource as it is made there, with nothing left to compute. */
export interface Deployed {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  /** Of those that it waits for, the ones that are made there. */
  readonly DependsOn: readonly string[];
}

/** Alternatives that `Fn::And` and `Fn::Or` take. */
const FEWEST = 2;
const MOST = 10;

/** Logical ids of what is made there. */
export function idsIn(template: Template, place: Place): string[] {
  const resources = Object.entries(template.Resources);
  const conditions = new Set(resources.map(([, { Condition }]) => Condition));
  const met = new Set(
    [...conditions].filter((name) => name === undefined || isTrue({ Condition: name }, template, place)),
  );
  return resources.filter(([, { Condition }]) => met.has(Condition)).map(([id]) => id);
}

/** Resources by logical id. One whose condition is false is left out. */
export function deployedIn(template: Template, place: Place): Record<string, Deployed> {
  const ids = idsIn(template, place);
  return Object.fromEntries(
    ids.map((id) => {
      const { Type = '', Properties = {}, DependsOn = [] } = template.Resources[id] ?? {};
      return [
        id,
        {
          Type,
          Properties: resolve(Properties, template, place) as Deployed['Properties'],
          DependsOn: [DependsOn].flat().filter((other) => ids.includes(other)),
        },
      ];
    }),
  );
}

/** Values of one property of the resources of a type that are made there. */
export function valuesOf(template: Template, place: Place, type: string, property: string): string[] {
  return Object.values(deployedIn(template, place))
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties[property] as string);
}

function isTrue(test: unknown, template: Template, place: Place): boolean {
  const [[name, argument] = ['', undefined]] = Object.entries(test as object);
  const tests = argument as readonly unknown[];
  switch (name) {
    case 'Condition': {
      const named = template.Conditions?.[argument as string];
      if (named === undefined) throw new Error(`There is no condition ${String(argument)}.`);
      return isTrue(named, template, place);
    }
    case 'Fn::Equals':
      return resolve(tests[0], template, place) === resolve(tests[1], template, place);
    case 'Fn::Not':
      if (tests.length !== 1) throw new Error('Fn::Not takes one condition.');
      return !isTrue(tests[0], template, place);
    case 'Fn::And':
    case 'Fn::Or':
      if (tests.length < FEWEST || tests.length > MOST)
        throw new Error(`${name} takes ${FEWEST} to ${MOST} conditions.`);
      return name === 'Fn::And'
        ? tests.every((one) => isTrue(one, template, place))
        : tests.some((one) => isTrue(one, template, place));
    default:
      throw new Error(`The evaluator does not know the condition ${name}.`);
  }
}

function resolve(value: unknown, template: Template, place: Place): unknown {
  const inner = (one: unknown) => resolve(one, template, place);
  if (Array.isArray(value)) return value.map(inner);
  if (typeof value !== 'object' || value === null) return value;
  const [[name, argument] = ['', undefined]] = Object.entries(value);
  const list = argument as readonly unknown[];
  const named = (key: string): string => {
    const known = {
      'AWS::AccountId': place.account,
      'AWS::Region': place.region,
      'AWS::Partition': 'aws',
      'AWS::URLSuffix': 'amazonaws.com',
    }[key];
    if (known === undefined && !(key in template.Resources) && !(key in (template.Parameters ?? {}))) {
      throw new Error(`The template has no ${key}.`);
    }
    return known ?? `<${key}>`;
  };
  switch (name) {
    case 'Ref':
      return named(argument as string);
    case 'Fn::GetAtt':
      return `<${list.join('.')}>`;
    case 'Fn::Join':
      return (list[1] as readonly unknown[]).map(inner).join(list[0] as string);
    case 'Fn::Sub':
      return String(argument).replace(/\$\{([^}]+)\}/g, (_, key: string) => named(key));
    case 'Fn::If':
      return inner(isTrue({ Condition: list[0] }, template, place) ? list[1] : list[2]);
    default:
      if (name.startsWith('Fn::')) throw new Error(`The evaluator does not know ${name}.`);
      return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, inner(part)]));
  }
}
