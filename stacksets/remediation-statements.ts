/** What remediation may do in a member account, made of what the actions that the roll-out names need. */
import { sourceIdentityOf } from '../lambda/core/member-role.ts';
import { ACTIONS } from '../lambda/remediation/actions.ts';
import { type Grant, memberRolePolicy, type Step } from '../lambda/remediation/permission.ts';
import { isNamed } from '../lambda/remediation/scope.ts';
import type { CorrectionStatement } from './correction-statements.ts';
import type { Rollout } from './rollout-configuration.ts';

/** The actions that a configuration names, each with the steps that the role may take of it. */
export function remediationGrants({
  plan,
  apply,
}: Pick<Rollout['memberRoles']['remediate'], 'plan' | 'apply'>): readonly (Grant & {
  readonly action: (typeof ACTIONS)[number];
})[] {
  return ACTIONS.flatMap((action) => {
    const among = (ids: readonly string[]) => ids.some((id) => isNamed(id, action));
    if (!among(apply)) return among(plan) ? [{ action, steps: ['plan'] as const }] : [];
    const steps: readonly Step[] = action.irreversible === undefined ? ['apply', 'undo'] : ['apply'];
    return [{ action, steps }];
  });
}

/** The statements of the role, for sessions that the hub account has opened. */
export function remediationStatements(
  hubAccount: string,
  grants: readonly Grant[],
  breakGlass: readonly string[] = [],
): CorrectionStatement[] {
  const names = { partition: '${AWS::Partition}', account: '${AWS::AccountId}' };
  const { Statement } = memberRolePolicy(grants, sourceIdentityOf({ accountId: hubAccount }), names, breakGlass);
  return Statement.map(({ Effect, Action, Resource, Condition }, index) => ({
    sid: `${Effect === 'Deny' ? 'Never' : 'Remediate'}${index + 1}`,
    effect: Effect,
    actions: Action,
    resources: Resource,
    ...(Condition === undefined ? {} : { conditions: Condition }),
  }));
}
