/** Builds a technique finding: what one source finding says about one ATT&CK technique. */
import {
  MAX_DESCRIPTION_LENGTH,
  MAX_FINDING_BYTES,
  MAX_ID_LENGTH,
  MAX_PRODUCT_FIELD_VALUE_LENGTH,
  MAX_RECOMMENDATION_TEXT_LENGTH,
  MAX_RESOURCES,
  MAX_SEVERITY_ORIGINAL_LENGTH,
  MAX_TITLE_LENGTH,
  MAX_TYPES,
  cut,
} from './asff-limits.ts';
import type { FindingContent } from './asff-finding.ts';
import { type Language, type RuleKind, STANDARDS } from './catalogue.ts';
import type { CatalogueIndex, MappedRule, MappedTechnique, Tactic } from './catalogue-index.ts';
import type { Resource, SourceFinding } from './finding.ts';
import type { PublishTo } from './publish-target.ts';
import { copyOf, identityOf } from './resource.ts';
import { sha256 } from './source-event.ts';
import { listField, textField } from './product-fields.ts';
import {
  COMPANY_NAME,
  OWN_GENERATOR_PREFIX,
  PRODUCT_NAME,
  type SecurityHubTarget,
  findingsLink,
} from './security-hub-target.ts';

/** What stays the same for every finding of a run. */
export interface EnrichmentContext {
  readonly catalogue: CatalogueIndex;
  /** The hub. */
  readonly target: SecurityHubTarget;
  readonly language: Language;
  /** @default 'hub' */
  readonly publishTo?: PublishTo;
}

/** `virtual-soc/technique/v1/<technique>/<source key>`: stable over every update, close and reopening. */
export function techniqueFindingId(techniqueId: string, sourceKey: string): string {
  return `virtual-soc/technique/v1/${techniqueId}/${sourceKey}`;
}

/** The source key and technique of an Id of ours; `undefined` for any other Id. */
export function parseTechniqueFindingId(id: string): { techniqueId: string; sourceKey: string } | undefined {
  const match = /^virtual-soc\/technique\/v1\/(T\d{4}(?:\.\d{3})?)\/([0-9a-f]{64})$/.exec(id);
  return match?.[1] && match[2] ? { techniqueId: match[1], sourceKey: match[2] } : undefined;
}

/** `TTPs/<Tactic>`, always in English so that filters keep working. ATT&CK's own names, since categories are free. */
export function typesOf(tactics: readonly Tactic[]): string[] {
  return tactics.slice(0, MAX_TYPES).map((tactic) => `TTPs/${tactic.name.en}`);
}

/** A technique finding without its times, and a hash by which equal content is known. */
export interface BuiltTechniqueFinding {
  readonly content: FindingContent;
  /** SHA-256 (hex) over everything in the content. */
  readonly contentHash: string;
}

/**
 * Prepares the technique findings of one source. What they share is worked out once: most sources have several, and the
 * resources are the bulk of each.
 *
 * Severity and resources are the source's; Types, Severity and RelatedFindings go in FindingProviderFields. Always within
 * ASFF's limits: text is cut with `…`, resources lose their `Details` (from the last one up) where the whole would pass
 * 240 KB.
 */
export function techniqueFindingsOf(
  source: SourceFinding,
  sourceKey: string,
  rule: MappedRule,
  context: EnrichmentContext,
): (mapped: MappedTechnique, recordState: 'ACTIVE' | 'ARCHIVED') => BuiltTechniqueFinding {
  const { target, language } = context;
  const words = WORDS[language];
  const providerName = context.catalogue.nameOf(rule.provider);
  const Severity = {
    Label: source.severity.label,
    ...(source.severity.original?.trim()
      ? { Original: cut(source.severity.original, MAX_SEVERITY_ORIGINAL_LENGTH) }
      : {}),
  };
  // An Id over the limit belongs to no finding of Security Hub (a file may hold anything), so nothing can relate to it.
  const RelatedFindings =
    source.id.length <= MAX_ID_LENGTH ? [{ ProductArn: source.productArn, Id: source.id }] : undefined;
  const Url = findingsLink(target, [['Id', 'EQUALS', source.id]]);
  const region = cut(source.region.trim() || 'unknown', MAX_PRODUCT_FIELD_VALUE_LENGTH);
  const resources = resourcesOf(source);
  const { firstObservedAt: FirstObservedAt } = source;
  const Sample = source.sample || undefined;
  const sharedHash = sha256(
    JSON.stringify([target, source.accountId, region, Severity, RelatedFindings, Url, FirstObservedAt, Sample]) +
      resources.json,
  );

  return (mapped, recordState) => {
    const link = linkPart(rule, mapped, context);
    const Id = techniqueFindingId(mapped.technique.id, sourceKey);
    const Description = cut(words.description(providerName, source, rule, mapped), MAX_DESCRIPTION_LENGTH);
    const Text = cut(
      rule.advice[language] ?? (source.recommendation?.trim() ? source.recommendation : link.mitigations),
      MAX_RECOMMENDATION_TEXT_LENGTH,
    );
    // One literal without spreads: it is built for every finding, and V8 makes it three times as fast so.
    const content: FindingContent = {
      SchemaVersion: '2018-10-08',
      Id,
      ProductArn: target.productArn,
      ProductName: PRODUCT_NAME,
      CompanyName: COMPANY_NAME,
      GeneratorId: link.generatorId,
      AwsAccountId: target.accountId,
      Title: link.title,
      Description,
      Remediation: { Recommendation: { Text, Url } },
      ProductFields: { ...link.fields, 'mitre/owner/account': source.accountId, 'mitre/owner/region': region },
      Resources: resources.value,
      RecordState: recordState,
      FirstObservedAt,
      Sample,
      FindingProviderFields: { Severity, Types: link.types, RelatedFindings },
    };
    return { content, contentHash: sha256(`${sharedHash}${link.hash}${recordState}\n${Id}\n${Text}\n${Description}`) };
  };
}

/** What a technique finding says whatever its source: the same for thousands of them. */
interface LinkPart {
  readonly generatorId: string;
  readonly title: string;
  readonly types: readonly string[];
  readonly fields: Readonly<Record<string, string>>;
  /** The advice of last resort. */
  readonly mitigations: string;
  readonly hash: string;
}

const linkParts: Readonly<Record<Language, WeakMap<MappedTechnique, LinkPart>>> = {
  en: new WeakMap(),
  es: new WeakMap(),
};

/** A link belongs to one rule of one catalogue, so with the language it decides the whole part. */
function linkPart(rule: MappedRule, mapped: MappedTechnique, context: EnrichmentContext): LinkPart {
  const known = linkParts[context.language].get(mapped);
  if (known) return known;
  const built = buildLinkPart(rule, mapped, context);
  linkParts[context.language].set(mapped, built);
  return built;
}

function buildLinkPart(
  rule: MappedRule,
  mapped: MappedTechnique,
  { catalogue, language }: EnrichmentContext,
): LinkPart {
  const { technique, tactics } = mapped;
  const fields: Record<string, string> = {
    ...textField('mitre/trigger/rule', rule.ruleKeys.join(';')),
    ...textField('mitre/trigger/service', rule.provider),
    ...textField('mitre/trigger/kind', rule.kind),
    ...listField('mitre/trigger/requirements', rule.requirements),
    ...textField('mitre/technique', technique.id),
    ...listField(
      'mitre/tactics',
      tactics.map((tactic) => tactic.id),
    ),
    ...textField('mitre/effect', mapped.effect),
    ...textField('mitre/score', mapped.score),
    ...textField('mitre/rationale', mapped.rationale),
    ...listField(
      'mitre/mitigations',
      technique.mitigations.map((mitigation) => mitigation.id),
    ),
    ...listField('mitre/campaigns', technique.campaignIds),
    ...textField('mitre/release', catalogue.attackRelease),
    ...textField('mitre/copyright', catalogue.copyright),
  };
  for (const standard of STANDARDS) {
    Object.assign(fields, listField(`mitre/relatedcontrols/${standard}`, technique.controls[standard]));
  }
  const part = {
    generatorId: `${OWN_GENERATOR_PREFIX}technique/${technique.id}`,
    title: cut(`${technique.id} ${technique.name[language]}`, MAX_TITLE_LENGTH),
    types: typesOf(tactics),
    fields,
    mitigations: WORDS[language].mitigations(
      technique.mitigations.map((mitigation) => `${mitigation.id} ${mitigation.name[language]}`),
    ),
  };
  return { ...part, hash: sha256(JSON.stringify(part)) };
}

/**
 * Bytes that all of a finding but its resources can take, at the outside: the texts at their limits in three bytes a
 * character, the lists of the technique in one.
 */
const REST_BYTES = 60_000;

/** The source's resources, small enough for a finding. */
function resourcesOf(source: SourceFinding): { value: readonly unknown[]; json: string } {
  const resources = source.resources.slice(0, MAX_RESOURCES);
  const value: unknown[] = resources.map(copyOf);
  let json = JSON.stringify(value);
  // Details are the bulk and one click away at the source; should that not do, what identifies the resource is kept.
  for (const keep of [withoutDetails, identityOf]) {
    for (
      let index = value.length - 1;
      index >= 0 && Buffer.byteLength(json) > MAX_FINDING_BYTES - REST_BYTES;
      index -= 1
    ) {
      value[index] = keep(resources[index] as Resource);
      json = JSON.stringify(value);
    }
  }
  return { value, json };
}

function withoutDetails({ Details: _dropped, ...kept }: Resource): unknown {
  return copyOf(kept);
}

interface Words {
  readonly description: (provider: string, source: SourceFinding, rule: MappedRule, mapped: MappedTechnique) => string;
  readonly mitigations: (names: readonly string[]) => string;
}

const MEANING: Readonly<Record<Language, Readonly<Record<RuleKind, string>>>> = {
  en: {
    posture: 'opens the door to',
    threat: 'is a sign of',
    vulnerability: 'can be exploited for',
    data: 'exposes data to',
  },
  es: {
    posture: 'abre la puerta a',
    threat: 'es indicio de',
    vulnerability: 'puede aprovecharse para',
    data: 'expone datos a',
  },
};

const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    description: (provider, source, rule, mapped) =>
      `${provider} reports in account ${source.accountId}, Region ${source.region}: ` +
      `"${source.title}". This ${MEANING.en[rule.kind]} ${mapped.technique.id} ${mapped.technique.name.en} ` +
      `(${mapped.tactics.map((tactic) => tactic.name.en).join(', ')}).`,
    mitigations: (names) =>
      names.length > 0
        ? `Review the source finding. ATT&CK mitigations: ${names.join(', ')}.`
        : 'Review the source finding. ATT&CK lists no mitigation for this technique.',
  },
  es: {
    description: (provider, source, rule, mapped) =>
      `${provider} informa en la cuenta ${source.accountId}, región ${source.region}: ` +
      `«${source.title}». Esto ${MEANING.es[rule.kind]} ${mapped.technique.id} ${mapped.technique.name.es} ` +
      `(${mapped.tactics.map((tactic) => tactic.name.es).join(', ')}).`,
    mitigations: (names) =>
      names.length > 0
        ? `Revise el hallazgo de origen. Mitigaciones de ATT&CK: ${names.join(', ')}.`
        : 'Revise el hallazgo de origen. ATT&CK no recoge ninguna mitigación para esta técnica.',
  },
};
