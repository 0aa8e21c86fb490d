/**
 * Tells others what was recorded: as an event on a bus and as a note on the technique findings. Both follow the record, so
 * that nobody hears of a thing before it has happened; what could not be told is told the next time. The two are told apart:
 * a note that cannot be written holds back no event and has none sent again, and no other note waits for it.
 */
import { sha256 } from '../core/source-event.ts';
import { techniqueFindingId } from '../core/technique-finding.ts';
import { isReversible, whyIrreversible } from './actions.ts';
import { composeNote } from './note.ts';
import type { DueNote, RemediationState, UnmirroredEvent } from './record.ts';

/** What is sent to the bus, as the detail of an event. */
export interface MirroredDetail {
  readonly remediationId: string;
  readonly kind: string;
  readonly status: string;
  readonly action: string;
  readonly account: string;
  readonly region: string;
  readonly resource: string;
  readonly technique: string;
  readonly finding: string;
  readonly actor: string;
  readonly at: string;
  readonly reason: string | null;
  readonly undo: string | null;
  /** Whether a plan is all that is wanted there, so that nobody has to act. */
  readonly planOnly: boolean;
  /** All of it that a person has to know, as a text. */
  readonly message: string;
}

/** Where it is told. Both throw where the service does not answer, or not for now. */
export interface MirrorTargets {
  /** Writes the note of a finding. `refused`: Security Hub will never take it, such as for a finding that it no longer has. */
  writeNote(note: {
    readonly id: string;
    readonly productArn: string;
    readonly text: string;
  }): Promise<'written' | 'refused'>;
  /** Sends at most {@link BATCH} events. Returns the error code of each that the bus has not taken, by its place among them. */
  putEvents(
    events: readonly { readonly time: string; readonly detail: MirroredDetail }[],
  ): Promise<ReadonlyMap<number, string>>;
}

/** The bus has not taken some events: they are sent again the next time. */
export class EventsRefused extends Error {
  override readonly name = 'EventsRefused';
}

/**
 * Events, or notes, in one go: as many events as one call takes, so that what the bus has is noted before the next call.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
export const BATCH = 10;

/** Batches of either kind in one go where the caller does not say: notes take some tenths of a second each. */
const MAX_BATCHES = 100;

/** Notes, or batches of events, that fail in a row after which whoever takes them is left alone until the next time. */
const FAILURES_TO_STOP = 3;

type Telling = Pick<RemediationState, 'tellAlone' | 'unmirrored' | 'mirrored' | 'dueNotes' | 'noted' | 'notNoted'>;

/** How many were told. */
export interface Told {
  readonly events: number;
  readonly notes: number;
}

/**
 * Tells what is still to be told, one function at a time: whoever is at it looks once more when it is done, so that nobody
 * has to wait for it, and no older note takes the place of a newer one. After a crash an event may be sent twice, never not
 * at all.
 *
 * Throws the first error of the bus or Security Hub, once all was told that could be.
 *
 * @param limits `batches`: of events, and as many of notes
 */
export async function mirrorRemediation(
  state: Telling,
  targets: MirrorTargets,
  now: () => Date,
  { batches = MAX_BATCHES }: { readonly batches?: number } = {},
): Promise<Told> {
  const events = new Course<string>(batches, (course) => sendEvents(state, targets, now, course));
  const notes = new Course<DueNote>(batches, (course) => writeNotes(state, targets, now, course));
  const isMore = async () =>
    (events.goesOn && (await state.unmirrored(1, events.failed)).length > 0) ||
    (notes.goesOn && (await state.dueNotes(1, notes.failed)).length > 0);
  while (await isMore()) {
    const isDone = await state.tellAlone(async () => {
      await events.run();
      await notes.run();
      return true;
    });
    if (isDone === undefined) break;
  }
  const [problem] = [...events.problems, ...notes.problems];
  if (problem !== undefined) throw problem;
  return { events: events.told, notes: notes.told };
}

/** How far one kind of thing was told. */
class Course<T> {
  told = 0;
  /** What is left for the next time. */
  readonly failed: T[] = [];
  readonly problems: Error[] = [];
  /** How many have failed in a row. */
  failures = 0;
  /** Whoever takes it does not answer. */
  isDown = false;
  private left: number;
  private readonly tell: (course: Course<T>) => Promise<boolean>;

  /** @param tell tells one batch; false where there is none */
  constructor(batches: number, tell: (course: Course<T>) => Promise<boolean>) {
    this.left = batches;
    this.tell = tell;
  }

  get goesOn(): boolean {
    return this.left > 0 && !this.isDown;
  }

  async run(): Promise<void> {
    while (this.goesOn && (await this.tell(this))) this.left -= 1;
  }

  succeed(): void {
    this.told += 1;
    this.failures = 0;
  }

  fail(what: T, error: unknown): void {
    this.failed.push(what);
    this.failures += 1;
    this.problems.push(error instanceof Error ? error : new Error(typeof error));
  }
}

async function sendEvents(
  state: Telling,
  targets: MirrorTargets,
  now: () => Date,
  course: Course<string>,
): Promise<boolean> {
  const events = await state.unmirrored(BATCH, course.failed);
  if (events.length === 0) return false;
  let refused: ReadonlyMap<number, string>;
  try {
    refused = await targets.putEvents(events.map((event) => ({ time: event.at, detail: detailOf(event) })));
  } catch (error) {
    course.isDown = true;
    for (const { eventId } of events) course.fail(eventId, error);
    return true;
  }
  const taken = events.filter((_event, index) => !refused.has(index));
  await state.mirrored(
    taken.map(({ eventId }) => eventId),
    now(),
  );
  for (const [index, { eventId }] of events.entries()) {
    const code = refused.get(index);
    if (code === undefined) course.succeed();
    else course.fail(eventId, new EventsRefused(`the bus has not taken an event (${code})`));
  }
  course.isDown = course.failures >= FAILURES_TO_STOP * BATCH;
  return true;
}

async function writeNotes(
  state: Telling,
  targets: MirrorTargets,
  now: () => Date,
  course: Course<DueNote>,
): Promise<boolean> {
  const notes = await state.dueNotes(BATCH, course.failed);
  for (const note of notes) {
    let written: string | null;
    try {
      const id = techniqueFindingId(note.techniqueId, note.sourceKey);
      const text = composeNote(note.remediations);
      written = sha256(text);
      // Security Hub makes an event of every note that it is given, of the same one too, and that event comes back to us.
      if (written !== note.written) {
        const answer = await targets.writeNote({ id, productArn: note.productArn, text });
        if (answer === 'refused') written = null;
      }
    } catch (error) {
      course.fail(note, error);
      await state.notNoted(note, now());
      course.isDown = course.failures >= FAILURES_TO_STOP;
      if (course.isDown) break;
      continue;
    }
    await state.noted(note, written, now());
    course.succeed();
  }
  return notes.length > 0;
}

function detailOf({ remediation, kind, actor, at, detail }: UnmirroredEvent): MirroredDetail {
  const { id, actionId, status, subject, calls, techniqueId } = remediation;
  const { accountId, region, resourceId } = subject;
  const reason = typeof detail['reason'] === 'string' ? detail['reason'] : null;
  const note = composeNote([{ id, actionId, status, accountId, region, resourceId, calls, kind, actor, reason }]);
  const byHand = kind === 'application' ? whyIrreversible(actionId) : undefined;
  const how = byHand === undefined ? '' : ` It cannot be undone by us: ${byHand}.`;
  return {
    remediationId: remediation.id,
    kind,
    status: remediation.status,
    action: remediation.actionId,
    account: subject.accountId,
    region: subject.region,
    resource: subject.resourceId,
    technique: remediation.techniqueId,
    finding: techniqueFindingId(remediation.techniqueId, remediation.sourceKey),
    actor,
    at,
    reason,
    undo:
      kind === 'application' && isReversible(remediation.actionId) ? `vsoc remediation undo ${remediation.id}` : null,
    planOnly: kind === 'plan' || (kind === 'failure' && detail['mode'] === 'plan'),
    // It is put into a text in quotes. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    message: `${note}${how} In account ${accountId}, ${region}, for ${techniqueId}, at ${at}.`.replace(
      /[\p{Cc}"\\]/gu,
      "'",
    ),
  };
}
