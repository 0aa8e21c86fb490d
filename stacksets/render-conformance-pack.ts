/** Writes rules as conformance packs of AWS Config. */
import { stringify } from 'yaml';
import {
  type PackProblem,
  checkConformancePack,
  checkConformancePacks,
  exceedsPack,
} from './check-conformance-pack.ts';
import { type ConfigRule, DOMAINS, isEvaluatedIn, type RuleLeftOut } from './config-rule.ts';
import type { ConformancePack, PackVariant } from './conformance-pack.ts';
import { PACK_PREFIX } from './names.ts';
import { logicalId, ruleResources } from './rule-resources.ts';

export interface PackRegions {
  /** Regions of the roll-out. */
  readonly regions: readonly string[];
  /** The one of them in which what is global is evaluated. */
  readonly globalRegion: string;
}

/**
 * Writes the packs of a roll-out: one for each domain, one for what is global, one for what is in us-east-1 only. A pack
 * that would exceed a limit goes on in a second one with a number. Packs that would hold no rule in any of the Regions
 * are left out.
 *
 * @throws Error that names the pack, the rule and the remedy where a pack would be refused by AWS
 */
export function conformancePacks(rules: readonly ConfigRule[], at: PackRegions): readonly ConformancePack[] {
  const sorted = [...rules].sort((one, other) => (one.name < other.name ? -1 : 1));
  const groups: [name: string, rules: ConfigRule[]][] = [
    ...DOMAINS.map((domain): [string, ConfigRule[]] => [
      domain,
      sorted.filter((rule) => rule.scope === 'regional' && rule.domain === domain),
    ]),
    ['global', sorted.filter(({ scope }) => scope === 'global')],
    ['us-east-1', sorted.filter(({ scope }) => scope === 'us-east-1')],
  ];
  const packs = groups
    .flatMap(([name, members]) =>
      inParts(members).map((part, index): ConformancePack => {
        const number = index === 0 ? '' : `-${index + 1}`;
        return { name: `${PACK_PREFIX}${name}${number}`, variants: variants(part, at) };
      }),
    )
    .filter((pack) => pack.variants.length > 0);
  const problems = [...packs.flatMap((pack) => checkConformancePack(pack)), ...checkConformancePacks(packs)];
  if (problems.length > 0)
    throw new Error(`These conformance packs cannot be deployed:\n${describeProblems(problems)}`);
  return packs;
}

/** One problem a line. */
export function describeProblems(problems: readonly PackProblem[]): string {
  return problems
    .map(({ pack, rule, message }) => `  ${pack}${rule === undefined ? '' : `, rule ${rule}`}: ${message}`)
    .join('\n');
}

/** Rules that no Region of the roll-out evaluates, and why. */
export function rulesNowhere(rules: readonly ConfigRule[], at: PackRegions): readonly RuleLeftOut[] {
  return rules
    .filter((rule) => !at.regions.some((region) => isEvaluatedIn(rule, region, at.globalRegion)))
    .map(({ name, scope }) => {
      if (scope === 'us-east-1' && !at.regions.includes('us-east-1')) {
        return { name, reason: 'evaluated in us-east-1 only, which is no Region of the roll-out' };
      }
      const place = { regional: at.regions.join(', '), global: at.globalRegion, 'us-east-1': 'us-east-1' }[scope];
      return { name, reason: `AWS Config does not have it in ${place}` };
    });
}

/** Parts that each fit into a pack. A rule stays in its part whatever Region it is missing in. */
function inParts(rules: readonly ConfigRule[]): readonly (readonly ConfigRule[])[] {
  if (!exceedsPack(rules, packBody(rules))) return rules.length === 0 ? [] : [rules];
  const parts: ConfigRule[][] = [];
  for (const rule of rules) {
    const last = parts.at(-1);
    if (last === undefined || exceedsPack([...last, rule], packBody([...last, rule]))) parts.push([rule]);
    else last.push(rule);
  }
  return parts;
}

function variants(rules: readonly ConfigRule[], { regions, globalRegion }: PackRegions): readonly PackVariant[] {
  const byRules = new Map<string, { regions: string[]; rules: readonly ConfigRule[] }>();
  for (const region of regions) {
    const evaluated = rules.filter((rule) => isEvaluatedIn(rule, region, globalRegion));
    if (evaluated.length === 0) continue;
    const key = evaluated.map(({ name }) => name).join();
    const known = byRules.get(key);
    if (known === undefined) byRules.set(key, { regions: [region], rules: evaluated });
    else known.regions.push(region);
  }
  return [...byRules.values()].map((variant) => ({ ...variant, body: packBody(variant.rules) }));
}

/** The template of a pack that has these rules. */
export function packBody(rules: readonly ConfigRule[]): string {
  const asked = rules.flatMap((rule) =>
    rule.parameters
      .filter(({ exposed }) => exposed)
      .map(({ name, value }) => [parameterId(rule.name, name), { Type: 'String', Default: value }] as const),
  );
  const template = {
    ...(asked.length > 0 && { Parameters: Object.fromEntries(asked) }),
    Resources: Object.fromEntries(
      rules.flatMap((rule) =>
        Object.entries(
          ruleResources(rule, ({ name, value, exposed }) => (exposed ? { Ref: parameterId(rule.name, name) } : value)),
        ),
      ),
    ),
  };
  // The plainest YAML there is: no folded lines, anchors or tags, and quotes around what YAML 1.1 would take for a boolean
  // or a number of its own.
  return stringify(template, { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' });
}

function parameterId(rule: string, parameter: string): string {
  return `${logicalId(rule)}${parameter.charAt(0).toUpperCase()}${parameter.slice(1)}`;
}
