/**
 * Whether an action may be taken on a resource, and how far. Pure. Everything is off that nobody has named, and what cannot
 * be decided, since a tag or organizational unit is not known, is not done.
 */
import type { Action, Tags } from './action.ts';
import {
  type Assignment,
  type Configuration,
  EVERY_HARMLESS_ACTION,
  type Exception,
  MODES,
  type Mode,
} from './configuration.ts';
import { untouchable } from './principal.ts';

/** What is known of the resource. Undefined is unknown, which is not the same as none. */
export interface Circumstances {
  readonly action: Pick<Action, 'id' | 'risk' | 'cost' | 'reaches' | 'covers'>;
  readonly accountId: string;
  readonly region: string;
  /** Ids of the units that the account is in, the root included. */
  readonly organizationalUnits: ReadonlySet<string> | undefined;
  /** Every Id that it is known by. */
  readonly resourceIds: readonly string[];
  readonly tags: Tags | undefined;
  /** ARN of the user or role that would be acted on; null where the action is on none. */
  readonly principal: string | null;
  readonly now: Date;
}

/** The decision. */
export type Scope =
  | { readonly mode: Exclude<Mode, 'off'> }
  | {
      readonly mode: 'off';
      readonly outcome: 'off' | 'exempt' | 'unresolved';
      readonly reason: string;
      /** How far it could go if all were known that is not. */
      readonly furthest?: Exclude<Mode, 'off'> | undefined;
    };

/** Yes, no, or it cannot be told. */
type Answer = boolean | undefined;

/** Decides. The order is: whom nothing is done to, exceptions, a mode of `off`, and then the most particular assignment. */
export function decideScope(configuration: Configuration, circumstances: Circumstances): Scope {
  const { principal } = circumstances;
  if (principal !== null) {
    const who = untouchable(principal);
    if (who !== undefined) return off('exempt', `it is ${who}`);
    if (configuration.breakGlass.some((pattern) => matchesPattern(pattern, principal))) {
      return off('exempt', 'it is a break-glass principal');
    }
  }

  const exceptions = configuration.exceptions
    .filter(({ expires }) => circumstances.now.getTime() < endOf(expires))
    .map((exception) => ({ exception, applies: exceptionApplies(exception, circumstances) }));
  const found = exceptions.find(({ applies }) => applies === true);
  if (found)
    return off(
      'exempt',
      `an exception of ${found.exception.owner} until ${found.exception.expires}: ${found.exception.reason}`,
    );

  const assignments = configuration.assignments
    .filter(({ actions, mode }) =>
      // Switching off does no harm, so that its star stands for all actions.
      actions.some((id) => isNamed(id, circumstances.action) || (mode === 'off' && id === EVERY_HARMLESS_ACTION)),
    )
    .map((assignment) => ({ assignment, applies: assignmentApplies(assignment, circumstances) }));
  // A veto needs no more to be known than itself.
  if (assignments.some(({ assignment, applies }) => applies === true && assignment.mode === 'off')) {
    return off('off', 'it is switched off here');
  }
  // Nothing can follow then, so that nobody has to look for what is not known.
  if (assignments.every(({ assignment, applies }) => applies === false || assignment.mode === 'off')) {
    return off('off', 'nobody has switched it on here');
  }
  const possible = assignments.filter(({ applies }) => applies !== false).map(({ assignment }) => assignment.mode);
  const furthest = MODES.findLast((each) => possible.includes(each));
  if (exceptions.some(({ applies }) => applies === undefined)) return unresolved('an exception may apply', furthest);
  if (assignments.some(({ applies }) => applies === undefined)) return unresolved('an assignment may apply', furthest);
  const matching = assignments.filter(({ applies }) => applies === true).map(({ assignment }) => assignment);
  const most = Math.max(...matching.map(particularity));
  const modes = matching.filter((assignment) => particularity(assignment) === most).map(({ mode }) => mode);
  const mode = MODES.find((each) => modes.includes(each));
  return mode === undefined || mode === 'off' ? off('off', 'nobody has switched it on here') : { mode };
}

function off(outcome: 'off' | 'exempt' | 'unresolved', reason: string): Extract<Scope, { mode: 'off' }> {
  return { mode: 'off', outcome, reason };
}

function unresolved(what: string, mode: Mode | undefined): Scope {
  return {
    ...off('unresolved', `${what}: its tags, units or principal are not known`),
    furthest: mode === 'off' ? undefined : mode,
  };
}

/** Whether what a configuration says means this action: a star stands for what does no harm; anything else has to be named. */
export function isNamed(id: string, { id: own, risk, cost }: Circumstances['action']): boolean {
  return id === own || (id === EVERY_HARMLESS_ACTION && risk !== 'high' && cost === undefined);
}

/**
 * An exception's star stands for all actions: leaving alone does no harm. What an action reaches beyond its subject is excepted by
 * whatever exception there is for it, also by one that names another action: that one was all its owner thought of.
 */
function exceptionApplies(exception: Exception, circumstances: Circumstances): Answer {
  const { actions, accounts, resources, principals, tags } = exception;
  const { action, accountId, region, resourceIds, principal } = circumstances;
  const { reaches = [], covers = [] } = action;
  const reached = reaches.map((arn) => arn.replace('{region}', region).replace('{account}', accountId));
  const isReached = resources?.some((pattern) => reached.some((arn) => mayMeet(pattern, arn))) ?? false;
  const isCovered = actions?.some((id) => covers.includes(id)) ?? false;
  // A principal is known by its whole ARN only once the account was read; findings may leave the path out.
  const ids = [...resourceIds, ...(principal === null ? [] : [principal])];
  return all([
    isReached ||
      isCovered ||
      actions === undefined ||
      actions.includes(action.id) ||
      actions.includes(EVERY_HARMLESS_ACTION),
    accounts === undefined || accounts.includes(accountId),
    isReached || resources === undefined || resources.some((pattern) => ids.some((id) => matchesPattern(pattern, id))),
    principals === undefined ||
      (principal !== null && principals.some((pattern) => matchesPattern(pattern, principal))),
    // Which of all that is reached has such tags is not known; its owner says that one has.
    isReached || isCovered || tags === undefined || hasTags(circumstances.tags, tags),
  ]);
}

function assignmentApplies({ accounts, organizationalUnits, tags }: Assignment, circumstances: Circumstances): Answer {
  const units = circumstances.organizationalUnits;
  return all([
    accounts === undefined || accounts.includes(circumstances.accountId),
    organizationalUnits === undefined || (units && organizationalUnits.some((unit) => units.has(unit))),
    tags === undefined || hasTags(circumstances.tags, tags),
  ]);
}

/** No if one says no, else unknown if one is, else yes. */
function all(answers: readonly Answer[]): Answer {
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}

function hasTags(tags: Tags | undefined, wanted: Tags): Answer {
  if (tags === undefined) return undefined;
  return Object.entries(wanted).every(([key, value]) => Object.hasOwn(tags, key) && tags[key] === value);
}

/** Tag before account before unit before everywhere; an action by its name before the star. */
function particularity({ actions, accounts, organizationalUnits, tags }: Assignment): number {
  const place = tags ? 3 : accounts ? 2 : organizationalUnits ? 1 : 0;
  return place * 2 + (actions.includes(EVERY_HARMLESS_ACTION) ? 0 : 1);
}

/** Whether a text matches; `*` stands for any text, as in IAM. */
export function matchesPattern(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  const [first = '', ...rest] = parts;
  if (rest.length === 0) return pattern === text;
  const last = rest.pop() ?? '';
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/** Whether some text matches both patterns. */
export function mayMeet(one: string, other: string): boolean {
  const met = new Set(['0 0']);
  const ways: (readonly [number, number])[] = [[0, 0]];
  for (let way = ways.pop(); way !== undefined; way = ways.pop()) {
    const [i, j] = way;
    const [a, b] = [one[i], other[j]];
    if (a === undefined && b === undefined) return true;
    const next: (readonly [number, number])[] = [
      ...(a === '*' ? [[i + 1, j] as const, ...(b === undefined ? [] : [[i, j + 1] as const])] : []),
      ...(b === '*' ? [[i, j + 1] as const, ...(a === undefined ? [] : [[i + 1, j] as const])] : []),
      ...(a !== undefined && a === b ? [[i + 1, j + 1] as const] : []),
    ];
    for (const [x, y] of next) {
      if (met.has(`${x} ${y}`)) continue;
      met.add(`${x} ${y}`);
      ways.push([x, y]);
    }
  }
  return false;
}

/** Milliseconds since 1970 at the end of a day, in UTC. */
function endOf(day: string): number {
  return Date.parse(`${day}T00:00:00.000Z`) + 24 * 60 * 60_000;
}
