/**
 * Whether an event matches a pattern of EventBridge: the operators that our rules use, and an error for any other, so
 * that a pattern is never judged by less than what it says.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function matches(pattern: Readonly<Record<string, unknown>>, event: unknown): boolean {
  return Object.entries(pattern).every(([field, expected]) => {
    if (field === '$or') return (expected as Record<string, unknown>[]).some((choice) => matches(choice, event));
    if (field.startsWith('$')) throw new Error(`The operator ${field} is not known here.`);
    const values = valuesAt(event, field);
    if (Array.isArray(expected)) return values.some((value) => expected.some((matcher) => allows(matcher, value)));
    return values.some((value) => matches(expected as Record<string, unknown>, value));
  });
}

/** Arrays are looked into: a pattern addresses `findings` as if it were one object. None where the field is missing. */
function valuesAt(event: unknown, field: string): unknown[] {
  const value = (event as Record<string, unknown> | null)?.[field];
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function allows(matcher: unknown, value: unknown): boolean {
  if (typeof matcher !== 'object' || matcher === null) return matcher === value;
  const [[operator, operand] = []] = Object.entries(matcher);
  if (Object.keys(matcher).length === 1 && operator === 'prefix' && typeof operand === 'string') {
    return typeof value === 'string' && value.startsWith(operand);
  }
  if (Object.keys(matcher).length === 1 && operator === 'anything-but') {
    const refused = operand as unknown;
    if (typeof refused !== 'object' || refused === null) return refused !== value;
    if (!Array.isArray(refused)) return !allows(refused, value);
  }
  throw new Error(`The matcher ${JSON.stringify(matcher)} is not known here.`);
}
