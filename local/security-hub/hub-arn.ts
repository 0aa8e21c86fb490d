/** Amazon Resource Names of a Security Hub account. */

/** The partition that a Region belongs to: part of every ARN. */
function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/**
 * The product that an account publishes its own findings under.
 *
 * Source: https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-custom-providers.html
 */
export function defaultProductArn(account: string, region: string): string {
  return `arn:${partitionOf(region)}:securityhub:${region}:${account}:product/${account}/default`;
}

/** The hub of an account in a Region. */
export function hubArn(account: string, region: string): string {
  return `arn:${partitionOf(region)}:securityhub:${region}:${account}:hub/default`;
}
