/** What a run knows of each technique: the matrix, what to fix first, and how far campaigns are open. */
import type { Sequelize } from 'sequelize';
import { readCatalogue } from '../lambda/adapters/catalogue.ts';
import { readKeptSources } from '../lambda/adapters/evidence-state.ts';
import { type AttackMatrix, attackMatrix } from '../lambda/core/attack-matrix.ts';
import { type AdversaryExposure, adversaryExposure } from '../lambda/core/campaign-exposure.ts';
import { type RuleToFix, fixFirst } from '../lambda/core/fix-first.ts';
import { type MatrixCatalogue, matrixCatalogue } from '../lambda/core/matrix-catalogue.ts';
import { readStoredFinding } from '../lambda/core/stored-finding.ts';
import type { OpenTechnique } from '../lambda/core/technique-state.ts';
import type { InputItem } from './input-file.ts';
import { runEvidence } from './run-evidence.ts';

/** Everything that the report, the layers and the commands about techniques show. */
export interface Posture {
  readonly catalogue: MatrixCatalogue;
  readonly matrix: AttackMatrix;
  /** Active technique findings, suppressed ones included. */
  readonly open: readonly OpenTechnique[];
  /** Id and title of their source findings, by source key. */
  readonly sources: ReadonlyMap<string, { readonly id: string; readonly title: string }>;
  readonly fixFirst: readonly RuleToFix[];
  readonly adversaries: readonly AdversaryExposure[];
  /** Time of the newest finding of the input, ISO 8601; undefined where it holds none. */
  readonly asOf: string | undefined;
}

/** Reads it after a run. Throws where the database does not answer. */
export async function readPosture(sequelize: Sequelize, items: readonly InputItem[]): Promise<Posture> {
  const catalogue = matrixCatalogue(await readCatalogue(sequelize));
  const evidence = await runEvidence(sequelize, items, catalogue.index);
  const matrix = attackMatrix(evidence, catalogue);
  const sources = new Map<string, { id: string; title: string }>();
  for (const [sourceKey, json] of await readKeptSources(sequelize)) {
    const source = readStoredFinding(json);
    sources.set(sourceKey, { id: source.id, title: source.title });
  }
  return {
    catalogue,
    matrix,
    open: evidence.open,
    sources,
    fixFirst: fixFirst(evidence.open, catalogue),
    adversaries: adversaryExposure(matrix.states, catalogue),
    asOf: evidence.asOf,
  };
}
