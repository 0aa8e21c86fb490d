/** What was asked of AWS and may not have been answered. What is not known is never taken for good. */

/** An answer, or why there is none and how to get one. */
export type Known<Value> = Answered<Value> | Unanswered;

export interface Answered<Value> {
  readonly known: true;
  readonly value: Value;
}

export interface Unanswered {
  readonly known: false;
  /** One line for people. */
  readonly reason: string;
}

export function known<Value>(value: Value): Answered<Value> {
  return { known: true, value };
}

export function unknown(reason: string): Unanswered {
  return { known: false, reason };
}

/** Tries to read something that the rest can do without. */
export async function tryToRead<Value>(read: () => Promise<Value>): Promise<Known<Value>> {
  try {
    return known(await read());
  } catch (error) {
    return unknown(error instanceof Error ? error.message : String(error));
  }
}
