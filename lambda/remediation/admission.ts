/** Whether a planned change may go as far as its mode says, given what has happened before. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { Subject } from './action.ts';
import type { Aspiration, PlannedChange, Remediation, Terms } from './record.ts';

/** Reversals of one action on one resource within {@link REVERSAL_DAYS} after which it is given up. */
export const REVERSALS_TO_STOP = 2;
export const REVERSAL_DAYS = 7;

/**
 * Minutes after a change in which a service may still show what was there before, and several findings of one source come in:
 * what looks like a reversal then is looked at again.
 */
export const SETTLING_MINUTES = 5;

/** What the database knows when a change is to be taken up. */
export interface History {
  /** The one that is under way. */
  readonly open: Remediation | undefined;
  /** The newest of all that are not under way. */
  readonly last: Remediation | undefined;
  /** How often it was reverted in the last {@link REVERSAL_DAYS} days, not counting this time. */
  readonly reversals: number;
  readonly startsInAnHour: number;
  readonly startsOfAccountInAnHour: number;
  /** Changes by this action that failed, on whatever resource of the account. */
  readonly failuresOfAccountInAnHour: number;
  /** Accounts in which a change by this action failed. */
  readonly failingAccountsInAnHour: number;
}

/** What to do about a planned change. */
export interface Admission {
  readonly outcome: Aspiration | 'stopped' | 'in-progress' | 'settling' | 'unchanged';
  readonly reason: string | undefined;
  /** Somebody has reverted what was applied. */
  readonly isReversal: boolean;
  /** The open request is void. */
  readonly expires: boolean;
}

const NOTHING_WRITTEN: ReadonlySet<Admission['outcome']> = new Set(['unchanged', 'in-progress', 'settling']);

/**
 * Decides.
 *
 * @param now when the resource was read for the plan
 */
export function admit(
  change: Pick<PlannedChange, 'before' | 'endsByItself'> & { readonly subject: Pick<Subject, 'observedAt'> },
  aspiration: Aspiration,
  history: History,
  { limits }: Pick<Terms, 'limits'>,
  now: Date,
): Admission {
  const { open, last } = history;
  // Anything else that differs from what was applied is a new weakness, a new standard, or a threat that goes on.
  const isAsBefore = last?.status === 'applied' && isDeepStrictEqual(change.before, last.before);
  const isReversal = isAsBefore && change.endsByItself !== true;
  const answer = (outcome: Admission['outcome'], reason?: string, expires = false): Admission => ({
    outcome,
    reason,
    isReversal: isReversal && !NOTHING_WRITTEN.has(outcome),
    expires,
  });

  // Applied or undone since this was planned: what the plan has read says nothing about now.
  if ((last?.status === 'applied' || last?.status === 'undone') && endOf(last) >= now.getTime()) {
    return answer('in-progress', 'somebody has just been at it');
  }
  if (open?.status === 'applying' || open?.status === 'undoing') return answer('in-progress', 'somebody is at it');
  if (isAsBefore && now.getTime() - endOf(last) < SETTLING_MINUTES * 60_000) {
    return answer('settling', 'it was changed a moment ago, and the service may not show it yet');
  }
  if (isAsBefore && !isReversal && Date.parse(change.subject.observedAt) <= endOf(last)) {
    return answer('unchanged', 'it has had its effect, and nothing was seen since');
  }
  const expires =
    open?.status === 'requested' && open.expiresAt !== null && Date.parse(open.expiresAt) <= now.getTime();
  const isSame = open !== undefined && isDeepStrictEqual(open.before, change.before);
  if (open?.status === 'requested' && !expires && isSame && aspiration !== 'applying') return answer('unchanged');
  if (open?.status === 'planned' && isSame && aspiration === 'planned') return answer('unchanged');
  // A request is not withdrawn because the mode is lower now: people may still answer it, within the scope of then.
  if (aspiration === 'planned')
    return answer(open?.status === 'requested' && !expires ? 'unchanged' : 'planned', undefined, expires);

  const reversals = history.reversals + (isReversal ? 1 : 0);
  if (last?.status === 'stopped' && open === undefined && isRecent(last, now))
    return answer('unchanged', last.reason ?? undefined);
  if (reversals >= REVERSALS_TO_STOP) {
    return answer(
      'stopped',
      `reverted ${reversals} times in ${REVERSAL_DAYS} days: something else sets it back`,
      expires,
    );
  }
  if (aspiration === 'requested') return answer('requested', undefined, expires);

  const waits = waitsBecause(history, limits);
  // A request that waits for one of these reasons waits on.
  if (waits !== undefined && open?.status === 'requested' && !expires && isSame) return answer('unchanged');
  return waits === undefined ? answer('applying', undefined, expires) : answer('requested', waits, expires);
}

function waitsBecause(history: History, limits: Terms['limits']): string | undefined {
  if (history.last?.status === 'undone') return 'it was undone before: a person has to want it again';
  if (history.failuresOfAccountInAnHour >= limits.failuresPerHour) {
    return `this action has failed ${history.failuresOfAccountInAnHour} times within an hour in this account`;
  }
  if (history.failingAccountsInAnHour >= limits.failuresPerHour) {
    return `this action has failed in ${history.failingAccountsInAnHour} accounts within an hour`;
  }
  if (history.startsInAnHour >= limits.changesPerHour)
    return `${history.startsInAnHour} changes within an hour are enough`;
  if (history.startsOfAccountInAnHour >= limits.changesPerAccountAndHour) {
    return `${history.startsOfAccountInAnHour} changes in one account within an hour are enough`;
  }
  return undefined;
}

/** Milliseconds since 1970 at which it was made, undone or given up, whatever was tried after that. */
function endOf({ endedAt, updatedAt }: Remediation): number {
  return Date.parse(endedAt ?? updatedAt);
}

function isRecent(last: Remediation, now: Date): boolean {
  return now.getTime() - endOf(last) < REVERSAL_DAYS * 24 * 60 * 60_000;
}
