/** What of ATT&CK, and of the rules it knows, a catalogue covers. Counted from its rows, so that nobody keeps figures by hand. */
import {
  type CatalogueRows,
  type Effect,
  type LinkRow,
  NOT_MAPPABLE_REASONS,
  type NotMappableReason,
  type RuleRow,
  type Score,
  type Standard,
  type TechniqueRow,
  type UnlinkedReason,
} from './catalogue.ts';
import { groupBy } from './group-by.ts';

/** The platforms of ATT&CK's cloud matrix, and Containers. https://attack.mitre.org/matrices/enterprise/cloud/ */
export const CLOUD_PLATFORMS = ['IaaS', 'SaaS', 'Identity Provider', 'Office Suite', 'Containers'] as const;

/**
 * How many techniques of a set are covered: named by at least one link of a rule that is still evaluated. A sub-technique
 * counts by itself and never for its parent.
 */
export interface TechniqueCoverage {
  /** Techniques and sub-techniques in the set. */
  readonly techniques: number;
  readonly covered: number;
  /** Covered techniques with a link of that effect. One with several effects counts under each. */
  readonly byEffect: Readonly<Record<Effect, number>>;
  /** Covered techniques by the best score of their links. Each counts once. */
  readonly byBestScore: Readonly<Record<Score, number>>;
}

export interface TacticCoverage {
  /** Id. */
  readonly tactic: string;
  readonly name: string;
  /** Techniques of the cloud matrix under this tactic, by the links that speak for the technique under this tactic. */
  readonly cloud: TechniqueCoverage;
  /** The same for the techniques outside the cloud matrix that the catalogue holds. */
  readonly offMatrix: TechniqueCoverage;
}

/** Each rule is in exactly one of `mapped`, `notMappable` and `retired`. */
export interface ProviderCoverage {
  readonly provider: string;
  readonly rules: number;
  /** Active, with links. */
  readonly mapped: number;
  /** Active, with a reason why there is no technique. */
  readonly notMappable: number;
  /** No longer evaluated by the provider; kept for the findings it has left behind, and out of every other figure. */
  readonly retired: number;
  /** Links of active rules. */
  readonly links: number;
}

export interface StandardCoverage {
  readonly standard: Standard;
  readonly name: string;
  readonly version: string;
  readonly controls: number;
  /** Controls linked to at least one technique. */
  readonly linkedControls: number;
  /** Techniques linked to at least one control. */
  readonly techniques: number;
}

/** A technique that no active rule speaks for. */
export interface UncoveredTechnique {
  /** Id. */
  readonly technique: string;
  readonly name: string;
  readonly matrix: TechniqueRow['matrix'];
  /** Ids, in the order of the matrix. */
  readonly tactics: readonly string[];
  /** Why, where that was decided. */
  readonly reason: UnlinkedReason | undefined;
  /** The same in words. */
  readonly explanation: string | undefined;
}

export interface Coverage {
  /** Every technique counts once, under however many tactics it is. */
  readonly cloud: TechniqueCoverage;
  readonly offMatrix: TechniqueCoverage;
  /** In the order of the matrix. */
  readonly tactics: readonly TacticCoverage[];
  /** Techniques of the cloud matrix; one on several platforms counts under each. */
  readonly platforms: readonly (TechniqueCoverage & { readonly platform: string })[];
  /** All rules, without a technique counting twice. */
  readonly rules: Omit<ProviderCoverage, 'provider'>;
  readonly providers: readonly ProviderCoverage[];
  /** Active rules without a technique, by reason; reasons that no rule has are left out. */
  readonly notMappable: Readonly<Partial<Record<NotMappableReason, number>>>;
  /** Standards whose control ids were checked against a closed list. */
  readonly standards: readonly StandardCoverage[];
  /** Standards whose control ids were not: named here and counted nowhere. */
  readonly unverifiedStandards: readonly Pick<StandardCoverage, 'standard' | 'name' | 'version'>[];
  /** By id. */
  readonly uncovered: readonly UncoveredTechnique[];
}

/** Counts the coverage of a catalogue that has been checked. English names. */
export function computeCoverage(rows: CatalogueRows): Coverage {
  const active = new Set(rows.rules.filter(({ status }) => status === 'active').map(ruleId));
  const links = rows.links.filter((link) => active.has(ruleId(link)));
  const linksOf = groupBy(links, ({ techniqueId }) => techniqueId);
  const allLinks = ({ techniqueId }: TechniqueRow) => linksOf.get(techniqueId) ?? [];

  const cloud = rows.techniques.filter(({ matrix }) => matrix === 'cloud');
  const offMatrix = rows.techniques.filter(({ matrix }) => matrix === 'off-matrix');
  const tactics = [...rows.tactics].sort((a, b) => a.position - b.position);
  const tacticIdsOf = groupBy(rows.techniqueTactics, ({ techniqueId }) => techniqueId);
  const isUnder = (tacticId: string) => (technique: TechniqueRow) =>
    tacticIdsOf.get(technique.techniqueId)?.some((pair) => pair.tacticId === tacticId) ?? false;
  const unlinked = new Map(rows.unlinkedTechniques.map((row) => [row.techniqueId, row]));
  const linksUnder = (tacticId: string) => (technique: TechniqueRow) =>
    allLinks(technique).filter(({ tacticIds }) => tacticIds.length === 0 || tacticIds.includes(tacticId));

  return {
    cloud: countTechniques(cloud, allLinks),
    offMatrix: countTechniques(offMatrix, allLinks),
    tactics: tactics.map(({ tacticId, nameEn }) => ({
      tactic: tacticId,
      name: nameEn,
      cloud: countTechniques(cloud.filter(isUnder(tacticId)), linksUnder(tacticId)),
      offMatrix: countTechniques(offMatrix.filter(isUnder(tacticId)), linksUnder(tacticId)),
    })),
    platforms: CLOUD_PLATFORMS.map((platform) => ({
      platform,
      ...countTechniques(
        cloud.filter(({ platforms }) => platforms.includes(platform)),
        allLinks,
      ),
    })),
    ...countRules(rows.rules, links),
    ...countStandards(rows),
    uncovered: rows.techniques
      .filter((technique) => allLinks(technique).length === 0)
      .map(({ techniqueId, nameEn, matrix }) => ({
        technique: techniqueId,
        name: nameEn,
        matrix,
        tactics: tactics
          .map(({ tacticId }) => tacticId)
          .filter((id) => tacticIdsOf.get(techniqueId)?.some(({ tacticId }) => tacticId === id)),
        reason: unlinked.get(techniqueId)?.reason,
        explanation: unlinked.get(techniqueId)?.explanationEn,
      }))
      .sort((a, b) => (a.technique < b.technique ? -1 : 1)),
  };
}

const BEST_FIRST: readonly Score[] = ['significant', 'partial', 'minimal'];

function countTechniques(
  techniques: readonly TechniqueRow[],
  linksOf: (technique: TechniqueRow) => readonly LinkRow[],
): TechniqueCoverage {
  const covered = techniques.map(linksOf).filter((links) => links.length > 0);
  const withEffect = (effect: Effect) => covered.filter((links) => links.some((link) => link.effect === effect)).length;
  const best = covered.map((links) => BEST_FIRST.find((score) => links.some((link) => link.score === score)));
  const withBest = (score: Score) => best.filter((found) => found === score).length;
  return {
    techniques: techniques.length,
    covered: covered.length,
    byEffect: { protect: withEffect('protect'), detect: withEffect('detect'), respond: withEffect('respond') },
    byBestScore: {
      significant: withBest('significant'),
      partial: withBest('partial'),
      minimal: withBest('minimal'),
    },
  };
}

function countRules(
  rules: readonly RuleRow[],
  links: readonly LinkRow[],
): Pick<Coverage, 'rules' | 'providers' | 'notMappable'> {
  const linked = new Set(links.map(ruleId));
  const linksOf = groupBy(links, ({ provider }) => provider);
  const countOf = (some: readonly RuleRow[], linkCount: number) => {
    const active = some.filter(({ status }) => status === 'active');
    const mapped = active.filter((rule) => linked.has(ruleId(rule))).length;
    return {
      rules: some.length,
      mapped,
      notMappable: active.length - mapped,
      retired: some.length - active.length,
      links: linkCount,
    };
  };
  const reasons = groupBy(
    rules.filter(({ status, notMappable }) => status === 'active' && notMappable !== null),
    ({ notMappable }) => notMappable as NotMappableReason,
  );
  return {
    rules: countOf(rules, links.length),
    providers: [...groupBy(rules, ({ provider }) => provider)]
      .map(([provider, own]) => ({ provider, ...countOf(own, linksOf.get(provider)?.length ?? 0) }))
      .sort((a, b) => (a.provider < b.provider ? -1 : 1)),
    notMappable: Object.fromEntries(
      NOT_MAPPABLE_REASONS.flatMap((reason) => {
        const count = reasons.get(reason)?.length;
        return count === undefined ? [] : [[reason, count]];
      }),
    ),
  };
}

function countStandards(rows: CatalogueRows): Pick<Coverage, 'standards' | 'unverifiedStandards'> {
  const controls = groupBy(rows.controls, ({ standard }) => standard);
  const pairs = groupBy(rows.controlTechniques, ({ standard }) => standard);
  const having = (wanted: 'verified' | 'unverified') => rows.standards.filter(({ status }) => status === wanted);
  return {
    standards: having('verified').map(({ standard, name, version }) => ({
      standard,
      name,
      version,
      controls: controls.get(standard)?.length ?? 0,
      linkedControls: new Set(pairs.get(standard)?.map(({ controlId }) => controlId)).size,
      techniques: new Set(pairs.get(standard)?.map(({ techniqueId }) => techniqueId)).size,
    })),
    unverifiedStandards: having('unverified').map(({ standard, name, version }) => ({ standard, name, version })),
  };
}

function ruleId({ provider, ruleKey }: Pick<RuleRow, 'provider' | 'ruleKey'>): string {
  return `${provider}\n${ruleKey}`;
}
