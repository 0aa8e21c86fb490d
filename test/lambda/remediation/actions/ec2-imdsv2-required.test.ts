import { ec2Imdsv2Required } from '../../../../lambda/remediation/actions/ec2-imdsv2-required.ts';
import { call, keepsItsContract } from '../../../support/action-contract.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const ARN = 'arn:aws:ec2:eu-west-1:444455556666:instance/i-0a1b2c3d';
const instance = (httpTokens: string, state = 'running') => ({
  'ec2:DescribeInstances': {
    reservationSet: {
      item: {
        instancesSet: {
          item: {
            instanceId: 'i-0a1b2c3d',
            instanceState: { name: state },
            metadataOptions: { httpTokens, httpEndpoint: 'enabled' },
          },
        },
      },
    },
  },
});
const modify = (value: string) =>
  call('ec2:ModifyInstanceMetadataOptions', { InstanceId: 'i-0a1b2c3d', HttpTokens: value });

keepsItsContract({
  action: ec2Imdsv2Required,
  resource: { Type: 'AwsEc2Instance', Id: ARN },
  before: { HttpTokens: 'optional' },
  after: { HttpTokens: 'required' },
  off: instance('optional'),
  on: instance('required'),
  reads: [call('ec2:DescribeInstances', { 'InstanceId.1': 'i-0a1b2c3d' })],
  applies: [modify('required')],
  undoes: [modify('optional')],
  // An instance that is terminated is described for an hour.
  gone: [
    instance('optional', 'terminated'),
    instance('optional', 'shutting-down'),
    { 'ec2:DescribeInstances': new ServiceError('InvalidInstanceID.NotFound') },
  ],
  foreign: [{ Type: 'AwsEc2Instance', Id: 'i-0a1b2c3d' }],
  sessionResources: { plan: ['*'], apply: ['*', ARN], undo: ['*', ARN] },
});
