/** Reads the findings out of what arrives: an EventBridge event of Security Hub. */
import { parseFinding } from './finding.ts';
import { NO_INSTANT, parseInstant } from './instant.ts';
import { parseOcsfFinding } from './ocsf-finding.ts';
import { isOwnFinding } from './security-hub-target.ts';
import { type SourceEvent, sourceEvent } from './source-event.ts';

/** Why something that arrived is left alone. A closed list, so that it can be counted. */
export type IgnoredReason = 'own-finding' | 'other-event';

/** One finding of a message: an event of a source, something to leave alone, or a problem for a person. */
export type ReadFinding =
  | { readonly outcome: 'event'; readonly event: SourceEvent }
  | { readonly outcome: 'ignored'; readonly reason: IgnoredReason }
  | { readonly outcome: 'rejected'; readonly problem: string };

/** Detail types that carry new or updated findings. https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-integration-types.html */
const FINDINGS_IMPORTED = 'Security Hub Findings - Imported';
const FINDINGS_IMPORTED_V2 = 'Findings Imported V2';

/** Whether a value is an EventBridge event rather than a bare finding. */
export function isEvent(value: unknown): value is { 'detail-type': string; detail: unknown } {
  return isObject(value) && typeof value['detail-type'] === 'string' && 'detail' in value;
}

/**
 * Reads an EventBridge event. Other detail types are ignored (a custom action and an insight result repeat findings that
 * were imported before). One bad finding does not harm the others of the same event.
 */
export function readEvent(value: unknown): ReadFinding[] {
  if (!isEvent(value)) return [rejected('the message is no EventBridge event (detail-type and detail)')];
  const type = value['detail-type'];
  if (type !== FINDINGS_IMPORTED && type !== FINDINGS_IMPORTED_V2)
    return [{ outcome: 'ignored', reason: 'other-event' }];
  const findings = isObject(value.detail) ? value.detail['findings'] : undefined;
  if (!Array.isArray(findings) || findings.length === 0) return [rejected('detail.findings: is missing or empty')];
  const time = (value as { time?: unknown }).time;
  const eventAt = typeof time === 'string' ? (parseInstant(time) ?? NO_INSTANT) : NO_INSTANT;
  return findings.map((finding: unknown) =>
    readFinding(finding, eventAt, type === FINDINGS_IMPORTED ? parseFinding : parseOcsfFinding),
  );
}

/** Reads one finding, by default ASFF, that came in no envelope or in the one of `eventAt`. Never throws. */
export function readFinding(value: unknown, eventAt = NO_INSTANT, parse = parseFinding): ReadFinding {
  if (isOwnFinding(value)) return { outcome: 'ignored', reason: 'own-finding' };
  try {
    const parsed = parse(value);
    if ('problem' in parsed) return rejected(parsed.problem);
    return { outcome: 'event', event: sourceEvent(parsed.finding, eventAt) };
  } catch {
    // JSON nested some thousand levels deep parses, and then overflows the stack of whoever walks it.
    return rejected('the finding cannot be processed: it is nested too deeply');
  }
}

function rejected(problem: string): ReadFinding {
  return { outcome: 'rejected', problem };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
