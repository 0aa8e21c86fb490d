/**
 * Tells others what was recorded: as a note on the technique finding and as an event on a bus. Both follow the record, so
 * that nobody hears of a thing before it has happened; what could not be told is told the next time.
 */
import type { RemediationState, UnmirroredEvent } from './record.ts';

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
}

/** Where it is told. Both throw where the service does not answer. */
export interface MirrorTargets {
  /** Writes notes, at most one for each finding. Returns the Ids of findings that Security Hub does not take one for. */
  writeNotes(
    notes: readonly { readonly id: string; readonly productArn: string; readonly text: string }[],
  ): Promise<readonly string[]>;
  putEvents(events: readonly { readonly time: string; readonly detail: MirroredDetail }[]): Promise<void>;
}

/** Events in one go. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html takes ten a call. */
const BATCH = 100;

type Events = Pick<RemediationState, 'tellAlone' | 'unmirrored' | 'mirrored'>;

/**
 * Tells all that is still to be told, one function at a time: whoever is at it looks once more when it is done, so that nobody
 * has to wait for it. Returns how many; an event may be told twice after a crash, never not at all.
 */
export async function mirrorRemediation(state: Events, targets: MirrorTargets, now: () => Date): Promise<number> {
  let told = 0;
  while ((await state.unmirrored(1)).length > 0) {
    const count = await state.tellAlone(() => tellAll(state, targets, now));
    if (count === undefined) break;
    told += count;
  }
  return told;
}

async function tellAll(state: Events, targets: MirrorTargets, now: () => Date): Promise<number> {
  let told = 0;
  for (;;) {
    const events = await state.unmirrored(BATCH);
    if (events.length === 0) return told;
    await targets.putEvents(events.map((event) => ({ time: event.at, detail: detailOf(event) })));
    // A finding keeps one note, the newest.
    const notes = new Map(events.map((event) => [findingIdOf(event), event]));
    await targets.writeNotes(
      [...notes].map(([id, event]) => ({ id, productArn: event.remediation.productArn, text: noteOf(event) })),
    );
    await state.mirrored(
      events.map(({ eventId }) => eventId),
      now(),
    );
    told += events.length;
  }
}

function findingIdOf({ remediation: { techniqueId, sourceKey } }: UnmirroredEvent): string {
  return `virtual-soc/technique/v1/${techniqueId}/${sourceKey}`;
}

function detailOf(event: UnmirroredEvent): MirroredDetail {
  const { remediation, kind, actor, at, detail } = event;
  const { subject } = remediation;
  return {
    remediationId: remediation.id,
    kind,
    status: remediation.status,
    action: remediation.actionId,
    account: subject.accountId,
    region: subject.region,
    resource: subject.resourceId,
    technique: remediation.techniqueId,
    finding: findingIdOf(event),
    actor,
    at,
    reason: typeof detail['reason'] === 'string' ? detail['reason'] : null,
    undo: kind === 'application' ? `vsoc remediation undo ${remediation.id}` : null,
  };
}

const SAID: Readonly<Record<UnmirroredEvent['kind'], string>> = {
  plan: 'would do this',
  request: 'asks to do this',
  approval: 'was approved to do this',
  start: 'has begun to do this',
  application: 'has done this',
  failure: 'could not do this',
  'undo-start': 'has begun to undo this',
  undo: 'has undone this',
  'undo-refusal': 'could not undo this',
  expiry: 'had no answer in time for this',
  reversal: 'found that this was set back',
  stop: 'has given this up',
  alert: 'needs a person for this',
};

/** What a person reads on the finding: what, where, why, and what to do about it. */
export function noteOf({ kind, actor, detail, remediation }: UnmirroredEvent): string {
  const { id, actionId, subject, calls } = remediation;
  const reason = typeof detail['reason'] === 'string' ? ` Reason: ${detail['reason']}.` : '';
  const what =
    calls.length > 0 ? ` (${calls.map(({ service, operation }) => `${service}:${operation}`).join(', ')})` : '';
  const next =
    kind === 'application'
      ? ` Undo: vsoc remediation undo ${id}.`
      : kind === 'request' || kind === 'stop'
        ? ` Approve: vsoc remediation approve ${id}.`
        : '';
  return `Virtual SOC ${SAID[kind]}: ${actionId}${what} on ${subject.resourceId}. By ${actor}.${reason}${next}`;
}
