/** Stands in for SQS and its event source mapping: batches to a handler, failed messages again, the rest to a dead-letter list. */
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { SqsHandler } from '../lambda/enrich-finding-handler.ts';

/** Deliveries before a message is dead, as the deployed queue has it. */
const MAX_RECEIVE_COUNT = 5;

/** One message to deliver. */
export interface Message {
  readonly id: string;
  readonly body: string;
}

/** A message that failed at every delivery. */
export interface DeadMessage extends Message {
  /** Set where the handler threw as a whole. */
  readonly error: unknown;
}

/** How to deliver. */
export interface DeliveryOptions {
  /** Messages in a batch. */
  readonly batchSize: number;
  /** Called after each batch with the count of messages delivered so far. */
  readonly onProgress?: (delivered: number) => void;
}

/**
 * Delivers all messages in order. Failed ones are delivered again after the others, up to five times in all. A handler
 * that throws fails its whole batch, as on Lambda. Returns the messages that died.
 */
export async function deliver(
  messages: readonly Message[],
  handler: SqsHandler,
  { batchSize, onProgress }: DeliveryOptions,
): Promise<DeadMessage[]> {
  let round: readonly DeadMessage[] = messages.map((message) => ({ ...message, error: undefined }));
  let delivered = 0;
  for (let receiveCount = 1; receiveCount <= MAX_RECEIVE_COUNT && round.length > 0; receiveCount += 1) {
    const failed: DeadMessage[] = [];
    for (let first = 0; first < round.length; first += batchSize) {
      const batch = round.slice(first, first + batchSize);
      failed.push(...(await deliverBatch(batch, handler, receiveCount)));
      if (receiveCount === 1) onProgress?.((delivered += batch.length));
    }
    round = failed;
  }
  return [...round];
}

async function deliverBatch(
  batch: readonly Message[],
  handler: SqsHandler,
  receiveCount: number,
): Promise<DeadMessage[]> {
  try {
    const { batchItemFailures } = await handler(sqsEvent(batch, receiveCount));
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    return batch.filter(({ id }) => failed.has(id)).map((message) => ({ ...message, error: undefined }));
  } catch (error) {
    return batch.map((message) => ({ ...message, error }));
  }
}

/** The event that Lambda hands to a function for a batch. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
export function sqsEvent(batch: readonly Message[], receiveCount = 1): SQSEvent {
  return {
    Records: batch.map(({ id, body }): SQSRecord => ({
      messageId: id,
      receiptHandle: id,
      body,
      attributes: {
        ApproximateReceiveCount: String(receiveCount),
        SentTimestamp: '0',
        SenderId: 'local',
        ApproximateFirstReceiveTimestamp: '0',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:local:000000000000:virtual-soc-findings',
      awsRegion: 'local',
    })),
  };
}
