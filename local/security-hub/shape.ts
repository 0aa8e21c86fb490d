/**
 * Checks JSON against a shape of the Security Hub API: every member known, of the right type, and within its limits.
 *
 * The shapes are those that the AWS SDK publishes for its own serialiser, so the check follows the API model down to
 * the last of the hundreds of resource types without repeating it here. They are compiled once, with the limits of
 * each path built in, so that a valid finding costs one walk and no allocation.
 */

import type { AwsSecurityFinding$ } from '@aws-sdk/client-securityhub';
import type { Limit } from './finding-limits.ts';
import { parseTimestamp } from './timestamp.ts';

/** A structure of the API model, as `@aws-sdk/client-securityhub` exports it (names that end in `$`). */
export type ModelStructure = typeof AwsSecurityFinding$;

/** One thing that is wrong. `path` is empty at the top, else like `.Resources[0].Id`. */
export interface Violation {
  path: string;
  readonly problem: string;
}

/** Looks at a value and adds what is wrong with it. */
type Check = (value: unknown, violations: Violation[]) => void;

/** Lists what is wrong with a value; nothing when it fits the shape. */
export type ShapeCheck = (value: unknown) => readonly Violation[];

// The SDK writes a type as a number or an array (https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html is the
// protocol it serves): simple types are numbers, 64 and 128 added for a list or a map of them; arrays start with 1 for
// a list, 2 for a map, 3 for a structure.
const STRING = 0;
const NUMBER = 1;
const BOOLEAN = 2;
const DOCUMENT = 15;
const LIST_OF = 64;
const MAP_OF = 128;
const LIST = 1;
const MAP = 2;
const STRUCTURE = 3;

const NONE: readonly Violation[] = [];

/**
 * Compiles a shape of the API model together with its limits.
 *
 * @param structure the shape
 * @param limits by path from the top of the shape, `[]` for every item of a list
 * @throws Error when a limit names a path that the shape does not have, or the SDK writes its shapes in a new way
 */
export function compileShape(structure: ModelStructure, limits: Readonly<Record<string, Limit>>): ShapeCheck {
  const unused = new Set(Object.keys(limits));
  const check = compile(structure, '', limits, unused, true);
  if (unused.size > 0) throw new Error(`Limits for unknown attributes: ${[...unused].join(', ')}`);
  return (value) => {
    const violations: Violation[] = [];
    check(value, violations);
    return violations.length === 0 ? NONE : violations;
  };
}

/** What is wrong, in the words that Security Hub uses: `data.Title should NOT be longer than 256 characters`. */
export function describeViolations(violations: readonly Violation[]): string {
  return violations.map(({ path, problem }) => `data${path} ${problem}`).join(', ');
}

function compile(
  type: unknown,
  path: string,
  limits: Readonly<Record<string, Limit>>,
  unused: Set<string>,
  top = false,
): Check {
  const limit = limits[path] ?? {};
  unused.delete(path);
  const shape: unknown = typeof type === 'function' ? (type as () => unknown)() : type;
  if (typeof shape === 'number') {
    if ((shape & MAP_OF) !== 0) return mapCheck(compile(shape - MAP_OF, `${path}{}`, limits, unused), limit);
    if ((shape & LIST_OF) !== 0) return listCheck(compile(shape - LIST_OF, `${path}[]`, limits, unused), limit);
    return simpleCheck(shape, limit, path);
  }
  if (Array.isArray(shape)) {
    const [kind, , , , first, second, required] = shape as unknown[];
    if (kind === LIST) return listCheck(compile(first, `${path}[]`, limits, unused), limit);
    if (kind === MAP) return mapCheck(compile(second, `${path}{}`, limits, unused), limit);
    if (kind === STRUCTURE) {
      const names = first as readonly string[];
      const types = second as readonly unknown[];
      const prefix = top ? '' : `${path}.`;
      const members = new Map(
        names.map((name, index) => [name, compile(types[index], `${prefix}${name}`, limits, unused)]),
      );
      return structureCheck(members, names.slice(0, typeof required === 'number' ? required : 0));
    }
  }
  throw new Error(`The AWS SDK describes ${path || 'a shape'} in a way this program does not know.`);
}

function structureCheck(members: ReadonlyMap<string, Check>, required: readonly string[]): Check {
  return (value, violations) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      violations.push({ path: '', problem: 'should be object' });
      return;
    }
    const given = value as Readonly<Record<string, unknown>>;
    for (const name of required) {
      if (!Object.hasOwn(given, name))
        violations.push({ path: '', problem: `should have required property '${name}'` });
    }
    for (const name in given) {
      const check = members.get(name);
      if (check === undefined) {
        violations.push({ path: '', problem: `should NOT have additional properties ('${name}')` });
        continue;
      }
      const before = violations.length;
      check(given[name], violations);
      if (violations.length > before) locate(violations, before, `.${name}`);
    }
  };
}

function listCheck(item: Check, { minimumItems = 0, maximumItems = Infinity }: Limit): Check {
  return (value, violations) => {
    if (!Array.isArray(value)) {
      violations.push({ path: '', problem: 'should be array' });
      return;
    }
    if (value.length < minimumItems) {
      violations.push({ path: '', problem: `should NOT have fewer than ${minimumItems} items` });
    }
    if (value.length > maximumItems) {
      violations.push({ path: '', problem: `should NOT have more than ${maximumItems} items` });
      return;
    }
    for (let index = 0; index < value.length; index += 1) {
      const before = violations.length;
      item(value[index], violations);
      if (violations.length > before) locate(violations, before, `[${index}]`);
    }
  };
}

function mapCheck(entry: Check, { map }: Limit): Check {
  const maximum = map ?? { entries: Infinity, key: Infinity, value: Infinity };
  return (value, violations) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      violations.push({ path: '', problem: 'should be object' });
      return;
    }
    const given = value as Readonly<Record<string, unknown>>;
    let count = 0;
    for (const key in given) {
      count += 1;
      const before = violations.length;
      const text = given[key];
      if (isBlank(key)) violations.push({ path: '', problem: 'should NOT have a blank property name' });
      if (isLonger(key, maximum.key)) {
        violations.push({ path: '', problem: `should NOT be a property name longer than ${maximum.key} characters` });
      }
      entry(text, violations);
      if (typeof text === 'string' && isLonger(text, maximum.value)) {
        violations.push({ path: '', problem: `should NOT be longer than ${maximum.value} characters` });
      }
      if (violations.length > before) locate(violations, before, `['${key}']`);
    }
    if (count > maximum.entries) {
      violations.push({ path: '', problem: `should NOT have more than ${maximum.entries} properties` });
    }
  };
}

function simpleCheck(type: number, limit: Limit, path: string): Check {
  switch (type) {
    case STRING:
      return stringCheck(limit);
    case NUMBER:
      return numberCheck(limit);
    case BOOLEAN:
      return (value, violations) => {
        if (typeof value !== 'boolean') violations.push({ path: '', problem: 'should be boolean' });
      };
    case DOCUMENT:
      return () => undefined;
    default:
      throw new Error(`The AWS SDK gives ${path} the type ${type}, which this program does not know.`);
  }
}

/** Nearly every string of the API is a `NonEmptyString`; the few that are not gain nothing from being blank. */
function stringCheck({ minimumLength = 1, maximumLength = Infinity, oneOf, pattern, timestamp }: Limit): Check {
  const allowed = oneOf === undefined ? undefined : new Set(oneOf);
  return (value, violations) => {
    if (typeof value !== 'string') {
      violations.push({ path: '', problem: 'should be string' });
    } else if (value.length < minimumLength) {
      violations.push({ path: '', problem: `should NOT be shorter than ${minimumLength} characters` });
    } else if (isBlank(value)) {
      violations.push({ path: '', problem: String.raw`should match pattern ".*\S.*"` });
    } else if (isLonger(value, maximumLength)) {
      violations.push({ path: '', problem: `should NOT be longer than ${maximumLength} characters` });
    } else if (allowed !== undefined && !allowed.has(value)) {
      violations.push({ path: '', problem: `should be equal to one of the allowed values (${oneOf?.join(', ')})` });
    } else if (pattern !== undefined && !pattern.test(value)) {
      violations.push({ path: '', problem: `should match pattern "${pattern.source}"` });
    } else if (timestamp === true && parseTimestamp(value) === undefined) {
      violations.push({ path: '', problem: 'should match format "date-time"' });
    }
  };
}

function numberCheck({ integer }: Limit): Check {
  return (value, violations) => {
    if (typeof value !== 'number') {
      violations.push({ path: '', problem: 'should be number' });
    } else if (integer !== undefined && !Number.isInteger(value)) {
      violations.push({ path: '', problem: 'should be integer' });
    } else if (integer !== undefined && value < integer.minimum) {
      violations.push({ path: '', problem: `should be >= ${integer.minimum}` });
    } else if (integer !== undefined && value > integer.maximum) {
      violations.push({ path: '', problem: `should be <= ${integer.maximum}` });
    }
  };
}

/** Puts a step in front of the path of every violation found below it. */
function locate(violations: readonly Violation[], from: number, step: string): void {
  for (const violation of violations.slice(from)) violation.path = step + violation.path;
}

function isBlank(text: string): boolean {
  const first = text.charCodeAt(0);
  // Almost every text starts with a visible ASCII character: no need to look at the rest.
  return !(first > 32 && first < 127) && text.trim() === '';
}

/** Counts Unicode characters, not UTF-16 units, but only when the units alone would already be too many. */
function isLonger(text: string, maximum: number): boolean {
  if (text.length <= maximum) return false;
  let count = 0;
  for (const _ of text) count += 1;
  return count > maximum;
}
