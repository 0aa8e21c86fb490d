/** Everything a run knows for the matrix: what is open in the database, and what the input says beside it. */
import type { Sequelize } from 'sequelize';
import { readClosed, readOpenTechniques, readUnchecked } from '../lambda/adapters/evidence-state.ts';
import type { CatalogueIndex } from '../lambda/core/catalogue-index.ts';
import type { Check, Evidence } from '../lambda/core/technique-state.ts';
import { inputEvidence } from './input-evidence.ts';
import type { InputItem } from './input-file.ts';

/**
 * Gathers the evidence after a run. A check of the input counts only where the database says that nothing newer has come,
 * from this input or an earlier one. What passed in an earlier input and is not in this one is not known to pass still.
 */
export async function runEvidence(
  sequelize: Sequelize,
  items: readonly InputItem[],
  catalogue: CatalogueIndex,
  now: Date,
): Promise<Evidence> {
  const { checks, sensors } = inputEvidence(items, catalogue, now);
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
  return { open, checks: [...newest, ...unchecked].map(asCheck), sensors };
}
