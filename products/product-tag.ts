import { Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * What says of a key, security group or endpoint that the product has made it. AWS chooses their ids, so that the launch
 * role knows them by nothing else: it may change those that bear the tag, and none of anybody else.
 */
export const PRODUCT_TAG = { key: 'virtual-soc', value: 'product' } as const;

/** Types whose resources bear {@link PRODUCT_TAG}. */
export const TAGGED_TYPES = ['AWS::EC2::SecurityGroup', 'AWS::EC2::VPCEndpoint', 'AWS::KMS::Key'] as const;

/** Tags everything below a scope that the launch role has to tell from what others have made. */
export function tagForTheLaunchRole(scope: Construct): void {
  Tags.of(scope).add(PRODUCT_TAG.key, PRODUCT_TAG.value, { includeResourceTypes: [...TAGGED_TYPES] });
}
