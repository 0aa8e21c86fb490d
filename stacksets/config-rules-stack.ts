/** The rules of AWS Config in one account and Region: in conformance packs, or one by one. */
import {
  Aws,
  CfnCondition,
  type CfnResource,
  type Environment,
  Fn,
  type ICfnConditionExpression,
  Stack,
} from 'aws-cdk-lib';
import { CfnConfigRule, CfnConformancePack, CfnRemediationConfiguration } from 'aws-cdk-lib/aws-config';
import type { Construct } from 'constructs';
import { type ConfigRule, isEvaluatedIn } from './config-rule.ts';
import type { ConformancePack } from './conformance-pack.ts';
import { anyOf, type Coverage, coveredAccounts, limitResources } from './covered-accounts.ts';
import { correctRoleArn } from './member-roles-stack.ts';
import { memberStackProps } from './member-template.ts';

/** What is rolled out, the same rules in either form. */
export type RolledOutRules =
  | { readonly rendering: 'conformance-packs'; readonly packs: readonly ConformancePack[] }
  | { readonly rendering: 'config-rules'; readonly rules: readonly ConfigRule[] };

export interface ConfigRulesStackProps {
  /** @default whatever account and Region it is deployed in */
  readonly env?: Environment;
  readonly rules: RolledOutRules;
  /** Regions that it is deployed in. */
  readonly regions: readonly string[];
  /** The one of them in which what is global is evaluated. */
  readonly globalRegion: string;
  readonly coverage: Coverage;
}

/** Rules that CloudFormation makes at a time. AWS Config throttles more, and a stack that is throttled too long fails. */
const AT_A_TIME = 10;

/**
 * Attempts of a correction, and the time for all of them in seconds: what AWS Config does by default.
 * https://docs.aws.amazon.com/config/latest/APIReference/API_RemediationConfiguration.html
 */
const CORRECTION_ATTEMPTS = 5;
const CORRECTION_SECONDS = 60;

/** What the body of a pack leaves to the template around it. */
const FILLED_IN = ['AWS::AccountId', 'AWS::Partition'];

/** One template for every Region: what a Region does not have is left out there by a condition. */
export class ConfigRulesStack extends Stack {
  private readonly covered: CfnCondition | undefined;
  private readonly regions: readonly string[];
  private readonly inRegion = new Map<string, CfnCondition>();

  constructor(scope: Construct, id: string, props: ConfigRulesStackProps) {
    super(scope, id, memberStackProps('Virtual SOC: rules of AWS Config', props.env));
    this.covered = coveredAccounts(this, props.coverage);
    this.regions = props.regions;
    if (props.rules.rendering === 'conformance-packs') this.addPacks(props.rules.packs);
    else this.addRules(props.rules.rules, props.globalRegion);
    limitResources(this, this.covered);
  }

  /** One pack after the other, so that AWS Config is not asked for all of them at once. */
  private addPacks(packs: readonly ConformancePack[]): void {
    const before: { readonly resource: CfnResource; readonly everywhere: boolean }[] = [];
    for (const pack of packs) {
      const id = `Pack${pascalCase(pack.name.replace(/^virtual-soc-/, ''))}`;
      const regions = pack.variants.flatMap((variant) => variant.regions);
      const resource = new CfnConformancePack(this, id, {
        conformancePackName: pack.name,
        templateBody: this.bodyOf(pack, id),
      });
      this.limitTo(resource, regions);
      // One that a Region does not have keeps nothing waiting there.
      for (const earlier of before.toReversed()) {
        resource.addResourceDependency(earlier.resource);
        if (earlier.everywhere) break;
      }
      before.push({ resource, everywhere: this.isEverywhere(regions) });
    }
  }

  /** The body of the variant that the Region has. The last one needs no test: the condition of the pack has made it. */
  private bodyOf({ name, variants }: ConformancePack, id: string): string {
    const choices = variants.map(({ regions, body }, index) => ({
      regions,
      text: filledIn(name, body),
      test: `${id}Variant${index + 1}`,
    }));
    return choices.reduceRight<string | undefined>((otherwise, { regions, text, test }) => {
      if (otherwise === undefined) return text;
      new CfnCondition(this, test, { expression: this.isIn(regions) });
      return Fn.conditionIf(test, text, otherwise).toString();
    }, undefined) as string;
  }

  private addRules(rules: readonly ConfigRule[], globalRegion: string): void {
    const made: CfnConfigRule[] = [];
    for (const rule of rules) {
      const id = `Rule${pascalCase(rule.name)}`;
      const regions = this.regions.filter((region) => isEvaluatedIn(rule, region, globalRegion));
      if (regions.length === 0) continue;
      const resource = new CfnConfigRule(this, id, {
        configRuleName: rule.name,
        description: rule.description,
        source: { owner: 'AWS', sourceIdentifier: rule.identifier },
        ...(rule.parameters.length === 0
          ? {}
          : { inputParameters: Object.fromEntries(rule.parameters.map(({ name, value }) => [name, value])) }),
      });
      this.limitTo(resource, regions);
      const earlier = made[made.length - AT_A_TIME];
      if (earlier !== undefined) resource.addResourceDependency(earlier);
      made.push(resource);
      if (rule.correction !== undefined) this.addCorrection(rule, resource, regions);
    }
  }

  private addCorrection({ name, correction }: ConfigRule, rule: CfnConfigRule, regions: readonly string[]): void {
    if (correction === undefined) return;
    const { document, resourceParameter, parameters } = correction;
    const fixed = Object.entries({ ...parameters, AutomationAssumeRole: [correctRoleArn()] }).map(
      ([parameter, values]) => [parameter, { StaticValue: { Values: values } }],
    );
    const resource = new CfnRemediationConfiguration(this, `Correct${pascalCase(name)}`, {
      configRuleName: rule.ref,
      targetType: 'SSM_DOCUMENT',
      targetId: document,
      automatic: true,
      maximumAutomaticAttempts: CORRECTION_ATTEMPTS,
      retryAttemptSeconds: CORRECTION_SECONDS,
      parameters: Object.fromEntries([...fixed, [resourceParameter, { ResourceValue: { Value: 'RESOURCE_ID' } }]]),
    });
    this.limitTo(resource, regions);
  }

  private isEverywhere(regions: readonly string[]): boolean {
    return this.regions.every((region) => regions.includes(region));
  }

  /** Leaves a resource out of Regions other than these. */
  private limitTo(resource: CfnResource, regions: readonly string[]): void {
    if (this.isEverywhere(regions)) return;
    const here = this.isIn(regions);
    resource.cfnOptions.condition = new CfnCondition(this, `${resource.node.id}Here`, {
      expression: this.covered === undefined ? here : Fn.conditionAnd(this.covered, here),
    });
  }

  private isIn(regions: readonly string[]): ICfnConditionExpression {
    return anyOf(
      regions.map((region) => {
        const known = this.inRegion.get(region);
        if (known !== undefined) return known;
        const condition = new CfnCondition(this, `In${pascalCase(region)}`, {
          expression: Fn.conditionEquals(Aws.REGION, region),
        });
        this.inRegion.set(region, condition);
        return condition;
      }),
    );
  }
}

/** @throws Error where the body holds something that CloudFormation would replace, and is not meant to */
function filledIn(pack: string, body: string): string {
  const names = [...body.matchAll(/\$\{([^}]*)\}?/g)].map(([, name = '']) => name);
  const unknown = names.find((name) => !FILLED_IN.includes(name));
  if (unknown !== undefined) throw new Error(`${pack}: its body has \${${unknown}}, which nothing fills in.`);
  return names.length === 0 ? body : Fn.sub(body);
}

function pascalCase(name: string): string {
  return name
    .split('-')
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join('');
}
