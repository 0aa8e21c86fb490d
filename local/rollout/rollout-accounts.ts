/** Which accounts of an organisation a roll-out is for. */
import type { Rollout } from '../../stacksets/rollout-configuration.ts';
import type { Organization, OrganizationAccount } from '../organization/organization.ts';

/** An account below the targets, or the management account where the configuration names it. */
export interface RolloutAccount extends OrganizationAccount {
  /** Stack sets never reach the management account: it gets the same templates as plain stacks. */
  readonly delivery: 'stack-set' | 'plain-stack';
  /** Undefined: it is rolled out to. */
  readonly leftOut?: LeftOutBy;
}

/** Why an account gets nothing. */
export type LeftOutBy =
  'excluded' | 'management-account' | 'suspended' | 'pending-activation' | 'pending-closure' | 'closed';

const STATES: Readonly<Record<string, LeftOutBy>> = {
  SUSPENDED: 'suspended',
  PENDING_ACTIVATION: 'pending-activation',
  PENDING_CLOSURE: 'pending-closure',
  CLOSED: 'closed',
};

/** Targets that the organisation does not have. */
export function unknownTargets(organization: Organization, { targets }: Rollout): string[] {
  const known = new Set([...organization.roots, ...organization.organizationalUnits].map(({ id }) => id));
  return targets.filter((target) => !known.has(target));
}

/** Every account that the roll-out has to say something about, in the order of their ids. */
export function rolloutAccounts(organization: Organization, rollout: Rollout): RolloutAccount[] {
  const parents = new Map([...organization.roots, ...organization.organizationalUnits].map((n) => [n.id, n.parentId]));
  const targets = new Set(rollout.targets);
  const excluded = new Set(rollout.excludedAccounts);
  const isBelow = (node: string | undefined): boolean =>
    node !== undefined && (targets.has(node) || isBelow(parents.get(node)));

  return organization.accounts.flatMap((account): RolloutAccount[] => {
    const isManagement = account.id === organization.managementAccountId;
    const isNamed = isManagement && rollout.managementAccount === account.id;
    if (!isNamed && !isBelow(account.parentId)) return [];
    const delivery = isManagement ? 'plain-stack' : 'stack-set';
    const leftOut = excluded.has(account.id)
      ? 'excluded'
      : isManagement && !isNamed
        ? 'management-account'
        : STATES[account.state];
    return [{ ...account, delivery, ...(leftOut === undefined ? {} : { leftOut }) }];
  });
}
