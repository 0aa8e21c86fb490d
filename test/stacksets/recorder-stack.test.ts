import assert from 'node:assert/strict';
import { RecorderStack, type RecorderStackProps } from '../../stacksets/recorder-stack.ts';
import { deployedIn } from './deployed-resources.ts';
import { templateOf } from './member-stack.ts';

const MEMBER = '555566667777';

describe('the recorder', () => {
  const madeIn = (
    region: string,
    { account = MEMBER, ...more }: Partial<RecorderStackProps> & { account?: string } = {},
  ) =>
    deployedIn(
      templateOf(
        (app) =>
          new RecorderStack(app, 'Stack', {
            accounts: [MEMBER],
            regions: ['eu-central-1', 'eu-west-1'],
            deliveryBucket: 'exmp-config-history',
            createServiceLinkedRole: false,
            globalRegion: 'eu-west-1',
            ...more,
          }),
      ),
      { account, region },
    );

  it('delivers to the bucket, under a name that no recorder of somebody else has', () => {
    const { Recorder, DeliveryChannel } = madeIn('eu-west-1');

    assert.deepEqual(DeliveryChannel?.Properties, { Name: 'virtual-soc', S3BucketName: 'exmp-config-history' });
    assert.equal(Recorder?.Properties['Name'], 'virtual-soc');
  });

  it('does not wait for its channel, nor the channel for it: each would wait for ever', () => {
    const { Recorder, DeliveryChannel } = madeIn('eu-west-1');

    assert.deepEqual([Recorder?.DependsOn, DeliveryChannel?.DependsOn], [[], []]);
  });

  it('records IAM in one Region only', () => {
    const group = (region: string) => madeIn(region)['Recorder']?.Properties['RecordingGroup'];

    assert.deepEqual(group('eu-west-1'), { AllSupported: true, IncludeGlobalResourceTypes: true });
    assert.deepEqual(group('eu-central-1'), { AllSupported: true, IncludeGlobalResourceTypes: false });
  });

  it('makes the service-linked role before it, in the first Region only', () => {
    const roleIn = (region: string, createServiceLinkedRole: boolean) => {
      const made = madeIn(region, { createServiceLinkedRole });
      return [made['Recorder']?.Properties['RoleARN'], 'ServiceLinkedRole' in made];
    };
    const path = `arn:aws:iam::${MEMBER}:role/aws-service-role/config.amazonaws.com/`;

    assert.deepEqual(roleIn('eu-central-1', true), [`${path}<ServiceLinkedRole.RoleName>`, true]);
    assert.deepEqual(roleIn('eu-west-1', true), [`${path}AWSServiceRoleForConfig`, false]);
    assert.deepEqual(roleIn('eu-central-1', false), [`${path}AWSServiceRoleForConfig`, false]);
  });

  it('is made in no account but those that are named', () => {
    assert.deepEqual(Object.keys(madeIn('eu-central-1', { account: '666677778888', createServiceLinkedRole: true })), [
      'Always',
    ]);
  });
});
