/** What remediation may do in a member account, made of what its actions need. */
import { ACTIONS } from '../lambda/remediation/actions.ts';
import { sourceIdentityOf } from '../lambda/remediation/member-session.ts';
import { memberRolePolicy } from '../lambda/remediation/permission.ts';
import type { CorrectionStatement } from './correction-statements.ts';

/**
 * Actions whose undo would make something public again. A role that may do that is worth stealing, so it may not: such an undo
 * is for a person. Of RDS snapshots IAM knows one right for both directions, which making them private needs.
 */
const NEVER_UNDONE: ReadonlySet<string> = new Set([
  'ami-private',
  'ebs-snapshot-private',
  'rds-cluster-snapshot-private',
  'rds-snapshot-private',
]);

/** Ids of the actions that the role may undo. */
const UNDOABLE: ReadonlySet<string> = new Set(
  ACTIONS.filter(({ id, irreversible }) => irreversible === undefined && !NEVER_UNDONE.has(id)).map(({ id }) => id),
);

/** The statements of the role, for sessions that the hub account has opened. */
export function remediationStatements(hubAccount: string): CorrectionStatement[] {
  const { Statement } = memberRolePolicy(ACTIONS, UNDOABLE, sourceIdentityOf({ accountId: hubAccount }), {
    partition: '${AWS::Partition}',
    account: '${AWS::AccountId}',
  });
  return Statement.map(({ Effect, Action, Resource, Condition }, index) => ({
    sid: `${Effect === 'Deny' ? 'Never' : 'Remediate'}${index + 1}`,
    effect: Effect,
    actions: Action,
    resources: Resource,
    ...(Condition === undefined ? {} : { conditions: Condition }),
  }));
}
