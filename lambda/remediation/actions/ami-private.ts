/** Takes the whole world off an image's launch permissions. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyImageAttribute.html */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { reasonToAsk } from '../sharing.ts';
import { nameOf, subjectOfArn, tagsOf } from '../subject.ts';

const IMAGE = 'arn:{partition}:ec2:{region}::image/{image}';

/**
 * IAM knows no condition for launch permissions, but one for what the image is now: one that nobody has made public yet
 * cannot be made so by the right to make it private.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-policy-structure.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */
const whereIsPublic = (value: 'true' | 'false') => ({ Bool: { 'ec2:Public': value } });

export const amiPrivate = action<{ readonly Public: boolean }>({
  id: 'ami-private',
  title: 'Makes the public machine image private',
  case: 'exposure',
  techniques: ['T1537', 'T1530'],
  rules: { guardduty: ['Exfiltration:EC2/TransferDataToCloudAccount'] },
  resourceTypes: ['AwsEc2Image'],
  risk: 'medium',
  permissions: {
    read: [
      {
        actions: ['ec2:DescribeImages'],
        resources: ['*'],
        reason: 'https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html',
      },
      { actions: ['ec2:DescribeImageAttribute'], resources: [IMAGE] },
    ],
    apply: [{ actions: ['ec2:ModifyImageAttribute'], resources: [IMAGE], conditions: whereIsPublic('true') }],
    undo: [{ actions: ['ec2:ModifyImageAttribute'], resources: [IMAGE], conditions: whereIsPublic('false') }],
  },
  goneErrors: ['InvalidAMIID.NotFound', 'InvalidAMIID.Unavailable'],
  identify: (resource, source) => subjectOfArn(resource, source, 'ec2', /^image\/(?<image>ami-[0-9a-f]+)$/),
  read: async (subject, session) => {
    const ImageId = nameOf(subject, 'image');
    const { Images: [image] = [] } = await session.call('ec2', 'DescribeImages', {
      ImageIds: [ImageId],
      Owners: [subject.accountId],
    });
    if (image === undefined) return { outcome: 'gone', reason: 'the account does not own such an image' };
    const { LaunchPermissions = [] } = await session.call('ec2', 'DescribeImageAttribute', {
      ImageId,
      Attribute: 'launchPermission',
    });
    const Public = image.Public ?? false;
    const reason = reasonToAsk(LaunchPermissions);
    if (!Public && reason !== undefined) return { outcome: 'alert', reason };
    return { state: { Public }, tags: tagsOf(image.Tags), ...(reason === undefined ? {} : { remark: reason }) };
  },
  wanted: () => ({ Public: false }),
  change: (subject, _from, { Public }) => [
    apiCall('ec2', 'ModifyImageAttribute', {
      ImageId: nameOf(subject, 'image'),
      LaunchPermission: Public ? { Add: [{ Group: 'all' }] } : { Remove: [{ Group: 'all' }] },
    }),
  ],
});
