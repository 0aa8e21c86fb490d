/** Fixed names of what member accounts get, beside the roles of `lambda/core/member-role.ts`: commands look for them. */

/** Every stack set of ours begins with it. */
export const STACK_SET_PREFIX = 'virtual-soc-';

export const STACK_SETS = {
  /** Launch role, and what lets the hub account launch; in the hub account only. */
  launchRole: `${STACK_SET_PREFIX}launch-role`,
  /** Recorders of AWS Config, where the configuration names them; numbered from 1, in its order. */
  recorders: `${STACK_SET_PREFIX}recorders`,
  /** The rules, in packs or one by one. */
  configRules: `${STACK_SET_PREFIX}config-rules`,
  /** Roles of member accounts. */
  memberRoles: `${STACK_SET_PREFIX}member-roles`,
} as const;

/** Every conformance pack of ours begins with it; what follows is a domain, `global` or `us-east-1`. */
export const PACK_PREFIX = 'virtual-soc-';

/** Plain stacks of the management account, which stack sets never reach; the second with `-<Region>` at its end. */
export const MANAGEMENT_STACKS = {
  memberRoles: 'VirtualSocManagementMemberRoles',
  configRules: 'VirtualSocManagementConfigRules',
} as const;
