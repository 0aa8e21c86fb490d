/** Notes on technique findings in Security Hub, and events on a bus of EventBridge. */
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { SecurityHubClient } from '@aws-sdk/client-securityhub';
import { BatchUpdateFindingsCommand } from '@aws-sdk/client-securityhub';
import { cut } from '../core/asff-limits.ts';
import type { MirrorTargets } from '../remediation/mirror.ts';

/** https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_NoteUpdate.html */
const MAX_NOTE_LENGTH = 512;
/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const MAX_EVENTS_PER_CALL = 10;

/** What events of ours are sent as, for rules to match. */
export const EVENT_SOURCE = 'virtual-soc';
export const EVENT_DETAIL_TYPE = 'Virtual SOC Remediation';

/** An event was not taken by the bus: it is sent again the next time. */
export class EventsRefused extends Error {
  override readonly name = 'EventsRefused';
}

/** Writes to the hub's Security Hub, and to the bus of this name or ARN. */
export function mirrorTargets(
  securityHub: SecurityHubClient,
  eventBridge: EventBridgeClient,
  busName: string,
): MirrorTargets {
  return {
    // One call for each, since a call has one note for all its findings. They are few: people are told by the bus.
    writeNotes: async (notes) => {
      const refused: string[] = [];
      for (const { id, productArn, text } of notes) {
        const { UnprocessedFindings = [] } = await securityHub.send(
          new BatchUpdateFindingsCommand({
            FindingIdentifiers: [{ Id: id, ProductArn: productArn }],
            Note: { Text: cut(text, MAX_NOTE_LENGTH), UpdatedBy: 'virtual-soc/remediation' },
          }),
        );
        if (UnprocessedFindings.length > 0) refused.push(id);
      }
      return refused;
    },
    putEvents: async (events) => {
      for (let first = 0; first < events.length; first += MAX_EVENTS_PER_CALL) {
        const { FailedEntryCount = 0, Entries = [] } = await eventBridge.send(
          new PutEventsCommand({
            Entries: events.slice(first, first + MAX_EVENTS_PER_CALL).map(({ time, detail }) => ({
              Source: EVENT_SOURCE,
              DetailType: EVENT_DETAIL_TYPE,
              EventBusName: busName,
              Time: new Date(time),
              Resources: [detail.resource].filter((id) => id.startsWith('arn:')),
              Detail: JSON.stringify(detail),
            })),
          }),
        );
        if (FailedEntryCount > 0) {
          const codes = [...new Set(Entries.flatMap(({ ErrorCode }) => ErrorCode ?? []))].sort();
          throw new EventsRefused(`the bus has not taken ${FailedEntryCount} events (${codes.join(', ')})`);
        }
      }
    },
  };
}
