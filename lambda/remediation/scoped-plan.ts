/** A plan within its scope: decided before anything is read, and again with what was read. */
import type { Action, Aim, Subject } from './action.ts';
import { type Change, type NoChange, planAction } from './action-steps.ts';
import type { Configuration, Mode } from './configuration.ts';
import { NoSession, type OpenSession } from './member-session.ts';
import { type Circumstances, type Scope, decideScope } from './scope.ts';

/** A change that may be made as far as its mode says, or why there is none. */
export type ScopedPlan =
  | (Change & { readonly mode: Exclude<Mode, 'off'> })
  | (NoChange & {
      /** How far a change could have gone, where that is known. */
      readonly mode?: Exclude<Mode, 'off'> | undefined;
    })
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
  const circumstances = await circumstancesOf(action, aim, configuration, unitsOf);
  const before = decideScope(configuration, circumstances);
  // Tags that only the account itself can tell leave it open.
  if (before.mode === 'off' && before.outcome !== 'unresolved') return without(before);

  const plan = await inSession(openSession, action, aim);
  if (plan.outcome !== 'change' && plan.outcome !== 'alert') {
    return { ...plan, mode: furthest(before) };
  }
  const scope = decideScope(configuration, {
    ...circumstances,
    resourceIds: [...circumstances.resourceIds, ...(plan.aliases ?? [])],
    principal: plan.principal ?? circumstances.principal,
    // The finding's may be old: where the account does not tell them, they are not known.
    tags: plan.tags,
  });
  if (plan.outcome === 'change') return scope.mode === 'off' ? without(scope) : { ...plan, mode: scope.mode };
  // An alert does nothing, so that it is better told than not where it cannot be decided.
  return scope.mode === 'off' && scope.outcome !== 'unresolved' ? without(scope) : { ...plan, mode: furthest(scope) };
}

/** How far a change could go at the most. */
function furthest(scope: Scope): Exclude<Mode, 'off'> | undefined {
  return scope.mode === 'off' ? scope.furthest : scope.mode;
}

/** Whether nothing could follow, whatever its tags are, so that no account has to be looked into. */
export async function isOutOfScope(
  action: Action,
  aim: Pick<Aim, 'subject' | 'now'>,
  configuration: Configuration,
  unitsOf: OrganizationalUnits,
): Promise<boolean> {
  const circumstances = await circumstancesOf(action, aim, configuration, unitsOf);
  const scope = decideScope(configuration, { ...circumstances, tags: undefined });
  return scope.mode === 'off' && scope.outcome !== 'unresolved';
}

async function circumstancesOf(
  action: Action,
  { subject, now }: Pick<Aim, 'subject' | 'now'>,
  { assignments }: Configuration,
  unitsOf: OrganizationalUnits,
): Promise<Circumstances> {
  const { accountId, region, principal = null, tags } = subject;
  // Organizations is asked only where its answer matters.
  const matter = assignments.some(({ organizationalUnits }) => organizationalUnits !== undefined);
  const organizationalUnits = matter ? await unitsOf(accountId) : undefined;
  return { action, accountId, region, resourceIds: namesOf(subject), organizationalUnits, principal, tags, now };
}

/** All that a resource is called. */
export function namesOf({ resourceId, aliases = [] }: Pick<Subject, 'resourceId' | 'aliases'>): string[] {
  return [resourceId, ...aliases];
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
