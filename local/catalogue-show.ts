/** `vsoc catalogue show`: everything the catalogue knows about a rule, a technique or another id of ATT&CK. */
import { parentTechniqueId } from '../lambda/core/attack.ts';
import type { CatalogueRows, Language, LinkRow, RuleRow, TechniqueRow } from '../lambda/core/catalogue.ts';
import { STANDARDS } from '../lambda/core/catalogue.ts';
import { providerName } from '../lambda/core/provider-name.ts';
import type { CatalogueReview } from '../sql/catalogue-review.ts';

/** What was found under a name: for a person as text, for a program as data. */
export interface CatalogueEntry {
  readonly text: string;
  readonly data: object;
}

/**
 * Everything known under a name. A rule goes by its key or any other exact name of it, with its provider before it
 * (`config:restricted-ssh`) or without; techniques, tactics, mitigations, campaigns and groups by their ids. A technique
 * that ATT&CK has withdrawn shows its successor.
 *
 * @returns one entry for each thing of that name; empty where there is none
 */
export function showEntries(
  name: string,
  rows: CatalogueRows,
  review: CatalogueReview,
  language: Language,
): CatalogueEntry[] {
  const rules = rulesNamed(name, rows);
  if (rules.length > 0) return rules.map((rule) => ruleEntry(rule, rows, review, language));
  const redirect = rows.redirects.find(({ oldId }) => oldId === name);
  const technique = rows.techniques.find(({ techniqueId }) => techniqueId === (redirect?.newId ?? name));
  if (technique) return [techniqueEntry(technique, rows, language, redirect)];
  if (redirect) {
    const since = `${name} was withdrawn by ATT&CK ${redirect.sinceRelease}.`;
    const successor =
      redirect.newId === null ? 'It has no successor.' : `Its successor ${redirect.newId} is not in the catalogue.`;
    return [{ text: `${since} ${successor}\n`, data: { redirect } }];
  }
  return otherEntry(name, rows, language);
}

/** Names that begin like the one asked for, to help a person who has mistyped. Never taken for it. */
export function similarNames(name: string, rows: CatalogueRows): string[] {
  const asked = name
    .toLowerCase()
    .replace(/^[^:]*:(?=\S)/, (provider) =>
      rows.rules.some((rule) => `${rule.provider}:` === provider) ? '' : provider,
    );
  return rows.rules
    .filter(({ ruleKey }) => ruleKey.toLowerCase().includes(asked) || asked.includes(ruleKey.toLowerCase()))
    .slice(0, 5)
    .map(({ provider, ruleKey }) => `${provider}:${ruleKey}`);
}

function rulesNamed(name: string, rows: CatalogueRows): readonly RuleRow[] {
  const isNamed = ({ provider }: { readonly provider: string }, key: string) =>
    key === name || `${provider}:${key}` === name;
  const byKey = rows.rules.filter((rule) => isNamed(rule, rule.ruleKey));
  if (byKey.length > 0) return byKey;
  const aliases = rows.aliases.filter((row) => isNamed(row, row.alias));
  return rows.rules.filter((rule) =>
    aliases.some(({ provider, ruleKey }) => provider === rule.provider && ruleKey === rule.ruleKey),
  );
}

function ruleEntry(rule: RuleRow, rows: CatalogueRows, review: CatalogueReview, language: Language): CatalogueEntry {
  const isOwn = ({ provider, ruleKey }: Pick<RuleRow, 'provider' | 'ruleKey'>) =>
    provider === rule.provider && ruleKey === rule.ruleKey;
  const links = rows.links.filter(isOwn);
  const aliases = rows.aliases.filter(isOwn);
  const requirements = rows.requirements.filter(isOwn).map(({ requirement }) => requirement);
  const leftOut = review.publishedLinks.filter((row) => isOwn(row) && row.decision !== 'linked');
  const inheritedBy = rows.rules.filter(({ inherits }) => inherits === `${rule.provider}:${rule.ruleKey}`);
  const text = [
    `${rule.ruleKey} (${providerName(rule.provider)})`,
    `  ${rule.kind}, ${rule.status}${rule.inherits === null ? '' : `; links and advice of ${rule.inherits}`}`,
    `  What to do first: ${(language === 'es' ? rule.adviceEs : rule.adviceEn) ?? '-'}`,
    '',
    ...(links.length === 0
      ? [`No technique: ${rule.notMappable ?? 'not decided'}.`]
      : [
          'Techniques:',
          ...links.flatMap((link) => linkLines(link, techniqueName(link.techniqueId, rows, language), rows)),
        ]),
    ...section(
      'Left out although published',
      leftOut.map(
        (row) => `${row.publishedId} (${row.source}): ${row.decision}${row.reason === null ? '' : `; ${row.reason}`}`,
      ),
    ),
    ...section(
      'Other names',
      aliases.map(({ alias, meaning }) => (meaning === 'same' ? alias : `${alias} (${meaning})`)),
    ),
    ...section('Requirements that the provider publishes', requirements),
    ...section(
      'Inherited by',
      inheritedBy.map(({ provider, ruleKey }) => `${provider}:${ruleKey}`),
    ),
    '',
  ].join('\n');
  return { text, data: { rule, links, aliases, requirements, leftOut } };
}

function linkLines(link: LinkRow, name: string, rows: CatalogueRows): string[] {
  const tactics = link.tacticIds.length > 0 ? link.tacticIds : tacticIdsOf(link.techniqueId, rows);
  return [
    `  ${link.techniqueId} ${name}`,
    `      ${link.effect}, ${link.score}, ${tactics.join(' ')}, source ${link.source}`,
    `      ${link.rationale}`,
  ];
}

function techniqueEntry(
  technique: TechniqueRow,
  rows: CatalogueRows,
  language: Language,
  redirect: CatalogueRows['redirects'][number] | undefined,
): CatalogueEntry {
  const { techniqueId } = technique;
  const isOwn = (row: { readonly techniqueId: string }) => row.techniqueId === techniqueId;
  const links = rows.links.filter(isOwn);
  const providers = [...new Set(links.map(({ provider }) => provider))];
  const nameOf = (found: { readonly nameEn: string; readonly nameEs: string }) =>
    language === 'es' ? found.nameEs : found.nameEn;
  const tactics = tacticIdsOf(techniqueId, rows).map((id) => {
    const tactic = rows.tactics.find(({ tacticId }) => tacticId === id);
    return `${id} ${tactic ? nameOf(tactic) : ''}`.trim();
  });
  const mitigations = rows.techniqueMitigations.filter(isOwn).map(({ mitigationId }) => {
    const mitigation = rows.mitigations.find((row) => row.mitigationId === mitigationId);
    return `${mitigationId} ${mitigation ? nameOf(mitigation) : ''}`.trim();
  });
  const campaigns = rows.campaignTechniques.filter(isOwn).map(({ campaignId }) => {
    return `${campaignId} ${rows.campaigns.find((row) => row.campaignId === campaignId)?.name ?? ''}`.trim();
  });
  const groups = rows.groupTechniques.filter(isOwn).map(({ groupId }) => {
    return `${groupId} ${rows.groups.find((row) => row.groupId === groupId)?.name ?? ''}`.trim();
  });
  const controls = STANDARDS.map((standard) => ({
    standard,
    ids: rows.controlTechniques
      .filter((row) => row.standard === standard && isOwn(row))
      .map(({ controlId }) => controlId),
  })).filter(({ ids }) => ids.length > 0);
  const formerIds = rows.redirects.filter(({ newId }) => newId === techniqueId).map(({ oldId }) => oldId);
  const unlinked = rows.unlinkedTechniques.find(isOwn);
  const subTechniques = rows.techniques.filter((row) => parentTechniqueId(row.techniqueId) === techniqueId);
  const text = [
    ...(redirect
      ? [`${redirect.oldId} was withdrawn by ATT&CK ${redirect.sinceRelease}; this is its successor.`, '']
      : []),
    `${techniqueId} ${nameOf(technique)}${technique.matrix === 'cloud' ? '' : ' (outside the cloud matrix)'}`,
    `  ${language === 'es' ? technique.summaryEs : technique.summaryEn}`,
    `  Tactics: ${tactics.join(', ')}`,
    `  Platforms: ${technique.platforms.join(', ')}`,
    `  ${technique.url}`,
    ...section(
      'Sub-techniques',
      subTechniques.map((row) => `${row.techniqueId} ${nameOf(row)}`),
    ),
    '',
    ...(links.length === 0
      ? [
          `No rule: ${unlinked ? `${unlinked.reason}. ${language === 'es' ? unlinked.explanationEs : unlinked.explanationEn}` : 'none is linked.'}`,
        ]
      : providers.flatMap((provider) => [
          `${providerName(provider)}:`,
          ...links
            .filter((link) => link.provider === provider)
            .map((link) => `  ${link.ruleKey}: ${link.effect}, ${link.score}. ${link.rationale}`),
        ])),
    ...section('Mitigations', mitigations),
    ...section('Campaigns', campaigns),
    ...section('Groups', groups),
    ...section(
      'Controls',
      controls.map(({ standard, ids }) => `${standard}: ${ids.join(', ')}`),
    ),
    ...section('Former ids', formerIds),
    '',
  ].join('\n');
  return { text, data: { technique, tactics, links, unlinked, mitigations, campaigns, groups, controls, formerIds } };
}

function otherEntry(name: string, rows: CatalogueRows, language: Language): CatalogueEntry[] {
  const spanish = language === 'es';
  const techniqueLines = (ids: readonly string[]) =>
    section(
      'Techniques',
      ids.map((id) => `${id} ${techniqueName(id, rows, language)}`),
    );
  const tactic = rows.tactics.find(({ tacticId }) => tacticId === name);
  if (tactic) {
    const ids = rows.techniqueTactics.filter(({ tacticId }) => tacticId === name).map(({ techniqueId }) => techniqueId);
    return [entry(name, spanish ? tactic.nameEs : tactic.nameEn, tactic, [], techniqueLines(ids), spanish)];
  }
  const mitigation = rows.mitigations.find(({ mitigationId }) => mitigationId === name);
  if (mitigation) {
    const own = rows.techniqueMitigations.filter(({ mitigationId }) => mitigationId === name);
    const ids = own.map(({ techniqueId }) => techniqueId);
    return [entry(name, spanish ? mitigation.nameEs : mitigation.nameEn, mitigation, [], techniqueLines(ids), spanish)];
  }
  const campaign = rows.campaigns.find(({ campaignId }) => campaignId === name);
  if (campaign) {
    const own = rows.campaignTechniques.filter(({ campaignId }) => campaignId === name);
    const groups = rows.campaignGroups
      .filter(({ campaignId }) => campaignId === name)
      .map(({ groupId }) => {
        return `${groupId} ${rows.groups.find((row) => row.groupId === groupId)?.name ?? ''}`.trim();
      });
    const seen = [`${campaign.firstSeen ?? '?'} to ${campaign.lastSeen ?? '?'}`];
    const ids = own.map(({ techniqueId }) => techniqueId);
    return [entry(name, campaign.name, campaign, [...seen, ...groups], techniqueLines(ids), spanish)];
  }
  const group = rows.groups.find(({ groupId }) => groupId === name);
  if (!group) return [];
  const own = rows.groupTechniques.filter(({ groupId }) => groupId === name);
  const aliases = group.aliases.length > 0 ? [`Also: ${group.aliases.join(', ')}`] : [];
  return [entry(name, group.name, group, aliases, techniqueLines(own.map(({ techniqueId }) => techniqueId)), spanish)];
}

function entry(
  id: string,
  name: string,
  row: { readonly summaryEn: string; readonly summaryEs: string; readonly url: string },
  facts: readonly string[],
  lines: readonly string[],
  spanish: boolean,
): CatalogueEntry {
  const head = [`${id} ${name}`, spanish ? row.summaryEs : row.summaryEn, ...facts, row.url];
  const [title = '', ...rest] = head;
  return { text: [title, ...rest.map((line) => `  ${line}`), ...lines, ''].join('\n'), data: row };
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)];
}

function tacticIdsOf(techniqueId: string, rows: CatalogueRows): string[] {
  return rows.techniqueTactics.filter((row) => row.techniqueId === techniqueId).map(({ tacticId }) => tacticId);
}

function techniqueName(id: string, rows: CatalogueRows, language: Language): string {
  const technique = rows.techniques.find(({ techniqueId }) => techniqueId === id);
  return (language === 'es' ? technique?.nameEs : technique?.nameEn) ?? '';
}
