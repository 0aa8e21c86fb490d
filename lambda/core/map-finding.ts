/** From a source finding to its techniques: those of its rule, or those that the finding itself names. */
import { attackLabelsOf } from './attack-labels.ts';
import type {
  CatalogueIndex,
  MappedRule,
  MappedTechnique,
  Tactic,
  Technique,
  UnmappedRule,
} from './catalogue-index.ts';
import type { SourceFinding } from './finding.ts';
import { identifyRule, productOf, type RuleIdentity } from './finding-provider.ts';

/** What the catalogue makes of a finding. */
export interface FindingMapping {
  readonly rule: MappedRule | UnmappedRule;
  /** Techniques that the finding names and the catalogue does not know, as the finding has them. */
  readonly unknownTechniques: readonly string[];
}

/** GuardDuty's attack sequences, whose techniques differ from one finding to the next, so AWS puts them in the finding. */
const ATTACK_SEQUENCE = /^(?:TTPs\/)?AttackSequence:/;

/**
 * Maps a finding. Where the techniques that it names are believed (attack sequences of GuardDuty, products that the
 * catalogue says so of), they are its techniques; should the catalogue not know all of them, its rule's own links come in
 * addition, so that nothing is lost, and the unknown ones are returned to be listed.
 */
export function mapFinding(finding: SourceFinding, catalogue: CatalogueIndex): FindingMapping {
  const identity = identifyRule(finding, catalogue.products);
  const rule = catalogue.findRule(identity);
  if (!namesItsTechniques(finding, identity, catalogue)) return { rule, unknownTechniques: [] };

  const labels = attackLabelsOf(finding);
  const known = new Map<string, Technique>();
  const unknownTechniques: string[] = [];
  for (const label of labels.techniques) {
    const technique = techniqueNamed(label, catalogue);
    if (technique) known.set(technique.id, technique);
    else unknownTechniques.push(label);
  }
  if (known.size === 0) return { rule, unknownTechniques };

  const tacticIds = new Set(labels.tactics.flatMap((label) => tacticNamed(label, catalogue)?.id ?? []));
  const named = [...known.values()].map((technique) =>
    namedTechnique(technique, tacticIds, catalogue.nameOf(rule.provider)),
  );
  const own = rule.outcome === 'mapped' && unknownTechniques.length > 0 ? rule.techniques : [];
  const techniques = [...named, ...own.filter(({ technique }) => !known.has(technique.id))];
  techniques.sort((a, b) => (a.technique.id < b.technique.id ? -1 : 1));
  return { rule: { ...asMapped(rule), techniques }, unknownTechniques };
}

function namesItsTechniques(
  finding: SourceFinding,
  { provider, keys }: RuleIdentity,
  catalogue: CatalogueIndex,
): boolean {
  if (provider === 'guardduty' && keys.some((key) => ATTACK_SEQUENCE.test(key))) return true;
  return catalogue.products.get(productOf(finding.productArn))?.attackLabels ?? false;
}

/** A finding that names its techniques needs no rule of the catalogue. */
function asMapped(rule: MappedRule | UnmappedRule): MappedRule {
  if (rule.outcome === 'mapped') return rule;
  return {
    outcome: 'mapped',
    provider: rule.provider,
    ruleKeys: [rule.ruleKey || rule.provider],
    kind: 'threat',
    advice: { en: undefined, es: undefined },
    requirements: [],
    techniques: [],
  };
}

function namedTechnique(technique: Technique, tacticIds: ReadonlySet<string>, provider: string): MappedTechnique {
  const narrowed = technique.tactics.filter(({ id }) => tacticIds.has(id));
  return {
    technique,
    tactics: narrowed.length > 0 ? narrowed : technique.tactics,
    effect: 'detect',
    score: 'significant',
    rationale: `${provider} itself names this technique in the finding.`,
  };
}

/** By the id in the label, through ATT&CK's redirects; else by its exact name, where one technique alone has it. */
function techniqueNamed(label: string, catalogue: CatalogueIndex): Technique | undefined {
  const [id] = /\bT\d{4}(?:\.\d{3})?\b/.exec(label) ?? [];
  if (id !== undefined) return catalogue.resolveTechnique(id);
  const name = label.trim();
  const found = [...catalogue.techniques.values()].filter(
    ({ name: { en } }) => en === name || en.endsWith(`: ${name}`),
  );
  return found.length === 1 ? found[0] : found.find(({ name: { en } }) => en === name);
}

/** ATT&CK called TA0005 Defense Evasion before v19, and findings of then are still about. */
const FORMER_TACTIC_NAMES: Readonly<Record<string, string>> = { 'Defense Evasion': 'TA0005' };

function tacticNamed(label: string, { tactics }: CatalogueIndex): Tactic | undefined {
  const [id = FORMER_TACTIC_NAMES[label.trim()]] = /\bTA\d{4}\b/.exec(label) ?? [];
  return tactics.find((tactic) => tactic.id === id || tactic.name.en === label.trim());
}
