import { Fn } from 'aws-cdk-lib';

/** What plain data leaves to the template that it goes into, written `${…}`. */
const FILLED_IN = ['AWS::AccountId', 'AWS::Partition'];

/**
 * A text in which CloudFormation fills in account and partition.
 *
 * @param where it is from, for the message
 * @throws Error where it holds something else that CloudFormation would replace, and is not meant to
 */
export function fillIn(where: string, text: string): string {
  const names = [...text.matchAll(/\$\{([^}]*)\}?/g)].map(([, name = '']) => name);
  const unknown = names.find((name) => !FILLED_IN.includes(name));
  if (unknown !== undefined) throw new Error(`${where} has \${${unknown}}, which nothing fills in.`);
  return names.length === 0 ? text : Fn.sub(text);
}

/** The same in every text of a value. */
export function fillInEach<T>(where: string, value: T): T {
  const fill = (part: unknown): unknown => {
    if (typeof part === 'string') return fillIn(where, part);
    if (Array.isArray(part)) return part.map(fill);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, fill(inner)]));
  };
  return fill(value) as T;
}
