/** Notes on technique findings in Security Hub, and events on a bus of EventBridge. */
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { SecurityHubClient } from '@aws-sdk/client-securityhub';
import { BatchUpdateFindingsCommand } from '@aws-sdk/client-securityhub';
import type { MirrorTargets } from '../remediation/mirror.ts';

/** What events of ours are sent as, for rules to match. */
export const EVENT_SOURCE = 'virtual-soc';
export const EVENT_DETAIL_TYPE = 'Virtual SOC Remediation';

/**
 * Codes by which Security Hub says that a finding will not take this note next time either: it is not there any more, has no
 * room left, or the text is not to its liking. The others (ConcurrentUpdateError, InternalFailure) pass.
 * https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchUpdateFindingsUnprocessedFinding.html
 */
const FINAL_CODES = new Set(['FindingNotFound', 'FindingSizeExceeded', 'InvalidInput', 'DuplicatedFindingIdentifier']);

/** Security Hub has not taken a note for now: it is written the next time. */
export class NoteNotTaken extends Error {
  override readonly name = 'NoteNotTaken';
}

/** Writes to the hub's Security Hub, and to the bus of this name or ARN. */
export function mirrorTargets(
  securityHub: SecurityHubClient,
  eventBridge: EventBridgeClient,
  busName: string,
): MirrorTargets {
  return {
    // One call for each, since a call has one note for all its findings. They are few: people are told by the bus.
    writeNote: async ({ id, productArn, text }) => {
      const { UnprocessedFindings = [] } = await securityHub.send(
        new BatchUpdateFindingsCommand({
          FindingIdentifiers: [{ Id: id, ProductArn: productArn }],
          Note: { Text: text, UpdatedBy: 'virtual-soc/remediation' },
        }),
      );
      const [refused] = UnprocessedFindings;
      if (refused === undefined) return 'written';
      const code = refused.ErrorCode ?? 'no code';
      if (FINAL_CODES.has(code)) return 'refused';
      throw new NoteNotTaken(`Security Hub has not taken a note (${code})`);
    },
    putEvents: async (events) => {
      const { FailedEntryCount = 0, Entries = [] } = await eventBridge.send(
        new PutEventsCommand({
          Entries: events.map(({ time, detail }) => ({
            Source: EVENT_SOURCE,
            DetailType: EVENT_DETAIL_TYPE,
            EventBusName: busName,
            Time: new Date(time),
            Resources: [detail.resource].filter((id) => id.startsWith('arn:')),
            Detail: JSON.stringify(detail),
          })),
        }),
      );
      if (FailedEntryCount === 0) return new Map();
      // The answer has an entry for each of ours, in the same order; one that was taken has an Id.
      const codes = Entries.map(({ EventId, ErrorCode }) =>
        EventId === undefined ? (ErrorCode ?? 'no code') : undefined,
      );
      return new Map([...codes.entries()].filter((entry): entry is [number, string] => entry[1] !== undefined));
    },
  };
}
