/**
 * Tells people of access keys of the root user. The member role cannot remove them: root itself can, signed in, and for member
 * accounts of an organisation with central root access whoever may call `sts:AssumeRoot` in the management account, or in IAM's
 * delegated administrator.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html
 */
import { action } from '../action.ts';
import { subjectOfAccount } from '../subject.ts';

export const rootAccessKeyAlert = action<null>({
  id: 'root-access-key-alert',
  title: 'Alerts to access keys of the root user',
  case: 'credential-access',
  techniques: ['T1078', 'T1552'],
  rules: { config: ['iam-root-access-key-check'], securityhub: ['IAM.4'] },
  resourceTypes: ['AwsAccount'],
  risk: 'low',
  isGlobal: true,
  irreversible: 'nothing is changed',
  permissions: {
    read: [
      {
        actions: ['iam:GetAccountSummary'],
        resources: ['*'],
        reason:
          'the summary has no ARN: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html',
      },
    ],
    apply: [],
    undo: [],
  },
  goneErrors: [],
  identify: subjectOfAccount,
  read: async (_subject, session) => {
    const { SummaryMap } = await session.call('iam', 'GetAccountSummary', {});
    if ((SummaryMap?.AccountAccessKeysPresent ?? 0) === 0) return { state: null };
    return {
      outcome: 'alert',
      reason:
        'the root user has an access key; delete it, signed in as root or by central root access (sts:AssumeRoot with IAMDeleteRootUserCredentials)',
    };
  },
  wanted: () => null,
  change: () => [],
});
