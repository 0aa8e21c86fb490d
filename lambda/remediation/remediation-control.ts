/**
 * The use case of people: they list, look at, plan, approve and undo remediations. Who they are is what AWS says of the signed
 * request. Approving is bound by the scope of the moment; undoing is not, since it has to be possible always.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { techniqueFindingId } from '../core/technique-finding.ts';
import type { Action, Risk } from './action.ts';
import { type Changed, refusalOfUndo, undoAction } from './action-steps.ts';
import { BadConfiguration, type Configuration } from './configuration.ts';
import { NoSession, type OpenSession } from './member-session.ts';
import { type Person, type PersonKind, type Role, personOf } from './person.ts';
import { planHash } from './plan-hash.ts';
import {
  type Approval,
  type Ending,
  type PlanContent,
  type Remediation,
  type RemediationEvent,
  type RemediationState,
  STATUSES,
  type Status,
} from './record.ts';
import { type RemediateDependencies, attempt } from './remediate.ts';
import { planWithinScope } from './scoped-plan.ts';

const id = z
  .string()
  .regex(/^r-[0-9a-f]{20}$/, { error: 'must be the id of a remediation, such as r-0123456789abcdef0123' });

const plan = z
  .string({ error: 'say which plan you agree to: show tells its hash' })
  .regex(/^[0-9a-f]{12}$/, { error: 'must be the hash of the plan that you agree to, as show tells it' });

/** What can be asked. */
export const controlRequestSchema = z.discriminatedUnion('command', [
  z.strictObject({
    command: z.literal('list'),
    status: z.enum(STATUSES).optional(),
    account: z
      .string()
      .regex(/^\d{12}$/, { error: 'must be an account id of 12 digits' })
      .optional(),
    limit: z.int().min(1).max(500).default(100),
  }),
  z.strictObject({ command: z.literal('show'), id }),
  z.strictObject({ command: z.literal('plan'), id }),
  z.strictObject({ command: z.literal('approve'), id, plan }),
  z.strictObject({ command: z.literal('undo'), id }),
]);

export type ControlRequest = z.infer<typeof controlRequestSchema>;

/** Who asks, as AWS reports it. */
export interface Caller {
  readonly accountId: string;
  /** ARN of the user, or of the role's session. */
  readonly userArn: string;
}

/** What an action is, for whoever decides about it. */
export type ActionFacts = { readonly title: string; readonly risk: Risk } & Pick<Action, 'cost' | 'irreversible'>;

export type ControlAnswer =
  | {
      readonly outcome: 'listed';
      /** Each with the hash of its plan. */
      readonly remediations: readonly (Remediation & { readonly plan: string })[];
      /** Whether there are more than were asked for. */
      readonly more: boolean;
    }
  | {
      readonly outcome: 'shown';
      readonly remediation: Remediation;
      readonly events: readonly RemediationEvent[];
      /** Id of the technique finding that has asked for it. */
      readonly finding: string;
      /** Hash of its plan, to approve it by. */
      readonly plan: string;
      /** Null where this version does not know the action any more. */
      readonly action: ActionFacts | null;
    }
  | {
      readonly outcome: 'planned' | 'replanned' | 'waiting' | 'applied' | 'failed' | 'undone' | 'refused' | 'not-found';
      readonly reason: string;
    };

export interface ControlDependencies {
  /**
   * Reads the configuration of the moment, only where something depends on it: a broken one must not keep people from looking and
   * undoing. Throws {@link BadConfiguration}, and what S3 answers.
   */
  readonly configuration: () => Promise<Configuration>;
  readonly actions: readonly Action[];
  readonly state: RemediationState;
  readonly openSession: OpenSession;
  readonly organizationalUnits: RemediateDependencies['organizationalUnits'];
  /** Whether a role is one of IAM Identity Center. */
  readonly isOfIdentityCenter: (role: Role) => Promise<boolean>;
  readonly now: () => Date;
}

/** Answers a request. Throws where database or account do not answer. */
export async function controlRemediation(
  request: ControlRequest,
  caller: Caller,
  dependencies: ControlDependencies,
): Promise<ControlAnswer> {
  const { state } = dependencies;
  if (request.command === 'list') {
    const { status, account, limit } = request;
    const filter = { ...(status ? { status } : {}), ...(account ? { accountId: account } : {}) };
    const found = await state.list(filter, limit + 1);
    const remediations = found.slice(0, limit).map((each) => ({ ...each, plan: planHash(each) }));
    return { outcome: 'listed', remediations, more: found.length > limit };
  }
  const found = await state.find(request.id);
  if (!found) return { outcome: 'not-found', reason: `there is no remediation ${request.id}` };
  const { remediation, events } = found;
  const action = dependencies.actions.find((each) => each.id === remediation.actionId);
  if (request.command === 'show') {
    return {
      outcome: 'shown',
      remediation,
      events,
      finding: techniqueFindingId(remediation.techniqueId, remediation.sourceKey),
      plan: planHash(remediation),
      action: action ? factsOf(action) : null,
    };
  }
  if (!action) return refused(`this version knows no action ${remediation.actionId}`);
  switch (request.command) {
    case 'plan':
      return replan(remediation, action, dependencies);
    case 'approve':
      return approve(remediation, action, caller, request.plan, dependencies);
    case 'undo':
      return undo(remediation, events, action, caller, dependencies);
  }
}

function refused(reason: string): ControlAnswer {
  return { outcome: 'refused', reason };
}

function factsOf({ title, risk, cost, irreversible }: Action): ActionFacts {
  return {
    title,
    risk,
    ...(cost === undefined ? {} : { cost }),
    ...(irreversible === undefined ? {} : { irreversible }),
  };
}

/** The statuses in which a plan may still be renewed, and agreed to. */
const WAITING: readonly Status[] = ['planned', 'requested', 'stopped'];

/** The configuration, or what is wrong with it: whoever asks can see to it that it is mended. */
async function readConfiguration({ configuration }: ControlDependencies): Promise<Configuration | string> {
  try {
    return await configuration();
  } catch (error) {
    const problem =
      error instanceof BadConfiguration ? error.message : `${error instanceof Error ? error.name : 'Unknown'} from S3`;
    return `the configuration of remediation cannot be used: ${problem}`;
  }
}

/** Why the finding does not ask for it any more, if it does not. */
async function closed(
  { id, sourceKey, techniqueId }: Remediation,
  { state }: ControlDependencies,
): Promise<string | undefined> {
  // Several findings may have asked; one that is open is enough.
  if (await state.isWanted(id)) return undefined;
  const known = await state.findFinding(sourceKey, techniqueId);
  if (known === undefined) return 'the finding that asked for it is gone';
  return known.isActive && known.source !== null
    ? 'the finding that asked for it is suppressed or resolved by now'
    : 'the finding that asked for it is closed by now';
}

/** What would be done now, within the scope of now; or why that is nothing. */
async function planAgain(
  remediation: Remediation,
  action: Action,
  configuration: Configuration,
  dependencies: ControlDependencies,
  now: Date,
) {
  const { organizationalUnits, openSession } = dependencies;
  const reason = await closed(remediation, dependencies);
  if (reason !== undefined) return reason;
  const aim = { subject: remediation.subject, standard: configuration.standard, now };
  const plan = await planWithinScope(action, aim, configuration, organizationalUnits, openSession);
  if (plan.outcome !== 'change') return `${plan.outcome}: ${plan.reason}`;
  const { before, after, calls, mode } = plan;
  return { aim, mode, plan: { before, after, calls } };
}

/** Whether the same would be done; what moves with the time is another each time. */
function isSame(action: Action, recorded: PlanContent, plan: PlanContent): boolean {
  return action.isTimed === true
    ? isDeepStrictEqual(recorded.before, plan.before)
    : planHash(recorded) === planHash(plan);
}

async function replan(
  remediation: Remediation,
  action: Action,
  dependencies: ControlDependencies,
): Promise<ControlAnswer> {
  const now = dependencies.now();
  if (!WAITING.includes(remediation.status)) return refused(`it is ${remediation.status}, and waits for nothing`);
  const configuration = await readConfiguration(dependencies);
  if (typeof configuration === 'string') return refused(configuration);
  const again = await planAgain(remediation, action, configuration, dependencies, now);
  if (typeof again === 'string') return refused(again);
  const { plan } = again;
  if (isSame(action, remediation, plan)) return { outcome: 'planned', reason: 'the plan still holds' };
  return putInPlace(remediation, plan, dependencies, now);
}

async function putInPlace(
  { id, before, after, calls }: Remediation,
  plan: PlanContent,
  { state }: ControlDependencies,
  now: Date,
): Promise<ControlAnswer> {
  if (!(await state.replan(id, { before, after, calls }, plan, now))) return refused(MEANWHILE);
  return {
    outcome: 'replanned',
    reason: `what would be done is no longer the same; look at the new plan (${planHash(plan)}), which nobody has approved`,
  };
}

const MEANWHILE =
  'somebody has dealt with it meanwhile, or the same change is open under another id; look at it and at the list';

async function approve(
  remediation: Remediation,
  action: Action,
  caller: Caller,
  seen: string,
  dependencies: ControlDependencies,
): Promise<ControlAnswer> {
  const { state } = dependencies;
  const now = dependencies.now();
  const who = caller.userArn;
  if (!WAITING.includes(remediation.status)) {
    return refused(`it is ${remediation.status}, and waits for no approval`);
  }
  const person = personOf(who);
  if (personOf(remediation.requestedBy).id === person.id) {
    return refused('whoever has asked for it cannot approve it');
  }
  if (planHash(remediation) !== seen) {
    return refused(`its plan is ${planHash(remediation)} by now, and not the one that you have looked at`);
  }
  const configuration = await readConfiguration(dependencies);
  if (typeof configuration === 'string') return refused(configuration);
  const { approvers } = configuration.approval;
  if (approvers > 1 && !(await isVouchedFor(person, dependencies))) return refused(UNNAMED[person.kind]);

  // Before anybody's consent is noted, what they consent to has to be what would happen.
  const again = await planAgain(remediation, action, configuration, dependencies, now);
  if (typeof again === 'string') return refused(again);
  const { aim, mode, plan } = again;
  if (mode === 'plan') return refused('the configuration allows plans only here');
  if (!isSame(action, remediation, plan)) return putInPlace(remediation, plan, dependencies, now);
  const approved = await state.approve(remediation.id, remediation, who, configuration.approval, now);
  if (!approved) return refused('the request has expired, or somebody has dealt with it');
  if (approvers > 1 && (await countPeople(approved.approvals, dependencies)) < approvers) {
    return { outcome: 'waiting', reason: `noted; ${SECOND[person.kind]} has to approve it` };
  }

  if (!(await state.start(remediation.id, remediation, plan, who, now))) return refused(MEANWHILE);
  const { ending, error } = await attempt(action, aim, plan, dependencies.openSession);
  if (error !== undefined) {
    // Nothing was changed, and they have agreed to it: they may try again for as long as they might have approved it.
    const status = approved.status === 'stopped' ? 'stopped' : 'requested';
    const { after: _after, ...again } = { ...ending, status, expiresAt: approved.expiresAt } as const;
    await state.finish(remediation.id, again, who, dependencies.now());
    throw error instanceof Error ? error : new Error('Unknown');
  }
  await state.finish(remediation.id, ending, who, dependencies.now());
  if (ending.status === 'applied') {
    const undoing = `undo it with: vsoc remediation undo ${remediation.id}`;
    return { outcome: 'applied', reason: action.irreversible ?? undoing };
  }
  return { outcome: 'failed', reason: ending.reason ?? 'it failed' };
}

const SECOND: Readonly<Record<PersonKind, string>> = {
  'identity-center': 'a second person of IAM Identity Center',
  'iam-user': 'a second IAM user',
  unnamed: 'a second person',
};

const NAMED = 'approve it as a person of IAM Identity Center, or as an IAM user';

/** Why somebody whom AWS does not name is not one of two: it might be who has approved before. */
const UNNAMED: Readonly<Record<PersonKind, string>> = {
  'identity-center': `two people have to approve it, and your role is none of IAM Identity Center in this account: ${NAMED}`,
  'iam-user': `two people have to approve it: ${NAMED}`,
  unnamed: `two people have to approve it, and one person may take several roles under any name: ${NAMED}`,
};

/** Whether AWS itself has named the person: a role may only look like one of Identity Center. */
async function isVouchedFor({ kind, role }: Person, { isOfIdentityCenter }: ControlDependencies): Promise<boolean> {
  if (kind !== 'identity-center') return kind === 'iam-user';
  return role !== undefined && isOfIdentityCenter(role);
}

/** How many have agreed, of one kind: one person may have a user of IAM and one of Identity Center. */
async function countPeople(approvals: readonly Approval[], dependencies: ControlDependencies): Promise<number> {
  const people = new Map<PersonKind, Set<string>>();
  for (const { who } of approvals) {
    const person = personOf(who);
    if (!(await isVouchedFor(person, dependencies))) continue;
    people.set(person.kind, (people.get(person.kind) ?? new Set()).add(person.id));
  }
  return Math.max(0, ...[...people.values()].map(({ size }) => size));
}

async function undo(
  remediation: Remediation,
  events: readonly RemediationEvent[],
  action: Action,
  caller: Caller,
  dependencies: ControlDependencies,
): Promise<ControlAnswer> {
  const { state, openSession } = dependencies;
  if (action.irreversible !== undefined) return refused(action.irreversible);
  const { status } = remediation;
  // What failed may have been done in part; the record then says what was left, and undo goes by that.
  if (status !== 'applied' && status !== 'failed') {
    return refused(`it is ${status}; only what is applied can be undone`);
  }
  // A note that nothing could be done is `failed` too; what it says of before and after is nothing.
  if (!events.some(({ kind }) => kind === 'start')) return refused('nothing was begun, so there is nothing to undo');
  if (isDeepStrictEqual(remediation.before, remediation.after)) {
    return refused('nothing was changed, so there is nothing to undo');
  }
  const finish = (ending: Ending) => state.finish(remediation.id, ending, caller.userArn, dependencies.now());
  const refuse = async (reason: string) => {
    await state.refuseUndo(remediation.id, reason, caller.userArn, dependencies.now());
    return refused(reason);
  };
  let isBegun = false;
  let changed: Changed;
  try {
    const session = await openSession(action, 'undo', remediation.subject);
    try {
      // What is planned on the resource lapses by an undo, and by none that changes nothing.
      const refusal = await refusalOfUndo(action, remediation.subject, remediation, session);
      if (refusal) return await refuse(refusal.reason);
      isBegun = await state.startUndo(remediation.id, caller.userArn, dependencies.now());
      if (!isBegun) {
        return refused(
          'somebody is at the resource, or a later change of the same action stands there and is to be undone first',
        );
      }
      changed = await undoAction(action, remediation.subject, remediation, session);
    } finally {
      session.close();
    }
  } catch (error) {
    const reason = error instanceof NoSession ? error.message : 'the account did not answer; nothing was undone';
    if (isBegun) await finish({ status, kind: 'undo-refusal', reason });
    else await refuse(reason);
    if (error instanceof NoSession) return refused(reason);
    throw error;
  }
  if (changed.outcome === 'done') {
    await finish({ status: 'undone', kind: 'undo', reason: null });
    return {
      outcome: 'undone',
      reason: 'what was there before is back; it is not applied again unless somebody approves it',
    };
  }
  if (changed.outcome === 'failed') {
    await finish({
      // Where all is as it was, the change stands.
      status: isDeepStrictEqual(changed.now, remediation.after) ? status : 'failed',
      kind: 'undo-refusal',
      reason: changed.reason,
      ...(changed.now === undefined ? {} : { after: changed.now }),
    });
    return { outcome: 'failed', reason: changed.reason };
  }
  await finish({ status, kind: 'undo-refusal', reason: changed.reason });
  return refused(changed.reason);
}
