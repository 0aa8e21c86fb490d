/** Plain stacks that the management account gets in place of stack instances. */
import type { Configuration } from '../../portfolio/configuration.ts';
import { MANAGEMENT_STACKS } from '../../stacksets/names.ts';
import type { Rollout } from '../../stacksets/rollout-configuration.ts';
import { memberRoles } from './rollout-content.ts';

/** None where the configuration does not name the management account. */
export function managementStacks(
  { portfolio }: Configuration,
  rollout: Rollout,
): { readonly name: string; readonly region: string }[] {
  if (rollout.managementAccount === undefined) return [];
  return [
    ...(memberRoles(rollout).length > 0 ? [{ name: MANAGEMENT_STACKS.memberRoles, region: portfolio.region }] : []),
    ...rollout.regions.map((region) => ({ name: `${MANAGEMENT_STACKS.configRules}-${region}`, region })),
  ];
}
