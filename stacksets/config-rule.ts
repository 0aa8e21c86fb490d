/** A managed rule of AWS Config as it is rolled out, whatever brings it: a conformance pack, or a rule of its own. */

/** What a rule is about; each domain has a pack of its own. */
export const DOMAINS = [
  'identity',
  'data-protection',
  'network-exposure',
  'logging-and-monitoring',
  'compute-and-containers',
  'resilience',
] as const;
export type Domain = (typeof DOMAINS)[number];

/**
 * Where a rule is evaluated. `regional`: in every Region. `global`: in the one Region that the roll-out chose, since its answer is
 * the same everywhere and would be paid for in each. `us-east-1`: only there, where AWS Config records what it looks at.
 */
export type RuleScope = 'regional' | 'global' | 'us-east-1';

/** A parameter of a rule with the value that it gets. */
export interface RuleParameter {
  readonly name: string;
  readonly value: string;
  /** Whether organisations differ, so that a pack asks for it with this value as default. */
  readonly exposed: boolean;
}

/** A runbook of Systems Manager that AWS owns, which mends what a rule has found. */
export interface Correction {
  readonly document: string;
  /** Parameter that takes the id of the resource, as AWS Config knows it. */
  readonly resourceParameter: string;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
}

export interface ConfigRule {
  /** Name of the managed rule, which is also the name it is deployed under. */
  readonly name: string;
  /** `SourceIdentifier`. */
  readonly identifier: string;
  readonly domain: Domain;
  readonly scope: RuleScope;
  /** ATT&CK ids of the techniques it speaks for; empty for one that is kept from an earlier pack without speaking for any. */
  readonly techniques: readonly string[];
  /** For people, at most 256 characters. */
  readonly description: string;
  readonly parameters: readonly RuleParameter[];
  /** Regions in which AWS Config does not have the rule. */
  readonly missingIn: readonly string[];
  readonly correction?: Correction;
}

/** A rule that is not rolled out, and why. */
export interface RuleLeftOut {
  readonly name: string;
  readonly reason: string;
}

export interface RuleSelection {
  readonly rules: readonly ConfigRule[];
  readonly leftOut: readonly RuleLeftOut[];
}

/** Whether a rule is evaluated in a Region of the roll-out. */
export function isEvaluatedIn(rule: ConfigRule, region: string, globalRegion: string): boolean {
  if (rule.missingIn.includes(region)) return false;
  switch (rule.scope) {
    case 'regional':
      return true;
    case 'global':
      return region === globalRegion;
    case 'us-east-1':
      return region === 'us-east-1';
  }
}
