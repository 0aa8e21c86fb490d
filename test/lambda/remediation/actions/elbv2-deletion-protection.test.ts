import { elbv2DeletionProtection } from '../../../../lambda/remediation/actions/elbv2-deletion-protection.ts';
import { call, keepsItsContract } from '../../../support/action-contract.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const ARN = 'arn:aws:elasticloadbalancing:eu-west-1:444455556666:loadbalancer/app/web/50dc6c495c0c9188';
// The service writes truth values as text: "false" is not true because it is some text.
const attributes = (value: 'true' | 'false') => ({
  'elbv2:DescribeLoadBalancerAttributes': {
    Attributes: {
      member: [
        { Key: 'access_logs.s3.enabled', Value: 'true' },
        { Key: 'deletion_protection.enabled', Value: value },
      ],
    },
  },
  'elbv2:DescribeTags': {
    TagDescriptions: { member: { ResourceArn: ARN, Tags: { member: { Key: 'env', Value: 'prod' } } } },
  },
});
const modify = (value: string) =>
  call('elbv2:ModifyLoadBalancerAttributes', {
    LoadBalancerArn: ARN,
    'Attributes.member.1.Key': 'deletion_protection.enabled',
    'Attributes.member.1.Value': value,
  });

keepsItsContract({
  action: elbv2DeletionProtection,
  resource: { Type: 'AwsElbv2LoadBalancer', Id: ARN },
  before: { enabled: false },
  after: { enabled: true },
  off: attributes('false'),
  on: attributes('true'),
  reads: [
    call('elbv2:DescribeLoadBalancerAttributes', { LoadBalancerArn: ARN }),
    call('elbv2:DescribeTags', { 'ResourceArns.member.1': ARN }),
  ],
  tagReads: ['elbv2:DescribeTags'],
  tags: { env: 'prod' },
  applies: [modify('true')],
  undoes: [modify('false')],
  gone: [{ 'elbv2:DescribeLoadBalancerAttributes': new ServiceError('LoadBalancerNotFound') }],
  notApplicable: {
    'the load balancer knows no such protection': {
      'elbv2:DescribeLoadBalancerAttributes': {
        Attributes: { member: [{ Key: 'idle_timeout.timeout_seconds', Value: '60' }] },
      },
    },
  },
  foreign: [
    { Type: 'AwsElbLoadBalancer', Id: 'arn:aws:elasticloadbalancing:eu-west-1:444455556666:loadbalancer/classic' },
    { Type: 'AwsElbv2LoadBalancer', Id: 'web' },
  ],
  sessionResources: { plan: ['*'], apply: ['*', ARN], undo: ['*', ARN] },
});
