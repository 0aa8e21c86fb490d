/** The AWS services that Virtual SOC uses across an organisation, as AWS Organizations names them. */

export const SECURITY_HUB = 'securityhub.amazonaws.com';
/**
 * Trusted access and delegation of StackSets are both listed under this principal; the other one,
 * `stacksets.cloudformation.amazonaws.com`, is only that of the role in the management account.
 *
 * Source: https://docs.aws.amazon.com/organizations/latest/userguide/services-that-can-integrate-cloudformation.html
 */
export const STACK_SETS = 'member.org.stacksets.cloudformation.amazonaws.com';
export const SERVICE_CATALOG = 'servicecatalog.amazonaws.com';
export const CONFIG = 'config.amazonaws.com';

/** Each principal with the name that people know. */
export const SERVICE_NAMES: ReadonlyMap<string, string> = new Map([
  [SECURITY_HUB, 'Security Hub'],
  [STACK_SETS, 'CloudFormation StackSets'],
  [SERVICE_CATALOG, 'Service Catalog'],
  [CONFIG, 'AWS Config'],
]);
