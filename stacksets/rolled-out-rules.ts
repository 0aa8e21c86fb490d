/** The rules of a roll-out, in the form that it has chosen. */
import type { ConfigRule } from './config-rule.ts';
import type { RolledOutRules } from './config-rules-stack.ts';
import { conformancePacks } from './render-conformance-pack.ts';
import { globalRegionOf, type Rollout } from './rollout-configuration.ts';
import type { RuleFacts } from './rule-facts.ts';
import { selectRules } from './select-rules.ts';

/**
 * Selects the rules of a roll-out and writes them as it says.
 *
 * @throws Error that says where the configuration asks for what cannot be rolled out
 */
export function rolledOutRules(
  rollout: Rollout,
  facts: RuleFacts,
): { readonly rules: readonly ConfigRule[]; readonly rolledOut: RolledOutRules } {
  const { rules, problems } = selectRules(facts, rollout.configRules);
  if (problems.length > 0) {
    const lines = problems.map(({ path, message }) => `  rollout.configRules.${path.join('.')}: ${message}`);
    throw new Error(`These rules cannot be rolled out:\n${lines.join('\n')}`);
  }
  const at = { regions: rollout.regions, globalRegion: globalRegionOf(rollout) };
  return {
    rules,
    rolledOut:
      rollout.configRules.rendering === 'conformance-packs'
        ? { rendering: 'conformance-packs', packs: conformancePacks(rules, at) }
        : { rendering: 'config-rules', rules },
  };
}
