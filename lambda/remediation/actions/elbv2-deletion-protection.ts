/** Turns on deletion protection of a load balancer. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyLoadBalancerAttributes.html */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { readTags } from '../resource-tags.ts';
import { subjectOfArn } from '../subject.ts';

const LOAD_BALANCER = 'arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/{loadBalancer}';
const ATTRIBUTE = 'deletion_protection.enabled';

export const elbv2DeletionProtection = action<{ readonly enabled: boolean }>({
  id: 'elbv2-deletion-protection',
  title: 'Turns on deletion protection of the load balancer',
  case: 'impact',
  techniques: ['T1485', 'T1489'],
  rules: { config: ['elb-deletion-protection-enabled'], securityhub: ['ELB.6'] },
  resourceTypes: ['AwsElbv2LoadBalancer'],
  risk: 'low',
  permissions: {
    read: [
      {
        actions: ['elasticloadbalancing:DescribeLoadBalancerAttributes', 'elasticloadbalancing:DescribeTags'],
        resources: ['*'],
        reason:
          'https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html',
      },
    ],
    apply: [{ actions: ['elasticloadbalancing:ModifyLoadBalancerAttributes'], resources: [LOAD_BALANCER] }],
    undo: [{ actions: ['elasticloadbalancing:ModifyLoadBalancerAttributes'], resources: [LOAD_BALANCER] }],
  },
  goneErrors: ['LoadBalancerNotFoundException', 'LoadBalancerNotFound'],
  // Three parts after `loadbalancer/`; a classic load balancer has one, and no deletion protection.
  identify: (resource, source) =>
    subjectOfArn(
      resource,
      source,
      'elasticloadbalancing',
      /^loadbalancer\/(?<loadBalancer>(?:app|net|gwy)\/[\w-]+\/[0-9a-f]+)$/,
    ),
  read: async ({ resourceId }, session) => {
    const { Attributes = [] } = await session.call('elbv2', 'DescribeLoadBalancerAttributes', {
      LoadBalancerArn: resourceId,
    });
    const value = Attributes.find(({ Key }) => Key === ATTRIBUTE)?.Value;
    if (value === undefined)
      return { outcome: 'not-applicable', reason: 'this load balancer has no deletion protection' };
    // The service writes truth values as text, and any text is true.
    const enabled = value === 'true';
    const tags = await readTags(async () => {
      const { TagDescriptions: [description] = [] } = await session.call('elbv2', 'DescribeTags', {
        ResourceArns: [resourceId],
      });
      return description?.Tags;
    });
    return { state: { enabled }, ...tags };
  },
  wanted: () => ({ enabled: true }),
  change: ({ resourceId }, _from, { enabled }) => [
    apiCall('elbv2', 'ModifyLoadBalancerAttributes', {
      LoadBalancerArn: resourceId,
      Attributes: [{ Key: ATTRIBUTE, Value: enabled ? 'true' : 'false' }],
    }),
  ],
});
