/** The catalogue in memory, read from the database when first asked for and again when it changed. */
import { QueryTypes, type Sequelize } from 'sequelize';
import type { CatalogueRows } from '../core/catalogue.ts';
import { indexCatalogue } from '../core/catalogue-index.ts';
import { readCatalogue } from './catalogue.ts';

/** What is kept of the catalogue in memory, read again when the version in the database is another. */
export interface KeptCatalogue<Index> {
  /** As read last. */
  readonly current: () => Promise<Index>;
  /** As it is now in the database. */
  readonly latest: () => Promise<Index>;
  readonly reload: () => Promise<Index>;
}

/** The index that enrichment uses. */
export const catalogueReader = (sequelize: Sequelize) => keepCatalogue(sequelize, indexCatalogue);

/** Callers that ask at the same time share one read. A failed read is not kept. */
export function keepCatalogue<Index extends { readonly version: string }>(
  sequelize: Sequelize,
  indexRows: (rows: CatalogueRows) => Index,
): KeptCatalogue<Index> {
  let index: Promise<Index> | undefined;
  const reload = () => {
    const reading = readCatalogue(sequelize).then(indexRows);
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
