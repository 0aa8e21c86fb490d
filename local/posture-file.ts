/** A file of findings, enriched for commands that only answer a question: nothing is kept or written. */
import type { Language } from '../lambda/core/catalogue.ts';
import { checkMappingFile } from './mapping-file.ts';
import { enrichHere } from './enrich.ts';
import { EXIT_BAD_USAGE, EXIT_DONE } from './exit-code.ts';
import { readInput } from './input-file.ts';
import { plainText } from './plain-text.ts';
import type { Posture } from './posture.ts';

/** Options of such commands. */
export interface PostureOptions {
  readonly language: Language;
  readonly json?: boolean;
  readonly database?: string;
  readonly catalogue?: string;
}

/** What the file says, and how the command ends. */
export interface FilePosture {
  readonly posture: Posture;
  readonly exitCode: number;
}

/**
 * Enriches the file with fresh state. Findings that cannot be read are named on standard error, and make the exit code 2.
 * Throws with a message for people where the file cannot be read at all.
 */
export async function postureOfFile(file: string, options: PostureOptions): Promise<FilePosture> {
  await checkMappingFile(options.catalogue);
  const { posture, rejected } = await enrichHere(await readInput(file), options);
  for (const { position, reason } of rejected) process.stderr.write(`vsoc: ${position}: ${plainText(reason)}\n`);
  return { posture, exitCode: rejected.length > 0 ? EXIT_BAD_USAGE : EXIT_DONE };
}
