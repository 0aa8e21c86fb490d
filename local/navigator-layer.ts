/** An ATT&CK Navigator layer, format 4.5. https://github.com/mitre-attack/attack-navigator/blob/master/layers/spec/v4.5/layerformat.md */
import type { AdversaryExposure } from '../lambda/core/campaign-exposure.ts';
import type { CatalogueRows, Score } from '../lambda/core/catalogue.ts';
import type { CatalogueIndex } from '../lambda/core/catalogue-index.ts';
import { CLOUD_PLATFORMS, type Coverage } from '../lambda/core/coverage.ts';
import { SEVERITY_LABELS, type SeverityLabel, normalizedOf } from '../lambda/core/severity.ts';
import { groupBy } from '../lambda/core/group-by.ts';
import { TECHNIQUE_STATES, type TechniqueState } from '../lambda/core/technique-state.ts';
import { MATRIX_WORDS } from '../lambda/matrix/matrix-words.ts';
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
  return layerOf({
    name: 'Virtual SOC: open technique findings',
    release: catalogue,
    techniques: [...byTechnique.keys()].sort().map((techniqueID) => {
      const findings = byTechnique.get(techniqueID) ?? [];
      const worst = SEVERITY_LABELS.findLast((label) => findings.some(({ Severity }) => Severity.Label === label));
      const label = worst ?? 'INFORMATIONAL';
      return {
        techniqueID,
        score: findings.length,
        color: COLOURS[label],
        comment: `${findings.length} open, highest severity ${label} (${normalizedOf(label)})`,
      };
    }),
    legend: SEVERITY_LABELS.toReversed().map((label) => ({ label, color: COLOURS[label] })),
  });
}

/** Colours of the best link of a technique, and of one that no native detection shows. */
const COVERAGE_COLOURS = {
  significant: '#08519c',
  partial: '#4292c6',
  minimal: '#c6dbef',
  unlinked: '#d9d9d9',
} as const;
const SCORE_NUMBERS: Readonly<Record<Score, number>> = { significant: 100, partial: 50, minimal: 25 };

/**
 * The layer of what the catalogue covers: colour and score by the best link of each technique, with its effects and number
 * of rules; techniques without a link are grey, with the reason.
 */
export function coverageLayer(rows: CatalogueRows, { uncovered }: Coverage): object {
  const active = new Set(rows.rules.filter(({ status }) => status === 'active').map(ruleOf));
  const links = groupBy(
    rows.links.filter((link) => active.has(ruleOf(link))),
    ({ techniqueId }) => techniqueId,
  );
  const covered = [...links].map(([techniqueID, own]) => {
    const best = SCORES.find((score) => own.some((link) => link.score === score)) ?? 'minimal';
    const effects = [...new Set(own.map(({ effect }) => effect))].sort();
    return {
      techniqueID,
      score: SCORE_NUMBERS[best],
      color: COVERAGE_COLOURS[best],
      comment: `${own.length} rules (${effects.join(', ')}), best score ${best}`,
    };
  });
  const without = uncovered
    .filter(({ matrix, reason }) => matrix === 'cloud' && reason !== undefined)
    .map(({ technique, reason, explanation }) => ({
      techniqueID: technique,
      score: 0,
      color: COVERAGE_COLOURS.unlinked,
      comment: `${reason ?? ''}: ${explanation ?? ''}`,
    }));
  return layerOf({
    name: 'Virtual SOC: coverage',
    release: rows.release,
    techniques: [...covered, ...without].sort((a, b) => (a.techniqueID < b.techniqueID ? -1 : 1)),
    legend: [
      { label: 'significant', color: COVERAGE_COLOURS.significant },
      { label: 'partial', color: COVERAGE_COLOURS.partial },
      { label: 'minimal', color: COVERAGE_COLOURS.minimal },
      { label: 'no link of its own', color: COVERAGE_COLOURS.unlinked },
    ],
  });
}

/** Colours of the states: nothing here needs red and green to be told apart. */
const STATE_COLOURS: Readonly<Record<TechniqueState, string>> = {
  observed: '#7f2704',
  exposed: '#d95f0e',
  blind: '#bdbdbd',
  protected: '#6baed6',
  detectable: '#c6dbef',
  'no-evidence': '#ffffff',
};

/** The layer of one campaign or group: its cloud steps by their state; score 1 for a step that is open today, 0 otherwise. */
export function adversaryLayer({ adversary, steps }: AdversaryExposure, release: CatalogueIndex): object {
  return layerOf({
    name: `Virtual SOC: ${adversary.id} ${adversary.name}`,
    release,
    techniques: steps.map(({ techniqueId: techniqueID, state }) => ({
      techniqueID,
      score: state === 'observed' || state === 'exposed' ? 1 : 0,
      color: STATE_COLOURS[state],
      comment: MATRIX_WORDS.en.states[state],
    })),
    legend: TECHNIQUE_STATES.map((state) => ({ label: MATRIX_WORDS.en.states[state], color: STATE_COLOURS[state] })),
  });
}

const SCORES: readonly Score[] = ['significant', 'partial', 'minimal'];

function ruleOf({ provider, ruleKey }: { readonly provider: string; readonly ruleKey: string }): string {
  return `${provider}\n${ruleKey}`;
}

interface LayerTechnique {
  readonly techniqueID: string;
  readonly score: number;
  readonly color: string;
  readonly comment: string;
}

/** What every layer of ours says of itself. */
function layerOf({
  name,
  release,
  techniques,
  legend,
}: {
  readonly name: string;
  readonly release: { readonly attackRelease: string; readonly copyright: string };
  readonly techniques: readonly LayerTechnique[];
  readonly legend: readonly { readonly label: string; readonly color: string }[];
}): object {
  return {
    name,
    versions: { attack: release.attackRelease.split('.')[0], navigator: '5.1.0', layer: '4.5' },
    domain: 'enterprise-attack',
    description: `ATT&CK v${release.attackRelease}. ${release.copyright}`,
    filters: { platforms: [...CLOUD_PLATFORMS] },
    sorting: 0,
    hideDisabled: false,
    techniques: techniques.map((technique) => ({
      ...technique,
      enabled: true,
      metadata: [],
      showSubtechniques: technique.techniqueID.includes('.'),
    })),
    legendItems: legend,
    metadata: [],
    showTacticRowBackground: false,
    tacticRowBackground: '#dddddd',
    selectTechniquesAcrossTactics: true,
    selectSubtechniquesWithParent: false,
  };
}
