/** Batches as SQS hands them to the function, and how many are handled at a time. */
import { type Message, sqsEvent } from '../local/event-queue.ts';
import type { SQSEvent } from 'aws-lambda';

/** Cuts message bodies into batches of this size. */
export function batchesOf(bodies: readonly string[], size: number): SQSEvent[] {
  const messages = bodies.map((body, index): Message => ({ id: String(index), body }));
  return Array.from({ length: Math.ceil(messages.length / size) }, (_, index) =>
    sqsEvent(messages.slice(index * size, (index + 1) * size)),
  );
}

/** Handles all of them, `lanes` at a time: each lane takes the next as soon as it is done with one. */
export async function inLanes<T>(
  items: readonly T[],
  lanes: number,
  handle: (item: T) => Promise<unknown>,
): Promise<void> {
  const waiting = items.values();
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (const item of waiting) await handle(item);
    }),
  );
}
