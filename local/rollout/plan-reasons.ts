/** Everything that can be said of a place before it is rolled out to, and what mends it. */

/**
 * `left-out`: it gets nothing, and is not meant to. `blocks`: the roll-out would fail there, or do nothing. `unknown`: it could
 * not be read. `gap`: it is rolled out, and some rules see nothing.
 */
export type Severity = 'left-out' | 'blocks' | 'unknown' | 'gap';

interface ReasonText {
  readonly severity: Severity;
  /** For people: what is the matter. */
  readonly what: string;
  /** For people: what to do about it. */
  readonly remedy: string;
  /** AWS CLI; `ACCOUNT_ID`, `REGION` and `NAME` stand for those of the place. */
  readonly command?: string;
}

const AGGREGATOR_REMEDY =
  'run this with credentials of the account that has an aggregator of AWS Config for the whole organisation (--aggregator-region where it is in another Region than the portfolio); to make one';
const AGGREGATOR_COMMAND =
  'aws configservice put-configuration-aggregator --configuration-aggregator-name organization --organization-aggregation-source RoleArn=ROLE_ARN,AllAwsRegions=true';

export const PLAN_REASONS = {
  'all-features': {
    severity: 'blocks',
    what: 'the organisation has consolidated billing only, with which there are no stack sets for units',
    remedy: 'enable all features, with credentials of the management account; every invited account has to agree',
    command: 'aws organizations enable-all-features',
  },
  'stack-sets-trust': {
    severity: 'blocks',
    what: 'StackSets has no trusted access to the organisation',
    remedy: 'activate it through CloudFormation, with credentials of the management account',
    command: 'aws cloudformation activate-organizations-access',
  },
  'stack-sets-administrator': {
    severity: 'blocks',
    what: 'the governance account is no delegated administrator of StackSets',
    remedy: 'register it, with credentials of the management account',
    command:
      'aws organizations register-delegated-administrator --account-id ACCOUNT_ID --service-principal member.org.stacksets.cloudformation.amazonaws.com',
  },
  'not-management-account': {
    severity: 'blocks',
    what: 'the governance account is not the management account, as rollout.callAs says',
    remedy: 'write callAs: delegated-administrator, or the management account as portfolio.account',
  },
  excluded: {
    severity: 'left-out',
    what: 'excluded by the configuration',
    remedy: 'none is needed; to cover it take it out of rollout.excludedAccounts',
  },
  'management-account': {
    severity: 'left-out',
    what: 'the management account, which stack sets never reach',
    remedy: 'to cover it with plain stacks write its id as rollout.managementAccount',
  },
  suspended: {
    severity: 'left-out',
    what: 'suspended: stack sets skip it',
    remedy: 'none is needed; where it is to come back, AWS Support restores it within 90 days',
  },
  'pending-activation': {
    severity: 'left-out',
    what: 'still being made',
    remedy: 'none is needed: it is rolled out to by itself as soon as it is active',
  },
  'pending-closure': { severity: 'left-out', what: 'being closed', remedy: 'none is needed' },
  closed: { severity: 'left-out', what: 'closed', remedy: 'none is needed' },
  'account-state-unknown': {
    severity: 'unknown',
    what: 'AWS Organizations says nothing of its state',
    remedy: 'look at it',
    command: 'aws organizations describe-account --account-id ACCOUNT_ID',
  },
  'region-disabled': {
    severity: 'blocks',
    what: 'the account has not opted in to the Region',
    remedy:
      'opt in with credentials of the management account (minutes to hours), exclude the account, or leave the Region out',
    command: 'aws account enable-region --account-id ACCOUNT_ID --region-name REGION',
  },
  'region-enabling': {
    severity: 'blocks',
    what: 'the Region is still being enabled in the account',
    remedy: 'wait, up to some hours',
    command: 'aws account get-region-opt-status --account-id ACCOUNT_ID --region-name REGION',
  },
  'region-unknown': {
    severity: 'unknown',
    what: 'whether the account has opted in to the Region',
    remedy:
      'run this with credentials that may call account:ListRegions for other accounts (management account, or delegated administrator of Account Management), and give that service trusted access',
    command: 'aws organizations enable-aws-service-access --service-principal account.amazonaws.com',
  },
  'no-recorder': {
    severity: 'blocks',
    what: 'AWS Config has no recorder, so that a pack is refused and a rule sees nothing',
    remedy:
      'name account and Region under rollout.recorders, or have Control Tower govern them; to see with credentials of the account what there is',
    command: 'aws configservice describe-configuration-recorder-status --region REGION',
  },
  'recorder-stopped': {
    severity: 'blocks',
    what: 'the recorder of AWS Config does not record',
    remedy: 'start it with credentials of the account',
    command: 'aws configservice start-configuration-recorder --configuration-recorder-name NAME --region REGION',
  },
  'recorder-exists': {
    severity: 'blocks',
    what: 'there is a recorder already, and the configuration names the place for one of ours',
    remedy: 'take account and Region out of rollout.recorders: an existing recorder is never touched',
  },
  'recorder-lacks-types': {
    severity: 'gap',
    what: 'the recorder leaves out what some rules look at',
    remedy:
      'let it record these types (an existing recorder is only changed by its owner), or leave the rules out under rollout.configRules.without',
    command:
      'aws configservice put-configuration-recorder --configuration-recorder file://recorder.json --region REGION',
  },
  'recorder-unknown': {
    severity: 'unknown',
    what: 'whether AWS Config records',
    remedy: AGGREGATOR_REMEDY,
    command: AGGREGATOR_COMMAND,
  },
  'rule-limit': {
    severity: 'blocks',
    what: 'with ours there would be more than 1,000 rules of AWS Config in the account and Region, which AWS does not raise',
    remedy:
      'remove rules there, choose level: essential, or leave out what Security Hub evaluates (rollout.configRules.leaveOutStandards)',
    command: 'aws configservice describe-config-rules --region REGION --query "length(ConfigRules)"',
  },
  'rules-unknown': {
    severity: 'unknown',
    what: 'how many rules of AWS Config there are',
    remedy: AGGREGATOR_REMEDY,
    command: AGGREGATOR_COMMAND,
  },
  'pack-limit': {
    severity: 'blocks',
    what: 'with ours there would be more than 50 conformance packs in the account and Region, which AWS does not raise',
    remedy: 'remove packs there, or write rendering: config-rules',
    command:
      'aws configservice describe-conformance-packs --region REGION --query "ConformancePackDetails[].ConformancePackName"',
  },
  'packs-unknown': {
    severity: 'unknown',
    what: 'how many conformance packs there are',
    remedy: AGGREGATOR_REMEDY,
    command: AGGREGATOR_COMMAND,
  },
  'rule-name-taken': {
    severity: 'blocks',
    what: 'a rule of this name is there and not ours',
    remedy: 'remove it there, leave ours out under rollout.configRules.without, or write rendering: conformance-packs',
    command: 'aws configservice delete-config-rule --config-rule-name NAME --region REGION',
  },
  'pack-name-taken': {
    severity: 'blocks',
    what: 'a conformance pack of this name is there and not ours',
    remedy: 'remove it there; an earlier installation may have left it',
    command: 'aws configservice delete-conformance-pack --conformance-pack-name NAME --region REGION',
  },
  'ownership-unknown': {
    severity: 'unknown',
    what: 'whether rules or packs that have our names are ours',
    remedy: 'run this with credentials of the governance account that may call cloudformation:ListStackInstances',
  },
} as const satisfies Readonly<Record<string, ReasonText>>;

export type ReasonCode = keyof typeof PLAN_REASONS;

/** What is the matter with a place. */
export interface Reason {
  readonly code: ReasonCode;
  /** What exactly, the same for places that can be told together: names, or the words of AWS. */
  readonly detail?: string;
}

export function reasonText({ code }: Reason): ReasonText {
  return PLAN_REASONS[code];
}
