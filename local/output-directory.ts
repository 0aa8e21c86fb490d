/** Writes the results of a run. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CatalogueIndex } from '../lambda/core/catalogue-index.ts';
import { BadUsage } from './bad-usage.ts';
import { detectionFinding } from './detection-findings.ts';
import { describeFileProblem } from './file-problem.ts';
import { jsonText } from './json-text.ts';
import { exposureLayer } from './navigator-layer.ts';
import { techniqueTable } from './technique-table.ts';
import type { Posture } from './posture.ts';
import type { OwnFinding } from './own-findings.ts';
import type { FailedItem } from './input-survey.ts';
import type { Counter, TacticCount, UnknownTechnique, UnmappedRule } from './results.ts';

/** Everything a run leaves behind. */
export interface Results {
  readonly catalogue: CatalogueIndex;
  readonly techniqueFindings: readonly OwnFinding[];
  readonly tacticFindings: readonly OwnFinding[];
  readonly unmapped: readonly UnmappedRule[];
  readonly unknownTechniques: readonly UnknownTechnique[];
  readonly tactics: readonly TacticCount[];
  readonly counters: Readonly<Record<string, Counter>>;
  readonly rejected: readonly FailedItem[];
  readonly undelivered: readonly FailedItem[];
  /** What is known of each technique. */
  readonly posture: Posture;
  /** `report.html`. */
  readonly report: string;
}

/** The summary as people's programs read it: `summary.json`, and what `--json` prints. */
export function summaryOf(results: Results): object {
  const { catalogue, counters, tactics, rejected, undelivered } = results;
  return {
    attack: { release: catalogue.attackRelease, copyright: catalogue.copyright },
    catalogue: catalogue.version,
    counters,
    tactics,
    rejected,
    undelivered,
  };
}

/** Makes the directory, before the work that its files come from. Throws {@link BadUsage} where that is impossible. */
export async function prepareOutput(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    throw new BadUsage(`--out ${directory}: ${describeFileProblem(error)}`, { cause: error });
  }
}

/** Writes the files, each with a line break at its end; equal results give equal bytes. Returns their names. */
export async function writeResults(
  directory: string,
  results: Results,
  { csv = false, ocsf = false }: { readonly csv?: boolean; readonly ocsf?: boolean } = {},
): Promise<string[]> {
  const { techniqueFindings, catalogue } = results;
  const files: Readonly<Record<string, string>> = {
    'technique-findings.json': jsonText({ Findings: techniqueFindings }),
    'tactic-findings.json': jsonText({ Findings: results.tacticFindings }),
    'attack-layer.json': jsonText(exposureLayer(techniqueFindings, catalogue)),
    'report.html': results.report,
    'unmapped.json': jsonText({ rules: results.unmapped, unknownTechniques: results.unknownTechniques }),
    'summary.json': jsonText(summaryOf(results)),
    ...(csv ? { 'technique-findings.csv': techniqueTable(techniqueFindings, catalogue) } : {}),
    ...(ocsf ? { 'detection-findings.ndjson': ocsfLines(techniqueFindings, catalogue) } : {}),
  };
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(directory, name);
    try {
      await writeFile(file, content);
    } catch (error) {
      throw new Error(`${file} cannot be written: ${describeFileProblem(error)}`, { cause: error });
    }
  }
  return Object.keys(files);
}

/** One event a line, as SIEMs take them in. */
function ocsfLines(techniqueFindings: readonly OwnFinding[], catalogue: CatalogueIndex): string {
  return techniqueFindings.map((finding) => `${JSON.stringify(detectionFinding(finding, catalogue))}\n`).join('');
}
