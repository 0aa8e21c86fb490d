/** Config rules and packs made up for tests. */
import type { ConfigRule } from '../../stacksets/config-rule.ts';
import type { ConformancePack } from '../../stacksets/conformance-pack.ts';
import { packBody } from '../../stacksets/render-conformance-pack.ts';

export function madeRule(name: string, changes: Partial<ConfigRule> = {}): ConfigRule {
  return {
    name,
    identifier: name.toUpperCase().replaceAll('-', '_'),
    domain: 'identity',
    scope: 'regional',
    techniques: ['T1078.004'],
    description: 'ATT&CK T1078.004',
    parameters: [],
    missingIn: [],
    ...changes,
  };
}

/** `made-rule-1` and so on. */
export function madeRules(count: number, changes: Partial<ConfigRule> = {}): readonly ConfigRule[] {
  return Array.from({ length: count }, (_, index) => madeRule(`made-rule-${index + 1}`, changes));
}

export function madePack(rules: readonly ConfigRule[], body = packBody(rules)): ConformancePack {
  return { name: 'virtual-soc-identity', variants: [{ regions: ['eu-west-1'], rules, body }] };
}
