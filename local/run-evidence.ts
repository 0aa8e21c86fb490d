/** Everything a run knows for the matrix: what is open in the database, and what the input says beside it. */
import type { Sequelize } from 'sequelize';
import { readClosed, readOpenTechniques, readUnchecked } from '../lambda/adapters/evidence-state.ts';
import type { CatalogueIndex } from '../lambda/core/catalogue-index.ts';
import type { Check, Evidence } from '../lambda/core/technique-state.ts';
import { inputEvidence } from './input-evidence.ts';
import type { InputItem } from './input-file.ts';

/** Evidence, and the time of the newest finding that it was read from. */
export interface RunEvidence extends Evidence {
  /** ISO 8601; undefined where the input holds no finding. */
  readonly asOf: string | undefined;
}

/**
 * Gathers the evidence after a run. A check of the input counts only where the database says that nothing newer has come,
 * from this input or an earlier one. What passed in an earlier input and is not in this one is not known to pass still.
 */
export async function runEvidence(
  sequelize: Sequelize,
  items: readonly InputItem[],
  catalogue: CatalogueIndex,
): Promise<RunEvidence> {
  const { checks, sensors, asOf } = inputEvidence(items, catalogue);
  const open = await readOpenTechniques(sequelize);
  const unchecked = await readUnchecked(sequelize);
  const closed = await readClosed(
    sequelize,
    checks.map(({ sourceKey }) => sourceKey),
  );
  const notChecked = new Set(unchecked.map(({ sourceKey }) => sourceKey));
  const newest = checks.filter(
    ({ sourceKey, contentHash }) => closed.get(sourceKey) === contentHash && !notChecked.has(sourceKey),
  );
  const asCheck = ({ accountId, region, provider, ruleKey, outcome }: Check): Check => {
    return { accountId, region, provider, ruleKey, outcome };
  };
  return { open, checks: [...newest, ...unchecked].map(asCheck), sensors, asOf };
}
