/**
 * The catalogue as enrichment sees it: plain rows in, exact look-ups out.
 *
 * Rows come from PostgreSQL (schema `catalogue`) or straight from the data files under `sql/catalogue/`; the column
 * meanings are in `sql/catalogue/README.md`. Nothing here knows where they came from.
 */

/** Languages in which people read findings. Keys, `Types` and `ProductFields` are always English. */
export type Language = 'en' | 'es';

/** What a mapped rule does about a technique, in the vocabulary of MITRE's Center for Threat-Informed Defense. */
export type Effect = 'protect' | 'detect' | 'respond';

/** How much the rule helps: the same three steps as the Center for Threat-Informed Defense uses. */
export type Score = 'minimal' | 'partial' | 'significant';

/** What a finding of the rule means: a weakness, an attack seen, a known vulnerability, or exposed data. */
export type RuleKind = 'posture' | 'threat' | 'vulnerability' | 'data';

/** Why a rule has no technique. The list is closed so that it can be reported. */
export const NOT_MAPPABLE_REASONS = [
  'availability-only',
  'cost-or-inventory',
  'detection-not-native',
  'informational',
  'no-attack-technique',
  'too-generic',
] as const;
export type NotMappableReason = (typeof NOT_MAPPABLE_REASONS)[number];

/** Compliance standards whose controls are linked to techniques. */
export const STANDARDS = ['nist', 'cis', 'pci', 'c5', 'ens', 'iso'] as const;
export type Standard = (typeof STANDARDS)[number];

/** Where a link comes from. `customer`: a mapping file of the user's own. */
export const LINK_SOURCES = ['judgement', 'ctid', 'prowler', 'aws', 'predecessor', 'customer'] as const;
export type LinkSource = (typeof LINK_SOURCES)[number];

/**
 * Why a technique of the cloud matrix has no link of its own. The first two mean that it is seen under another id of
 * its family; the last two that nothing native to AWS shows it or closes it.
 */
export const UNLINKED_REASONS = [
  'through-sub-techniques',
  'through-technique',
  'outside-aws',
  'no-native-detection',
] as const;
export type UnlinkedReason = (typeof UNLINKED_REASONS)[number];

/** Where the findings of a product name their rule. */
export const PRODUCT_KEYS = ['generator-id', 'types', 'title', 'product-field'] as const;
export type ProductKey = (typeof PRODUCT_KEYS)[number];

export interface TacticRow {
  readonly tacticId: string;
  readonly position: number;
  readonly shortname: string;
  readonly nameEn: string;
  readonly nameEs: string;
  /** One sentence. */
  readonly summaryEn: string;
  readonly summaryEs: string;
  readonly url: string;
}
export interface TechniqueRow {
  readonly techniqueId: string;
  readonly parentId: string | null;
  readonly matrix: 'cloud' | 'off-matrix';
  readonly nameEn: string;
  readonly nameEs: string;
  /** One sentence. */
  readonly summaryEn: string;
  readonly summaryEs: string;
  readonly platforms: readonly string[];
  readonly url: string;
}
export interface MitigationRow {
  readonly mitigationId: string;
  readonly nameEn: string;
  readonly nameEs: string;
  /** One sentence. */
  readonly summaryEn: string;
  readonly summaryEs: string;
  readonly url: string;
}
export interface CampaignRow {
  readonly campaignId: string;
  readonly name: string;
  /** ISO 8601 date. */
  readonly firstSeen: string | null;
  readonly lastSeen: string | null;
  /** One sentence. */
  readonly summaryEn: string;
  readonly summaryEs: string;
  readonly url: string;
}
export interface GroupRow {
  /** `G0016` */
  readonly groupId: string;
  readonly name: string;
  /** Other names that ATT&CK lists, without the name itself. */
  readonly aliases: readonly string[];
  /** One sentence. */
  readonly summaryEn: string;
  readonly summaryEs: string;
  readonly url: string;
}
/** A technique of the cloud matrix without a link, and why. */
export interface UnlinkedTechniqueRow {
  readonly techniqueId: string;
  readonly reason: UnlinkedReason;
  readonly explanationEn: string;
  readonly explanationEs: string;
}
/** How the findings of a third-party product are read. */
export interface ProductRow {
  /** The part of ProductArn after `product/`, `<company>/<product>`. */
  readonly product: string;
  /** The provider under which its rules stand: `guardduty` for a product that sends GuardDuty's types. */
  readonly provider: string;
  readonly name: string;
  readonly key: ProductKey;
  /** Name of the product field where `key` is `product-field`, otherwise null. */
  readonly field: string | null;
  /** What stands before the rule key in that place and is no part of it, for example `prowler-`. */
  readonly prefix: string | null;
  /** Whether the techniques that its findings name themselves are believed. */
  readonly attackLabels: boolean;
}
/** A requirement that the provider itself publishes for a rule. */
export interface RequirementRow {
  readonly provider: string;
  readonly ruleKey: string;
  /** As Security Hub writes it in `Compliance.RelatedRequirements`: `NIST.800-53.r5 AC-2`. */
  readonly requirement: string;
}
export interface RuleRow {
  readonly provider: string;
  readonly ruleKey: string;
  readonly kind: RuleKind;
  readonly status: 'active' | 'retired';
  readonly notMappable: NotMappableReason | null;
  /** `<provider>:<rule key>` of the rule whose links and advice are also this rule's; null for a rule with its own. */
  readonly inherits: string | null;
  readonly adviceEn: string | null;
  readonly adviceEs: string | null;
}
export interface AliasRow {
  readonly provider: string;
  readonly alias: string;
  readonly ruleKey: string;
  readonly meaning: 'same' | 'union' | 'ambiguous';
}
export interface LinkRow {
  readonly provider: string;
  readonly ruleKey: string;
  readonly techniqueId: string;
  readonly effect: Effect;
  readonly score: Score;
  /** Narrows the technique's tactics; empty means all of them. */
  readonly tacticIds: readonly string[];
  readonly rationale: string;
  readonly source: LinkSource;
}
export interface StandardRow {
  readonly standard: Standard;
  readonly name: string;
  readonly version: string;
  readonly status: 'verified' | 'unverified';
  readonly idListSource: string | null;
}
export interface ControlRow {
  readonly standard: Standard;
  readonly controlId: string;
  readonly title: string | null;
}
export interface ControlTechniqueRow {
  readonly standard: Standard;
  readonly controlId: string;
  readonly techniqueId: string;
  readonly source: string;
}

/** Every row of the catalogue, one array for each data file or table. */
export interface CatalogueRows {
  /** `version`: SHA-256 (hex) of the rows, so that equal data has equal version wherever it was loaded. */
  readonly release: {
    readonly version: string;
    readonly attackRelease: string;
    readonly modified: string;
    readonly copyright: string;
  };
  readonly tactics: readonly TacticRow[];
  readonly techniques: readonly TechniqueRow[];
  readonly techniqueTactics: readonly { readonly techniqueId: string; readonly tacticId: string }[];
  readonly mitigations: readonly MitigationRow[];
  readonly techniqueMitigations: readonly { readonly techniqueId: string; readonly mitigationId: string }[];
  readonly campaigns: readonly CampaignRow[];
  readonly campaignTechniques: readonly { readonly campaignId: string; readonly techniqueId: string }[];
  readonly groups: readonly GroupRow[];
  readonly campaignGroups: readonly { readonly campaignId: string; readonly groupId: string }[];
  readonly groupTechniques: readonly { readonly groupId: string; readonly techniqueId: string }[];
  readonly unlinkedTechniques: readonly UnlinkedTechniqueRow[];
  readonly redirects: readonly {
    readonly oldId: string;
    readonly newId: string | null;
    readonly sinceRelease: string;
  }[];
  readonly products: readonly ProductRow[];
  readonly rules: readonly RuleRow[];
  readonly requirements: readonly RequirementRow[];
  readonly aliases: readonly AliasRow[];
  readonly links: readonly LinkRow[];
  readonly standards: readonly StandardRow[];
  readonly controls: readonly ControlRow[];
  readonly controlTechniques: readonly ControlTechniqueRow[];
}
