/** What CloudFormation makes of a value in a template: enough of its functions for the environment of a Lambda function. */
import type { Template } from '../portfolio/synthesis.ts';

/** A stack to be: a template with answers to its parameters. */
export interface Stack {
  readonly template: Template & { readonly Conditions?: Readonly<Record<string, unknown>> };
  /** Answers, and pseudo parameters such as `AWS::Region`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What `Ref` or, with a name, `Fn::GetAtt` gives of a resource. */
  readonly attribute: (logicalId: string, name?: string) => unknown;
}

/** What `AWS::NoValue` stands for: nothing at all. */
const NO_VALUE = undefined;

/** Functions by their name in a template; each is given its argument as it is written. */
const FUNCTIONS: Readonly<Record<string, (argument: unknown, stack: Stack) => unknown>> = {
  Ref: (name, stack) => reference(String(name), stack),
  'Fn::GetAtt': (path, { attribute }) => {
    const [id, ...name] = (Array.isArray(path) ? path : String(path).split('.')) as string[];
    return attribute(id ?? '', name.join('.'));
  },
  'Fn::If': (argument, stack) => {
    const [condition, then, otherwise] = argument as [string, unknown, unknown];
    return valueOf(isTrue({ Condition: condition }, stack) ? then : otherwise, stack);
  },
  'Fn::Join': (argument, stack) => {
    const [separator, parts] = valueOf(argument, stack) as [string, string[]];
    return parts.join(separator);
  },
  'Fn::Select': (argument, stack) => {
    const [index, list] = valueOf(argument, stack) as [string | number, unknown[]];
    return list[Number(index)];
  },
  'Fn::Split': (argument, stack) => {
    const [separator, text] = valueOf(argument, stack) as [string, string];
    return text.split(separator);
  },
  'Fn::Sub': (argument, stack) => {
    const [text, variables = {}] = (Array.isArray(argument) ? argument : [argument]) as [string, object?];
    const values = valueOf(variables, stack) as Record<string, string>;
    return text.replaceAll(/\$\{([^!}]+)\}/g, (_, name: string) => {
      const [id, ...attribute] = name.split('.');
      return (
        values[name] ??
        String(attribute.length > 0 ? stack.attribute(id ?? '', attribute.join('.')) : reference(name, stack))
      );
    });
  },
};

/**
 * The value as CloudFormation would hand it to a service.
 *
 * @throws Error for a function that is not known here
 */
export function valueOf(value: unknown, stack: Stack): unknown {
  if (Array.isArray(value)) return value.map((item) => valueOf(item, stack)).filter((item) => item !== NO_VALUE);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [[name, argument] = ['', undefined]] = entries;
  if (entries.length === 1 && (name === 'Ref' || name.startsWith('Fn::'))) {
    const evaluate = FUNCTIONS[name];
    if (evaluate === undefined) throw new Error(`${name} is not known to test/assets/template-value.ts`);
    return evaluate(argument, stack);
  }
  return Object.fromEntries(
    entries.map(([key, item]) => [key, valueOf(item, stack)]).filter(([, item]) => item !== NO_VALUE),
  );
}

function reference(name: string, { template, parameters, attribute }: Stack): unknown {
  if (name === 'AWS::NoValue') return NO_VALUE;
  if (name in template.Resources) return attribute(name);
  const value = parameters[name] ?? template.Parameters?.[name]?.Default;
  if (value === undefined) throw new Error(`the parameter ${name} has neither an answer nor a default`);
  return value;
}

function isTrue(expression: unknown, stack: Stack): boolean {
  const [[name, argument] = ['', undefined]] = Object.entries(expression as object) as [string, unknown][];
  const all = (argument: unknown) => (argument as unknown[]).map((part) => isTrue(part, stack));
  switch (name) {
    case 'Condition': {
      const known = stack.template.Conditions?.[String(argument)];
      if (known === undefined) throw new Error(`there is no condition ${String(argument)}`);
      return isTrue(known, stack);
    }
    case 'Fn::Equals': {
      const [left, right] = valueOf(argument, stack) as unknown[];
      return String(left) === String(right);
    }
    case 'Fn::Not':
      return !all(argument)[0];
    case 'Fn::And':
      return all(argument).every(Boolean);
    case 'Fn::Or':
      return all(argument).some(Boolean);
    default:
      throw new Error(`${name} is no condition that is known to test/assets/template-value.ts`);
  }
}
