import assert from 'node:assert/strict';
import { planAction } from '../../../../lambda/remediation/action-steps.ts';
import { amiPrivate } from '../../../../lambda/remediation/actions/ami-private.ts';
import { awsSession } from '../../../../lambda/remediation/member-session.ts';
import { NOW, REGION, SOURCE, STANDARD, call, keepsItsContract } from '../../../support/action-contract.ts';
import { ServiceError, type ServiceStandIn, startServices } from '../../../support/service-stand-in.ts';

const ID = 'ami-0a1b2c3d';
const ARN = `arn:aws:ec2:eu-west-1:444455556666:image/${ID}`;
const IMAGE = `arn:aws:ec2:eu-west-1::image/${ID}`;
const image = (isPublic: string, ...permissions: object[]) => ({
  'ec2:DescribeImages': {
    imagesSet: { item: { imageId: ID, isPublic, tagSet: { item: { key: 'env', value: 'prod' } } } },
  },
  'ec2:DescribeImageAttribute': { imageId: ID, launchPermission: { item: permissions } },
});
const modify = (change: 'Add' | 'Remove') =>
  call('ec2:ModifyImageAttribute', { ImageId: ID, [`LaunchPermission.${change}.1.Group`]: 'all' });

keepsItsContract({
  action: amiPrivate,
  resource: { Type: 'AwsEc2Image', Id: ARN },
  before: { Public: true },
  after: { Public: false },
  off: image('true', { group: 'all' }, { userId: '111122223333' }),
  on: image('false'),
  reads: [
    call('ec2:DescribeImages', { 'ImageId.1': ID, 'Owner.1': '444455556666' }),
    call('ec2:DescribeImageAttribute', { ImageId: ID, Attribute: 'launchPermission' }),
  ],
  tags: { env: 'prod' },
  applies: [modify('Remove')],
  undoes: [],
  gone: [
    { 'ec2:DescribeImages': new ServiceError('InvalidAMIID.NotFound') },
    { 'ec2:DescribeImages': { imagesSet: {} } },
  ],
  foreign: [{ Type: 'AwsEc2Image', Id: ID }],
  sessionResources: { plan: ['*', IMAGE], apply: ['*', IMAGE], undo: ['*', IMAGE] },
});

describe('ami-private, of an image that is shared with single accounts', () => {
  let services: ServiceStandIn;
  before(async () => {
    services = await startServices(image('false', { userId: '111122223333' }));
  });
  after(() => services.close());

  it('alerts: only people know whose those are', async () => {
    const session = awsSession({ ...services.client, region: REGION });
    const subject = amiPrivate.identify({ Type: 'AwsEc2Image', Id: ARN }, SOURCE);
    assert.ok(subject);

    const plan = await planAction(amiPrivate, { subject, standard: STANDARD, now: NOW }, session);

    session.close();
    assert.equal(plan.outcome, 'alert');
    assert.match('reason' in plan ? plan.reason : '', /shared with 111122223333/);
  });
});
