/** What AWS would refuse of a conformance pack, found before it is deployed to hundreds of accounts. */
import type { ConfigRule } from './config-rule.ts';
import type { ConformancePack } from './conformance-pack.ts';
import type { ManagedRules } from './managed-rule.ts';

/** https://docs.aws.amazon.com/config/latest/developerguide/configlimits.html */
export const MOST_RULES_IN_PACK = 130;
/** Packs of an account and Region. https://docs.aws.amazon.com/config/latest/developerguide/configlimits.html */
export const MOST_PACKS = 50;
/** Rules of an account and Region, those of packs included. https://docs.aws.amazon.com/config/latest/developerguide/configlimits.html */
export const MOST_RULES = 1000;
/** Bytes of a pack that is given inline. https://docs.aws.amazon.com/config/latest/APIReference/API_PutConformancePack.html */
export const MOST_PACK_BYTES = 51_200;
/** https://docs.aws.amazon.com/config/latest/APIReference/API_PutConformancePack.html */
export const MOST_PACK_PARAMETERS = 60;
/** Characters. https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigRule.html */
export const LONGEST_RULE_NAME = 128;

/** What AWS would refuse, and where. */
export interface PackProblem {
  readonly pack: string;
  readonly rule?: string;
  /** What is wrong, and how to mend it. */
  readonly message: string;
}

/** What the template around a pack fills in, with the longest text that it can become. */
const FILLED_IN: Readonly<Record<string, string>> = {
  '${AWS::AccountId}': '123456789012',
  '${AWS::Partition}': 'aws-us-gov',
};

/**
 * Holds one pack against AWS's limits.
 *
 * @param managedRules with them, also whether AWS still offers each rule under that identifier
 */
export function checkConformancePack(pack: ConformancePack, managedRules?: ManagedRules): readonly PackProblem[] {
  const problems: PackProblem[] = [];
  const report = (message: string, rule?: string) => {
    const problem = { pack: pack.name, ...(rule !== undefined && { rule }), message };
    if (!problems.some((known) => known.rule === problem.rule && known.message === message)) problems.push(problem);
  };
  for (const { rules, regions, body } of pack.variants) {
    const beyond = rules[MOST_RULES_IN_PACK];
    if (beyond !== undefined) {
      report(
        `is rule ${MOST_RULES_IN_PACK + 1} of the pack, which takes ${MOST_RULES_IN_PACK}: move rules to another pack`,
        beyond.name,
      );
    }
    const bytes = packBytes(body);
    if (bytes > MOST_PACK_BYTES) {
      report(
        `the pack has ${bytes} bytes, and ${MOST_PACK_BYTES} are allowed: leave rules out, or shorten their parameters`,
        rules.at(-1)?.name,
      );
    }
    const asked = askedParameters(rules);
    if (asked > MOST_PACK_PARAMETERS) {
      report(`the pack asks for ${asked} parameters, and ${MOST_PACK_PARAMETERS} are allowed: expose fewer`);
    }
    const unknown = [...body.matchAll(/\$\{[^}]*\}?/g)].find(([text]) => !Object.hasOwn(FILLED_IN, text));
    if (unknown !== undefined) {
      report(
        `the pack holds ${unknown[0]}, which the template around it would take for its own: change that parameter`,
      );
    }
    const names = new Set<string>();
    for (const rule of rules) {
      if (names.has(rule.name)) report('is in the pack twice: remove one', rule.name);
      names.add(rule.name);
      if (rule.name.length > LONGEST_RULE_NAME) {
        report(
          `has a name of ${rule.name.length} characters, and ${LONGEST_RULE_NAME} are allowed: shorten it`,
          rule.name,
        );
      }
      const missing = regions.filter((region) => rule.missingIn.includes(region));
      if (missing.length > 0) {
        report(`AWS Config does not have it in ${missing.join(', ')}: leave it out of the pack there`, rule.name);
      }
      const wrong = managedRules && wrongRule(rule, managedRules);
      if (wrong !== undefined) report(wrong, rule.name);
    }
  }
  return problems;
}

/** Holds the packs of a roll-out together against the limits of an account and Region. */
export function checkConformancePacks(packs: readonly ConformancePack[]): readonly PackProblem[] {
  const problems: PackProblem[] = [];
  const regions = new Set(packs.flatMap(({ variants }) => variants.flatMap((variant) => variant.regions)));
  for (const region of regions) {
    const here = packs.flatMap(({ name, variants }) => {
      const variant = variants.find((other) => other.regions.includes(region));
      return variant === undefined ? [] : [{ name, rules: variant.rules }];
    });
    const last = here.at(-1)?.name ?? '';
    if (here.length > MOST_PACKS) {
      const message = `${region} would get ${here.length} packs, and an account takes ${MOST_PACKS}: leave rules out`;
      problems.push({ pack: last, message });
    }
    const packOf = new Map<string, string>();
    let count = 0;
    for (const { name, rules } of here) {
      count += rules.length;
      for (const rule of rules) {
        const other = packOf.get(rule.name);
        if (other !== undefined && other !== name) {
          problems.push({ pack: name, rule: rule.name, message: `is in ${other} as well: remove one` });
        }
        packOf.set(rule.name, name);
      }
    }
    if (count > MOST_RULES) {
      const message = `${region} would get ${count} rules, and an account takes ${MOST_RULES}: leave rules out`;
      problems.push({ pack: last, message });
    }
  }
  return problems;
}

/** Whether the rules are too many or too long for one pack. */
export function exceedsPack(rules: readonly ConfigRule[], body: string): boolean {
  return (
    rules.length > MOST_RULES_IN_PACK ||
    packBytes(body) > MOST_PACK_BYTES ||
    askedParameters(rules) > MOST_PACK_PARAMETERS
  );
}

/** Bytes of a body in UTF-8, as it is or with its placeholders filled in, whichever is more. */
export function packBytes(body: string): number {
  const filled = Object.entries(FILLED_IN).reduce((text, [from, to]) => text.replaceAll(from, to), body);
  return Math.max(Buffer.byteLength(body), Buffer.byteLength(filled));
}

function askedParameters(rules: readonly ConfigRule[]): number {
  return rules.flatMap(({ parameters }) => parameters.filter(({ exposed }) => exposed)).length;
}

function wrongRule({ name, identifier }: ConfigRule, managedRules: ManagedRules): string | undefined {
  const managed = managedRules.get(name);
  if (managed === undefined) return 'is no managed rule of AWS Config: correct its name';
  if (!managed.active) return 'is withdrawn by AWS: remove it, or name its successor';
  return managed.identifier === identifier ? undefined : `has the identifier ${managed.identifier}, not ${identifier}`;
}
