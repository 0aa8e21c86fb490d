/** Our catalogue as it would have been under an older release of ATT&CK: the same links, under the ids and tactics of then. */
import type { CatalogueRows } from '../../lambda/core/catalogue.ts';
import { parentTechniqueId } from '../../lambda/core/attack.ts';
import { type AttackReleaseReference } from '../../sql/reference-files.ts';

/** The id of v18.1 for each id of v19 that replaced one, where several were merged the one that our rules mean. */
const FORMER_IDS: Readonly<Record<string, string>> = {
  T1685: 'T1562.001',
  'T1685.002': 'T1562.008',
  'T1686.001': 'T1562.007',
  'T1684.001': 'T1656',
  'T1684.002': 'T1672',
};

/** @param former the older release; techniques that it does not have are left out, with their links */
export function underFormerRelease(rows: CatalogueRows, former: AttackReleaseReference): CatalogueRows {
  const formerId = (id: string) => FORMER_IDS[id] ?? id;
  const [template] = rows.techniques;
  if (template === undefined) throw new Error('the catalogue has no technique');
  const techniques = [...former.techniques.values()].map(({ techniqueId, name, platforms }) => ({
    ...template,
    techniqueId,
    parentId: parentTechniqueId(techniqueId) ?? null,
    matrix: 'cloud' as const,
    nameEn: name,
    nameEs: name,
    platforms,
  }));
  const known = new Set(techniques.map(({ techniqueId }) => techniqueId));
  // Parents that are on no cloud platform.
  for (const { parentId } of [...techniques]) {
    if (parentId === null || known.has(parentId)) continue;
    known.add(parentId);
    techniques.push({
      ...template,
      techniqueId: parentId,
      parentId: null,
      matrix: 'cloud',
      nameEn: parentId,
      nameEs: parentId,
    });
  }
  const tacticsOf = (id: string) => former.techniques.get(id)?.tacticIds ?? [];
  const isKnown = ({ techniqueId }: { readonly techniqueId: string }) => known.has(techniqueId);
  const links = rows.links
    .map((link) => ({ ...link, techniqueId: formerId(link.techniqueId) }))
    .filter(isKnown)
    .map((link) => ({
      ...link,
      tacticIds: link.tacticIds
        .map((id) => (id === 'TA0112' ? 'TA0005' : id))
        .filter((id, index, all) => tacticsOf(link.techniqueId).includes(id) && all.indexOf(id) === index),
    }));
  return {
    ...rows,
    release: { ...rows.release, version: 'f'.repeat(64), attackRelease: '18.1' },
    tactics: rows.tactics.flatMap((row) => {
      const then = former.tactics.get(row.tacticId);
      return then === undefined ? [] : [{ ...row, nameEn: then.name, position: then.position }];
    }),
    techniques,
    techniqueTactics: [...former.techniques.values()].flatMap(({ techniqueId, tacticIds }) =>
      tacticIds.map((tacticId) => ({ techniqueId, tacticId })),
    ),
    techniqueMitigations: rows.techniqueMitigations.filter(isKnown),
    campaignTechniques: rows.campaignTechniques.filter(isKnown),
    groupTechniques: rows.groupTechniques.filter(isKnown),
    unlinkedTechniques: [],
    redirects: [],
    links,
    rules: rows.rules.map((rule) => {
      const hasLink = links.some(({ provider, ruleKey }) => provider === rule.provider && ruleKey === rule.ruleKey);
      return hasLink || rule.notMappable !== null ? rule : { ...rule, notMappable: 'no-attack-technique' as const };
    }),
    controlTechniques: rows.controlTechniques.filter(isKnown),
  };
}
