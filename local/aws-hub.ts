/** The Security Hub that the standard AWS environment names. */
import { DescribeHubCommand, SecurityHubClient } from '@aws-sdk/client-securityhub';
import { securityHubClient } from '../lambda/adapters/security-hub.ts';
import { type SecurityHubTarget, securityHubTarget } from '../lambda/core/security-hub-target.ts';

/** The hub of this Region, or of the one that the environment names, as Security Hub itself describes it. Throws where there is none. */
export async function describeTarget(region?: string): Promise<SecurityHubTarget> {
  const regionName = region ?? (await environmentRegion());
  const client = securityHubClient(regionName);
  try {
    const { HubArn } = await client.send(new DescribeHubCommand({}));
    return hubTarget(HubArn ?? '');
  } catch (error) {
    throw new Error(`Security Hub in ${regionName} cannot be described: ${(error as Error).message}`, { cause: error });
  } finally {
    client.destroy();
  }
}

/** The target that an ARN of a hub names, `arn:<partition>:securityhub:<region>:<account>:hub/default`. */
export function hubTarget(hubArn: string): SecurityHubTarget {
  const [, partition, , region, accountId] = hubArn.split(':');
  if (!partition || !region || !accountId) throw new Error(`its ARN is ${hubArn || 'missing'}`);
  const productArn = `arn:${partition}:securityhub:${region}:${accountId}:product/${accountId}/default`;
  return { ...securityHubTarget(accountId, region), productArn };
}

/** As the AWS CLI finds it; the SDK for JavaScript alone does not read AWS_DEFAULT_REGION. */
async function environmentRegion(): Promise<string> {
  const named = process.env['AWS_REGION'] || process.env['AWS_DEFAULT_REGION'];
  if (named) return named;
  const client = new SecurityHubClient({});
  try {
    return await client.config.region();
  } catch (error) {
    throw new Error('No Region is set: give --region, set AWS_REGION, or name a profile that has one.', {
      cause: error,
    });
  } finally {
    client.destroy();
  }
}
