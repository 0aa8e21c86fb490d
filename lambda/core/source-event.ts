/** One event of one source finding: which source it is about, and where it stands in that source's history. */
import { hash } from 'node:crypto';
import type { SourceFinding } from './finding.ts';
import type { Instant } from './instant.ts';
import { type LifeCycle, lifeCycleOf } from './life-cycle.ts';

/** A source finding as one event reported it. */
export interface SourceEvent {
  readonly sourceKey: string;
  readonly finding: SourceFinding;
  /** When the envelope says it happened; `NO_INSTANT` for a finding that came in no envelope. */
  readonly eventAt: Instant;
  readonly lifeCycle: LifeCycle;
  /** SHA-256 (hex) of the finding as it came: the last resort of the order. */
  readonly contentHash: string;
  /** The finding as JSON text, as it came. */
  readonly json: string;
}

/** SHA-256 in hexadecimal, 64 characters. */
export function sha256(text: string): string {
  return hash('sha256', text);
}

/**
 * The key of a source finding: SHA-256 of (AwsAccountId, ProductArn, Id). Never of the envelope, since one finding
 * arrives by the member's bus, the administrator's bus and the aggregation Region alike.
 */
export function sourceKeyOf(finding: Pick<SourceFinding, 'accountId' | 'productArn' | 'id'>): string {
  return sha256(JSON.stringify([finding.accountId, finding.productArn, finding.id]));
}

/** Completes a parsed finding with its key, life-cycle and content hash. */
export function sourceEvent(finding: SourceFinding, eventAt: Instant): SourceEvent {
  const json = JSON.stringify(finding.original);
  return {
    sourceKey: sourceKeyOf(finding),
    finding,
    eventAt,
    lifeCycle: lifeCycleOf(finding),
    contentHash: sha256(json),
    json,
  };
}

/**
 * Total order of the events of one source: UpdatedAt, ProcessedAt, envelope time, as instants (BatchUpdateFindings
 * leaves UpdatedAt alone); on a full tie open beats closed, then the content hash decides. Positive when `a` is the
 * newer. The database applies the same order, so every permutation of the same events has the same winner.
 */
export function compareEvents(a: SourceEvent, b: SourceEvent): number {
  return (
    compare(a.finding.updatedAt, b.finding.updatedAt) ||
    compare(a.finding.processedAt, b.finding.processedAt) ||
    compare(a.eventAt, b.eventAt) ||
    compare(a.lifeCycle === 'open' ? 1 : 0, b.lifeCycle === 'open' ? 1 : 0) ||
    compare(a.contentHash, b.contentHash)
  );
}

function compare<T extends bigint | number | string>(a: T, b: T): number {
  return a === b ? 0 : a > b ? 1 : -1;
}
