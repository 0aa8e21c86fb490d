/** Requires session tokens of an instance's metadata service (IMDSv2). https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceMetadataOptions.html */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { nameOf, subjectOfArn, tagsOf } from '../subject.ts';

const INSTANCE = 'arn:{partition}:ec2:{region}:{account}:instance/{instance}';

export const ec2Imdsv2Required = action<{ readonly HttpTokens: 'optional' | 'required' }>({
  id: 'ec2-imdsv2-required',
  title: 'Requires IMDSv2 of the instance',
  case: 'credential-access',
  techniques: ['T1552', 'T1190'],
  rules: {
    config: ['ec2-imdsv2-check'],
    securityhub: ['EC2.8'],
    guardduty: ['UnauthorizedAccess:EC2/MetadataDNSRebind'],
  },
  resourceTypes: ['AwsEc2Instance'],
  // Software that still asks the old way gets no credentials any more.
  risk: 'medium',
  permissions: {
    read: [
      {
        actions: ['ec2:DescribeInstances'],
        resources: ['*'],
        reason: 'https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html',
      },
    ],
    apply: [{ actions: ['ec2:ModifyInstanceMetadataOptions'], resources: [INSTANCE] }],
    undo: [{ actions: ['ec2:ModifyInstanceMetadataOptions'], resources: [INSTANCE] }],
  },
  goneErrors: ['InvalidInstanceID.NotFound'],
  identify: (resource, source) => subjectOfArn(resource, source, 'ec2', /^instance\/(?<instance>i-[0-9a-f]+)$/),
  read: async (subject, session) => {
    const { Reservations: [reservation] = [] } = await session.call('ec2', 'DescribeInstances', {
      InstanceIds: [nameOf(subject, 'instance')],
    });
    const [instance] = reservation?.Instances ?? [];
    if (instance === undefined || ['terminated', 'shutting-down'].includes(instance.State?.Name ?? '')) {
      return { outcome: 'gone', reason: 'the instance is terminated' };
    }
    return {
      state: { HttpTokens: instance.MetadataOptions?.HttpTokens === 'required' ? 'required' : 'optional' },
      tags: tagsOf(instance.Tags),
    };
  },
  wanted: () => ({ HttpTokens: 'required' }),
  change: (subject, _from, { HttpTokens }) => [
    apiCall('ec2', 'ModifyInstanceMetadataOptions', { InstanceId: nameOf(subject, 'instance'), HttpTokens }),
  ],
});
