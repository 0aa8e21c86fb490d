/**
 * Settles what was started and never recorded as ended: a function that was cut off between a call and its record. What
 * is found in the account decides, and nothing is changed. For the daily reconciliation.
 */
import type { Action } from './action.ts';
import { type Standing, standingOf } from './action-steps.ts';
import type { OpenSession } from './member-session.ts';
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
    if (ending === undefined) left += 1;
    else if (await state.finish(remediation.id, ending, ACTOR, now())) settled += 1;
  }
  return { settled, expired: await state.expire(now()), left };
}

async function endingOf(remediation: Remediation, dependencies: SettleDependencies): Promise<Ending | undefined> {
  const { actionId, subject, before, after, status } = remediation;
  const action = dependencies.actions.find(({ id }) => id === actionId);
  if (!action) return { status: 'failed', kind: 'failure', reason: 'this version does not know the action any more' };
  let standing: Standing;
  try {
    const session = await dependencies.openSession(action, 'plan', subject);
    try {
      standing = await standingOf(action, subject, { before, after }, session);
    } finally {
      session.close();
    }
  } catch {
    return undefined;
  }
  return status === 'undoing' ? ofUndo(standing) : ofChange(standing);
}

function ofChange(standing: Standing): Ending {
  if (standing === 'after')
    return { status: 'applied', kind: 'application', reason: 'interrupted after the change was made' };
  return { status: 'failed', kind: 'failure', reason: `interrupted; ${FOUND[standing]}` };
}

function ofUndo(standing: Standing): Ending {
  if (standing === 'before') return { status: 'undone', kind: 'undo', reason: 'interrupted after it was undone' };
  if (standing === 'after')
    return { status: 'applied', kind: 'undo-refusal', reason: 'interrupted before it was undone; undo it again' };
  return { status: 'failed', kind: 'undo-refusal', reason: `interrupted while it was undone; ${FOUND[standing]}` };
}

const FOUND: Readonly<Record<Exclude<Standing, 'after'>, string>> = {
  before: 'nothing was changed',
  neither: 'the resource is as it was neither before nor after',
  gone: 'the resource is gone',
  denied: 'the account does not let us look',
};
