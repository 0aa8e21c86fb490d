/** The rules of AWS Config in one account and Region: in conformance packs, or one by one. */
import { Aws, CfnCondition, CfnResource, type Environment, Fn, type ICfnConditionExpression, Stack } from 'aws-cdk-lib';
import { CfnConformancePack } from 'aws-cdk-lib/aws-config';
import type { Construct } from 'constructs';
import { groupBy } from '../lambda/core/group-by.ts';
import { type ConfigRule, isEvaluatedIn } from './config-rule.ts';
import type { ConformancePack } from './conformance-pack.ts';
import { anyOf, type Coverage, coveredAccounts, limitResources } from './covered-accounts.ts';
import { fillIn, fillInEach } from './fill-in.ts';
import { memberStackProps } from './member-template.ts';
import { PACK_PREFIX } from './names.ts';
import { logicalId, ruleResources } from './rule-resources.ts';

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

/** What CloudFormation makes at a time. AWS Config throttles more, and a stack that is throttled too long fails. */
const PACKS_AT_A_TIME = 1;
const RULES_AT_A_TIME = 10;

/** A resource, and the Regions of the roll-out that have it. */
interface Placed {
  readonly resource: CfnResource;
  readonly regions: readonly string[];
}

/** One template for every Region: what a Region does not have is left out there by a condition. */
export class ConfigRulesStack extends Stack {
  private readonly covered: CfnCondition | undefined;
  private readonly regions: readonly string[];
  /** Conditions that are true in covered accounts in some Regions, by those. */
  private readonly coveredIn = new Map<string, CfnCondition>();

  constructor(scope: Construct, id: string, props: ConfigRulesStackProps) {
    super(scope, id, memberStackProps('Virtual SOC: rules of AWS Config', props.env));
    this.covered = coveredAccounts(this, props.coverage);
    this.regions = props.regions;
    if (props.rules.rendering === 'conformance-packs') this.addPacks(props.rules.packs);
    else this.addRules(props.rules.rules, props.globalRegion);
    limitResources(this, this.covered);
  }

  private addPacks(packs: readonly ConformancePack[]): void {
    const placed = packs.map((pack): Placed => {
      const id = `Pack${logicalId(pack.name.slice(PACK_PREFIX.length))}`;
      const regions = this.regions.filter((region) =>
        pack.variants.some((variant) => variant.regions.includes(region)),
      );
      const resource = new CfnConformancePack(this, id, {
        conformancePackName: pack.name,
        templateBody: this.bodyOf(pack, id),
      });
      return this.limitTo(regions, resource);
    });
    this.makeInTurns(placed, PACKS_AT_A_TIME);
  }

  /** The body of the variant that the Region has. The last one needs no test: the condition of the pack has made it. */
  private bodyOf({ name, variants }: ConformancePack, id: string): string {
    const choices = variants.map(({ regions, body }, index) => ({
      regions,
      text: fillIn(`${name}: its body`, body),
      test: `${id}Variant${index + 1}`,
    }));
    return choices.reduceRight<string | undefined>((otherwise, { regions, text, test }) => {
      if (otherwise === undefined) return text;
      new CfnCondition(this, test, { expression: isIn(regions) });
      return Fn.conditionIf(test, text, otherwise).toString();
    }, undefined) as string;
  }

  private addRules(rules: readonly ConfigRule[], globalRegion: string): void {
    const placed = rules.flatMap((rule): Placed[] => {
      const regions = this.regions.filter((region) => isEvaluatedIn(rule, region, globalRegion));
      if (regions.length === 0) return [];
      const [first, ...others] = Object.entries(ruleResources(rule)).map(([id, { Type, Properties }]) =>
        this.limitTo(regions, new CfnResource(this, id, { type: Type, properties: fillInEach(rule.name, Properties) })),
      );
      if (first === undefined) return [];
      for (const { resource } of others) resource.addResourceDependency(first.resource);
      return [first];
    });
    this.makeInTurns(placed, RULES_AT_A_TIME);
  }

  /** Leaves a resource out of Regions other than these. */
  private limitTo(regions: readonly string[], resource: CfnResource): Placed {
    if (!this.isEverywhere(regions)) {
      const key = regions.join();
      const condition =
        this.coveredIn.get(key) ??
        new CfnCondition(this, `CoveredRegions${this.coveredIn.size + 1}`, {
          expression: this.covered === undefined ? isIn(regions) : Fn.conditionAnd(this.covered, isIn(regions)),
        });
      this.coveredIn.set(key, condition);
      resource.cfnOptions.condition = condition;
    }
    return { resource, regions };
  }

  /**
   * Lets CloudFormation make so many resources at a time. Only those of the same Regions wait for each other, so that what a Region
   * lacks keeps nothing waiting there.
   */
  private makeInTurns(placed: readonly Placed[], atATime: number): void {
    for (const group of groupBy(placed, ({ regions }) => regions.join()).values()) {
      for (const [index, { resource }] of group.entries()) {
        const earlier = group[index - atATime];
        if (earlier !== undefined) resource.addResourceDependency(earlier.resource);
      }
    }
  }

  private isEverywhere(regions: readonly string[]): boolean {
    return regions.length === this.regions.length;
  }
}

function isIn(regions: readonly string[]): ICfnConditionExpression {
  return anyOf(regions.map((region) => Fn.conditionEquals(Aws.REGION, region)));
}
