/**
 * The use case for our own findings coming back: what an analyst made of them in Security Hub (suppressed, resolved,
 * notified) is noted in the database, so that a suppressed technique leaves the tactic counts. It never enriches.
 */
import { z } from 'zod';
import { describeProblems } from './core/finding.ts';
import { isEvent } from './core/finding-message.ts';
import { type Instant, NO_INSTANT, parseInstant } from './core/instant.ts';
import { type Place, claimedPlace } from './core/publish-target.ts';
import type { SecurityHubTarget } from './core/security-hub-target.ts';
import { parseTechniqueFindingId } from './core/technique-finding.ts';
import type { QueueMessage } from './enrich-finding.ts';

/** What an event says about one of our technique findings. */
export interface WorkflowChange {
  readonly sourceKey: string;
  readonly techniqueId: string;
  /** Where the finding says that it is written. The hub is ours; of any other place it is believed if we have written it there. */
  readonly place: Place;
  readonly status: 'NEW' | 'NOTIFIED' | 'RESOLVED' | 'SUPPRESSED';
  readonly updatedAt: Instant;
  readonly processedAt: Instant;
  readonly eventAt: Instant;
}

/** What the use case needs of the database. */
export interface WorkflowState {
  /**
   * Notes the newest status of each; unknown findings are left out, and those of places that we have not written them in.
   * Returns how many changed.
   */
  noteWorkflow(changes: readonly WorkflowChange[]): Promise<number>;
}

/** What became of a batch. */
export interface WorkflowReport {
  readonly changed: number;
  /** Messages that are no technique finding of ours: tactic findings, other products, other publishers. */
  readonly ignored: number;
  /** Messages to be delivered again, with the reason. */
  readonly failed: ReadonlyMap<string, string>;
}

const ownFinding = z.looseObject({
  Id: z.string(),
  ProductArn: z.string(),
  AwsAccountId: z.string(),
  UpdatedAt: z.string(),
  ProcessedAt: z.string().optional(),
  Workflow: z.looseObject({ Status: z.enum(['NEW', 'NOTIFIED', 'RESOLVED', 'SUPPRESSED']) }),
});

/** Notes the workflow status of our technique findings. Throws where the database does not answer. */
export async function noteWorkflowChanges(
  messages: readonly QueueMessage[],
  target: SecurityHubTarget,
  state: WorkflowState,
): Promise<WorkflowReport> {
  const failed = new Map<string, string>();
  const changes: WorkflowChange[] = [];
  let ignored = 0;
  for (const { messageId, body } of messages) {
    const read = readWorkflowChanges(body, target);
    if (typeof read === 'string') failed.set(messageId, read);
    else if (read.length === 0) ignored += 1;
    else changes.push(...read);
  }
  return { changed: changes.length > 0 ? await state.noteWorkflow(newestOf(changes)) : 0, ignored, failed };
}

/**
 * The changes of one event, or what is wrong with it. Any account may import a finding that looks like ours: only the default
 * product of the account that it names counts, and of those but the hub's only where the database says that it is there.
 */
function readWorkflowChanges(body: string, target: SecurityHubTarget): WorkflowChange[] | string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return 'the message is not JSON';
  }
  if (!isEvent(value)) return 'the message is no EventBridge event (detail-type and detail)';
  const { findings } = value.detail as { findings?: unknown };
  if (!Array.isArray(findings)) return 'detail.findings: is missing';
  const { time } = value as { time?: unknown };
  const changes: WorkflowChange[] = [];
  for (const finding of findings) {
    const parsed = ownFinding.safeParse(finding);
    if (!parsed.success) return describeProblems(parsed.error, finding);
    const { Id, ProductArn, AwsAccountId, UpdatedAt, ProcessedAt, Workflow } = parsed.data;
    const id = parseTechniqueFindingId(Id);
    const place = claimedPlace(AwsAccountId, ProductArn, target);
    if (!id || !place) continue;
    changes.push({
      ...id,
      place,
      status: Workflow.Status,
      updatedAt: parseInstant(UpdatedAt) ?? NO_INSTANT,
      processedAt: parseInstant(ProcessedAt ?? '') ?? NO_INSTANT,
      eventAt: parseInstant(typeof time === 'string' ? time : '') ?? NO_INSTANT,
    });
  }
  return changes;
}

/** One change for each finding and place, the newest; on a full tie the status decides, so that the order is total. */
function newestOf(changes: readonly WorkflowChange[]): WorkflowChange[] {
  const newest = new Map<string, WorkflowChange>();
  for (const change of changes) {
    const key = `${change.sourceKey}/${change.techniqueId}/${change.place}`;
    const known = newest.get(key);
    if (!known || isNewer(change, known)) newest.set(key, change);
  }
  return [...newest.keys()].sort().map((key) => newest.get(key) as WorkflowChange);
}

function isNewer(a: WorkflowChange, b: WorkflowChange): boolean {
  if (a.updatedAt !== b.updatedAt) return a.updatedAt > b.updatedAt;
  if (a.processedAt !== b.processedAt) return a.processedAt > b.processedAt;
  if (a.eventAt !== b.eventAt) return a.eventAt > b.eventAt;
  return a.status > b.status;
}
