/** The rules that can be rolled out, from `stacksets/rules/`, with what AWS and the catalogue say of them. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { CatalogueRows } from '../lambda/core/catalogue.ts';
import { readCatalogueFiles } from '../sql/catalogue-files.ts';
import { type CsvFormat, csvFormat, readCsvTable } from '../sql/csv-table.ts';
import { readReference, type ReferenceRow } from '../sql/reference-files.ts';
import { type Domain, DOMAINS, type RuleLeftOut, type RuleScope } from './config-rule.ts';
import { type DocumentedParameter, type ManagedRules, readManagedRules, wrongValue } from './managed-rule.ts';
import { readRuleRegions } from './rule-regions.ts';

/** The data files of this repository; their README.md says what each column means. */
export const RULES_DIRECTORY = fileURLToPath(new URL('rules', import.meta.url));

export const LEVELS = ['essential', 'full'] as const;
export type Level = (typeof LEVELS)[number];

/** A parameter as AWS documents it, with the value that is rolled out where the configuration says nothing. */
export interface ParameterFact extends DocumentedParameter {
  /** Undefined: AWS's own default holds, or, where the parameter is not optional, the organisation has to say. */
  readonly value: string | undefined;
  readonly exposed: boolean;
}

export interface RuleFact {
  readonly name: string;
  readonly identifier: string;
  readonly domain: Domain;
  /** The lowest level that it is part of. */
  readonly level: Level;
  readonly scope: RuleScope;
  /** Ids, sorted; empty for one that is kept from the earlier pack. */
  readonly techniques: readonly string[];
  readonly parameters: readonly ParameterFact[];
  readonly missingIn: readonly string[];
  readonly correction: CorrectionFact | undefined;
}

/** A correction, with parameters that may be those of the rule. */
export interface CorrectionFact {
  readonly document: string;
  readonly resourceParameter: string;
  /** Name and value; `@name` stands for the value of that parameter of the rule. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

/** A control of Security Hub that evaluates a managed rule. */
export interface ControlOfRule {
  readonly control: string;
  readonly rule: string;
  readonly standards: readonly string[];
}

export interface RuleFacts {
  /** By name, sorted. */
  readonly rules: ReadonlyMap<string, RuleFact>;
  /** Rules with a technique that are never rolled out. */
  readonly leftOut: readonly RuleLeftOut[];
  readonly controls: readonly ControlOfRule[];
  readonly managedRules: ManagedRules;
  /** Regions that AWS's lists know. */
  readonly regions: ReadonlySet<string>;
}

const text = z.string().min(1);
const list = z.string().transform((cell) => (cell === '' ? [] : cell.split(';')));

const RULES = csvFormat(
  {
    rule_name: text,
    domain: z.enum(DOMAINS),
    level: z.enum(LEVELS),
    scope: z.enum(['regional', 'global', 'us-east-1']),
  },
  ({ rule_name, ...others }) => ({ rule: rule_name, ...others }),
);
const PARAMETERS = csvFormat(
  { rule_name: text, parameter: text, value: text, exposed: z.enum(['yes', 'no']) },
  ({ rule_name, exposed, ...others }) => ({ rule: rule_name, exposed: exposed === 'yes', ...others }),
);
const LEFT_OUT = csvFormat({ rule_name: text, reason: text }, ({ rule_name, reason }) => ({ rule: rule_name, reason }));
const KEPT = csvFormat({ rule_name: text, note: z.string() }, ({ rule_name, note }) => ({ rule: rule_name, note }));
const CORRECTIONS = csvFormat(
  { rule_name: text, document: text, resource_parameter: text, parameters: list, page: text },
  ({ rule_name, document, resource_parameter, parameters }) => ({
    rule: rule_name,
    document,
    resourceParameter: resource_parameter,
    parameters: parameters.map((cell): readonly [name: string, value: string] => {
      const at = cell.indexOf('=');
      return [cell.slice(0, at), cell.slice(at + 1)];
    }),
  }),
);

/**
 * Reads the data files and holds them against AWS's list of managed rules and the catalogue: a rule that is withdrawn,
 * unknown or in no file, or a parameter that AWS does not document, is an error of ours that must stop a synthesis.
 *
 * @throws Error that lists what is wrong, with file and row
 */
export async function readRuleFacts(directory = RULES_DIRECTORY): Promise<RuleFacts> {
  const problems: string[] = [];
  const read = async <Row extends { readonly rule: string }>(file: string, format: CsvFormat<Row>) => {
    const table = readCsvTable(await readFile(path.join(directory, file)), format);
    problems.push(
      ...table.problems.map(({ line, column, message }) => `${file}:${line ?? 1} ${column ?? ''} ${message}`),
    );
    return table.rows.map(({ row }) => row);
  };
  const rows = await read('rules.csv', RULES);
  const parameters = await read('parameters.csv', PARAMETERS);
  const leftOut = await read('left-out.csv', LEFT_OUT);
  const kept = new Set((await read('kept-rules.csv', KEPT)).map(({ rule }) => rule));
  const corrections = new Map((await read('corrections.csv', CORRECTIONS)).map((row) => [row.rule, row]));
  const managedRules = await readManagedRules();
  const regions = await readRuleRegions();
  const catalogue = await readCatalogueFiles();
  if (catalogue.problems.length > 0) throw new Error('The catalogue has problems. Run vsoc catalogue check.');
  const techniques = techniquesOfRules(catalogue.rows);

  const rules = new Map<string, RuleFact>();
  for (const { rule: name, ...row } of rows) {
    const managed = managedRules.get(name);
    if (rules.has(name)) problems.push(`rules.csv: ${name} is there twice.`);
    if (managed === undefined || !managed.active) {
      problems.push(`rules.csv: ${name} is no managed rule that AWS still offers. Move it to left-out.csv.`);
      continue;
    }
    if (!techniques.has(name) && !kept.has(name)) {
      problems.push(`rules.csv: ${name} is linked to no technique. Remove it, or give the reason in kept-rules.csv.`);
    }
    const missingIn = regions.missing.get(name);
    if (missingIn === undefined) {
      problems.push(
        `rules.csv: sql/reference/aws/config-rule-regions.csv does not say where ${name} is to be had. Add it.`,
      );
    }
    const own = parameters.filter(({ rule }) => rule === name);
    for (const { parameter, value } of own) {
      const documented = managed.parameters.find((other) => other.name === parameter);
      const wrong = documented === undefined ? 'is documented nowhere' : wrongValue(documented.type, value);
      if (wrong !== undefined) problems.push(`parameters.csv: ${parameter} of ${name} ${wrong}.`);
    }
    const correction = corrections.get(name);
    for (const [, value] of correction?.parameters ?? []) {
      if (value.startsWith('@') && !own.some(({ parameter }) => `@${parameter}` === value)) {
        problems.push(`corrections.csv: ${value} of ${name} has no value in parameters.csv.`);
      }
    }
    rules.set(name, {
      name,
      identifier: managed.identifier,
      ...row,
      techniques: techniques.get(name) ?? [],
      parameters: managed.parameters.map((documented) => {
        const set = own.find(({ parameter }) => parameter === documented.name);
        return { ...documented, value: set?.value, exposed: set?.exposed ?? false };
      }),
      missingIn: missingIn ?? [],
      correction,
    });
  }
  const about: [file: string, names: Iterable<string>][] = [
    ['parameters.csv', parameters.map(({ rule }) => rule)],
    ['kept-rules.csv', kept],
    ['corrections.csv', corrections.keys()],
  ];
  for (const [file, names] of about) {
    for (const name of new Set(names)) if (!rules.has(name)) problems.push(`${file}: ${name} is not in rules.csv.`);
  }
  const decided = new Set([...rules.keys(), ...leftOut.map(({ rule }) => rule)]);
  for (const name of techniques.keys()) {
    if (!decided.has(name)) problems.push(`${name} has a technique and is neither in rules.csv nor in left-out.csv.`);
  }
  if (problems.length > 0) throw new Error(`stacksets/rules cannot be used:\n  ${problems.join('\n  ')}`);
  return {
    rules,
    leftOut: leftOut.map(({ rule: name, reason }) => ({ name, reason })),
    controls: controlsOfRules(await readReference('aws/securityhub-controls.csv')),
    managedRules,
    regions: regions.known,
  };
}

/** Techniques that each active rule of AWS Config speaks for. */
function techniquesOfRules({ rules, links }: CatalogueRows): ReadonlyMap<string, readonly string[]> {
  const active = new Set(
    rules.filter(({ provider, status }) => provider === 'config' && status === 'active').map(({ ruleKey }) => ruleKey),
  );
  const found = new Map<string, string[]>();
  for (const { provider, ruleKey, techniqueId } of links) {
    if (provider !== 'config' || !active.has(ruleKey)) continue;
    const ids = found.get(ruleKey) ?? [];
    if (!ids.includes(techniqueId)) ids.push(techniqueId);
    found.set(ruleKey, ids.sort());
  }
  return found;
}

/**
 * Controls that evaluate a managed rule and still exist. Where the pairing is a guess from the title (`title-match`) the
 * rule is not taken for evaluated, and a control with a rule of Security Hub's own evaluates something else.
 */
function controlsOfRules(rows: readonly ReferenceRow[]): readonly ControlOfRule[] {
  return rows
    .filter((row) => row['status'] === 'active' || row['status'] === 'retiring')
    .filter((row) => row['config_rule_kind'] === 'managed')
    .filter((row) => /^documented-\d{4}$|seen-deployed/.test(row['config_rule_basis'] ?? ''))
    .map((row) => ({
      control: row['control_id'] ?? '',
      rule: row['config_rule_name'] ?? '',
      standards: (row['standards'] ?? '').split(';'),
    }));
}
