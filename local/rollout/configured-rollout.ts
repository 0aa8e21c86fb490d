/** The roll-out that a configuration file asks for. */
import { type Configuration, readConfiguration } from '../../portfolio/configuration.ts';
import { readReference } from '../../sql/reference-files.ts';
import { conformancePacks, rulesNowhere } from '../../stacksets/render-conformance-pack.ts';
import { globalRegionOf, type Rollout } from '../../stacksets/rollout-configuration.ts';
import { readRuleFacts, type RuleFacts } from '../../stacksets/rule-facts.ts';
import { selectRules } from '../../stacksets/select-rules.ts';
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
  const { rules, leftOut, problems } = selectRules(await readFacts(), rollout.configRules);
  if (problems.length > 0) {
    const lines = problems.map(({ path, message }) => `  ${['rollout', 'configRules', ...path].join('.')}: ${message}`);
    throw new BadUsage(`${file} is not a configuration that can be used:\n${lines.join('\n')}`);
  }
  const at = { regions: rollout.regions, globalRegion: globalRegionOf(rollout) };
  const content = {
    rules,
    packs: rollout.configRules.rendering === 'conformance-packs' ? conformancePacks(rules, at) : [],
    leftOut: [...leftOut, ...rulesNowhere(rules, at)],
  };
  return { configuration, rollout, content, triggers: await readRuleTriggers() };
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
