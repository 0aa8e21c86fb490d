/** The operations of Elastic Load Balancing that remediation may call; there is no way to call another. */
import {
  ElasticLoadBalancingV2Client,
  DescribeLoadBalancerAttributesCommand,
  ModifyLoadBalancerAttributesCommand,
  DescribeTagsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';

export const Client = ElasticLoadBalancingV2Client;

export const commands = {
  DescribeLoadBalancerAttributes: DescribeLoadBalancerAttributesCommand,
  ModifyLoadBalancerAttributes: ModifyLoadBalancerAttributesCommand,
  DescribeTags: DescribeTagsCommand,
};
