/**
 * Checks the catalogue against what was decided about it: that no technique of the cloud matrix, no published link and
 * no threat purpose of GuardDuty was passed over in silence.
 */
import { parentTechniqueId } from '../lambda/core/attack.ts';
import type { CatalogueRows, LinkRow } from '../lambda/core/catalogue.ts';
import { groupBy } from '../lambda/core/group-by.ts';
import type { CatalogueProblem } from './catalogue-problem.ts';
import type { CatalogueReview, PublishedLinkRow } from './catalogue-review.ts';
import { type Report, reportInto, type RowPlace } from './check-catalogue.ts';

/**
 * @param rows a catalogue that has passed `checkCatalogue`
 * @returns the problems; empty for a good catalogue
 */
export function checkReview(
  rows: CatalogueRows,
  review: CatalogueReview,
  placeOf: (row: object) => RowPlace | undefined = () => undefined,
): CatalogueProblem[] {
  const problems: CatalogueProblem[] = [];
  const report = reportInto(problems, placeOf);
  checkUnlinked(rows, report);
  checkPublished(rows, review, report);
  checkThreatPurposes(rows, review, report);
  checkExceptions(rows, review, report);
  return problems;
}

/** Every technique of the cloud matrix has a link of an active rule, or a reason why not; never both. */
function checkUnlinked(rows: CatalogueRows, report: Report): void {
  const active = new Set(rows.rules.filter(({ status }) => status === 'active').map(ruleOf));
  const linked = new Set(rows.links.filter((row) => active.has(ruleOf(row))).map(({ techniqueId }) => techniqueId));
  const listed = new Map(rows.unlinkedTechniques.map((row) => [row.techniqueId, row]));
  for (const row of rows.techniques) {
    if (row.matrix !== 'cloud' || linked.has(row.techniqueId) || listed.has(row.techniqueId)) continue;
    report(
      row,
      'technique_id',
      `No active rule is linked to ${row.techniqueId}. Link one, or say why in attack/unlinked-techniques.csv.`,
    );
  }
  const withLinkedSub = new Set([...linked].map(parentTechniqueId));
  for (const row of rows.unlinkedTechniques) {
    const parent = parentTechniqueId(row.techniqueId);
    if (linked.has(row.techniqueId)) {
      report(row, 'technique_id', `A rule is linked to ${row.techniqueId}. Remove it here.`);
    }
    if (row.reason === 'through-sub-techniques' && !withLinkedSub.has(row.techniqueId)) {
      report(row, 'reason', `No rule is linked to a sub-technique of ${row.techniqueId}. Give another reason.`);
    }
    if (row.reason === 'through-technique' && (parent === undefined || !linked.has(parent))) {
      report(row, 'reason', `No rule is linked to ${parent ?? 'a technique above it'}. Give another reason.`);
    }
  }
}

/** A published link of a rule we know is in the catalogue, or left out with a reason. */
function checkPublished(rows: CatalogueRows, { publishedLinks }: CatalogueReview, report: Report): void {
  const rules = new Set(rows.rules.map(ruleOf));
  const links = groupBy(rows.links, ruleOf);
  for (const row of publishedLinks) {
    if (!rules.has(ruleOf(row))) {
      report(row, 'rule_key', `There is no ${row.ruleKey} in rules/${row.provider}.csv.`);
      continue;
    }
    const problem = decisionProblem(row, links.get(ruleOf(row)) ?? []);
    if (problem !== undefined) report(row, 'decision', problem);
  }
}

function decisionProblem(row: PublishedLinkRow, links: readonly LinkRow[]): string | undefined {
  const isLinked = links.some(({ techniqueId }) => techniqueId === row.techniqueId);
  if (row.decision === 'linked') {
    return isLinked ? undefined : `The rule has no link to ${row.techniqueId}. Link it, or say here why not.`;
  }
  if (isLinked) return `The rule is linked to ${row.techniqueId}. Write linked.`;
  if (row.decision === 'sub-technique-linked') {
    const family = (id: string) => parentTechniqueId(id) ?? id;
    const hasRelative = links.some(({ techniqueId }) => family(techniqueId) === family(row.techniqueId));
    return hasRelative ? undefined : `The rule has no link to the family of ${row.techniqueId}. Give another reason.`;
  }
  if (row.reason === null && row.decision !== 'over-six') return 'Give the reason in the column reason.';
  return undefined;
}

/**
 * Tactics that a threat purpose of GuardDuty stands for.
 * https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-format.html
 */
export const THREAT_PURPOSE_TACTICS: Readonly<Record<string, readonly string[]>> = {
  Backdoor: ['TA0011'],
  CredentialAccess: ['TA0006'],
  CryptoCurrency: ['TA0040'],
  DefenseEvasion: ['TA0005', 'TA0112'],
  DefenseImpairment: ['TA0112'],
  Discovery: ['TA0007', 'TA0043'],
  Execution: ['TA0002'],
  Exfiltration: ['TA0010'],
  Impact: ['TA0040'],
  InitialAccess: ['TA0001'],
  Persistence: ['TA0003'],
  PrivilegeEscalation: ['TA0004'],
  Recon: ['TA0007', 'TA0043'],
  Stealth: ['TA0005', 'TA0112'],
};

/** A GuardDuty type that names a tactic speaks for it. */
function checkThreatPurposes(rows: CatalogueRows, { exceptions }: CatalogueReview, report: Report): void {
  const excepted = new Set(exceptions.filter(({ check }) => check === 'threat-purpose').map(ruleOf));
  const links = groupBy(rows.links, ruleOf);
  const tacticsOf = groupBy(rows.techniqueTactics, ({ techniqueId }) => techniqueId);
  for (const row of rows.rules) {
    const wanted = row.provider === 'guardduty' ? THREAT_PURPOSE_TACTICS[row.ruleKey.split(':')[0] ?? ''] : undefined;
    if (wanted === undefined || row.notMappable !== null || excepted.has(ruleOf(row))) continue;
    const spokenFor = (links.get(ruleOf(row)) ?? []).flatMap((link) =>
      link.tacticIds.length > 0
        ? link.tacticIds
        : (tacticsOf.get(link.techniqueId) ?? []).map(({ tacticId }) => tacticId),
    );
    if (wanted.some((tacticId) => spokenFor.includes(tacticId))) continue;
    report(
      row,
      'rule_key',
      `No link speaks for ${wanted.join(' or ')}, which the type names. Add one, or give the reason in exceptions.csv.`,
    );
  }
}

function checkExceptions(rows: CatalogueRows, { exceptions }: CatalogueReview, report: Report): void {
  const rules = new Set(rows.rules.map(ruleOf));
  for (const row of exceptions) {
    if (!rules.has(ruleOf(row))) report(row, 'rule_key', `There is no ${row.ruleKey} in rules/${row.provider}.csv.`);
  }
}

function ruleOf({ provider, ruleKey }: { readonly provider: string; readonly ruleKey: string }): string {
  return `${provider}\n${ruleKey}`;
}
