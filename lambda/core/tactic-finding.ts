/** Builds a tactic finding out of what is open under one tactic. */
import type { FindingContent, RelatedFinding } from './asff-finding.ts';
import { MAX_DESCRIPTION_LENGTH, MAX_RELATED_FINDINGS, MAX_TITLE_LENGTH, cut } from './asff-limits.ts';
import type { Language } from './catalogue.ts';
import type { Tactic } from './catalogue-index.ts';
import { listField, textField } from './product-fields.ts';
import { HUB, type Place, targetOf } from './publish-target.ts';
import type { ResourceIdentity } from './resource.ts';
import {
  COMPANY_NAME,
  OWN_GENERATOR_PREFIX,
  PRODUCT_NAME,
  type SecurityHubTarget,
  findingsLink,
} from './security-hub-target.ts';
import { SEVERITY_LABELS, type SeverityLabel } from './severity.ts';
import type { EnrichmentContext } from './technique-finding.ts';

/** What is open under one tactic. Counts are of distinct technique × resource pairs unless their name says otherwise. */
export interface TacticSummary {
  readonly tacticId: string;
  /** Pairs by their highest severity; suppressed technique findings are left out. */
  readonly pairsBySeverity: Readonly<Record<SeverityLabel, number>>;
  readonly findings: number;
  /** Distinct, sorted. */
  readonly techniqueIds: readonly string[];
  /** Owner accounts with their pairs, most pairs first. */
  readonly accounts: readonly { readonly accountId: string; readonly pairs: number }[];
  readonly resources: number;
  /** Technique findings an analyst has suppressed. */
  readonly suppressed: number;
  /** The technique findings that matter most, worst first; at most 10. */
  readonly worstFindingIds: readonly string[];
  /** Where each of those is written. @default all of them in the hub */
  readonly worstFindingPlaces?: readonly Place[];
  /** The resources that matter most, worst first, as their findings describe them (`Details` left out); at most 10. */
  readonly worstResources: readonly ResourceIdentity[];
}

/** `virtual-soc/tactic/v1/<account>/<region>/<tactic>`: one for each tactic and hub. */
export function tacticFindingId(tacticId: string, target: SecurityHubTarget): string {
  return `virtual-soc/tactic/v1/${target.accountId}/${target.region}/${tacticId}`;
}

/** The highest severity that occurs: one CRITICAL among nine LOW is CRITICAL. */
export function highestSeverity(pairsBySeverity: TacticSummary['pairsBySeverity']): SeverityLabel {
  return SEVERITY_LABELS.findLast((label) => pairsBySeverity[label] > 0) ?? 'INFORMATIONAL';
}

/** The tactic finding, without its times: ACTIVE while anything is open under the tactic, otherwise ARCHIVED. */
export function tacticFinding(summary: TacticSummary, tactic: Tactic, context: EnrichmentContext): FindingContent {
  const { target, language, catalogue } = context;
  const related = summary.worstFindingIds.slice(0, MAX_RELATED_FINDINGS).map((id, index): RelatedFinding => {
    const place = summary.worstFindingPlaces?.[index] ?? HUB;
    return { ProductArn: targetOf(place, target).productArn, Id: id };
  });
  const pairs = SEVERITY_LABELS.reduce((sum, label) => sum + summary.pairsBySeverity[label], 0);
  return {
    SchemaVersion: '2018-10-08',
    Id: tacticFindingId(tactic.id, target),
    ProductArn: target.productArn,
    ProductName: PRODUCT_NAME,
    CompanyName: COMPANY_NAME,
    GeneratorId: `${OWN_GENERATOR_PREFIX}tactic/${tactic.id}`,
    AwsAccountId: target.accountId,
    Title: cut(`${tactic.id} ${tactic.name[language]}`, MAX_TITLE_LENGTH),
    Description: cut(describe(summary, pairs, language), MAX_DESCRIPTION_LENGTH),
    Remediation: {
      Recommendation: {
        Text: RECOMMENDATION[language],
        Url: findingsLink(target, [
          ['ProductName', 'EQUALS', PRODUCT_NAME],
          ['Type', 'EQUALS', `TTPs/${tactic.name.en}`],
          ['GeneratorId', 'PREFIX', `${OWN_GENERATOR_PREFIX}technique/`],
          ['RecordState', 'EQUALS', 'ACTIVE'],
        ]),
      },
    },
    ProductFields: {
      ...textField('mitre/tactic', tactic.id),
      ...listField('mitre/techniques', summary.techniqueIds),
      ...textField('mitre/count/techniques', String(summary.techniqueIds.length)),
      ...textField('mitre/count/pairs', String(pairs)),
      ...textField('mitre/count/findings', String(summary.findings)),
      ...textField('mitre/count/resources', String(summary.resources)),
      ...textField('mitre/count/accounts', String(summary.accounts.length)),
      ...textField('mitre/count/suppressed', String(summary.suppressed)),
      ...Object.fromEntries(
        SEVERITY_LABELS.map((label) => [
          `mitre/count/severity/${label.toLowerCase()}`,
          String(summary.pairsBySeverity[label]),
        ]),
      ),
      ...listField(
        'mitre/accounts',
        summary.accounts.map(({ accountId }) => accountId),
      ),
      ...textField('mitre/release', catalogue.attackRelease),
      ...textField('mitre/copyright', catalogue.copyright),
    },
    // ASFF wants at least one resource; an archived tactic has none left, so it speaks of the hub's account.
    Resources:
      summary.worstResources.length > 0
        ? summary.worstResources
        : [{ Type: 'AwsAccount', Id: `AWS::::Account:${target.accountId}`, Region: target.region }],
    RecordState: summary.findings > 0 ? 'ACTIVE' : 'ARCHIVED',
    FindingProviderFields: {
      Severity: { Label: highestSeverity(summary.pairsBySeverity) },
      Types: [`TTPs/${tactic.name.en}`],
      ...(related.length > 0 ? { RelatedFindings: related } : {}),
    },
  };
}

/** Accounts named in the description; the rest are counted. */
const ACCOUNTS_SHOWN = 5;

const RECOMMENDATION: Readonly<Record<Language, string>> = {
  en: 'Start with the related technique findings: they are the worst of this tactic. The link lists all that are active.',
  es: 'Empiece por los hallazgos de técnica relacionados: son los peores de esta táctica. El enlace muestra todos los activos.',
};

const SEVERITY_WORDS: Readonly<Record<Language, Readonly<Record<SeverityLabel, string>>>> = {
  en: { CRITICAL: 'critical', HIGH: 'high', MEDIUM: 'medium', LOW: 'low', INFORMATIONAL: 'informational' },
  es: { CRITICAL: 'críticas', HIGH: 'altas', MEDIUM: 'medias', LOW: 'bajas', INFORMATIONAL: 'informativas' },
};

function describe(summary: TacticSummary, pairs: number, language: Language): string {
  const severities = SEVERITY_LABELS.toReversed()
    .filter((label) => summary.pairsBySeverity[label] > 0)
    .map((label) => `${summary.pairsBySeverity[label]} ${SEVERITY_WORDS[language][label]}`)
    .join(', ');
  const accounts = summary.accounts
    .slice(0, ACCOUNTS_SHOWN)
    .map(({ accountId, pairs: count }) => `${accountId} (${count})`)
    .join(', ');
  const others = summary.accounts.length - ACCOUNTS_SHOWN;
  const techniques = summary.techniqueIds.length;
  if (language === 'es') {
    const suppressed = summary.suppressed > 0 ? ` Suprimidos, no contados: ${summary.suppressed}.` : '';
    if (pairs === 0) return `No hay técnicas abiertas en esta táctica.${suppressed}`;
    const more = others > 0 ? ` y ${others} más` : '';
    return (
      `Combinaciones de técnica y recurso abiertas: ${pairs} (${severities}). Técnicas: ${techniques}. ` +
      `Recursos: ${summary.resources}. Cuentas: ${summary.accounts.length}: ${accounts}${more}.${suppressed}`
    );
  }
  const suppressed = summary.suppressed > 0 ? ` Suppressed, not counted: ${summary.suppressed}.` : '';
  if (pairs === 0) return `No technique is open under this tactic.${suppressed}`;
  const more = others > 0 ? ` and ${others} more` : '';
  return (
    `Open pairs of technique and resource: ${pairs} (${severities}). Techniques: ${techniques}. ` +
    `Resources: ${summary.resources}. Accounts: ${summary.accounts.length}: ${accounts}${more}.${suppressed}`
  );
}
