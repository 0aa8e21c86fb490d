/** The option `--catalogue FILE`, a customer's own mappings. */
import { access, constants } from 'node:fs/promises';
import { type CatalogueProblem, describeProblem } from '../sql/catalogue-problem.ts';
import { BadUsage } from './bad-usage.ts';

/** Throws {@link BadUsage} where the file cannot be read, before anything is started for it. */
export async function checkMappingFile(mappingFile: string | undefined): Promise<void> {
  if (mappingFile === undefined) return;
  try {
    await access(mappingFile, constants.R_OK);
  } catch (error) {
    const { code } = error as { code?: string };
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code ?? 'unknown error'})`;
    throw new BadUsage(`--catalogue ${mappingFile}: ${why}.`, { cause: error });
  }
}

/** Why no catalogue was loaded: {@link BadUsage} where only the mapping file is at fault, so that the user can mend it. */
export function refusedCatalogue(problems: readonly CatalogueProblem[], mappingFile: string | undefined): Error {
  const message = `the catalogue is refused:\n${problems.map((problem) => `  ${describeProblem(problem)}`).join('\n')}`;
  return onlyIn(mappingFile, problems) ? new BadUsage(message) : new Error(message);
}

/** Whether all problems are of the mapping file. */
export function onlyIn(mappingFile: string | undefined, problems: readonly CatalogueProblem[]): boolean {
  return mappingFile !== undefined && problems.every(({ file }) => file === mappingFile);
}
