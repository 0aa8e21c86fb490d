/** What a person reads on a technique finding: what remediation has done about it, and what to do next. Pure. */
import { MAX_NOTE_TEXT_LENGTH, cut } from '../core/asff-limits.ts';
import { isReversible } from './actions.ts';
import type { EventKind, NotedRemediation } from './record.ts';

/** Characters of what is shortened, so that what to do next always has its place. */
const MAX_CALLS_LENGTH = 120;
const MAX_RESOURCE_LENGTH = 160;
const MAX_NAME_LENGTH = 40;
const MAX_SHORT_REASON_LENGTH = 80;

const SAID: Readonly<Record<EventKind, string>> = {
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
  lapse: 'has nothing to do any more about this',
  reversal: 'found that this was set back',
  stop: 'has given this up',
  alert: 'needs a person for this',
};

/**
 * The one note of a finding, which may have several remediations: of several actions, or on several resources. What does not
 * fit is left out or cut, but never what to do about the newest that something can be done about.
 *
 * @param remediations at least one, the newest first
 */
export function composeNote(remediations: readonly NotedRemediation[]): string {
  const current = currentOf(remediations);
  const [newest] = current;
  if (newest === undefined) throw new Error('a note is about at least one remediation');
  return current.length === 1 ? cut(inFull(newest), MAX_NOTE_TEXT_LENGTH) : inShort(current, newest.accountId);
}

/** Of each action on a resource the newest, and whatever a person may still answer. */
function currentOf(remediations: readonly NotedRemediation[]): NotedRemediation[] {
  const seen = new Set<string>();
  return remediations.filter((remediation) => {
    const key = JSON.stringify([remediation.actionId, remediation.region, remediation.resourceId]);
    const isNewest = !seen.has(key);
    seen.add(key);
    return isNewest || commandOf(remediation) !== undefined;
  });
}

/** The command comes before all that may be long. */
function inFull(remediation: NotedRemediation): string {
  const { kind, actionId, calls, resourceId, actor, reason } = remediation;
  const made = [...new Set(calls.map(({ service, operation }) => `${service}:${operation}`))].join(', ');
  return sentences(
    `Virtual SOC ${SAID[kind]}: ${actionId}${made === '' ? '' : ` (${cut(made, MAX_CALLS_LENGTH)})`}`,
    commandOf(remediation),
    `On ${cut(resourceId, MAX_RESOURCE_LENGTH)}`,
    `By ${actor}`,
    reason === null ? undefined : `Reason: ${reason}`,
  );
}

/** Of each what to do, or else why there is nothing to do. */
function inShort(current: readonly NotedRemediation[], accountId: string): string {
  const said = new Map(
    current.map((remediation, index) => {
      const { kind, actionId, resourceId, reason } = remediation;
      const why = reason === null ? undefined : `Reason: ${cut(reason, MAX_SHORT_REASON_LENGTH)}`;
      const subject = index === 0 ? 'Virtual SOC' : 'It';
      const what = `${subject} ${SAID[kind]}: ${actionId} on ${cut(nameOf(resourceId), MAX_NAME_LENGTH)}`;
      return [remediation, sentences(what, commandOf(remediation) ?? why)];
    }),
  );
  const more = (count: number) => sentences(`And ${count} more: vsoc remediation list --account ${accountId}`);
  const first = current.find((remediation) => commandOf(remediation) !== undefined);
  const told = new Set<NotedRemediation>(first ? [first] : []);
  const text = () => {
    const left = current.length - told.size;
    const parts = current.flatMap((remediation) => (told.has(remediation) ? (said.get(remediation) ?? []) : []));
    return [...parts, ...(left > 0 ? [more(left)] : [])].join(' ');
  };
  for (const remediation of current) {
    if (told.has(remediation)) continue;
    told.add(remediation);
    if (text().length > MAX_NOTE_TEXT_LENGTH) {
      told.delete(remediation);
      break;
    }
  }
  return text();
}

/** What to do about it, where something can be done. */
function commandOf({ id, actionId, status }: NotedRemediation): string | undefined {
  if (status === 'applied') return isReversible(actionId) ? `Undo: vsoc remediation undo ${id}` : undefined;
  return status === 'requested' || status === 'stopped' ? `Approve: vsoc remediation approve ${id}` : undefined;
}

/** The last part of an ARN, or the whole of any other id. */
function nameOf(resourceId: string): string {
  return resourceId.split(/[:/]/).findLast((part) => part !== '') ?? resourceId;
}

function sentences(...parts: readonly (string | undefined)[]): string {
  return parts.flatMap((part) => (part === undefined ? [] : `${part}.`)).join(' ');
}
