/** Which rules to fix first: what an account gains by each of them. */
import type { Language, RuleKind } from './catalogue.ts';
import { groupBy } from './group-by.ts';
import type { MatrixCatalogue } from './matrix-catalogue.ts';
import { SEVERITY_LABELS, type SeverityLabel } from './severity.ts';
import { type OpenTechnique, placeKey } from './technique-state.ts';
import { worstSeverity } from './attack-matrix.ts';

/** A rule with open findings that somebody can mend: posture, vulnerability or data, never a threat that was seen. */
export interface RuleToFix {
  readonly provider: string;
  /** Several keys are joined by `;`. */
  readonly ruleKey: string;
  readonly kind: RuleKind;
  /** Techniques that nothing else keeps open in their account and Region: counted once for each of these. */
  readonly closes: number;
  /** Ids of all techniques that it keeps open, sorted; others may keep them open as well. */
  readonly techniqueIds: readonly string[];
  readonly severity: SeverityLabel;
  readonly accounts: number;
  readonly resources: number;
  /** Source findings. */
  readonly findings: number;
  /** What to do first, where the catalogue says so. */
  readonly advice: Readonly<Record<Language, string | undefined>>;
}

/**
 * Ranks the rules by techniques closed, then severity, then accounts; on a tie by techniques, resources and name, so that
 * equal state gives an equal list. Suppressed findings are left out.
 */
export function fixFirst(open: readonly OpenTechnique[], catalogue: MatrixCatalogue): RuleToFix[] {
  const mendable = open.filter(
    ({ isSuppressed, provider, ruleKey }) => !isSuppressed && catalogue.linksOf(provider, ruleKey).kind !== 'threat',
  );
  const ruleOf = ({ provider, ruleKey }: OpenTechnique) => `${provider}\n${ruleKey}`;
  const rulesOfCell = new Map<string, Set<string>>();
  for (const found of mendable) {
    const cell = `${found.techniqueId}/${placeKey(found)}`;
    const rules = rulesOfCell.get(cell) ?? new Set();
    rulesOfCell.set(cell, rules.add(ruleOf(found)));
  }
  const closes = new Map<string, number>();
  for (const [only, ...others] of rulesOfCell.values()) {
    if (only !== undefined && others.length === 0) closes.set(only, (closes.get(only) ?? 0) + 1);
  }
  return [...groupBy(mendable, ruleOf)]
    .flatMap(([rule, own]): RuleToFix[] => {
      const [first] = own;
      if (!first) return [];
      const { provider, ruleKey } = first;
      return [
        {
          provider,
          ruleKey,
          kind: catalogue.linksOf(provider, ruleKey).kind,
          closes: closes.get(rule) ?? 0,
          techniqueIds: [...new Set(own.map(({ techniqueId }) => techniqueId))].sort(),
          severity: worstSeverity(own.map(({ severity }) => severity)) ?? 'INFORMATIONAL',
          accounts: new Set(own.map(({ accountId }) => accountId)).size,
          resources: new Set(own.flatMap(({ accountId, resourceIds }) => resourceIds.map((id) => `${accountId}/${id}`)))
            .size,
          findings: new Set(own.map(({ sourceKey }) => sourceKey)).size,
          advice: adviceOf(provider, ruleKey, catalogue),
        },
      ];
    })
    .sort(
      (a, b) =>
        b.closes - a.closes ||
        SEVERITY_LABELS.indexOf(b.severity) - SEVERITY_LABELS.indexOf(a.severity) ||
        b.accounts - a.accounts ||
        b.techniqueIds.length - a.techniqueIds.length ||
        b.resources - a.resources ||
        (`${a.provider}\n${a.ruleKey}` < `${b.provider}\n${b.ruleKey}` ? -1 : 1),
    );
}

function adviceOf(provider: string, ruleKey: string, { index }: MatrixCatalogue): RuleToFix['advice'] {
  const rule = index.findRule({ provider, keys: [ruleKey, ...ruleKey.split(';')] });
  return rule.outcome === 'mapped' ? rule.advice : { en: undefined, es: undefined };
}
