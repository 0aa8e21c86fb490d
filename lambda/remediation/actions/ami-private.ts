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
const BY_HAND = "aws ec2 modify-image-attribute --image-id ID --launch-permission 'Add=[{Group=all}]'";

export const amiPrivate = action<{ readonly Public: boolean }>({
  id: 'ami-private',
  title: 'Makes the public machine image private',
  case: 'exposure',
  techniques: ['T1537', 'T1530'],
  rules: { guardduty: ['Exfiltration:EC2/TransferDataToCloudAccount'] },
  resourceTypes: ['AwsEc2Image'],
  risk: 'medium',
  irreversible: `Virtual SOC has no right to make an image public: ${BY_HAND}`,
  permissions: {
    read: [
      {
        actions: ['ec2:DescribeImages'],
        resources: ['*'],
        reason: 'https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html',
      },
      { actions: ['ec2:DescribeImageAttribute'], resources: [IMAGE] },
    ],
    apply: [
      { actions: ['ec2:ModifyImageAttribute'], resources: [IMAGE], conditions: { Bool: { 'ec2:Public': 'true' } } },
    ],
    undo: [],
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
    const tags = tagsOf(image.Tags);
    if (!Public && reason !== undefined) return { outcome: 'alert', reason, tags };
    return { state: { Public }, tags, ...(reason === undefined ? {} : { remark: reason }) };
  },
  wanted: () => ({ Public: false }),
  change: (subject) => [
    apiCall('ec2', 'ModifyImageAttribute', {
      ImageId: nameOf(subject, 'image'),
      LaunchPermission: { Remove: [{ Group: 'all' }] },
    }),
  ],
});
