/** The roles that an account of the organisation has for us: what brings them, takes them and looks for them says the same. */

/** Path of every role, policy and group of ours, which policies of an organisation can name. */
export const ROLE_PATH = '/virtual-soc/';

/** Writes technique findings, in the account that owns their source. */
export const PUBLISH_ROLE = 'virtual-soc-publish';

/** Remediation acts with it. */
export const REMEDIATE_ROLE = 'virtual-soc-remediate';

/** Corrections of AWS Config run with it. */
export const CORRECT_ROLE = 'virtual-soc-correct';

/**
 * Path of the hub's roles that may publish. Roles of members trust a path of the hub account, since a name is CloudFormation's to
 * choose, and a trust in a role that is not there yet is refused by IAM.
 */
export const PUBLISHER_PATH = `${ROLE_PATH}publisher/`;

/** Path of the hub's roles that may remediate. */
export const REMEDIATOR_PATH = `${ROLE_PATH}remediator/`;

/** ARN of a role of ours, or a pattern of several: account and partition may be `*` or what a template fills in. */
export function memberRoleArn(partition: string, accountId: string, role: string): string {
  return `arn:${partition}:iam::${accountId}:role${ROLE_PATH}${role}`;
}

/**
 * What every session in another account names as its source (`sts:SourceIdentity`), so that CloudTrail there says where a call
 * came from, whatever roles follow. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
 */
export function sourceIdentityOf({ accountId }: { readonly accountId: string }): string {
  return `virtual-soc-${accountId}`;
}
