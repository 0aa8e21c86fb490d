/** The roll-out that a configuration file asks for. */
import { type Configuration, readConfiguration } from '../../portfolio/configuration.ts';
import { readReference } from '../../sql/reference-files.ts';
import { rolledOutRules, RolloutRefused } from '../../stacksets/rolled-out-rules.ts';
import type { Rollout } from '../../stacksets/rollout-configuration.ts';
import { readRuleFacts, type RuleFacts } from '../../stacksets/rule-facts.ts';
import { BadUsage } from '../bad-usage.ts';
import { describeFileProblem, isSystemError } from '../file-problem.ts';
import type { RuleTriggers } from './plan-facts.ts';
import type { RolloutContent } from './rollout-content.ts';

export interface ConfiguredRollout {
  readonly configuration: Configuration;
  readonly rollout: Rollout;
  readonly content: RolloutContent;
  readonly triggers: RuleTriggers;
}

/**
 * @param readFacts reads the rules that can be rolled out. @default those of this repository
 * @throws BadUsage that says what is wrong in the file and where
 */
export async function readConfiguredRollout(
  file: string,
  readFacts: () => Promise<RuleFacts> = readRuleFacts,
): Promise<ConfiguredRollout> {
  const configuration = configurationOf(file);
  const { rollout } = configuration;
  if (rollout === undefined) {
    throw new BadUsage(
      `${file}: nothing is rolled out, since it has no part rollout. portfolio/example-configuration.yaml shows one.`,
    );
  }
  const { rules, leftOut, rolledOut } = rulesOf(file, rollout, await readFacts());
  const content = {
    rules,
    packs: rolledOut.rendering === 'conformance-packs' ? rolledOut.packs : [],
    leftOut,
  };
  return { configuration, rollout, content, triggers: await readRuleTriggers() };
}

function rulesOf(file: string, rollout: Rollout, facts: RuleFacts): ReturnType<typeof rolledOutRules> {
  try {
    return rolledOutRules(rollout, facts);
  } catch (error) {
    throw error instanceof RolloutRefused ? new BadUsage(`${file}: ${error.message}`, { cause: error }) : error;
  }
}

function configurationOf(file: string): Configuration {
  try {
    return readConfiguration(file);
  } catch (error) {
    const problem = isSystemError(error) ? `${file}: ${describeFileProblem(error)}.` : (error as Error).message;
    throw new BadUsage(problem, { cause: error });
  }
}

/** When each managed rule looks, and at what, as AWS lists it. */
export async function readRuleTriggers(): Promise<RuleTriggers> {
  const rows = await readReference('aws/config-managed-rules.csv');
  return new Map(
    rows.map((row) => {
      const trigger = row['trigger_type'] ?? '';
      const types = row['resource_types'] ?? '';
      return [
        row['rule_name'] ?? '',
        {
          onChange: trigger === 'change' || trigger === 'both',
          periodic: trigger === 'periodic' || trigger === 'both',
          resourceTypes: types === '' ? [] : types.split(';'),
        },
      ];
    }),
  );
}
