/** The rules of a roll-out, in the form that it has chosen. */
import type { ConfigRule, RuleLeftOut } from './config-rule.ts';
import type { RolledOutRules } from './config-rules-stack.ts';
import { conformancePacks, rulesNowhere } from './render-conformance-pack.ts';
import { globalRegionOf, type Rollout } from './rollout-configuration.ts';
import type { RuleFacts } from './rule-facts.ts';
import { selectRules } from './select-rules.ts';

/** Thrown where a configuration asks for what cannot be rolled out; the message says where, one problem a line. */
export class RolloutRefused extends Error {
  override readonly name = 'RolloutRefused';
}

/**
 * Selects the rules of a roll-out and writes them as it says.
 *
 * @returns also what is left out and why, rules that no Region of the roll-out has included
 * @throws RolloutRefused
 */
export function rolledOutRules(
  rollout: Rollout,
  facts: RuleFacts,
): {
  readonly rules: readonly ConfigRule[];
  readonly leftOut: readonly RuleLeftOut[];
  readonly rolledOut: RolledOutRules;
} {
  const { rules, leftOut, problems } = selectRules(facts, rollout.configRules);
  const lines = problems.map(({ path, message }) => `  rollout.configRules.${path.join('.')}: ${message}`);
  const unknown = rollout.regions.filter((region) => !facts.regions.has(region));
  if (unknown.length > 0) {
    lines.push(`  rollout.regions: ${unknown.join(', ')} is in no list of Regions: correct or remove it`);
  }
  if (lines.length > 0) throw new RolloutRefused(`This cannot be rolled out:\n${lines.join('\n')}`);
  const at = { regions: rollout.regions, globalRegion: globalRegionOf(rollout) };
  return {
    rules,
    leftOut: [...leftOut, ...rulesNowhere(rules, at)],
    rolledOut:
      rollout.configRules.rendering === 'conformance-packs'
        ? { rendering: 'conformance-packs', packs: conformancePacks(rules, at) }
        : { rendering: 'config-rules', rules },
  };
}
