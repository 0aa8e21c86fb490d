/** Why a stack of ours fails in an account, told by what CloudFormation says, and what mends it. */

export interface FailureCause {
  readonly code: string;
  /** For people: what is the matter. */
  readonly what: string;
  readonly remedy: string;
  /** AWS CLI; `REGION`, `ACCOUNT_ID` and `STACK_SET` stand for those of the failure. */
  readonly command?: string;
}

/**
 * The first whose pattern is in the reason. What AWS writes there is documented nowhere as a whole: names of exceptions are from
 * the API references, the rest from what services say.
 *
 * Sources: https://docs.aws.amazon.com/config/latest/APIReference/API_PutConformancePack.html#API_PutConformancePack_Errors,
 * https://docs.aws.amazon.com/config/latest/APIReference/API_PutConfigRule.html,
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-troubleshooting.html,
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
const CAUSES: readonly (FailureCause & { readonly pattern: RegExp })[] = [
  {
    code: 'no-recorder',
    pattern:
      /NoAvailableConfigurationRecorder|NoRunningConfigurationRecorder|(no|not) (available )?configuration recorder|configuration recorder is not/i,
    what: 'AWS Config does not record there',
    remedy:
      'turn it on with credentials of the account, or name account and Region under rollout.recorders; then retry',
    command: 'aws configservice describe-configuration-recorder-status --region REGION',
  },
  {
    code: 'recorder-exists',
    pattern: /MaxNumberOfConfigurationRecordersExceeded|MaxNumberOfDeliveryChannelsExceeded/,
    what: 'there is a recorder or a delivery channel already',
    remedy: 'take account and Region out of rollout.recorders: an existing recorder is never touched',
  },
  {
    code: 'delivery-bucket',
    pattern: /InsufficientDeliveryPolicy|insufficient delivery policy|NoSuchBucket/i,
    what: 'AWS Config may not write to the delivery bucket',
    remedy: 'let config.amazonaws.com of this account write to the bucket of rollout.recorders; then retry',
  },
  {
    code: 'service-role-exists',
    pattern: /AWSServiceRoleForConfig.*has been taken|Service role name AWSServiceRoleForConfig/i,
    what: 'the service-linked role of AWS Config is there already',
    remedy: 'write serviceLinkedRole: exists for this account under rollout.recorders',
  },
  {
    code: 'rule-limit',
    pattern: /MaxNumberOfConfigRulesExceeded|maximum number of (AWS )?(Config )?rules/i,
    what: 'the account has 1,000 rules of AWS Config in the Region',
    remedy: 'remove rules there, choose level: essential, or leave out what Security Hub evaluates; then retry',
    command: 'aws configservice describe-config-rules --region REGION --query "length(ConfigRules)"',
  },
  {
    code: 'pack-limit',
    pattern: /MaxNumberOfConformancePacksExceeded|maximum number of conformance packs/i,
    what: 'the account has 50 conformance packs in the Region',
    remedy: 'remove packs there, or write rendering: config-rules; then retry',
    command: 'aws configservice describe-conformance-packs --region REGION',
  },
  {
    code: 'policy-denied',
    pattern: /explicit deny in a (service|resource) control policy|denied by (an? )?SCP/i,
    what: 'a policy of the organisation forbids it',
    remedy: 'except the roles that StackSets deploys with (stacksets-exec-*) from that policy, or exclude the account',
    command: 'aws organizations list-policies-for-target --target-id ACCOUNT_ID --filter SERVICE_CONTROL_POLICY',
  },
  {
    code: 'suspended',
    pattern: /account .*\bsuspended|SKIPPED_SUSPENDED_ACCOUNT/i,
    what: 'the account is suspended',
    remedy: 'none is needed while it is',
  },
  {
    code: 'region-disabled',
    pattern:
      /region .*(not enabled|disabled|not opted|opt-in)|OptInRequired|security token included in the request is invalid/i,
    what: 'the Region is not enabled in the account',
    remedy: 'opt in with credentials of the management account and retry, or leave the Region out',
    command: 'aws account enable-region --account-id ACCOUNT_ID --region-name REGION',
  },
  {
    code: 'role-exists',
    pattern: /Role with name \S+ already exists|EntityAlreadyExists|AWS::IAM::(Role|ManagedPolicy)\b.*already exists/i,
    what: 'a role of that name is there and not ours',
    remedy: 'delete it with credentials of the account (an earlier installation may have left it); then retry',
    command: 'aws iam list-roles --path-prefix /virtual-soc/',
  },
  {
    code: 'name-taken',
    pattern: /already exists|AlreadyExistsException|ResourceInUseException/i,
    what: 'a rule, pack or stack of that name is there and not ours',
    remedy: 'remove it with credentials of the account (an earlier installation may have left it); then retry',
    command: 'aws configservice describe-conformance-packs --region REGION',
  },
  {
    code: 'stack-set-role',
    pattern: /AWSCloudFormationStackSetExecutionRole|stacksets-exec|should have .* role with trust relationship/i,
    what: 'the role that StackSets deploys with is missing in the account',
    remedy: 'activate trusted access again, with credentials of the management account, which makes it; then retry',
    command: 'aws cloudformation activate-organizations-access',
  },
  {
    code: 'template-unreadable',
    pattern: /S3 error|TemplateURL/i,
    what: 'the template cannot be read',
    remedy: 'let the accounts of the organisation read the bucket that the template is in; deploy the portfolio again',
  },
  {
    code: 'throttled',
    pattern: /Rate exceeded|Throttl|TooManyRequests/i,
    what: 'AWS was asked too much at once',
    remedy: 'retry; choose a smaller rollout.concurrencyPercentage where it comes again',
  },
  {
    code: 'cancelled',
    pattern: /cancel+ed/i,
    what: 'the operation was stopped before it came to this account',
    remedy: 'retry',
  },
  {
    code: 'denied',
    pattern: /AccessDenied|not authorized to perform/i,
    what: 'something is not allowed there',
    remedy: 'see in the events of the stack what, with credentials of the account',
    command: 'aws cloudformation describe-stack-events --region REGION --stack-name STACK_ID',
  },
  {
    code: 'pack-failed',
    pattern: /conformance ?pack|awsconfigconforms/i,
    what: 'AWS Config could not make a conformance pack',
    remedy: 'see why, with credentials of the account; the stack awsconfigconforms-… beside it has the events',
    command: 'aws configservice describe-conformance-pack-status --region REGION',
  },
];

const OTHER: FailureCause = {
  code: 'other',
  what: 'CloudFormation gives a reason that is not known here',
  remedy: 'see the events of the stack, with credentials of the account',
  command: 'aws cloudformation describe-stack-events --region REGION --stack-name STACK_ID',
};

/** The cause that a reason tells. */
export function causeOf(reason: string | undefined): FailureCause {
  const found = reason === undefined ? undefined : CAUSES.find(({ pattern }) => pattern.test(reason));
  if (found === undefined) return OTHER;
  const { pattern: _, ...cause } = found;
  return cause;
}
