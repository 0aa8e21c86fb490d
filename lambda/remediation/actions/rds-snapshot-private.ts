/** Takes the whole world off a DB snapshot's permissions. https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSnapshotAttribute.html */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { readTags } from '../resource-tags.ts';
import { nameOf, subjectOfArn } from '../subject.ts';

const SNAPSHOT = 'arn:{partition}:rds:{region}:{account}:snapshot:{snapshot}';

export const rdsSnapshotPrivate = action<{ readonly isPublic: boolean }>({
  id: 'rds-snapshot-private',
  title: 'Makes the public DB snapshot private',
  case: 'exposure',
  techniques: ['T1213', 'T1537'],
  rules: {
    config: ['rds-snapshots-public-prohibited'],
    securityhub: ['RDS.1'],
    guardduty: ['Exfiltration:RDS/TransferDataToCloudAccount'],
  },
  resourceTypes: ['AwsRdsDbSnapshot'],
  risk: 'medium',
  permissions: {
    read: [{ actions: ['rds:DescribeDBSnapshotAttributes', 'rds:ListTagsForResource'], resources: [SNAPSHOT] }],
    // Undo can do the same: IAM knows no condition that tells adding from removing here.
    apply: [{ actions: ['rds:ModifyDBSnapshotAttribute'], resources: [SNAPSHOT] }],
    undo: [{ actions: ['rds:ModifyDBSnapshotAttribute'], resources: [SNAPSHOT] }],
  },
  goneErrors: ['DBSnapshotNotFound', 'DBSnapshotNotFoundFault'],
  identify: (resource, source) => subjectOfArn(resource, source, 'rds', /^snapshot:(?<snapshot>[a-z][a-z0-9-]*)$/i),
  read: async (subject, session) => {
    const { DBSnapshotAttributesResult: result } = await session.call('rds', 'DescribeDBSnapshotAttributes', {
      DBSnapshotIdentifier: nameOf(subject, 'snapshot'),
    });
    const restore = result?.DBSnapshotAttributes?.find(({ AttributeName }) => AttributeName === 'restore');
    const tags = await readTags(
      async () => (await session.call('rds', 'ListTagsForResource', { ResourceName: subject.resourceId })).TagList,
    );
    return { state: { isPublic: restore?.AttributeValues?.includes('all') ?? false }, ...tags };
  },
  wanted: () => ({ isPublic: false }),
  change: (subject, _from, { isPublic }) => [
    apiCall('rds', 'ModifyDBSnapshotAttribute', {
      DBSnapshotIdentifier: nameOf(subject, 'snapshot'),
      AttributeName: 'restore',
      ...(isPublic ? { ValuesToAdd: ['all'] } : { ValuesToRemove: ['all'] }),
    }),
  ],
});
