/** The rules that the benchmark's findings come from: those of the real catalogue that map to techniques. */
import type { CatalogueRows } from '../lambda/core/catalogue.ts';
import { type CatalogueIndex, indexCatalogue } from '../lambda/core/catalogue-index.ts';
import { readCatalogueFiles } from '../sql/catalogue-files.ts';

/** Rule names by finding provider, sorted, and the catalogue they are from. */
export interface SourceRules {
  readonly catalogue: CatalogueIndex;
  /** Managed rule names. */
  readonly config: readonly string[];
  /** Security control ids. */
  readonly securityHub: readonly string[];
  /** Whole ASFF type strings. */
  readonly guardDuty: readonly string[];
}

/** Reads the catalogue's files. Throws where they have problems or lack a provider. */
export async function readSourceRules(): Promise<SourceRules> {
  const { rows, problems } = await readCatalogueFiles();
  if (problems.length > 0) throw new Error(`the catalogue has ${problems.length} problems`);
  const catalogue = indexCatalogue(rows);
  const mapped = (provider: string, names: readonly string[]) => {
    const known = [...new Set(names)].filter(
      (name) => catalogue.findRule({ provider, keys: [name] }).outcome === 'mapped',
    );
    if (known.length === 0) throw new Error(`the catalogue maps no rule of ${provider}`);
    return known;
  };
  return {
    catalogue,
    config: mapped('config', linkedRules(rows, 'config')),
    securityHub: mapped('securityhub', linkedRules(rows, 'securityhub')),
    guardDuty: mapped(
      'guardduty',
      rows.aliases.filter(({ provider }) => provider === 'guardduty').map(({ alias }) => alias),
    ),
  };
}

function linkedRules(rows: CatalogueRows, provider: string): string[] {
  return rows.links.filter((link) => link.provider === provider).map(({ ruleKey }) => ruleKey);
}
