import { amiPrivate } from '../../../../lambda/remediation/actions/ami-private.ts';
import { call, keepsItsContract } from '../../../support/action-contract.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const ID = 'ami-0a1b2c3d';
const ARN = `arn:aws:ec2:eu-west-1:444455556666:image/${ID}`;
const IMAGE = `arn:aws:ec2:eu-west-1::image/${ID}`;
const image = (isPublic: string) => ({ 'ec2:DescribeImages': { imagesSet: { item: { imageId: ID, isPublic } } } });
const modify = (change: 'Add' | 'Remove') =>
  call('ec2:ModifyImageAttribute', { ImageId: ID, [`LaunchPermission.${change}.1.Group`]: 'all' });

keepsItsContract({
  action: amiPrivate,
  resource: { Type: 'AwsEc2Image', Id: ARN },
  before: { Public: true },
  after: { Public: false },
  off: image('true'),
  on: image('false'),
  reads: [call('ec2:DescribeImages', { 'ImageId.1': ID, 'Owner.1': '444455556666' })],
  applies: [modify('Remove')],
  undoes: [modify('Add')],
  gone: { 'ec2:DescribeImages': new ServiceError('InvalidAMIID.NotFound') },
  foreign: [{ Type: 'AwsEc2Image', Id: ID }],
  sessionResources: { plan: ['*'], apply: ['*', IMAGE], undo: ['*', IMAGE] },
});
