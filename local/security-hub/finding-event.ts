/**
 * The EventBridge event of a new or changed finding.
 *
 * Source: https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-event-formats.html
 */

import { findingKey, type StoredFinding } from './finding.ts';

/** `Security Hub Findings - Imported`: always exactly one finding. */
export interface SecurityHubEvent {
  readonly version: '0';
  /** UUID of the event, not of the finding. */
  readonly id: string;
  readonly 'detail-type': 'Security Hub Findings - Imported';
  readonly source: 'aws.securityhub';
  /** Account whose bus carries the event: the hub's, whoever owns the finding. */
  readonly account: string;
  /** In whole seconds, as EventBridge gives it. */
  readonly time: string;
  readonly region: string;
  /** The finding, as `<ProductArn>/<Id>`. */
  readonly resources: readonly [string];
  readonly detail: { readonly findings: readonly [StoredFinding] };
}

/**
 * The event for a finding.
 *
 * @param at when the hub sent it, ISO 8601 with milliseconds
 */
export function findingEvent(
  finding: StoredFinding,
  hub: { readonly account: string; readonly region: string },
  id: string,
  at: string,
): SecurityHubEvent {
  return {
    version: '0',
    id,
    'detail-type': 'Security Hub Findings - Imported',
    source: 'aws.securityhub',
    account: hub.account,
    time: `${at.slice(0, 19)}Z`,
    region: hub.region,
    resources: [findingKey(finding.ProductArn, finding.Id)],
    detail: { findings: [finding] },
  };
}
