/**
 * The reconciliation of remediation: settles what was started and never recorded as ended, since a function was cut off between a
 * call and its record. What is found in the account decides, and nothing is changed. It is a function of its own, since `reconcile`
 * has no way into other accounts and should have none, and runs each hour, since nothing else is begun on such a resource.
 */
import type { Action } from './action.ts';
import { type Standing, standingOf } from './action-steps.ts';
import { NoSession, type OpenSession } from './member-session.ts';
import type { Ending, Remediation, RemediationState } from './record.ts';

export interface SettleDependencies {
  readonly actions: readonly Action[];
  readonly state: RemediationState;
  readonly openSession: OpenSession;
  readonly now: () => Date;
}

export interface SettleReport {
  readonly settled: number;
  readonly expired: number;
  /** Accounts that did not answer: they are asked again the next time. */
  readonly left: number;
}

/** Rows in one run. */
const MAX_SETTLED = 200;
const ACTOR = 'reconcile';

/** Settles, and voids requests that nobody has answered. Throws where the database does not answer. */
export async function settleRemediation(dependencies: SettleDependencies): Promise<SettleReport> {
  const { state, now } = dependencies;
  let settled = 0;
  let left = 0;
  for (const remediation of await state.abandoned(now(), MAX_SETTLED)) {
    const ending = await endingOf(remediation, dependencies);
    if (ending === undefined) {
      left += 1;
      await state.postpone(remediation.id, now());
    } else if (await state.finish(remediation.id, ending, ACTOR, now())) settled += 1;
  }
  return { settled, expired: await state.expire(now()), left };
}

/** How it has ended; undefined where the account does not answer. */
async function endingOf(remediation: Remediation, dependencies: SettleDependencies): Promise<Ending | undefined> {
  const { actionId, subject, before, after, status } = remediation;
  const action = dependencies.actions.find(({ id }) => id === actionId);
  if (!action) return { status: 'failed', kind: 'failure', reason: 'this version does not know the action any more' };
  const events = status === 'undoing' ? ((await dependencies.state.find(remediation.id))?.events ?? []) : [];
  const begun = events.findLast(({ kind }) => kind === 'undo-start');
  const wasApplied = begun?.detail['from'] !== 'failed';
  const end = (standing: Standing) =>
    status === 'undoing' ? ofUndo(standing, wasApplied ? 'applied' : 'failed') : ofChange(standing);
  try {
    const session = await dependencies.openSession(action, 'plan', subject);
    try {
      return end(await standingOf(action, subject, { before, after }, session));
    } finally {
      session.close();
    }
  } catch (error) {
    // It may never let us in again, and what is under way keeps everybody else from the resource.
    return error instanceof NoSession ? end({ at: 'denied', now: undefined }) : undefined;
  }
}

function ofChange({ at, now }: Standing): Ending {
  if (at === 'after')
    return { status: 'applied', kind: 'application', reason: 'interrupted after the change was made' };
  return { status: 'failed', kind: 'failure', reason: `interrupted; ${FOUND[at]}`, ...found(at, now) };
}

/** @param was what it was before it was to be undone */
function ofUndo({ at, now }: Standing, was: 'applied' | 'failed'): Ending {
  if (at === 'before') return { status: 'undone', kind: 'undo', reason: 'interrupted after it was undone' };
  if (at === 'after')
    return { status: was, kind: 'undo-refusal', reason: 'interrupted before it was undone; undo it again' };
  const reason = `interrupted while it was undone; ${FOUND[at]}`;
  return { status: 'failed', kind: 'undo-refusal', reason, ...found(at, now) };
}

/** What was done in part can be undone by what is there; where nothing was, there is nothing to undo. */
function found(at: Standing['at'], now: Standing['now']): Pick<Ending, 'after'> {
  return (at === 'neither' || at === 'before') && now !== undefined ? { after: now } : {};
}

const FOUND: Readonly<Record<Exclude<Standing['at'], 'after'>, string>> = {
  before: 'nothing was changed',
  neither: 'the resource is as it was neither before nor after',
  gone: 'the resource is gone',
  denied: 'the account does not let us look',
};
