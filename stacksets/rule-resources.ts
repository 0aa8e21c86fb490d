/** A rule, and its correction, as resources of CloudFormation: the same in a conformance pack and in a template. */
import { CORRECT_ROLE, memberRoleArn } from '../lambda/core/member-role.ts';
import type { ConfigRule, Correction } from './config-rule.ts';

export interface RuleResource {
  readonly Type: 'AWS::Config::ConfigRule' | 'AWS::Config::RemediationConfiguration';
  readonly DependsOn?: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

/**
 * ARN of the role that corrections run with. `${…}` is for the template to fill in: a pack takes no intrinsic function
 * there. https://docs.aws.amazon.com/config/latest/developerguide/cpack-prerequisites.html
 */
export const CORRECT_ROLE_ARN = memberRoleArn('${AWS::Partition}', '${AWS::AccountId}', CORRECT_ROLE);

/**
 * Attempts at correcting one resource before AWS Config gives up, and the seconds for all of them: its own defaults.
 * https://docs.aws.amazon.com/config/latest/APIReference/API_RemediationConfiguration.html
 */
const ATTEMPTS = 5;
const ATTEMPT_SECONDS = 60;

/** Logical id of a rule: `access-keys-rotated` is `AccessKeysRotated`. */
export function logicalId(rule: string): string {
  return rule.replace(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * The resources of a rule by logical id, the rule first.
 *
 * @param valueOf what stands for the value of a parameter. @default the value itself
 */
export function ruleResources(
  rule: ConfigRule,
  valueOf: (parameter: ConfigRule['parameters'][number]) => unknown = ({ value }) => value,
): Readonly<Record<string, RuleResource>> {
  const id = logicalId(rule.name);
  // Values of every documented type are written as strings, as AWS does in its own packs: so they are in the JSON that
  // AWS Config keeps, whether they come from a parameter of the pack or not.
  const parameters = rule.parameters.map((parameter) => [parameter.name, valueOf(parameter)] as const);
  const ruleResource: RuleResource = {
    Type: 'AWS::Config::ConfigRule',
    Properties: {
      ConfigRuleName: rule.name,
      Description: rule.description,
      ...(parameters.length > 0 && { InputParameters: Object.fromEntries(parameters) }),
      Source: { Owner: 'AWS', SourceIdentifier: rule.identifier },
    },
  };
  if (rule.correction === undefined) return { [id]: ruleResource };
  return { [id]: ruleResource, [`${id}Correction`]: correctionResource(rule.name, id, rule.correction) };
}

function correctionResource(name: string, ruleId: string, correction: Correction): RuleResource {
  const { document, resourceParameter, parameters } = correction;
  return {
    Type: 'AWS::Config::RemediationConfiguration',
    DependsOn: ruleId,
    Properties: {
      ConfigRuleName: name,
      TargetType: 'SSM_DOCUMENT',
      TargetId: document,
      Automatic: true,
      MaximumAutomaticAttempts: ATTEMPTS,
      RetryAttemptSeconds: ATTEMPT_SECONDS,
      Parameters: {
        AutomationAssumeRole: { StaticValue: { Values: [CORRECT_ROLE_ARN] } },
        [resourceParameter]: { ResourceValue: { Value: 'RESOURCE_ID' } },
        ...Object.fromEntries(
          Object.entries(parameters).map(([parameter, values]) => [parameter, { StaticValue: { Values: values } }]),
        ),
      },
    },
  };
}
