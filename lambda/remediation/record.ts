/** The record of remediation: what each row says, and what the use cases need of the database. */
import type { Place } from '../core/publish-target.ts';
import type { Json, Subject } from './action.ts';
import type { ApiCall } from './aws-call.ts';
import type { Configuration, Mode } from './configuration.ts';

export const STATUSES = [
  'planned',
  'requested',
  'applying',
  'applied',
  'failed',
  'undoing',
  'undone',
  'reverted',
  'expired',
  'lapsed',
  'stopped',
  'alerted',
] as const;
export type Status = (typeof STATUSES)[number];

export type EventKind =
  | 'plan'
  | 'request'
  | 'approval'
  | 'start'
  | 'application'
  | 'failure'
  | 'undo-start'
  | 'undo'
  | 'undo-refusal'
  | 'lapse'
  | 'expiry'
  | 'reversal'
  | 'stop'
  | 'alert';

/** Who acts where nobody has to be asked. */
export const AUTOMATIC = 'automatic';

/** Somebody's consent. */
export interface Approval {
  /** ARN of the IAM identity, as AWS reports it. */
  readonly who: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
}

/** One remediation. Times are ISO 8601 in UTC. */
export interface Remediation {
  readonly id: string;
  readonly actionId: string;
  readonly subject: Subject;
  readonly sourceKey: string;
  readonly techniqueId: string;
  readonly productArn: string;
  readonly status: Status;
  readonly before: Json;
  readonly after: Json;
  readonly calls: readonly ApiCall[];
  readonly reason: string | null;
  readonly requestedBy: string;
  readonly approvals: readonly Approval[];
  readonly createdAt: string;
  readonly updatedAt: string;
  /** When the change was made, undone, reverted or given up, whatever was tried after that. */
  readonly endedAt: string | null;
  readonly expiresAt: string | null;
}

/** Something that has happened to a remediation. */
export interface RemediationEvent {
  readonly kind: EventKind;
  readonly actor: string;
  readonly at: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** An event still to be told to others. */
export interface UnmirroredEvent extends RemediationEvent {
  readonly eventId: string;
  readonly remediation: Remediation;
}

/** What the note of a finding says of one remediation: its newest event. */
export interface NotedRemediation extends Pick<Remediation, 'id' | 'actionId' | 'status'> {
  readonly accountId: string;
  readonly region: string;
  readonly resourceId: string;
  readonly calls: readonly { readonly service: string; readonly operation: string }[];
  readonly kind: EventKind;
  readonly actor: string;
  readonly reason: string | null;
}

/** The note of a technique finding, where something has happened since it was written. */
export interface DueNote {
  readonly sourceKey: string;
  readonly techniqueId: string;
  readonly productArn: string;
  /** Grows with each event of a remediation of the finding. */
  readonly revision: string;
  /** SHA-256 of what Security Hub has; null where that is not known. */
  readonly written: string | null;
  /** The newest first. */
  readonly remediations: readonly NotedRemediation[];
}

/** The technique finding that an event names, as the database knows it. */
export interface KnownFinding {
  readonly isActive: boolean;
  readonly isSuppressed: boolean;
  /** Where it is written; an event about it from anywhere else is not believed. */
  readonly place: Place;
  readonly accountId: string;
  readonly region: string;
  readonly provider: string;
  readonly ruleKey: string;
  /** The newest open source finding, as JSON. */
  readonly source: string | null;
}

/** Where a record counts: a global resource has one record, whichever Region a finding comes from. */
export function recordedRegion({ region, isGlobal }: Pick<Subject, 'region' | 'isGlobal'>): string {
  return isGlobal === true ? 'aws-global' : region;
}

/** What a plan is, wherever it stands. */
export type PlanContent = Pick<PlannedChange, 'before' | 'after' | 'calls'>;

/** A change that was planned, before it has a row. */
export interface PlannedChange {
  readonly actionId: string;
  readonly subject: Subject;
  readonly sourceKey: string;
  readonly techniqueId: string;
  readonly productArn: string;
  readonly before: Json;
  readonly after: Json;
  readonly calls: readonly ApiCall[];
  readonly remark: string | undefined;
  /** Whether its effect ends by itself, so that this is no reversal. @default false */
  readonly endsByItself?: boolean;
}

/** How far a change may go: it is only shown, it waits for people, or it starts at once. */
export type Aspiration = 'planned' | 'requested' | 'applying';

/** What became of taking up a change. */
export interface TakenUp {
  /** `unchanged`: there is such a row already; `settling`: it is to be looked at again. Nothing was written then. */
  readonly outcome: 'planned' | 'requested' | 'applying' | 'stopped' | 'in-progress' | 'settling' | 'unchanged';
  readonly id: string;
  readonly reason: string | undefined;
}

/** What is planned, or asked for. */
export interface OpenPlan {
  readonly subject: Subject;
  /** ISO 8601 in UTC. */
  readonly plannedAt: string;
}

/** What the use cases need of the database. Each of them is one transaction. */
export interface RemediationState {
  findFinding(sourceKey: string, techniqueId: string): Promise<KnownFinding | undefined>;
  /** Whether some finding that has asked for a remediation is open, and nobody has suppressed or resolved it. */
  isWanted(id: string): Promise<boolean>;
  /** Takes a change up, as far as history and limits let it. `now` is when the resource was read, or before. */
  takeUp(change: PlannedChange, aspiration: Aspiration, by: string, terms: Terms, now: Date): Promise<TakenUp>;
  /** Notes that a person is needed (`alerted`), or that nothing could be done (`failed`); once a day for the same reason. */
  note(
    change: Omit<PlannedChange, 'before' | 'after' | 'calls' | 'remark'>,
    status: 'alerted' | 'failed',
    reason: string,
    mode: Mode | undefined,
    now: Date,
  ): Promise<boolean>;
  /** What an action is planned or asked for on, where a finding has called it by the name of this subject. */
  openUnder(actionId: string, subject: Subject): Promise<readonly OpenPlan[]>;
  /**
   * Closes plans and requests that there is nothing to do about any more: those on the subject, by whatever name.
   *
   * @param upTo leaves alone those whose finding was seen after it (ISO 8601)
   */
  lapse(actionId: string, subject: Subject, reason: string, now: Date, upTo?: string): Promise<void>;
  find(
    id: string,
  ): Promise<{ readonly remediation: Remediation; readonly events: readonly RemediationEvent[] } | undefined>;
  /** The newest first. */
  list(
    filter: { readonly status?: Status; readonly accountId?: string },
    limit: number,
  ): Promise<readonly Remediation[]>;
  /**
   * Notes who agrees to the plan, and drops what others have agreed to too long ago; a plan that nobody has asked for becomes a
   * request by it. Undefined where it is not waiting for anybody any more, or the recorded plan is another one.
   */
  approve(
    id: string,
    plan: PlanContent,
    who: string,
    terms: Pick<Configuration['approval'], 'expiresAfterHours'>,
    now: Date,
  ): Promise<Remediation | undefined>;
  /**
   * Puts a new plan in the place of one that no longer fits; nobody has agreed to it yet. False where the recorded plan is another
   * one by then, or it has been dealt with.
   */
  replan(id: string, plan: PlanContent, change: PlanContent, now: Date): Promise<boolean>;
  /**
   * Starts what people have agreed to. False where somebody else has, it has been dealt with, or the recorded plan is another one.
   *
   * @param change what is done: the plan, but for what moves with the time
   */
  start(id: string, plan: PlanContent, change: PlanContent, by: string, now: Date): Promise<boolean>;
  /** Starts an undo; what is planned on the resource lapses by it. False where somebody is at it, or a later change stands. */
  startUndo(id: string, by: string, now: Date): Promise<boolean>;
  /** Records that an undo was refused before it was begun. */
  refuseUndo(id: string, reason: string, by: string, now: Date): Promise<void>;
  /** Ends what was started. False where it is under way no more: somebody has settled it. */
  finish(id: string, ending: Ending, by: string, now: Date): Promise<boolean>;
  /** Those whose lease is over, the oldest first. */
  abandoned(now: Date, limit: number): Promise<readonly Remediation[]>;
  /** Puts one that could not be settled behind the others. */
  postpone(id: string, now: Date): Promise<void>;
  /** Requests that nobody has answered in time. Returns how many. */
  expire(now: Date): Promise<number>;
  /** Works while nobody else tells of remediation; undefined where somebody is at it. */
  tellAlone<T>(work: () => Promise<T>): Promise<T | undefined>;
  /** Events that the bus does not have, the oldest first, without these. */
  unmirrored(limit: number, except: readonly string[]): Promise<readonly UnmirroredEvent[]>;
  mirrored(eventIds: readonly string[], now: Date): Promise<void>;
  /** Notes to be written, those that have failed after the others, without those of these findings. */
  dueNotes(limit: number, except: readonly Pick<DueNote, 'sourceKey' | 'techniqueId'>[]): Promise<readonly DueNote[]>;
  /** The note is written, with this SHA-256, or never will be (null). It stays due where more has happened meanwhile. */
  noted(note: DueNote, written: string | null, now: Date): Promise<void>;
  /** The note could not be written: it stays due, and is given up after a day. */
  notNoted(note: DueNote, now: Date): Promise<void>;
  /** How many events and notes have waited for longer than an hour, or were given up within a day. */
  untold(now: Date): Promise<number>;
}

/** What admission depends on. */
export type Terms = Pick<Configuration, 'limits' | 'approval'>;

/** How a started change or undo has ended. */
export interface Ending {
  /** `requested`, `stopped`: nothing was done, and it waits for people as it did. */
  readonly status: 'applied' | 'failed' | 'undone' | 'requested' | 'stopped';
  readonly kind: 'application' | 'failure' | 'undo' | 'undo-refusal';
  readonly reason: string | null;
  /** Where it differs from what was planned; as `before` where nothing was made. */
  readonly after?: Json;
  /** Until when a request waits. */
  readonly expiresAt?: string | null;
}
