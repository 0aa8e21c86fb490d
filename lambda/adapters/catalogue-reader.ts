/** The catalogue in memory, read from the database when first asked for and again when it changed. */
import { QueryTypes, type Sequelize } from 'sequelize';
import { indexCatalogue, type CatalogueIndex } from '../core/catalogue-index.ts';
import type { CatalogueReader } from '../enrich-finding.ts';
import { readCatalogue } from './catalogue.ts';

/** Callers that ask at the same time share one read. A failed read is not kept. */
export function catalogueReader(sequelize: Sequelize): CatalogueReader {
  let index: Promise<CatalogueIndex> | undefined;
  const reload = () => {
    const reading = readCatalogue(sequelize).then(indexCatalogue);
    reading.catch(() => (index = undefined));
    return (index = reading);
  };
  const current = () => index ?? reload();
  const latest = async () => {
    const read = await current();
    const [release] = await sequelize.query<{ version: string }>('SELECT version FROM catalogue.release', {
      type: QueryTypes.SELECT,
    });
    return release?.version === read.version ? read : reload();
  };
  return { current, latest, reload };
}
