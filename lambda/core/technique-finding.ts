/** Builds a technique finding: what one source finding says about one ATT&CK technique. */
import {
  MAX_DESCRIPTION_LENGTH,
  MAX_FINDING_BYTES,
  MAX_ID_LENGTH,
  MAX_RECOMMENDATION_TEXT_LENGTH,
  MAX_RESOURCES,
  MAX_RESOURCE_TYPE_LENGTH,
  MAX_SEVERITY_ORIGINAL_LENGTH,
  MAX_TITLE_LENGTH,
  MAX_TYPES,
  cut,
} from './asff-limits.ts';
import type { FindingContent } from './asff-finding.ts';
import { type Language, type RuleKind, STANDARDS } from './catalogue.ts';
import type { CatalogueIndex, MappedRule, MappedTechnique, Tactic, Technique } from './catalogue-index.ts';
import type { Resource, SourceFinding } from './finding.ts';
import { listField, textField } from './product-fields.ts';
import { providerName } from './provider-name.ts';
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
  readonly target: SecurityHubTarget;
  readonly language: Language;
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

/**
 * The technique finding, without its times. Severity and resources are the source's; Types, Severity and RelatedFindings
 * go in FindingProviderFields. Always within ASFF's limits: text is cut with `…`, resources lose their `Details` (from
 * the last one up) where the whole would pass 240 KB.
 */
export function techniqueFinding(
  source: SourceFinding,
  sourceKey: string,
  rule: MappedRule,
  mapped: MappedTechnique,
  recordState: 'ACTIVE' | 'ARCHIVED',
  context: EnrichmentContext,
): FindingContent {
  const { target, language, catalogue } = context;
  const { technique } = mapped;
  const words = WORDS[language];
  return withinSize({
    SchemaVersion: '2018-10-08',
    Id: techniqueFindingId(technique.id, sourceKey),
    ProductArn: target.productArn,
    ProductName: PRODUCT_NAME,
    CompanyName: COMPANY_NAME,
    GeneratorId: `${OWN_GENERATOR_PREFIX}technique/${technique.id}`,
    AwsAccountId: target.accountId,
    Title: cut(`${technique.id} ${technique.name[language]}`, MAX_TITLE_LENGTH),
    Description: cut(words.description(source, rule, mapped), MAX_DESCRIPTION_LENGTH),
    Remediation: {
      Recommendation: {
        Text: cut(recommendationOf(source, rule, technique, language), MAX_RECOMMENDATION_TEXT_LENGTH),
        Url: findingsLink(target, [['Id', 'EQUALS', source.id]]),
      },
    },
    ProductFields: {
      ...textField('mitre/trigger/rule', rule.ruleKeys.join(';')),
      ...textField('mitre/trigger/service', rule.provider),
      ...textField('mitre/trigger/kind', rule.kind),
      ...textField('mitre/owner/account', source.accountId),
      ...textField('mitre/owner/region', source.region),
      ...listField(
        'mitre/tactics',
        mapped.tactics.map((tactic) => tactic.id),
      ),
      ...textField('mitre/effect', mapped.effect),
      ...textField('mitre/score', mapped.score),
      ...textField('mitre/rationale', mapped.rationale),
      ...textField('mitre/release', catalogue.attackRelease),
      ...textField('mitre/copyright', catalogue.copyright),
      ...techniqueFields(technique),
    },
    Resources: source.resources.slice(0, MAX_RESOURCES).map(copyResource),
    RecordState: recordState,
    ...(source.firstObservedAt === undefined ? {} : { FirstObservedAt: source.firstObservedAt }),
    ...(source.sample ? { Sample: true } : {}),
    FindingProviderFields: {
      Severity: {
        Label: source.severity.label,
        ...(source.severity.original ? { Original: cut(source.severity.original, MAX_SEVERITY_ORIGINAL_LENGTH) } : {}),
      },
      Types: typesOf(mapped.tactics),
      // An Id over the limit belongs to no finding of Security Hub (a file may hold anything), so nothing can relate to it.
      ...(source.id.length <= MAX_ID_LENGTH
        ? { RelatedFindings: [{ ProductArn: source.productArn, Id: source.id }] }
        : {}),
    },
  });
}

const techniqueFieldsCache = new WeakMap<Technique, Record<string, string>>();

/** The fields that depend on the technique alone; the same for thousands of findings, so built once. */
function techniqueFields(technique: Technique): Record<string, string> {
  const cached = techniqueFieldsCache.get(technique);
  if (cached) return cached;
  const fields = {
    ...textField('mitre/technique', technique.id),
    ...listField(
      'mitre/mitigations',
      technique.mitigations.map((mitigation) => mitigation.id),
    ),
    ...listField('mitre/campaigns', technique.campaignIds),
    ...Object.assign(
      {},
      ...STANDARDS.map((standard) => listField(`mitre/relatedcontrols/${standard}`, technique.controls[standard])),
    ),
  } as Record<string, string>;
  techniqueFieldsCache.set(technique, fields);
  return fields;
}

/** `Region` of a resource stays: only the finding's own Region is Security Hub's to set. */
function copyResource(resource: Resource): Resource {
  return resource.Type.length <= MAX_RESOURCE_TYPE_LENGTH
    ? resource
    : { ...resource, Type: cut(resource.Type, MAX_RESOURCE_TYPE_LENGTH) };
}

/** Room kept for the two timestamps and their names, in bytes. */
const TIMES_BYTES = 128;

function withinSize(content: FindingContent): FindingContent {
  // Only resources can be large: everything else together stays under 120 KB even at four bytes a character.
  const resourcesLength = JSON.stringify(content.Resources).length;
  if (resourcesLength < 32 * 1024) return content;
  const resources = [...content.Resources];
  const size = () => Buffer.byteLength(JSON.stringify({ ...content, Resources: resources })) + TIMES_BYTES;
  // Details are the bulk and one click away at the source; should that not do, what identifies the resource is kept.
  for (const keep of [withoutDetails, identityOnly]) {
    for (let index = resources.length - 1; index >= 0 && size() > MAX_FINDING_BYTES; index -= 1) {
      resources[index] = keep(resources[index] as Resource);
    }
  }
  return { ...content, Resources: resources };
}

function withoutDetails({ Details: _dropped, ...kept }: Resource): unknown {
  return kept;
}

function identityOnly({ Id, Type, Partition, Region }: Resource): unknown {
  return { Id, Type, Partition, Region };
}

function recommendationOf(source: SourceFinding, rule: MappedRule, technique: Technique, language: Language): string {
  const advice = rule.advice[language] ?? source.recommendation;
  if (advice?.trim()) return advice;
  const names = technique.mitigations.map((mitigation) => `${mitigation.id} ${mitigation.name[language]}`);
  return WORDS[language].mitigations(names);
}

interface Words {
  readonly description: (source: SourceFinding, rule: MappedRule, mapped: MappedTechnique) => string;
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
    description: (source, rule, mapped) =>
      `${providerName(rule.provider)} reports in account ${source.accountId}, Region ${source.region}: ` +
      `"${source.title}". This ${MEANING.en[rule.kind]} ${mapped.technique.id} ${mapped.technique.name.en} ` +
      `(${mapped.tactics.map((tactic) => tactic.name.en).join(', ')}).`,
    mitigations: (names) =>
      names.length > 0
        ? `Review the source finding. ATT&CK mitigations: ${names.join(', ')}.`
        : 'Review the source finding. ATT&CK lists no mitigation for this technique.',
  },
  es: {
    description: (source, rule, mapped) =>
      `${providerName(rule.provider)} informa en la cuenta ${source.accountId}, región ${source.region}: ` +
      `«${source.title}». Esto ${MEANING.es[rule.kind]} ${mapped.technique.id} ${mapped.technique.name.es} ` +
      `(${mapped.tactics.map((tactic) => tactic.name.es).join(', ')}).`,
    mitigations: (names) =>
      names.length > 0
        ? `Revise el hallazgo de origen. Mitigaciones de ATT&CK: ${names.join(', ')}.`
        : 'Revise el hallazgo de origen. ATT&CK no recoge ninguna mitigación para esta técnica.',
  },
};
