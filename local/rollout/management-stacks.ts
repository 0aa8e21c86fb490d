/** Plain stacks that the management account gets in place of stack instances. */
import type { Configuration } from '../../portfolio/configuration.ts';
import type { Rollout } from '../../stacksets/rollout-configuration.ts';
import { memberRoles } from './rollout-content.ts';

/** Names that the app gives them. */
const ROLES_STACK = 'VirtualSocManagementMemberRoles';
const RULES_STACK = 'VirtualSocManagementConfigRules';

/** None where the configuration does not name the management account. */
export function managementStacks(
  { portfolio }: Configuration,
  rollout: Rollout,
): { readonly name: string; readonly region: string }[] {
  if (rollout.managementAccount === undefined) return [];
  return [
    ...(memberRoles(rollout).length > 0 ? [{ name: ROLES_STACK, region: portfolio.region }] : []),
    ...rollout.regions.map((region) => ({ name: `${RULES_STACK}-${region}`, region })),
  ];
}
