/** Asks a person at a terminal. */
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** Where is asked and answered. */
export interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable & { readonly isTTY?: boolean };
}

/** Standard output is for results, so that questions go where messages go. */
export const TERMINAL: Terminal = { input: process.stdin, output: process.stderr };

/** Whether somebody is there who can be asked. */
export function isManned({ input, output }: Terminal): boolean {
  return input.isTTY === true && output.isTTY === true;
}

/** Whether the answer is yes. Anything else is no, the end of input too. */
export function agrees(question: string, { input, output }: Terminal): Promise<boolean> {
  return new Promise((resolve) => {
    const lines = createInterface({ input, output });
    lines.once('close', () => {
      resolve(false);
    });
    lines.question(`${question} [y/N] `, (answer) => {
      resolve(/^y(?:es)?$/i.test(answer.trim()));
      lines.close();
    });
  });
}
