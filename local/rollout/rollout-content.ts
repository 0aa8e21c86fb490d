/** What a roll-out brings to an account, Region by Region. */
import { type ConfigRule, isEvaluatedIn, type RuleLeftOut } from '../../stacksets/config-rule.ts';
import type { ConformancePack } from '../../stacksets/conformance-pack.ts';
import { CORRECT_ROLE, PUBLISH_ROLE, REMEDIATE_ROLE } from '../../lambda/core/member-role.ts';
import { STACK_SETS } from '../../stacksets/names.ts';
import { globalRegionOf, type Rollout } from '../../stacksets/rollout-configuration.ts';
import type { Place } from './place.ts';

/** The rules of a roll-out, and the packs that they come in; none where they come one by one. */
export interface RolloutContent {
  readonly rules: readonly ConfigRule[];
  readonly packs: readonly ConformancePack[];
  /** Rules that are not rolled out, and why. */
  readonly leftOut: readonly RuleLeftOut[];
}

/** What one Region gets. */
export interface RegionContent {
  readonly region: string;
  readonly rules: readonly ConfigRule[];
  readonly packs: readonly { readonly name: string; readonly rules: number }[];
}

export function contentIn(region: string, rollout: Rollout, { rules, packs }: RolloutContent): RegionContent {
  const globalRegion = globalRegionOf(rollout);
  return {
    region,
    rules: rules.filter((rule) => isEvaluatedIn(rule, region, globalRegion)),
    packs: packs.flatMap(({ name, variants }) => {
      const variant = variants.find(({ regions }) => regions.includes(region));
      return variant === undefined ? [] : [{ name, rules: variant.rules.length }];
    }),
  };
}

/** Names of the roles that a member account gets. */
export function memberRoles({ memberRoles: { publish, remediate }, configRules: { correct } }: Rollout): string[] {
  return [
    ...(publish ? [PUBLISH_ROLE] : []),
    ...(remediate.plan.length + remediate.apply.length > 0 ? [REMEDIATE_ROLE] : []),
    ...(correct.length > 0 ? [CORRECT_ROLE] : []),
  ];
}

/** Places that the configuration names for a recorder of ours, by the stack set that brings it. */
export function recorderPlaces({ recorders }: Rollout): { readonly stackSet: string; readonly places: Place[] }[] {
  return recorders.map(({ accounts, regions }, index) => ({
    stackSet: `${STACK_SETS.recorders}-${index + 1}`,
    places: accounts.flatMap((account) => regions.map((region) => ({ account, region }))),
  }));
}
