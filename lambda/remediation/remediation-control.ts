/**
 * The use case of people: they list, look at, plan, approve and undo remediations. Who they are is what AWS says of the signed
 * request. Approving is bound by the scope of the moment; undoing is not, since it has to be possible always.
 */
import { z } from 'zod';
import { type Action } from './action.ts';
import { type Changed, undoAction } from './action-steps.ts';
import { isDeepStrictEqual } from 'node:util';
import type { Configuration } from './configuration.ts';
import { NoSession, type OpenSession } from './member-session.ts';
import { type Ending, type Remediation, type RemediationEvent, type RemediationState, STATUSES } from './record.ts';
import { type RemediateDependencies, attempt } from './remediate.ts';
import { planWithinScope } from './scoped-plan.ts';

const id = z
  .string()
  .regex(/^r-[0-9a-f]{20}$/, { error: 'must be the id of a remediation, such as r-0123456789abcdef0123' });

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
  z.strictObject({ command: z.literal('approve'), id }),
  z.strictObject({ command: z.literal('undo'), id }),
]);

export type ControlRequest = z.infer<typeof controlRequestSchema>;

/** Who asks, as AWS reports it. */
export interface Caller {
  readonly accountId: string;
  /** ARN of the user, or of the role's session. */
  readonly userArn: string;
}

export type ControlAnswer =
  | { readonly outcome: 'listed'; readonly remediations: readonly Remediation[] }
  | {
      readonly outcome: 'shown';
      readonly remediation: Remediation;
      readonly events: readonly RemediationEvent[];
    }
  | {
      readonly outcome: 'planned' | 'replanned' | 'waiting' | 'applied' | 'failed' | 'undone' | 'refused' | 'not-found';
      readonly reason: string;
    };

export interface ControlDependencies {
  readonly configuration: Configuration;
  readonly actions: readonly Action[];
  readonly state: RemediationState;
  readonly openSession: OpenSession;
  readonly organizationalUnits: RemediateDependencies['organizationalUnits'];
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
    return { outcome: 'listed', remediations: await state.list(filter, limit) };
  }
  const found = await state.find(request.id);
  if (!found) return { outcome: 'not-found', reason: `there is no remediation ${request.id}` };
  const { remediation, events } = found;
  if (request.command === 'show') return { outcome: 'shown', remediation, events };
  const action = dependencies.actions.find((each) => each.id === remediation.actionId);
  if (!action) return refused(`this version knows no action ${remediation.actionId}`);
  switch (request.command) {
    case 'plan':
      return replan(remediation, action, dependencies);
    case 'approve':
      return approve(remediation, action, caller, dependencies);
    case 'undo':
      return undo(remediation, action, caller, dependencies);
  }
}

function refused(reason: string): ControlAnswer {
  return { outcome: 'refused', reason };
}

/** What would be done now, within the scope of now. */
async function planAgain({ subject }: Remediation, action: Action, dependencies: ControlDependencies, now: Date) {
  const { configuration, organizationalUnits, openSession } = dependencies;
  const aim = { subject, standard: configuration.standard, now };
  return { aim, plan: await planWithinScope(action, aim, configuration, organizationalUnits, openSession) };
}

async function replan(
  remediation: Remediation,
  action: Action,
  dependencies: ControlDependencies,
): Promise<ControlAnswer> {
  const now = dependencies.now();
  const { plan } = await planAgain(remediation, action, dependencies, now);
  if (plan.outcome !== 'change') return refused(`${plan.outcome}: ${plan.reason}`);
  if (isDeepStrictEqual(plan.before, remediation.before)) {
    return { outcome: 'planned', reason: 'the plan still holds' };
  }
  if (remediation.status !== 'requested' && remediation.status !== 'stopped') {
    return refused(`it is ${remediation.status}, and the resource is no longer as it was then`);
  }
  await dependencies.state.replan(remediation.id, plan, now);
  return {
    outcome: 'replanned',
    reason: 'the resource has changed since; look at the new plan, which nobody has approved',
  };
}

async function approve(
  remediation: Remediation,
  action: Action,
  caller: Caller,
  dependencies: ControlDependencies,
): Promise<ControlAnswer> {
  const { state, configuration } = dependencies;
  const now = dependencies.now();
  if (remediation.status !== 'requested' && remediation.status !== 'stopped') {
    return refused(`it is ${remediation.status}, and waits for no approval`);
  }
  if (personOf(remediation.requestedBy) === personOf(caller.userArn)) {
    return refused('whoever has asked for it cannot approve it');
  }
  // Before anybody's consent is noted, what they consent to has to be what would happen.
  const { aim, plan } = await planAgain(remediation, action, dependencies, now);
  if (plan.outcome !== 'change') return refused(`${plan.outcome}: ${plan.reason}`);
  if (plan.mode === 'plan') return refused('the configuration allows plans only here');
  const isSame =
    isDeepStrictEqual(plan.before, remediation.before) &&
    (action.isTimed === true || isDeepStrictEqual(plan.after, remediation.after));
  if (!isSame) {
    await state.replan(remediation.id, plan, now);
    return { outcome: 'replanned', reason: 'the resource has changed since; look at the new plan and approve that' };
  }
  const approved = await state.approve(remediation.id, caller.userArn, now);
  if (!approved) return refused('the request has expired, or somebody has dealt with it');
  const agreed = new Set(approved.approvals.map(({ who }) => personOf(who)));
  const missing = configuration.approval.approvers - agreed.size;
  if (missing > 0) return { outcome: 'waiting', reason: 'noted; a second person has to approve it' };

  if (!(await state.start(remediation.id, plan, caller.userArn, now)))
    return refused('somebody else has dealt with it');
  const { ending, error } = await attempt(action, aim, plan, dependencies.openSession);
  await state.finish(remediation.id, ending, caller.userArn, dependencies.now());
  if (error !== undefined) throw error instanceof Error ? error : new Error('Unknown');
  if (ending.status === 'applied')
    return { outcome: 'applied', reason: `undo it with: vsoc remediation undo ${remediation.id}` };
  return { outcome: 'failed', reason: ending.reason ?? 'it failed' };
}

async function undo(
  remediation: Remediation,
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
  if (!(await state.startUndo(remediation.id, caller.userArn, dependencies.now()))) {
    return refused('the resource is being dealt with, or the same action is planned on it anew');
  }
  const finish = (ending: Ending) => state.finish(remediation.id, ending, caller.userArn, dependencies.now());
  let changed: Changed;
  try {
    const session = await openSession(action, 'undo', remediation.subject);
    try {
      changed = await undoAction(action, remediation.subject, remediation, session);
    } finally {
      session.close();
    }
  } catch (error) {
    await finish({ status, kind: 'undo-refusal', reason: 'the account did not answer; nothing was undone' });
    if (error instanceof NoSession) return refused(error.message);
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
      status: 'failed',
      kind: 'undo-refusal',
      reason: changed.reason,
      ...(changed.now === undefined ? {} : { after: changed.now }),
    });
    return { outcome: 'failed', reason: changed.reason };
  }
  await finish({ status, kind: 'undo-refusal', reason: changed.reason });
  return refused(changed.reason);
}

/**
 * Who is behind an ARN, as far as AWS vouches for it. The name of a role's session is the caller's to choose, so all sessions
 * of a role count as one person; only Identity Center names sessions after people, whatever permission set they use.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_rolesessionname
 */
export function personOf(arn: string): string {
  const [, partition, account, role, session] =
    /^arn:([^:]+):sts::(\d{12}):assumed-role\/([^/]+)\/(.+)$/.exec(arn) ?? [];
  if (role === undefined || session === undefined) return arn;
  return role.startsWith('AWSReservedSSO_')
    ? `identity-center/${session.toLowerCase()}`
    : `arn:${partition}:iam::${account}:role/${role}`;
}
