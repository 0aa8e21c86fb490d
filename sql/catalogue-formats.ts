import { z } from 'zod';
import { CAMPAIGN_ID, GROUP_ID, MITIGATION_ID, TACTIC_ID, TECHNIQUE_ID } from '../lambda/core/attack.ts';
import {
  type AliasRow,
  type CampaignRow,
  type CatalogueRows,
  type ControlRow,
  type ControlTechniqueRow,
  type GroupRow,
  LINK_SOURCES,
  type LinkRow,
  type MitigationRow,
  NOT_MAPPABLE_REASONS,
  PRODUCT_KEYS,
  type ProductRow,
  type RequirementRow,
  type RuleRow,
  type Standard,
  type StandardRow,
  STANDARDS,
  type TacticRow,
  type TechniqueRow,
  UNLINKED_REASONS,
  type UnlinkedTechniqueRow,
} from '../lambda/core/catalogue.ts';
import { EXCEPTION_CHECKS, type ExceptionRow, PUBLISHED_DECISIONS, type PublishedLinkRow } from './catalogue-review.ts';
import { csvFormat } from './csv-table.ts';

/**
 * Longest advice, in characters: it becomes the text of an ASFF recommendation.
 * https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Recommendation.html
 */
const LONGEST_ADVICE = 512;
/** Longest rationale, in characters: one line that a reader takes in at a glance. */
const LONGEST_RATIONALE = 300;
/** Longest summary or explanation, in characters: one sentence. */
const LONGEST_SENTENCE = 400;
/** Longest name, in characters: with its id in front it must fit an ASFF title of 256. */
const LONGEST_NAME = 200;

const CONTROL_CHARACTER = /\p{Cc}/u;

const text = z
  .string()
  .min(1, 'The cell is empty. Fill it in.')
  .refine((value) => value === value.trim(), 'There is space before or after the text. Remove it.')
  .refine((value) => !CONTROL_CHARACTER.test(value), 'The text has a line break or tab in it. Write it on one line.');

function shortText(longest: number) {
  return text.superRefine((value, context) => {
    const { length } = [...value];
    if (length > longest) context.addIssue(`The text has ${length} characters. Shorten it to ${longest}.`);
  });
}

/** A cell that may be empty, which becomes null. */
function optional<T>(schema: z.ZodType<T, string>) {
  return z.string().transform((value, context): T | null => {
    if (value === '') return null;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const { message } of parsed.error.issues) context.addIssue(message);
    return z.NEVER;
  });
}

function idLike(pattern: RegExp, example: string) {
  return z.string().superRefine((value, context) => {
    if (!pattern.test(value)) context.addIssue(`"${value}" is no such id. Write one like ${example}.`);
  });
}

function oneOf<const T extends string>(values: readonly T[]) {
  return z.string().transform((value, context): T => {
    const known = values.find((candidate) => candidate === value);
    if (known !== undefined) return known;
    context.addIssue(`"${value}" is not allowed here. Write one of: ${values.join(', ')}.`);
    return z.NEVER;
  });
}

/** A cell with items separated by `;`; an empty cell is an empty list. */
function listOf(item: z.ZodType<string, string>) {
  return z.string().transform((value, context): readonly string[] => {
    const items = value === '' ? [] : value.split(';');
    for (const problem of items.flatMap((entry) => item.safeParse(entry).error?.issues ?? [])) {
      context.addIssue(`In the list: ${problem.message}`);
    }
    const twice = items.find((entry, index) => items.indexOf(entry) !== index);
    if (twice !== undefined) context.addIssue(`"${twice}" is in the list twice. Remove one.`);
    return items;
  });
}

const tacticId = idLike(TACTIC_ID, 'TA0006');
const techniqueId = idLike(TECHNIQUE_ID, 'T1078 or T1078.004');
const mitigationId = idLike(MITIGATION_ID, 'M1032');
const campaignId = idLike(CAMPAIGN_ID, 'C0027');
const groupId = idLike(GROUP_ID, 'G0016');
const sentence = shortText(LONGEST_SENTENCE);
const name = shortText(LONGEST_NAME);
const advice = optional(shortText(LONGEST_ADVICE));
const position = z.string().transform((value, context) => {
  if (/^[1-9]\d?$/.test(value)) return Number(value);
  context.addIssue(`"${value}" is no place in the matrix. Write a number from 1 to 99.`);
  return z.NEVER;
});
const day = z.string().superRefine((value, context) => {
  if (!z.iso.date().safeParse(value).success) context.addIssue(`"${value}" is no day. Write it like 2026-08-05.`);
});
const url = text.refine(
  (value) => value.startsWith('https://'),
  'The address does not start with https://. Correct it.',
);

/** `attack/release.json` */
export const RELEASE = z
  .object({ release: text, modified: day, copyright: text })
  .transform(({ release, modified, copyright }) => ({ attackRelease: release, modified, copyright }));

/** `attack/tactics.csv` */
export const TACTICS = csvFormat(
  {
    tactic_id: tacticId,
    position,
    shortname: text,
    name_en: name,
    name_es: name,
    summary_en: sentence,
    summary_es: sentence,
    url,
  },
  (cells): TacticRow => ({
    tacticId: cells.tactic_id,
    position: cells.position,
    shortname: cells.shortname,
    nameEn: cells.name_en,
    nameEs: cells.name_es,
    summaryEn: cells.summary_en,
    summaryEs: cells.summary_es,
    url: cells.url,
  }),
);

/** `attack/techniques.csv` */
export const TECHNIQUES = csvFormat(
  {
    technique_id: techniqueId,
    parent_id: optional(techniqueId),
    matrix: oneOf(['cloud', 'off-matrix']),
    name_en: name,
    name_es: name,
    summary_en: sentence,
    summary_es: sentence,
    platforms: listOf(text),
    url,
  },
  (cells): TechniqueRow => ({
    techniqueId: cells.technique_id,
    parentId: cells.parent_id,
    matrix: cells.matrix,
    nameEn: cells.name_en,
    nameEs: cells.name_es,
    summaryEn: cells.summary_en,
    summaryEs: cells.summary_es,
    platforms: cells.platforms,
    url: cells.url,
  }),
);

/** `attack/technique-tactics.csv` */
export const TECHNIQUE_TACTICS = csvFormat(
  { technique_id: techniqueId, tactic_id: tacticId },
  (cells): CatalogueRows['techniqueTactics'][number] => ({
    techniqueId: cells.technique_id,
    tacticId: cells.tactic_id,
  }),
);

/** `attack/mitigations.csv` */
export const MITIGATIONS = csvFormat(
  { mitigation_id: mitigationId, name_en: name, name_es: name, summary_en: sentence, summary_es: sentence, url },
  (cells): MitigationRow => ({
    mitigationId: cells.mitigation_id,
    nameEn: cells.name_en,
    nameEs: cells.name_es,
    summaryEn: cells.summary_en,
    summaryEs: cells.summary_es,
    url: cells.url,
  }),
);

/** `attack/technique-mitigations.csv` */
export const TECHNIQUE_MITIGATIONS = csvFormat(
  { technique_id: techniqueId, mitigation_id: mitigationId },
  (cells): CatalogueRows['techniqueMitigations'][number] => ({
    techniqueId: cells.technique_id,
    mitigationId: cells.mitigation_id,
  }),
);

/** `attack/campaigns.csv` */
export const CAMPAIGNS = csvFormat(
  {
    campaign_id: campaignId,
    name,
    first_seen: optional(day),
    last_seen: optional(day),
    summary_en: sentence,
    summary_es: sentence,
    url,
  },
  (cells): CampaignRow => ({
    campaignId: cells.campaign_id,
    name: cells.name,
    firstSeen: cells.first_seen,
    lastSeen: cells.last_seen,
    summaryEn: cells.summary_en,
    summaryEs: cells.summary_es,
    url: cells.url,
  }),
);

/** `attack/campaign-techniques.csv` */
export const CAMPAIGN_TECHNIQUES = csvFormat(
  { campaign_id: campaignId, technique_id: techniqueId },
  (cells): CatalogueRows['campaignTechniques'][number] => ({
    campaignId: cells.campaign_id,
    techniqueId: cells.technique_id,
  }),
);

/** `attack/groups.csv` */
export const GROUPS = csvFormat(
  { group_id: groupId, name, aliases: listOf(text), summary_en: sentence, summary_es: sentence, url },
  (cells): GroupRow => ({
    groupId: cells.group_id,
    name: cells.name,
    aliases: cells.aliases,
    summaryEn: cells.summary_en,
    summaryEs: cells.summary_es,
    url: cells.url,
  }),
);

/** `attack/campaign-groups.csv` */
export const CAMPAIGN_GROUPS = csvFormat(
  { campaign_id: campaignId, group_id: groupId },
  (cells): CatalogueRows['campaignGroups'][number] => ({ campaignId: cells.campaign_id, groupId: cells.group_id }),
);

/** `attack/group-techniques.csv` */
export const GROUP_TECHNIQUES = csvFormat(
  { group_id: groupId, technique_id: techniqueId },
  (cells): CatalogueRows['groupTechniques'][number] => ({ groupId: cells.group_id, techniqueId: cells.technique_id }),
);

/** `attack/unlinked-techniques.csv` */
export const UNLINKED_TECHNIQUES = csvFormat(
  { technique_id: techniqueId, reason: oneOf(UNLINKED_REASONS), explanation_en: sentence, explanation_es: sentence },
  (cells): UnlinkedTechniqueRow => ({
    techniqueId: cells.technique_id,
    reason: cells.reason,
    explanationEn: cells.explanation_en,
    explanationEs: cells.explanation_es,
  }),
);

/** `attack/redirects.csv` */
export const REDIRECTS = csvFormat(
  { old_id: techniqueId, new_id: optional(techniqueId), since_release: text },
  (cells): CatalogueRows['redirects'][number] => ({
    oldId: cells.old_id,
    newId: cells.new_id,
    sinceRelease: cells.since_release,
  }),
);

/** `products.csv` */
export const PRODUCTS = csvFormat(
  {
    product: text,
    provider: text,
    name,
    key: oneOf(PRODUCT_KEYS),
    field: optional(text),
    prefix: optional(text),
    attack_labels: oneOf(['yes', 'no']),
  },
  (cells): ProductRow => ({
    product: cells.product,
    provider: cells.provider,
    name: cells.name,
    key: cells.key,
    field: cells.field,
    prefix: cells.prefix,
    attackLabels: cells.attack_labels === 'yes',
  }),
);

/** `requirements/<provider>.csv` */
export function requirementsOf(provider: string) {
  return csvFormat({ rule_key: text, requirement: text }, (cells): RequirementRow => ({
    provider,
    ruleKey: cells.rule_key,
    requirement: cells.requirement,
  }));
}

/** `rules/<provider>.csv` */
export function rulesOf(provider: string) {
  return csvFormat(
    {
      rule_key: text,
      kind: oneOf(['posture', 'threat', 'vulnerability', 'data']),
      status: oneOf(['active', 'retired']),
      not_mappable: optional(oneOf(NOT_MAPPABLE_REASONS)),
      inherits: optional(text),
      advice_en: advice,
      advice_es: advice,
    },
    (cells): RuleRow => ({
      provider,
      ruleKey: cells.rule_key,
      kind: cells.kind,
      status: cells.status,
      notMappable: cells.not_mappable,
      inherits: cells.inherits,
      adviceEn: cells.advice_en,
      adviceEs: cells.advice_es,
    }),
  );
}

/** `aliases/<provider>.csv` */
export function aliasesOf(provider: string) {
  return csvFormat(
    { alias: text, rule_key: text, meaning: oneOf(['same', 'union', 'ambiguous']) },
    (cells): AliasRow => ({ provider, alias: cells.alias, ruleKey: cells.rule_key, meaning: cells.meaning }),
  );
}

/** `links/<provider>.csv` */
export function linksOf(provider: string) {
  return csvFormat(
    {
      rule_key: text,
      technique_id: techniqueId,
      effect: oneOf(['protect', 'detect', 'respond']),
      score: oneOf(['minimal', 'partial', 'significant']),
      tactics: listOf(tacticId),
      rationale: shortText(LONGEST_RATIONALE),
      source: oneOf(LINK_SOURCES),
    },
    (cells): LinkRow => ({
      provider,
      ruleKey: cells.rule_key,
      techniqueId: cells.technique_id,
      effect: cells.effect,
      score: cells.score,
      tacticIds: cells.tactics,
      rationale: cells.rationale,
      source: cells.source,
    }),
  );
}

/** `standards.csv` */
export const STANDARD_LIST = csvFormat(
  {
    standard: oneOf(STANDARDS),
    name,
    version: text,
    status: oneOf(['verified', 'unverified']),
    id_list_source: optional(text),
  },
  (cells): StandardRow => ({
    standard: cells.standard,
    name: cells.name,
    version: cells.version,
    status: cells.status,
    idListSource: cells.id_list_source,
  }),
);

/** `controls/<standard>.csv` */
export function controlsOf(standard: Standard) {
  return csvFormat({ control_id: text, title: optional(text) }, (cells): ControlRow => ({
    standard,
    controlId: cells.control_id,
    title: cells.title,
  }));
}

/** `control-techniques/<standard>.csv` */
export function controlTechniquesOf(standard: Standard) {
  return csvFormat({ control_id: text, technique_id: techniqueId, source: text }, (cells): ControlTechniqueRow => ({
    standard,
    controlId: cells.control_id,
    techniqueId: cells.technique_id,
    source: cells.source,
  }));
}

/** `published/<source>/<provider>.csv` */
export function publishedLinksOf(source: string, provider: string) {
  return csvFormat(
    {
      rule_key: text,
      technique_id: techniqueId,
      published_id: techniqueId,
      effect: optional(oneOf(['protect', 'detect', 'respond'])),
      score: optional(oneOf(['minimal', 'partial', 'significant'])),
      decision: oneOf(PUBLISHED_DECISIONS),
      reason: optional(shortText(LONGEST_RATIONALE)),
    },
    (cells): PublishedLinkRow => ({
      source,
      provider,
      ruleKey: cells.rule_key,
      techniqueId: cells.technique_id,
      publishedId: cells.published_id,
      effect: cells.effect,
      score: cells.score,
      decision: cells.decision,
      reason: cells.reason,
    }),
  );
}

/** `exceptions.csv` */
export const EXCEPTIONS = csvFormat(
  { check: oneOf(EXCEPTION_CHECKS), provider: text, rule_key: text, reason: shortText(LONGEST_RATIONALE) },
  (cells): ExceptionRow => ({
    check: cells.check,
    provider: cells.provider,
    ruleKey: cells.rule_key,
    reason: cells.reason,
  }),
);
