/** Services of a member account that show what was changed last. */
import { roleAnswer } from './principals.ts';
import { ServiceError, type ServiceStandIn } from './service-stand-in.ts';

/** A table whose deletion protection is as it was set last. */
export function answerForTables(services: ServiceStandIn): { isProtected: boolean } {
  const table = { isProtected: false };
  services.answers = {
    'dynamodb:DescribeTable': () => ({
      Table: { TableStatus: 'ACTIVE', DeletionProtectionEnabled: table.isProtected },
    }),
    'dynamodb:ListTagsOfResource': { Tags: [] },
    'dynamodb:UpdateTable': () => {
      table.isProtected = services.calls.at(-1)?.input['DeletionProtectionEnabled'] === true;
      return {};
    },
  };
  return table;
}

/** A role whose sessions are revoked by a policy that says until when. */
export function answerForRole(services: ServiceStandIn): { policy: string | undefined } {
  const role: { policy: string | undefined } = { policy: undefined };
  services.answers = {
    ...roleAnswer(),
    'iam:GetRolePolicy': () =>
      role.policy === undefined
        ? new ServiceError('NoSuchEntity', 404)
        : { PolicyDocument: encodeURIComponent(role.policy) },
    'iam:PutRolePolicy': () => {
      role.policy = String(services.calls.at(-1)?.input['PolicyDocument']);
      return {};
    },
    'iam:DeleteRolePolicy': () => {
      role.policy = undefined;
      return {};
    },
  };
  return role;
}
