/** What is in which pack, for people. */
import type { ConfigRule, RuleLeftOut } from './config-rule.ts';
import type { ConformancePack } from './conformance-pack.ts';
import { packBytes } from './check-conformance-pack.ts';

/** A Markdown document: the packs, the rules of each, and the rules that are in none. */
export function describePacks(packs: readonly ConformancePack[], leftOut: readonly RuleLeftOut[]): string {
  return [
    '# Conformance packs\n',
    table(
      ['pack', 'Regions', 'rules', 'bytes'],
      packs.flatMap(({ name, variants }) =>
        variants.map(({ regions, rules, body }) => [
          name,
          regions.join(', '),
          String(rules.length),
          String(packBytes(body)),
        ]),
      ),
    ),
    ...packs.flatMap((pack) => [`\n## ${pack.name}\n`, rulesOf(pack)]),
    '\n## Left out\n',
    table(
      ['rule', 'reason'],
      leftOut.map(({ name, reason }) => [name, reason]),
    ),
  ].join('\n');
}

function rulesOf({ variants }: ConformancePack): string {
  const rules = new Map<string, { rule: ConfigRule; regions: string[] }>();
  for (const variant of variants) {
    for (const rule of variant.rules) {
      const known = rules.get(rule.name);
      if (known === undefined) rules.set(rule.name, { rule, regions: [...variant.regions] });
      else known.regions.push(...variant.regions);
    }
  }
  const everywhere = variants.flatMap(({ regions }) => regions).length;
  return table(
    ['rule', 'techniques', 'parameters', 'Regions', 'corrected by'],
    [...rules.values()]
      .sort((one, other) => (one.rule.name < other.rule.name ? -1 : 1))
      .map(({ rule, regions }) => [
        rule.name,
        rule.techniques.join(', '),
        rule.parameters.map(({ name, value, exposed }) => `${name}${exposed ? '' : ' (fixed)'}: ${value}`).join('; '),
        regions.length === everywhere ? 'all' : regions.join(', '),
        rule.correction?.document ?? '',
      ]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n');
}
