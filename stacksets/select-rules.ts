/** Which rules are rolled out, and with which parameters, by what the configuration says. */
import type { z } from 'zod';
import type { ConfigRule, Correction, RuleLeftOut, RuleParameter, RuleSelection } from './config-rule.ts';
import { wrongValue } from './managed-rule.ts';
import type { configRules } from './rollout-configuration.ts';
import { describeTechniques } from './rule-description.ts';
import type { CorrectionFact, RuleFact, RuleFacts } from './rule-facts.ts';

/** The part `configRules` of a roll-out. */
export type RuleChoice = z.output<typeof configRules>;

/** Something in the configuration that cannot be followed. */
export interface ChoiceProblem {
  /** Where, below `configRules`. */
  readonly path: readonly string[];
  /** What is wrong and how to mend it. */
  readonly message: string;
}

export interface SelectedRules extends RuleSelection {
  /** Empty for a choice that can be rolled out. Whoever synthesises shows them and stops. */
  readonly problems: readonly ChoiceProblem[];
}

/** Selects rules. Each rule of the facts is in exactly one of `rules` and `leftOut`, both by name. */
export function selectRules(facts: RuleFacts, choice: RuleChoice): SelectedRules {
  const rules: ConfigRule[] = [];
  const leftOut: RuleLeftOut[] = [...facts.leftOut];
  for (const fact of facts.rules.values()) {
    const reason = reasonToLeaveOut(fact, facts, choice);
    if (reason === undefined) rules.push(configRule(fact, choice));
    else leftOut.push({ name: fact.name, reason: withUnusedParameters(reason, fact, choice) });
  }
  const names = new Set(rules.map(({ name }) => name));
  return {
    rules: rules.sort(byName),
    leftOut: leftOut.sort(byName),
    problems: [
      ...unknownRules(facts, choice),
      ...wrongParameters(facts, choice),
      ...wrongCorrections(facts, choice, names),
    ],
  };
}

function reasonToLeaveOut(fact: RuleFact, facts: RuleFacts, choice: RuleChoice): string | undefined {
  if (choice.without.includes(fact.name)) return 'left out by the configuration (without)';
  if (choice.level === 'essential' && fact.level === 'full') return 'not part of level essential';
  const controls = facts.controls.flatMap(({ control, rule, standards }) => {
    const left = choice.leaveOutStandards.filter((standard) => standards.includes(standard));
    return rule === fact.name && left.length > 0 ? [`${control} (${left.join(', ')})`] : [];
  });
  if (controls.length > 0) return `evaluated by Security Hub for ${controls.join(' and ')}`;
  const missing = fact.parameters.filter(({ name, optional, value }) => {
    return !optional && value === undefined && choice.parameters[fact.name]?.[name] === undefined;
  });
  if (missing.length === 0) return undefined;
  const names = missing.map(({ name }) => name).join(' and ');
  return `needs ${names}, which every organisation has to choose: set it under configRules.parameters`;
}

function withUnusedParameters(reason: string, { name }: RuleFact, { parameters }: RuleChoice): string {
  return parameters[name] === undefined ? reason : `${reason}; its parameters in the configuration have no effect`;
}

function configRule(fact: RuleFact, choice: RuleChoice): ConfigRule {
  const { name, identifier, domain, scope, techniques, missingIn } = fact;
  const parameters = fact.parameters.flatMap((parameter): RuleParameter[] => {
    const value = choice.parameters[name]?.[parameter.name] ?? parameter.value;
    return value === undefined ? [] : [{ name: parameter.name, value, exposed: parameter.exposed }];
  });
  const correction = choice.correct.includes(name) ? fact.correction : undefined;
  return {
    name,
    identifier,
    domain,
    scope,
    techniques,
    description: describeTechniques(techniques),
    parameters,
    missingIn,
    ...(correction !== undefined && { correction: correctionWith(parameters, correction) }),
  };
}

/** Corrects to what the rule asks for, also where the configuration has changed that. */
function correctionWith(
  parameters: readonly RuleParameter[],
  { document, resourceParameter, parameters: own }: CorrectionFact,
): Correction {
  const valueOf = (text: string) => {
    const parameter = parameters.find(({ name }) => text === `@${name}`);
    return parameter?.value ?? text;
  };
  return {
    document,
    resourceParameter,
    parameters: Object.fromEntries(own.map(([name, value]) => [name, [valueOf(value)]])),
  };
}

function unknownRules({ rules, leftOut }: RuleFacts, choice: RuleChoice): ChoiceProblem[] {
  const places: [place: string, names: readonly string[]][] = [
    ['without', choice.without],
    ['parameters', Object.keys(choice.parameters)],
    ['correct', choice.correct],
  ];
  return places.flatMap(([place, names]) =>
    names
      .filter((name) => !rules.has(name))
      .map((name) => {
        const never = leftOut.find((rule) => rule.name === name);
        const message =
          never === undefined
            ? `there is no rule ${name} that could be rolled out: correct the name, or remove it`
            : `the rule ${name} is never rolled out (${never.reason}): remove it`;
        return { path: [place, name], message };
      }),
  );
}

function wrongParameters({ rules }: RuleFacts, choice: RuleChoice): ChoiceProblem[] {
  return Object.entries(choice.parameters).flatMap(([rule, values]) => {
    const fact = rules.get(rule);
    if (fact === undefined) return [];
    return Object.entries(values).flatMap(([name, value]) => {
      const parameter = fact.parameters.find((other) => other.name === name);
      const path = ['parameters', rule, name];
      if (parameter === undefined) {
        const known = fact.parameters.map((other) => other.name).join(', ');
        const remedy = known === '' ? 'it takes none, remove it' : `it takes ${known}`;
        return [{ path, message: `the rule ${rule} has no parameter ${name}: ${remedy}` }];
      }
      const wrong = wrongValue(parameter.type, value);
      return wrong === undefined ? [] : [{ path, message: `${wrong}, since AWS documents it as ${parameter.type}` }];
    });
  });
}

function wrongCorrections({ rules }: RuleFacts, choice: RuleChoice, selected: ReadonlySet<string>): ChoiceProblem[] {
  return choice.correct.flatMap((name) => {
    const fact = rules.get(name);
    if (fact === undefined) return [];
    const path = ['correct', name];
    if (fact.correction === undefined) {
      const others = [...rules.values()].filter(({ correction }) => correction !== undefined).map((rule) => rule.name);
      return [
        { path, message: `there is no correction for ${name}: remove it. There is one for ${others.join(', ')}` },
      ];
    }
    if (selected.has(name)) return [];
    return [
      { path, message: `the rule ${name} is not rolled out, so nothing would be corrected: remove it, or roll it out` },
    ];
  });
}

function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : 1;
}
