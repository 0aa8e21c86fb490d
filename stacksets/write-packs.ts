/**
 * Writes the conformance packs of a configuration into a directory, for people to read before anything is deployed:
 *
 *     node --import tsx stacksets/write-packs.ts [--configuration FILE] [--level essential|full] --out DIR
 *
 * `${AWS::AccountId}` and the like stay in the bodies, since each account fills in its own. Exit codes: 0 written, 1 it
 * did not work, 2 the command line or the configuration is wrong.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeFileProblem } from '../local/file-problem.ts';
import { EXIT_BAD_USAGE, EXIT_DONE, EXIT_FAILED } from '../local/exit-code.ts';
import { readConfiguration } from '../portfolio/configuration.ts';
import { checkConformancePack } from './check-conformance-pack.ts';
import type { ConformancePack } from './conformance-pack.ts';
import { describePacks } from './describe-packs.ts';
import { conformancePacks, describeProblems, type PackRegions, rulesNowhere } from './render-conformance-pack.ts';
import { configRules, globalRegionOf } from './rollout-configuration.ts';
import { LEVELS, readRuleFacts } from './rule-facts.ts';
import { type RuleChoice, selectRules } from './select-rules.ts';

/** Without a configuration: one Region, and the one in which every rule can be evaluated. */
const ONE_REGION: PackRegions = { regions: ['us-east-1'], globalRegion: 'us-east-1' };

const USAGE = 'stacksets/write-packs.ts [--configuration FILE] [--level essential|full] --out DIR';

/** What the user gave cannot be used. */
class WrongInput extends Error {}

/**
 * Runs the command.
 *
 * @returns exit code
 */
export async function writePacks(args: readonly string[]): Promise<number> {
  try {
    const { out, choice, at } = readInput(args);
    const facts = await readRuleFacts();
    const unknown = at.regions.filter((region) => !facts.regions.has(region));
    if (unknown.length > 0) {
      throw new WrongInput(`rollout.regions: ${unknown.join(', ')} is in no list of Regions: correct or remove it`);
    }
    const { rules, leftOut, problems } = selectRules(facts, choice);
    if (problems.length > 0) {
      const lines = problems.map(({ path, message }) => `  configRules.${path.join('.')}: ${message}`);
      throw new WrongInput(`the configuration cannot be followed:\n${lines.join('\n')}`);
    }
    const packs = conformancePacks(rules, at);
    const wrong = packs.flatMap((pack) => checkConformancePack(pack, facts.managedRules));
    if (wrong.length > 0) throw new Error(`These conformance packs cannot be deployed:\n${describeProblems(wrong)}`);

    const nowhere = rulesNowhere(rules, at);
    await writeFiles(out, packs, describePacks(packs, [...leftOut, ...nowhere]));
    const count = rules.length - nowhere.length;
    process.stdout.write(
      `${count} rules in ${packs.length} packs written to ${out}; packs.md says what is in which.\n`,
    );
    return EXIT_DONE;
  } catch (error) {
    process.stderr.write(`write-packs: ${describeFileProblem(error)}\n`);
    return error instanceof WrongInput ? EXIT_BAD_USAGE : EXIT_FAILED;
  }
}

async function writeFiles(out: string, packs: readonly ConformancePack[], table: string): Promise<void> {
  try {
    await mkdir(out, { recursive: true });
    for (const { name, variants } of packs) {
      for (const [index, { body }] of variants.entries()) {
        const variant = index === 0 ? '' : `.variant-${index + 1}`;
        await writeFile(path.join(out, `${name}${variant}.yaml`), body);
      }
    }
    await writeFile(path.join(out, 'packs.md'), table);
  } catch (error) {
    throw new Error(`--out ${out}: ${describeFileProblem(error)}`, { cause: error });
  }
}

interface Input {
  readonly out: string;
  readonly choice: RuleChoice;
  readonly at: PackRegions;
}

function readInput(args: readonly string[]): Input {
  const { configuration, level: written, out } = options(args);
  if (out === undefined) throw new WrongInput(`--out is missing. Usage: ${USAGE}`);
  const level = LEVELS.find((known) => known === written);
  if (written !== undefined && level === undefined) {
    throw new WrongInput(`--level ${written}: must be ${LEVELS.join(' or ')}`);
  }
  const changes = level === undefined ? {} : { level };
  if (configuration === undefined)
    return { out, choice: { ...configRules.parse(undefined), ...changes }, at: ONE_REGION };
  const { rollout } = configurationOf(configuration);
  if (rollout === undefined) {
    throw new WrongInput(`--configuration ${configuration}: it has no part rollout, so nothing is rolled out`);
  }
  const at = { regions: rollout.regions, globalRegion: globalRegionOf(rollout) };
  return { out, choice: { ...rollout.configRules, ...changes }, at };
}

function options(args: readonly string[]) {
  try {
    const string = { type: 'string' } as const;
    return parseArgs({ args: [...args], options: { configuration: string, level: string, out: string } }).values;
  } catch (error) {
    throw new WrongInput(`${(error as Error).message}. Usage: ${USAGE}`, { cause: error });
  }
}

function configurationOf(file: string) {
  try {
    return readConfiguration(file);
  } catch (error) {
    throw new WrongInput(`--configuration ${file}: ${describeFileProblem(error)}`, { cause: error });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await writePacks(process.argv.slice(2));
