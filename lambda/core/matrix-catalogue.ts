/**
 * The catalogue as the matrix needs it: techniques with their place in the matrix, what can detect them, and who uses them.
 * Apart from the index of enrichment, which is read at every cold start and needs none of this.
 */
import { parentTechniqueId } from './attack.ts';
import type { CatalogueRows, Language, RuleKind, UnlinkedReason } from './catalogue.ts';
import { type CatalogueIndex, type MappedTechnique, type Technique, indexCatalogue } from './catalogue-index.ts';
import { groupBy } from './group-by.ts';

/** A technique with what the matrix shows of it. */
export interface MatrixTechnique extends Technique {
  readonly parentId: string | undefined;
  /** Of ATT&CK's cloud matrix or Containers; others are shown only where something is open. */
  readonly isCloud: boolean;
  readonly platforms: readonly string[];
  readonly url: string;
  /** Why no rule is linked to it; undefined where one is. */
  readonly unlinked:
    { readonly reason: UnlinkedReason; readonly explanation: Readonly<Record<Language, string>> } | undefined;
  /**
   * Whether nothing that AWS or a product of the catalogue offers shows it, under whichever id of its family. Such a
   * technique is blind everywhere, whatever protects from it.
   */
  readonly isBlindByNature: boolean;
}

/** A campaign, or a group, with the steps of it that could happen in the cloud. */
export interface Adversary {
  readonly kind: 'campaign' | 'group';
  /** `C0027` or `G0016` */
  readonly id: string;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly url: string;
  readonly summary: Readonly<Record<Language, string>>;
  /** Techniques of the cloud matrix, sorted; never empty. */
  readonly techniqueIds: readonly string[];
  /** Its techniques that the catalogue holds outside the cloud matrix: counted, and no part of the ranking. */
  readonly otherTechniques: number;
}

/** What a rule says about techniques. */
export interface RuleLinks {
  readonly kind: RuleKind;
  /** No longer evaluated by its provider: what it once said is no evidence. */
  readonly isRetired: boolean;
  readonly techniques: readonly Pick<MappedTechnique, 'technique' | 'effect' | 'score'>[];
}

/** The catalogue for the matrix. */
export interface MatrixCatalogue {
  readonly index: CatalogueIndex;
  /** By id, in the order of their ids. */
  readonly techniques: ReadonlyMap<string, MatrixTechnique>;
  /** Ids of sub-techniques by their technique, sorted. */
  readonly subTechniqueIds: ReadonlyMap<string, readonly string[]>;
  /** Techniques that a provider's active rules detect: a threat seen, or a posture rule that watches the sensor. */
  readonly detectedBy: ReadonlyMap<
    string,
    { readonly threats: ReadonlySet<string>; readonly posture: ReadonlySet<string> }
  >;
  /** Campaigns, then groups, each by id. Those without a step in the cloud are left out. */
  readonly adversaries: readonly Adversary[];
  /**
   * The links of a rule under the key that state keeps: several keys are joined by `;`. A rule that the catalogue does not
   * know has none, and is a threat: its findings named their techniques themselves.
   */
  readonly linksOf: (provider: string, ruleKey: string) => RuleLinks;
}

/** Indexes the rows. Throws where {@link indexCatalogue} does. */
export function matrixCatalogue(rows: CatalogueRows): MatrixCatalogue {
  const index = indexCatalogue(rows);
  const detectedBy = indexDetection(rows);
  const detected = new Set([...detectedBy.values()].flatMap(({ threats, posture }) => [...threats, ...posture]));
  const unlinked = new Map(rows.unlinkedTechniques.map((row) => [row.techniqueId, row]));
  const subTechniqueIds = groupBy(
    rows.techniques.map(({ techniqueId }) => techniqueId).sort(),
    (id) => parentTechniqueId(id) ?? '',
  );
  subTechniqueIds.delete('');

  const techniques = new Map<string, MatrixTechnique>();
  for (const row of [...rows.techniques].sort((a, b) => (a.techniqueId < b.techniqueId ? -1 : 1))) {
    const technique = index.techniques.get(row.techniqueId);
    if (!technique) continue;
    const parentId = parentTechniqueId(row.techniqueId);
    const family = [row.techniqueId, parentId ?? '', ...(subTechniqueIds.get(row.techniqueId) ?? [])];
    const why = unlinked.get(row.techniqueId);
    const isSeenThroughFamily = why?.reason === 'through-sub-techniques' || why?.reason === 'through-technique';
    techniques.set(row.techniqueId, {
      ...technique,
      parentId,
      isCloud: row.matrix === 'cloud',
      platforms: row.platforms,
      url: row.url,
      unlinked: why && { reason: why.reason, explanation: { en: why.explanationEn, es: why.explanationEs } },
      isBlindByNature: row.matrix === 'cloud' && !isSeenThroughFamily && !family.some((id) => detected.has(id)),
    });
  }
  return {
    index,
    techniques,
    subTechniqueIds,
    detectedBy,
    adversaries: adversariesOf(rows, techniques),
    linksOf: linksOfRules(rows, index),
  };
}

function indexDetection(rows: CatalogueRows): MatrixCatalogue['detectedBy'] {
  const rules = new Map(rows.rules.map((rule) => [`${rule.provider}\n${rule.ruleKey}`, rule]));
  const detectedBy = new Map<string, { threats: Set<string>; posture: Set<string> }>();
  for (const { provider, ruleKey, techniqueId, effect } of rows.links) {
    const rule = rules.get(`${provider}\n${ruleKey}`);
    if (effect !== 'detect' || rule?.status !== 'active') continue;
    const own = detectedBy.get(provider) ?? { threats: new Set(), posture: new Set() };
    detectedBy.set(provider, own);
    (rule.kind === 'threat' ? own.threats : own.posture).add(techniqueId);
  }
  return detectedBy;
}

function linksOfRules(rows: CatalogueRows, index: CatalogueIndex): MatrixCatalogue['linksOf'] {
  const retired = new Set(
    rows.rules.filter(({ status }) => status === 'retired').map(({ provider, ruleKey }) => `${provider}\n${ruleKey}`),
  );
  const known = new Map<string, RuleLinks>();
  const look = (provider: string, ruleKey: string): RuleLinks => {
    const whole = index.findRule({ provider, keys: [ruleKey] });
    const parts = whole.outcome === 'mapped' ? [ruleKey] : ruleKey.split(';');
    const found = parts
      .map((key) => index.findRule({ provider, keys: [key] }))
      .filter((rule) => rule.outcome === 'mapped');
    return {
      kind: found[0]?.kind ?? 'threat',
      isRetired: parts.every((key) => retired.has(`${provider}\n${key}`)),
      techniques: found.flatMap(({ techniques }) => techniques),
    };
  };
  return (provider, ruleKey) => {
    const key = `${provider}\n${ruleKey}`;
    const links = known.get(key) ?? look(provider, ruleKey);
    known.set(key, links);
    return links;
  };
}

function adversariesOf(rows: CatalogueRows, techniques: ReadonlyMap<string, MatrixTechnique>): Adversary[] {
  const campaignSteps = groupBy(rows.campaignTechniques, ({ campaignId }) => campaignId);
  const groupSteps = groupBy(rows.groupTechniques, ({ groupId }) => groupId);
  const stepsOf = (pairs: readonly { readonly techniqueId: string }[] = []) => {
    const ids = pairs.map(({ techniqueId }) => techniqueId).sort();
    const techniqueIds = ids.filter((id) => techniques.get(id)?.isCloud);
    return { techniqueIds, otherTechniques: ids.length - techniqueIds.length };
  };
  const campaigns = rows.campaigns.map((row): Adversary => ({
    kind: 'campaign',
    id: row.campaignId,
    name: row.name,
    aliases: [],
    url: row.url,
    summary: { en: row.summaryEn, es: row.summaryEs },
    ...stepsOf(campaignSteps.get(row.campaignId)),
  }));
  const groups = rows.groups.map((row): Adversary => ({
    kind: 'group',
    id: row.groupId,
    name: row.name,
    aliases: row.aliases,
    url: row.url,
    summary: { en: row.summaryEn, es: row.summaryEs },
    ...stepsOf(groupSteps.get(row.groupId)),
  }));
  return [...campaigns, ...groups]
    .filter(({ techniqueIds }) => techniqueIds.length > 0)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
