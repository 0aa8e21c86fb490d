/**
 * What the input says, item by item, read as the handler reads it. The handler's own report is of a batch, and a batch
 * may be delivered several times; this counts every finding once.
 */
import { type ReadFinding, readEvent } from '../lambda/core/finding-message.ts';
import { type Instant, NO_INSTANT } from '../lambda/core/instant.ts';
import type { InputItem } from './input-file.ts';

/** Something that came to nothing, with its place in the input. */
export interface FailedItem {
  readonly position: string;
  readonly reason: string;
}

/** What the input holds. Counts are of findings, rejected and ignored ones included. */
export interface InputSurvey {
  readonly findings: number;
  readonly ignored: Readonly<Record<string, number>>;
  /** Findings that cannot be read, in the order of the input. */
  readonly rejected: readonly FailedItem[];
  /** Newest UpdatedAt of what is neither rejected nor ignored; `NO_INSTANT` where nothing is. */
  readonly newestUpdate: Instant;
  /** For each item, in order: why findings of it were rejected, and how many are good. */
  readonly items: readonly { readonly problems: readonly string[]; readonly good: number }[];
}

/** Reads all items. */
export function surveyInput(items: readonly InputItem[]): InputSurvey {
  const ignored: Record<string, number> = {};
  const rejected: FailedItem[] = [];
  let findings = 0;
  let newestUpdate = NO_INSTANT;
  const surveyed = items.map((item) => {
    const problems: string[] = [];
    let good = 0;
    const read = readItem(item);
    for (const [index, found] of read.entries()) {
      if (found.outcome === 'event') {
        good += 1;
        const { updatedAt } = found.event.finding;
        if (updatedAt > newestUpdate) newestUpdate = updatedAt;
      } else if (found.outcome === 'ignored') {
        ignored[found.reason] = (ignored[found.reason] ?? 0) + 1;
      } else {
        problems.push(found.problem);
        const place = read.length > 1 ? `${item.position}, detail.findings[${index}]` : item.position;
        rejected.push({ position: place, reason: found.problem });
      }
    }
    findings += read.length;
    return { problems, good };
  });
  return { findings, ignored, rejected, newestUpdate, items: surveyed };
}

/** Reads what an item holds: nothing of it throws. */
export function readItem({ body, problem }: InputItem): ReadFinding[] {
  if (problem !== undefined) return [{ outcome: 'rejected', problem }];
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return [{ outcome: 'rejected', problem: 'the message is not JSON' }];
  }
  return readEvent(value);
}
