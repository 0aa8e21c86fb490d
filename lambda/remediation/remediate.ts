/**
 * The use case of remediation: an event of one of our technique findings comes in; what may be done about its source is
 * planned, asked for, or done, and recorded either way.
 *
 * Of the event only the finding's Id is taken. Any account may import a finding that looks like ours, so account, resource
 * and rule come from the database, and the event is believed only where the finding is known to be written.
 */
import type { QueueMessage } from '../enrich-finding.ts';
import type { Resource } from '../core/finding.ts';
import { isEvent } from '../core/finding-message.ts';
import { isNativeProduct, productOf } from '../core/finding-provider.ts';
import { formatInstant } from '../core/instant.ts';
import { type Place, claimedPlace, targetOf } from '../core/publish-target.ts';
import { type SecurityHubTarget, partitionOf } from '../core/security-hub-target.ts';
import { readStoredFinding } from '../core/stored-finding.ts';
import { parseTechniqueFindingId } from '../core/technique-finding.ts';
import { type Action, type Aim, type Json, type Source, type Subject, type Tags, answers, serves } from './action.ts';
import { type RecordedChange, Unanswered, applyAction, isDenied } from './action-steps.ts';
import type { Configuration, Mode } from './configuration.ts';
import { NoSession, type OpenSession } from './member-session.ts';
import {
  AUTOMATIC,
  type Aspiration,
  type Ending,
  type OpenPlan,
  type PlannedChange,
  type RemediationState,
  recordedRegion,
} from './record.ts';
import { type OrganizationalUnits, type ScopedPlan, isOutOfScope, namesOf, planWithinScope } from './scoped-plan.ts';

export interface RemediateDependencies {
  readonly configuration: Configuration;
  readonly actions: readonly Action[];
  readonly state: RemediationState;
  readonly openSession: OpenSession;
  readonly organizationalUnits: OrganizationalUnits;
  readonly hub: SecurityHubTarget;
  readonly now: () => Date;
  /** Whether there is time left for another action, with so many messages waiting for theirs. @default always */
  readonly hasTime?: (waiting: number) => boolean;
}

/** What became of one action on one resource. */
export type Outcome =
  | Exclude<ScopedPlan['outcome'], 'change'>
  | 'planned'
  /** The account does not let us look, where a plan is all that was wanted. */
  | 'unplanned'
  | 'requested'
  | 'stopped'
  | 'unchanged'
  | 'in-progress'
  | 'settling'
  | 'applied'
  | 'failed';

/** What became of a batch. */
export interface RemediationReport {
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  /** Findings that look like ours and are not: unknown, or published by somebody else. Somebody should look. */
  readonly foreign: number;
  /** Findings that there is nothing to do about: closed, suppressed, tactic findings, none of an action. */
  readonly ignored: number;
  /** Messages to be delivered again, with the reason. */
  readonly failed: ReadonlyMap<string, string>;
}

/** Takes up the findings of a batch. A message whose accounts or database do not answer is returned, the others are done. */
export async function remediate(
  messages: readonly QueueMessage[],
  dependencies: RemediateDependencies,
): Promise<RemediationReport> {
  const outcomes: Partial<Record<Outcome, number>> = {};
  const failed = new Map<string, string>();
  let foreign = 0;
  let ignored = 0;
  for (const [index, { messageId, body }] of messages.entries()) {
    const waiting = messages.length - index - 1;
    const asked = readAsked(body, dependencies.hub);
    if (typeof asked === 'string') {
      failed.set(messageId, asked);
      continue;
    }
    for (const each of asked) {
      if (each === 'foreign') foreign += 1;
      else if (each === 'ignored') ignored += 1;
      else {
        const result = await attemptFinding(each, waiting, dependencies);
        if (result.outcomes === 'foreign') foreign += 1;
        else if (result.outcomes.length === 0 && result.problem === undefined) ignored += 1;
        else for (const outcome of result.outcomes) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        if (result.problem !== undefined) failed.set(messageId, result.problem);
      }
    }
  }
  return { outcomes, foreign, ignored, failed };
}

/** What became of a finding, and why its message has to come again. */
interface Taken {
  readonly outcomes: readonly Outcome[] | 'foreign';
  readonly problem?: string;
}

/** A finding that cannot be read, or a database that does not answer, is its own message's problem and no other's. */
async function attemptFinding(asked: Asked, waiting: number, dependencies: RemediateDependencies): Promise<Taken> {
  try {
    return await remediateFinding(asked, waiting, dependencies);
  } catch (error) {
    return { outcomes: [], problem: error instanceof Error ? error.name : 'Unknown' };
  }
}

/** A technique finding that an event names. */
interface Asked {
  readonly sourceKey: string;
  readonly techniqueId: string;
  /** Where the event says that it is written. */
  readonly place: Place;
  /** An analyst has pressed the button: that asks, and never does more. */
  readonly isRequest: boolean;
}

const CUSTOM_ACTION = 'Security Hub Findings - Custom Action';

function readAsked(body: string, hub: SecurityHubTarget): (Asked | 'foreign' | 'ignored')[] | string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return 'the message is not JSON';
  }
  if (!isEvent(value)) return 'the message is no EventBridge event (detail-type and detail)';
  const { findings } = value.detail as { findings?: unknown };
  if (!Array.isArray(findings)) return 'detail.findings: is missing';
  const isRequest = value['detail-type'] === CUSTOM_ACTION;
  return findings.map((finding: unknown) => {
    const { Id, ProductArn, AwsAccountId } = (finding ?? {}) as Record<string, unknown>;
    if (typeof Id !== 'string' || typeof ProductArn !== 'string' || typeof AwsAccountId !== 'string') return 'foreign';
    // A selection for the custom action may hold whatever else is in Security Hub.
    const id = parseTechniqueFindingId(Id);
    if (!id) return 'ignored';
    const place = claimedPlace(AwsAccountId, ProductArn, hub);
    return place ? { ...id, place, isRequest } : 'foreign';
  });
}

async function remediateFinding(
  { sourceKey, techniqueId, place, isRequest }: Asked,
  waiting: number,
  dependencies: RemediateDependencies,
): Promise<Taken> {
  const { state, actions, hub, hasTime = () => true } = dependencies;
  const known = await state.findFinding(sourceKey, techniqueId);
  if (!known || known.place !== place) return { outcomes: 'foreign' };
  if (!known.isActive || known.isSuppressed || known.source === null) return { outcomes: [] };

  const finding = readStoredFinding(known.source);
  // What the finding says of itself has to be what it was recorded as, or it is not the one that was recorded.
  if (finding.accountId !== known.accountId) return { outcomes: 'foreign' };
  // Of a product that is none of AWS's own, the account may have imported what it likes.
  if (finding.sample || !isNativeProduct(productOf(finding.productArn))) return { outcomes: [] };
  const source: Source = {
    accountId: known.accountId,
    region: known.region,
    partition: partitionOf(hub.region),
    updatedAt: formatInstant(finding.updatedAt),
  };
  const fitting = actions.filter(
    (action) => serves(action, techniqueId) && answers(action, known.provider, known.ruleKey),
  );

  const outcomes: Outcome[] = [];
  const problems: string[] = [];
  const origin = { sourceKey, techniqueId, productArn: targetOf(place, hub).productArn };
  for (const action of fitting) {
    const targets = new Map<string, Target>();
    for (const named of subjectsOf(action, finding.resources, source)) {
      try {
        for (const target of await targetsOf(action, named, dependencies)) addTo(targets, target);
      } catch (error) {
        problems.push(`${action.id}: ${error instanceof Error ? error.name : 'Unknown'}`);
      }
    }
    const ordered = [...targets.values()];
    for (const [index, { subject, openSession, isFound }] of ordered.entries()) {
      if (!hasTime(waiting)) {
        const isMore = ordered.slice(index).some(({ isDone }) => !isDone);
        if (isMore) return { outcomes, problem: 'there was no time left; it is taken up the next time' };
        break;
      }
      const collaborators = { ...dependencies, openSession };
      try {
        if (!isFound) {
          await close(action, subject, collaborators);
          continue;
        }
        const outcome = await takeUp(action, subject, origin, isRequest, collaborators);
        outcomes.push(outcome);
        // Whoever is at it may be cut off, and what was changed a moment ago may not show yet.
        if (outcome === 'settling' || outcome === 'in-progress') problems.push(`${action.id}: ${outcome}`);
      } catch (error) {
        problems.push(`${action.id}: ${error instanceof Error ? error.name : 'Unknown'}`);
      }
    }
  }
  return { outcomes, ...(problems.length > 0 ? { problem: problems.join('; ') } : {}) };
}

/** What an action is to be taken on, and the way there. */
interface Target {
  readonly subject: Subject;
  readonly openSession: OpenSession;
  /** False for what was planned once, and is not found any more: its plan may be closed, and that is all. */
  readonly isFound: boolean;
  /** Planned since the finding was last seen: nothing is lost where there is no time to look once more. */
  readonly isDone: boolean;
}

/** Each once, under all that the finding calls it. */
function addTo(targets: Map<string, Target>, target: Target): void {
  const { subject } = target;
  const key = placeOf(subject);
  const known = targets.get(key);
  if (known === undefined) targets.set(key, target);
  else {
    const isFound = known.isFound || target.isFound;
    targets.set(key, { ...target, isFound, subject: alsoCalled(subject, namesOf(known.subject)) });
  }
}

/** What tells one subject of an action in an account from another. */
function placeOf(subject: Subject): string {
  return `${recordedRegion(subject)} ${subject.resourceId}`;
}

/** What the resources stand for, each once. */
function subjectsOf(action: Action, resources: readonly Resource[], source: Source): Subject[] {
  const subjects = new Map<string, Subject>();
  for (const resource of resources) {
    const subject = subjectOf(action, resource, source);
    if (!subject) continue;
    const key = placeOf(subject);
    subjects.set(key, alsoCalled(subject, namesOf(subjects.get(key) ?? subject)));
  }
  return [...subjects.values()];
}

/**
 * What one subject stands for, where that is for several: looked up only where something may follow. What an account answers for
 * another one is not believed. Where it does not let us look, the plan of the subject itself meets that, and notes it.
 */
async function targetsOf(action: Action, named: Subject, dependencies: RemediateDependencies): Promise<Target[]> {
  const { configuration, openSession, organizationalUnits, state, now } = dependencies;
  const aim = { subject: named, now: now() };
  if (action.expand === undefined || (await isOutOfScope(action, aim, configuration, organizationalUnits))) {
    return [{ subject: named, openSession, isFound: true, isDone: false }];
  }
  try {
    const session = await openSession(action, 'plan', named);
    try {
      const found = (await action.expand(named, session))
        .filter(({ accountId, region }) => accountId === named.accountId && region === named.region)
        .map((subject) => alsoCalled(subject, namesOf(named)));
      return withOpen(found, await state.openUnder(action.id, named), named, openSession);
    } finally {
      session.close();
    }
  } catch (error) {
    const refusal =
      error instanceof Error && isDenied(error)
        ? new NoSession(`the member role may not look up what the finding is about (${error.name})`, { cause: error })
        : error;
    if (!(refusal instanceof NoSession)) throw error;
    return [{ subject: named, openSession: () => Promise.reject(refusal), isFound: true, isDone: false }];
  }
}

/** Those that nobody has planned yet come first, so that each delivery of a long list gets further; what is not found comes last. */
function withOpen(
  found: readonly Subject[],
  open: readonly OpenPlan[],
  { observedAt }: Subject,
  openSession: OpenSession,
): Target[] {
  const planned = new Map(open.map((each) => [each.subject.resourceId, each]));
  const targets = found.map((subject): Target => {
    const plannedAt = planned.get(subject.resourceId)?.plannedAt;
    const isDone = plannedAt !== undefined && Date.parse(plannedAt) >= Date.parse(observedAt);
    return { subject, openSession, isFound: true, isDone };
  });
  const isFound = new Set(found.map(({ resourceId }) => resourceId));
  return [
    ...targets.filter(({ subject }) => !planned.has(subject.resourceId)),
    ...targets.filter(({ subject }) => planned.has(subject.resourceId)),
    ...open
      .filter(({ subject }) => !isFound.has(subject.resourceId))
      .map(({ subject }) => ({ subject: { ...subject, observedAt }, openSession, isFound: false, isDone: true })),
  ];
}

/** Closes a plan about what is as it should be by now, or gone. */
async function close(action: Action, subject: Subject, dependencies: RemediateDependencies): Promise<void> {
  const { configuration, organizationalUnits, openSession, state } = dependencies;
  const now = dependencies.now();
  const aim = { subject, standard: configuration.standard, now };
  const plan = await planWithinScope(action, aim, configuration, organizationalUnits, openSession);
  if (plan.outcome === 'already-compliant' || plan.outcome === 'gone') {
    await state.lapse(action.id, subject, plan.reason, now);
  }
}

/** The subject under its own name; an exception for anything that a finding has called it holds all the same. */
function alsoCalled(subject: Subject, names: readonly string[]): Subject {
  const { aliases: _aliases, ...rest } = subject;
  const aliases = [...new Set([...namesOf(subject), ...names])].filter((name) => name !== subject.resourceId);
  return aliases.length === 0 ? rest : { ...rest, aliases };
}

/** The subject, if it is in the account of the finding: whatever else a finding names is not its own to change. */
function subjectOf(action: Action, resource: Resource, source: Source): Subject | undefined {
  const subject = action.identify(resource, source);
  if (
    subject?.accountId !== source.accountId ||
    subject.partition !== source.partition ||
    partitionOf(subject.region) !== source.partition
  ) {
    return undefined;
  }
  const tags = tagsIn(resource);
  return {
    ...alsoCalled(subject, [resource.Id]),
    ...(action.isGlobal === true ? { isGlobal: true } : {}),
    ...(tags === undefined ? {} : { tags }),
  };
}

async function takeUp(
  action: Action,
  subject: Subject,
  origin: Pick<PlannedChange, 'sourceKey' | 'techniqueId' | 'productArn'>,
  isRequest: boolean,
  dependencies: RemediateDependencies,
): Promise<Outcome> {
  const { configuration, state, openSession } = dependencies;
  const now = dependencies.now();
  const { standard } = configuration;
  const plan = await planWithinScope(
    action,
    { subject, standard, now },
    configuration,
    dependencies.organizationalUnits,
    openSession,
  );
  // A principal goes by its whole ARN from here on, however the finding has called it; a key of one by its own id.
  const principal = 'principal' in plan ? plan.principal : undefined;
  const isPrincipal = principal !== undefined && subject.resourceId === subject.principal;
  const whole = isPrincipal ? alsoCalled({ ...subject, resourceId: principal }, namesOf(subject)) : subject;
  const about = { ...origin, actionId: action.id, subject: whole };
  if (plan.outcome !== 'change') {
    if (plan.outcome === 'alert' || plan.outcome === 'denied') {
      const status = plan.outcome === 'alert' ? 'alerted' : 'failed';
      const isNew = await state.note(about, status, plan.reason, plan.mode, now);
      if (!isNew) return 'unchanged';
      if (plan.outcome === 'denied' && plan.mode === 'plan') return 'unplanned';
    }
    if (plan.outcome === 'already-compliant' || plan.outcome === 'gone') {
      // What a newer finding asks for is not closed by an older one, whose threat is dealt with.
      const upTo = plan.outcome === 'gone' ? undefined : subject.observedAt;
      await state.lapse(action.id, whole, plan.reason, now, upTo);
    }
    return plan.outcome;
  }

  const aim = { subject: whole, standard, now };
  const { before, after, calls, remark } = plan;
  const by = isRequest ? 'Security Hub custom action' : AUTOMATIC;
  const { endsByItself = false } = action;
  const change: PlannedChange = { ...about, before, after, calls, remark, endsByItself };
  const taken = await state.takeUp(change, aspirationOf(plan.mode, isRequest), by, configuration, now);
  if (taken.outcome !== 'applying') return taken.outcome;
  const { ending, error } = await attempt(action, aim, { before, after }, openSession);
  await state.finish(taken.id, ending, by, dependencies.now());
  if (error !== undefined) throw error instanceof Error ? error : new Error('Unknown');
  return ending.status === 'applied' ? 'applied' : 'failed';
}

/** A request only asks where the mode would act, and nobody can be asked where it only plans. */
function aspirationOf(mode: Exclude<Mode, 'off'>, isRequest: boolean): Aspiration {
  if (isRequest && mode !== 'plan') return 'requested';
  return ({ plan: 'planned', approve: 'requested', automatic: 'applying' } as const)[mode];
}

/** How a started change has ended, and the error by which an account did not answer. */
export interface Attempt {
  readonly ending: Ending;
  readonly error?: unknown;
}

/**
 * Applies a change that is recorded as started. An account that does not answer ends it as failed, which counts for the
 * circuit breaker; nothing was changed then, so it may be tried again.
 */
export async function attempt(
  action: Action,
  aim: Aim,
  recorded: RecordedChange,
  openSession: OpenSession,
): Promise<Attempt> {
  const failed = (reason: string, after?: Json): Ending => ({
    status: 'failed',
    kind: 'failure',
    reason,
    ...(after === undefined ? {} : { after }),
  });
  try {
    const session = await openSession(action, 'apply', aim.subject);
    try {
      const changed = await applyAction(action, aim, recorded, session);
      if (changed.outcome === 'done') {
        return { ending: { status: 'applied', kind: 'application', reason: null, after: changed.after } };
      }
      // What was refused has changed nothing, so that there is nothing to undo, whoever sees to it later.
      return { ending: failed(changed.reason, changed.outcome === 'failed' ? changed.now : recorded.before) };
    } finally {
      session.close();
    }
  } catch (error) {
    if (error instanceof NoSession) return { ending: failed(error.message, recorded.before) };
    const name = error instanceof Error ? error.name : 'Unknown';
    const reason = `the account did not answer (${name}); nothing was found to be changed`;
    // What was not answered may show late, and is undone then by what was planned.
    return { ending: failed(reason, error instanceof Unanswered ? undefined : recorded.before), error };
  }
}

/** The tags that a finding gives for a resource; undefined where it gives none, which is not the same as having none. */
function tagsIn({ Tags: given }: Resource): Tags | undefined {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined;
  const entries = Object.entries(given).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return Object.fromEntries(entries);
}
