/** A plan within its scope: decided before anything is read, and again with what was read. */
import type { Action, Aim } from './action.ts';
import { type Change, type NoChange, planAction } from './action-steps.ts';
import type { Configuration, Mode } from './configuration.ts';
import { NoSession, type OpenSession } from './member-session.ts';
import { type Scope, decideScope } from './scope.ts';

/** A change that may be made as far as its mode says, or why there is none. */
export type ScopedPlan =
  | (Change & { readonly mode: Exclude<Mode, 'off'> })
  | NoChange
  | { readonly outcome: 'off' | 'unresolved'; readonly reason: string };

/** Units that an account is in, the root included; undefined where that cannot be told. */
export type OrganizationalUnits = (accountId: string) => Promise<ReadonlySet<string> | undefined>;

/** Plans. Throws where a service or STS does not answer. */
export async function planWithinScope(
  action: Action,
  aim: Aim,
  configuration: Configuration,
  unitsOf: OrganizationalUnits,
  openSession: OpenSession,
): Promise<ScopedPlan> {
  const { subject, now } = aim;
  // Organizations is asked only where its answer matters.
  const matter = configuration.assignments.some(({ organizationalUnits }) => organizationalUnits !== undefined);
  const circumstances = {
    action,
    accountId: subject.accountId,
    resourceIds: [subject.resourceId, ...(subject.aliases ?? [])],
    organizationalUnits: matter ? await unitsOf(subject.accountId) : undefined,
    principal: subject.principal ?? null,
    now,
  };
  // Tags that only the account itself can tell leave it open; no account is looked into where nothing could follow.
  const before = decideScope(configuration, { ...circumstances, tags: subject.tags });
  if (before.mode === 'off' && before.outcome !== 'unresolved') return without(before);

  const plan = await inSession(openSession, action, aim);
  if (plan.outcome !== 'change') return plan;
  const principal = plan.principal ?? subject.principal ?? null;
  const scope = decideScope(configuration, { ...circumstances, principal, tags: plan.tags ?? subject.tags });
  return scope.mode === 'off' ? without(scope) : { ...plan, mode: scope.mode };
}

function without({ outcome, reason }: Extract<Scope, { mode: 'off' }>) {
  return { outcome, reason };
}

async function inSession(openSession: OpenSession, action: Action, aim: Aim): Promise<Change | NoChange> {
  try {
    const session = await openSession(action, 'plan', aim.subject);
    try {
      return await planAction(action, aim, session);
    } finally {
      session.close();
    }
  } catch (error) {
    if (error instanceof NoSession) return { outcome: 'denied', reason: error.message };
    throw error;
  }
}
