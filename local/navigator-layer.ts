/** An ATT&CK Navigator layer, format 4.5. https://github.com/mitre-attack/attack-navigator/blob/master/layers/spec/v4.5/layerformat.md */
import type { CatalogueIndex } from '../lambda/core/catalogue-index.ts';
import { SEVERITY_LABELS, type SeverityLabel, normalizedOf } from '../lambda/core/severity.ts';
import { groupBy } from '../lambda/core/group-by.ts';
import { type OwnFinding, isOpen } from './own-findings.ts';

/** Colours from yellow to dark red, told apart by lightness as well as by hue. */
const COLOURS: Readonly<Record<SeverityLabel, string>> = {
  INFORMATIONAL: '#fff7bc',
  LOW: '#fee391',
  MEDIUM: '#fe9929',
  HIGH: '#d95f0e',
  CRITICAL: '#7f2704',
};

/** The layer of what is open and not suppressed: colour by the highest severity of a technique, score by its open technique findings. */
export function exposureLayer(techniqueFindings: readonly OwnFinding[], catalogue: CatalogueIndex): object {
  const open = techniqueFindings.filter(isOpen);
  const byTechnique = groupBy(open, ({ ProductFields }) => ProductFields['mitre/technique'] ?? '');
  return {
    name: 'Virtual SOC: open technique findings',
    versions: { attack: catalogue.attackRelease.split('.')[0], navigator: '5.1.0', layer: '4.5' },
    domain: 'enterprise-attack',
    description: `ATT&CK v${catalogue.attackRelease}. ${catalogue.copyright}`,
    filters: { platforms: ['IaaS', 'SaaS', 'Identity Provider', 'Office Suite', 'Containers'] },
    sorting: 0,
    hideDisabled: false,
    techniques: [...byTechnique.keys()].sort().map((techniqueID) => {
      const findings = byTechnique.get(techniqueID) ?? [];
      const worst = SEVERITY_LABELS.findLast((label) => findings.some(({ Severity }) => Severity.Label === label));
      const label = worst ?? 'INFORMATIONAL';
      return {
        techniqueID,
        score: findings.length,
        color: COLOURS[label],
        comment: `${findings.length} open, highest severity ${label} (${normalizedOf(label)})`,
        enabled: true,
        metadata: [],
        showSubtechniques: techniqueID.includes('.'),
      };
    }),
    legendItems: SEVERITY_LABELS.toReversed().map((label) => ({ label, color: COLOURS[label] })),
    metadata: [],
    showTacticRowBackground: false,
    tacticRowBackground: '#dddddd',
    selectTechniquesAcrossTactics: true,
    selectSubtechniquesWithParent: false,
  };
}
