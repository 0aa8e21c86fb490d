/** The catalogue, indexed for exact look-ups. Built once for each catalogue version; a look-up is a few Map reads. */
import {
  type CatalogueRows,
  type Effect,
  type Language,
  type LinkRow,
  type ProductRow,
  type RuleKind,
  type RuleRow,
  type Score,
  STANDARDS,
  type Standard,
} from './catalogue.ts';
import type { RuleIdentity } from './finding-provider.ts';
import { groupBy } from './group-by.ts';
import { providerName } from './provider-name.ts';

export interface Tactic {
  readonly id: string;
  readonly position: number;
  readonly name: Readonly<Record<Language, string>>;
  readonly url: string;
}

export interface Technique {
  readonly id: string;
  readonly name: Readonly<Record<Language, string>>;
  /** In the order of the matrix. */
  readonly tactics: readonly Tactic[];
  readonly mitigations: readonly { readonly id: string; readonly name: Readonly<Record<Language, string>> }[];
  readonly campaignIds: readonly string[];
  /** Control ids by standard, sorted. */
  readonly controls: Readonly<Record<Standard, readonly string[]>>;
}

/** A technique as one rule speaks for it. */
export interface MappedTechnique {
  readonly technique: Technique;
  /** The link's own tactics where it narrows them, otherwise the technique's. */
  readonly tactics: readonly Tactic[];
  readonly effect: Effect;
  readonly score: Score;
  readonly rationale: string;
}

/** What the catalogue says about the rule behind a finding. */
export interface MappedRule {
  readonly outcome: 'mapped';
  readonly provider: string;
  /** More than one only where a legacy id names several rules. */
  readonly ruleKeys: readonly string[];
  readonly kind: RuleKind;
  readonly advice: Readonly<Record<Language, string | undefined>>;
  /** Requirements of standards that the provider publishes for the rule, sorted. */
  readonly requirements: readonly string[];
  /** Sorted by technique id. */
  readonly techniques: readonly MappedTechnique[];
}

/** Why a finding yields no technique finding. A closed list, so that it can be counted. */
export type UnmappedReason =
  'no-rule-key' | 'unknown-provider' | 'unknown-rule' | 'ambiguous-rule-name' | `not-mappable:${string}`;

export interface UnmappedRule {
  readonly outcome: 'unmapped';
  readonly provider: string;
  readonly ruleKey: string;
  readonly reason: UnmappedReason;
}

export interface CatalogueIndex {
  /** SHA-256 of the rows it was built from. */
  readonly version: string;
  /** `19.2` */
  readonly attackRelease: string;
  /** Day on which that release was last modified: `2026-08-05`. */
  readonly attackModified: string;
  readonly copyright: string;
  /** In the order of the matrix. */
  readonly tactics: readonly Tactic[];
  readonly techniques: ReadonlyMap<string, Technique>;
  /** Third-party products by the part of ProductArn after `product/`. */
  readonly products: ReadonlyMap<string, ProductRow>;
  /** What people call the provider. */
  readonly nameOf: (provider: string) => string;
  /** The technique that an id stands for today, through ATT&CK's redirects; `undefined` where the catalogue has none. */
  readonly resolveTechnique: (id: string) => Technique | undefined;
  readonly findRule: (identity: RuleIdentity) => MappedRule | UnmappedRule;
}

type Entry = MappedRule | { readonly reason: UnmappedReason };

const EFFECT_RANK: Readonly<Record<Effect, number>> = { protect: 2, detect: 1, respond: 0 };
const SCORE_RANK: Readonly<Record<Score, number>> = { significant: 2, partial: 1, minimal: 0 };

/** Indexes the rows. Throws where a row names a technique or tactic that is not there: the loader refuses such rows. */
export function indexCatalogue(rows: CatalogueRows): CatalogueIndex {
  const tactics = indexTactics(rows);
  const techniques = indexTechniques(rows, tactics);
  const providers = indexRules(rows, techniques, tactics);
  const products = new Map(rows.products.map((row) => [row.product, row]));
  // The first product of a provider in the order of the file names it: they are sorted.
  const names = new Map(rows.products.toReversed().map((row) => [row.provider, row.name]));
  const redirects = new Map(rows.redirects.map((row) => [row.oldId, row.newId]));

  return {
    version: rows.release.version,
    attackRelease: rows.release.attackRelease,
    attackModified: rows.release.modified,
    copyright: rows.release.copyright,
    tactics: [...tactics.values()],
    techniques,
    products,
    nameOf: (provider) => {
      const known = providerName(provider);
      return known === provider ? (names.get(provider) ?? provider) : known;
    },
    resolveTechnique: (id) => techniques.get(id) ?? techniques.get(redirects.get(id) ?? ''),
    findRule: ({ provider, keys }) => {
      const rules = providers.get(provider);
      for (const key of keys) {
        const entry = rules?.get(key);
        if (entry && 'outcome' in entry) return entry;
        if (entry) return { outcome: 'unmapped', provider, ruleKey: key, reason: entry.reason };
      }
      const ruleKey = keys[0] ?? '';
      if (keys.length === 0) return { outcome: 'unmapped', provider, ruleKey, reason: 'no-rule-key' };
      return { outcome: 'unmapped', provider, ruleKey, reason: rules ? 'unknown-rule' : 'unknown-provider' };
    },
  };
}

function indexTactics(rows: CatalogueRows): Map<string, Tactic> {
  const inMatrixOrder = [...rows.tactics].sort((a, b) => a.position - b.position);
  return new Map(
    inMatrixOrder.map((row) => [
      row.tacticId,
      { id: row.tacticId, position: row.position, name: { en: row.nameEn, es: row.nameEs }, url: row.url },
    ]),
  );
}

function indexTechniques(rows: CatalogueRows, tactics: ReadonlyMap<string, Tactic>): Map<string, Technique> {
  const tacticIds = groupBy(rows.techniqueTactics, (row) => row.techniqueId);
  const mitigations = new Map(rows.mitigations.map((row) => [row.mitigationId, row]));
  const mitigationIds = groupBy(rows.techniqueMitigations, (row) => row.techniqueId);
  const campaigns = groupBy(rows.campaignTechniques, (row) => row.techniqueId);
  const controls = groupBy(rows.controlTechniques, (row) => row.techniqueId);

  return new Map(
    rows.techniques.map((row) => [
      row.techniqueId,
      {
        id: row.techniqueId,
        name: { en: row.nameEn, es: row.nameEs },
        tactics: tacticsOf(
          (tacticIds.get(row.techniqueId) ?? []).map((pair) => pair.tacticId),
          tactics,
        ),
        mitigations: (mitigationIds.get(row.techniqueId) ?? [])
          .map((pair) => required(mitigations, pair.mitigationId))
          .map((found) => ({ id: found.mitigationId, name: { en: found.nameEn, es: found.nameEs } }))
          .sort((a, b) => (a.id < b.id ? -1 : 1)),
        campaignIds: (campaigns.get(row.techniqueId) ?? []).map((pair) => pair.campaignId).sort(),
        controls: controlsByStandard(controls.get(row.techniqueId) ?? []),
      },
    ]),
  );
}

function controlsByStandard(pairs: CatalogueRows['controlTechniques']): Record<Standard, readonly string[]> {
  const naturally = new Intl.Collator('en', { numeric: true }).compare;
  const idsOf = (standard: Standard) =>
    pairs
      .filter((pair) => pair.standard === standard)
      .map((pair) => pair.controlId)
      .sort(naturally);
  return Object.fromEntries(STANDARDS.map((standard) => [standard, idsOf(standard)])) as Record<Standard, string[]>;
}

function indexRules(
  rows: CatalogueRows,
  techniques: ReadonlyMap<string, Technique>,
  tactics: ReadonlyMap<string, Tactic>,
): Map<string, Map<string, Entry>> {
  const links = groupBy(rows.links, (row) => ruleId(row.provider, row.ruleKey));
  const rules = new Map(rows.rules.map((row) => [ruleId(row.provider, row.ruleKey), row]));
  const requirements = groupBy(rows.requirements, (row) => ruleId(row.provider, row.ruleKey));
  const entryOf = (found: readonly RuleRow[]): Entry =>
    entryForRules(
      found,
      found.flatMap((rule) => links.get(ruleId(rule.provider, rule.ruleKey)) ?? []),
      found.flatMap((rule) => requirements.get(ruleId(rule.provider, rule.ruleKey)) ?? []),
      techniques,
      tactics,
    );

  const providers = new Map<string, Map<string, Entry>>();
  for (const rule of rules.values()) {
    const entries = providers.get(rule.provider) ?? new Map<string, Entry>();
    providers.set(rule.provider, entries.set(rule.ruleKey, entryOf([rule])));
  }
  for (const [provider, aliases] of groupBy(rows.aliases, (row) => row.provider)) {
    for (const [alias, meanings] of groupBy(aliases, (row) => row.alias)) {
      // An ambiguous name wins over the rule of that very name: it may just as well mean another one.
      const ambiguous = meanings.some((row) => row.meaning === 'ambiguous');
      const named = meanings.map((row) => required(rules, ruleId(provider, row.ruleKey)));
      providers.get(provider)?.set(alias, ambiguous ? { reason: 'ambiguous-rule-name' } : entryOf(named));
    }
  }
  return providers;
}

function entryForRules(
  rules: readonly RuleRow[],
  links: readonly LinkRow[],
  requirements: CatalogueRows['requirements'],
  techniques: ReadonlyMap<string, Technique>,
  tactics: ReadonlyMap<string, Tactic>,
): Entry {
  const [first] = rules;
  if (!first) return { reason: 'unknown-rule' };
  if (links.length === 0) return { reason: `not-mappable:${first.notMappable ?? 'no-attack-technique'}` };
  const byTechnique = groupBy(links, (row) => row.techniqueId);
  return {
    outcome: 'mapped',
    provider: first.provider,
    ruleKeys: rules.map((rule) => rule.ruleKey).sort(),
    kind: first.kind,
    advice: { en: first.adviceEn ?? undefined, es: first.adviceEs ?? undefined },
    requirements: [...new Set(requirements.map(({ requirement }) => requirement))].sort(),
    techniques: [...byTechnique.keys()].sort().map((techniqueId) => {
      const technique = required(techniques, techniqueId);
      const same = byTechnique.get(techniqueId) ?? [];
      const [strongest] = [...same].sort(strongestFirst);
      if (!strongest) throw new Error(`no link for ${techniqueId}`);
      const narrowed = same.every((row) => row.tacticIds.length > 0);
      return {
        technique,
        tactics: narrowed
          ? tacticsOf(
              same.flatMap((row) => row.tacticIds),
              tactics,
            )
          : technique.tactics,
        effect: strongest.effect,
        score: strongest.score,
        rationale: strongest.rationale,
      };
    }),
  };
}

/** Where two rules of a union speak for one technique, the stronger link is the one shown. */
function strongestFirst(a: LinkRow, b: LinkRow): number {
  return (
    SCORE_RANK[b.score] - SCORE_RANK[a.score] ||
    EFFECT_RANK[b.effect] - EFFECT_RANK[a.effect] ||
    (a.ruleKey < b.ruleKey ? -1 : 1)
  );
}

function tacticsOf(ids: readonly string[], tactics: ReadonlyMap<string, Tactic>): Tactic[] {
  return [...new Set(ids)].map((id) => required(tactics, id)).sort((a, b) => a.position - b.position);
}

function ruleId(provider: string, ruleKey: string): string {
  return `${provider}\n${ruleKey}`;
}

function required<V>(map: ReadonlyMap<string, V>, key: string): V {
  const value = map.get(key);
  if (value === undefined) throw new Error(`the catalogue names "${key.replace('\n', ' ')}", which it does not hold`);
  return value;
}
