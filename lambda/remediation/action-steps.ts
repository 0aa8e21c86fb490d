/** Plan, apply and undo, the same for every action: read, compare, and change only what is as it was recorded. */
import { isDeepStrictEqual } from 'node:util';
import type { Action, Aim, Json, Known, Reading, Subject } from './action.ts';
import type { ApiCall, Session } from './aws-call.ts';
import { untouchable } from './principal.ts';

/** What would be done: the calls, what is there, and what would be there after them. */
export interface Change extends Known {
  readonly outcome: 'change';
  readonly calls: readonly ApiCall[];
  readonly before: Json;
  readonly after: Json;
  readonly remark: string | undefined;
}

/** Why nothing would be done. `alert` asks for a person: AWS offers no call that would mend it. */
export interface NoChange extends Known {
  readonly outcome: 'already-compliant' | 'gone' | 'exempt' | 'not-applicable' | 'denied' | 'alert';
  readonly reason: string;
}

export type Plan = Change | NoChange;

/** What became of an attempt to change something. */
export type Changed =
  | {
      readonly outcome: 'done';
      readonly calls: readonly ApiCall[];
      readonly before: Json;
      readonly after: Json;
    }
  | {
      /** Some of it may have happened: `made` was, and `now` is what is there. */
      readonly outcome: 'failed';
      readonly reason: string;
      readonly made: readonly ApiCall[];
      readonly now: Json | undefined;
    }
  | {
      readonly outcome: 'gone' | 'not-applicable' | 'denied' | 'exempt' | 'changed-meanwhile' | 'irreversible';
      readonly reason: string;
    };

/** A call was not answered, and has changed nothing that shows yet. Named as its cause, which may pass. */
export class Unanswered extends Error {
  constructor(cause: unknown) {
    super('a call was not answered', { cause });
    this.name = nameOf(cause);
  }
}

/** Where the resource stands, compared with a record, and what is there where it can be read. */
export interface Standing {
  readonly at: 'before' | 'after' | 'neither' | 'gone' | 'denied';
  readonly now: Json | undefined;
}

/** What a record says of a change. */
export interface RecordedChange {
  readonly before: Json;
  readonly after: Json;
}

/** Names by which services refuse a call. Anything else is thrown: it may pass the next time. */
const DENIED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AllAccessDisabled',
  'AuthorizationError',
  'NotAuthorizedException',
  'UnauthorizedOperation',
]);

/** Names by which services say that they have not looked at a call at all. The SDK has tried again by then. */
const THROTTLED = /^(?:Throttl|TooManyRequests|RequestLimitExceeded|RequestThrottled|SlowDown|BandwidthLimitExceeded)/;

/** Names by which services say that a quota is full, which no retry mends. */
const QUOTA_FULL = /^(?:LimitExceeded|QuotaExceeded|ServiceQuotaExceeded|ServiceLimitExceeded)/;

/** Reads, and says what would be done. Throws where the service does not answer, which a retry may mend. */
export async function planAction(action: Action, aim: Aim, session: Session): Promise<Plan> {
  const { subject } = aim;
  const reading = await readGuarded(action, subject, session);
  if ('outcome' in reading) return reading;
  const { state, remark, tags, principal, aliases } = reading;
  const known = { tags, principal, aliases };
  const wanted = action.wanted(state, aim);
  if (isDeepStrictEqual(wanted, state)) {
    return { outcome: 'already-compliant', reason: remark ?? 'the resource is as it should be', ...known };
  }
  return {
    outcome: 'change',
    calls: action.change(subject, state, wanted),
    before: state,
    after: wanted,
    remark,
    ...known,
  };
}

/**
 * Makes the change that was recorded, if everything is still as recorded; nothing else. Throws where the service does not
 * answer before anything was changed.
 */
export async function applyAction(
  action: Action,
  aim: Aim,
  recorded: RecordedChange,
  session: Session,
): Promise<Changed> {
  const reading = await readGuarded(action, aim.subject, session);
  if ('outcome' in reading) return asUnchanged(reading);
  const wanted = action.wanted(reading.state, aim);
  if (!isDeepStrictEqual(reading.state, recorded.before)) {
    return { outcome: 'changed-meanwhile', reason: 'the resource is no longer as it was when this was planned' };
  }
  if (!action.isTimed && !isDeepStrictEqual(wanted, recorded.after)) {
    return { outcome: 'changed-meanwhile', reason: 'the standard is no longer what it was when this was planned' };
  }
  return makeChange(action, aim.subject, reading.state, wanted, session);
}

/** Restores what was there before, if nobody has changed it since. Throws where the service does not answer. */
export async function undoAction(
  action: Action,
  subject: Subject,
  recorded: RecordedChange,
  session: Session,
): Promise<Changed> {
  const refusal = await refusalOfUndo(action, subject, recorded, session);
  return refusal ?? makeChange(action, subject, recorded.after, recorded.before, session);
}

/** Why an undo would change nothing; undefined where it would restore what was there. Throws where the service does not answer. */
export async function refusalOfUndo(
  action: Action,
  subject: Subject,
  recorded: RecordedChange,
  session: Session,
): Promise<Exclude<Changed, { outcome: 'done' | 'failed' }> | undefined> {
  if (action.irreversible !== undefined) return { outcome: 'irreversible', reason: action.irreversible };
  const reading = await readGuarded(action, subject, session);
  if ('outcome' in reading) return asUnchanged(reading);
  if (isDeepStrictEqual(reading.state, recorded.after)) return undefined;
  return { outcome: 'changed-meanwhile', reason: 'somebody has changed the resource since; undo it by hand' };
}

/** Compares the resource with a record: how a change that nobody heard the end of is found. */
export async function standingOf(
  action: Action,
  subject: Subject,
  recorded: RecordedChange,
  session: Session,
): Promise<Standing> {
  const reading = await readGuarded(action, subject, session);
  if ('outcome' in reading) {
    const { outcome } = reading;
    return { at: outcome === 'denied' || outcome === 'gone' ? outcome : 'neither', now: undefined };
  }
  const { state } = reading;
  if (isDeepStrictEqual(state, recorded.after)) return { at: 'after', now: state };
  return { at: isDeepStrictEqual(state, recorded.before) ? 'before' : 'neither', now: state };
}

async function makeChange(
  action: Action,
  subject: Subject,
  before: Json,
  after: Json,
  session: Session,
): Promise<Changed> {
  const calls = action.change(subject, before, after);
  const made: ApiCall[] = [];
  for (const call of calls) {
    try {
      await session.make(call);
    } catch (error) {
      const refusal = refusalOf(action, error, `${call.service}:${call.operation}`);
      // A call that was not answered may have been obeyed, unless the service said that it was too busy to.
      const isUntouched = made.length === 0 && (refusal !== undefined || isThrottled(error));
      if (isUntouched && refusal) return refusal;
      if (isUntouched) throw error;
      const now = await stateNow(action, subject, session);
      if (now !== undefined && isDeepStrictEqual(now, after)) return { outcome: 'done', calls, before, after };
      if (made.length === 0 && !isRefused(error) && now !== undefined && isDeepStrictEqual(now, before)) {
        throw new Unanswered(error);
      }
      return { outcome: 'failed', reason: refusal?.reason ?? `${call.operation} failed (${nameOf(error)})`, made, now };
    }
    made.push(call);
  }
  return { outcome: 'done', calls, before, after };
}

async function stateNow(action: Action, subject: Subject, session: Session): Promise<Json | undefined> {
  try {
    const reading = await readGuarded(action, subject, session);
    return 'state' in reading ? reading.state : undefined;
  } catch {
    // What is there is unknown, and the record says so.
    return undefined;
  }
}

/** Reads; refusals are values. An action on a principal stops here where that must not be touched, or is not known. */
async function readGuarded(
  action: Action,
  subject: Subject,
  session: Session,
): Promise<Extract<Reading<Json>, { state: Json }> | NoChange> {
  const named = subject.principal === undefined ? undefined : untouchable(subject.principal);
  if (named !== undefined) return { outcome: 'exempt', reason: `it is ${named}` };
  let reading: Reading<Json>;
  try {
    reading = await action.read(subject, session);
  } catch (error) {
    const refusal = refusalOf(action, error, 'reading');
    if (refusal === undefined) throw error;
    return refusal;
  }
  if ('outcome' in reading) return reading;
  if (subject.principal !== undefined) {
    const who = reading.principal === undefined ? 'not known by its whole ARN' : untouchable(reading.principal);
    if (who !== undefined) return { outcome: 'exempt', reason: `it is ${who}` };
  }
  return reading;
}

function refusalOf(
  action: Action,
  error: unknown,
  what: string,
): (NoChange & { outcome: 'gone' | 'denied' }) | undefined {
  const name = nameOf(error);
  if (action.goneErrors.includes(name)) return { outcome: 'gone', reason: `the resource does not exist (${name})` };
  if (isDenied(error)) return { outcome: 'denied', reason: `the member role may not do this: ${what} (${name})` };
  if (QUOTA_FULL.test(name)) return { outcome: 'denied', reason: `a quota of the account is full: ${what} (${name})` };
  return undefined;
}

function asUnchanged({ outcome, reason }: NoChange): Exclude<Changed, { outcome: 'done' | 'failed' }> {
  switch (outcome) {
    case 'already-compliant':
    case 'alert':
      return { outcome: 'changed-meanwhile', reason };
    case 'gone':
    case 'not-applicable':
    case 'denied':
    case 'exempt':
      return { outcome, reason };
  }
}

/** Whether the service has answered that the call is wrong, as the SDK tells its errors apart. */
function isRefused(error: unknown): boolean {
  return (error as { $fault?: unknown } | undefined)?.$fault === 'client';
}

/** Whether the account refuses a call. */
export function isDenied(error: unknown): boolean {
  return DENIED.has(nameOf(error));
}

function isThrottled(error: unknown): boolean {
  return THROTTLED.test(nameOf(error));
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Unknown';
}
