/** Writes out what rules inherit, so that whoever looks a rule up finds everything in its own rows. */
import type { LinkRow, RuleRow } from '../lambda/core/catalogue.ts';
import { groupBy } from '../lambda/core/group-by.ts';

/** Rules and links with everything inherited written out, and what could not be. */
export interface InheritedLinks {
  readonly rules: readonly RuleRow[];
  readonly links: readonly LinkRow[];
  /** One for each rule that names a rule which is not there, goes round in a circle, or has links of its own as well. */
  readonly problems: readonly { readonly rule: RuleRow; readonly message: string }[];
}

/** How a rule is named in the column `inherits`: `config:restricted-ssh`. */
export function inheritanceKey({ provider, ruleKey }: Pick<RuleRow, 'provider' | 'ruleKey'>): string {
  return `${provider}:${ruleKey}`;
}

/**
 * A rule that inherits gets links, advice and the reason for having no link from the rule it names. Where that one
 * inherits too, the last of the chain decides.
 *
 * @param onCopy told of each row that was written out and the row it stands for or is a copy of
 */
export function inheritLinks(
  rules: readonly RuleRow[],
  links: readonly LinkRow[],
  onCopy: (copy: object, of: object) => void = () => undefined,
): InheritedLinks {
  const byKey = new Map(rules.map((rule) => [inheritanceKey(rule), rule]));
  const linksByKey = groupBy(links, inheritanceKey);
  const problems: InheritedLinks['problems'][number][] = [];
  const copies: LinkRow[] = [];
  const written = rules.map((rule) => {
    if (rule.inherits === null) return rule;
    if (linksByKey.has(inheritanceKey(rule))) {
      problems.push({ rule, message: 'The rule has links of its own. Remove them, or empty this cell.' });
    }
    const origin = originOf(rule, byKey);
    if (typeof origin === 'string') {
      problems.push({ rule, message: origin });
      return rule;
    }
    for (const link of linksByKey.get(inheritanceKey(origin)) ?? []) {
      const copy = { ...link, provider: rule.provider, ruleKey: rule.ruleKey };
      onCopy(copy, link);
      copies.push(copy);
    }
    const whole = {
      ...rule,
      notMappable: origin.notMappable,
      adviceEn: rule.adviceEn ?? origin.adviceEn,
      adviceEs: rule.adviceEs ?? origin.adviceEs,
    };
    onCopy(whole, rule);
    return whole;
  });
  return { rules: written, links: [...links, ...copies], problems };
}

/** The rule at the end of the chain, or what is wrong with the chain. */
function originOf(rule: RuleRow, byKey: ReadonlyMap<string, RuleRow>): RuleRow | string {
  const seen = new Set<string>([inheritanceKey(rule)]);
  let current = rule;
  while (current.inherits !== null) {
    const next = byKey.get(current.inherits);
    if (next === undefined) return `There is no rule ${current.inherits}. Write it like config:restricted-ssh.`;
    if (seen.has(current.inherits)) return `${current.inherits} inherits from this rule in turn. Break the circle.`;
    seen.add(current.inherits);
    current = next;
  }
  return current;
}
