/** Takes the whole world off a DB cluster snapshot's permissions. https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBClusterSnapshotAttribute.html */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { readTags } from '../resource-tags.ts';
import { nameOf, subjectOfArn } from '../subject.ts';

const SNAPSHOT = 'arn:{partition}:rds:{region}:{account}:cluster-snapshot:{snapshot}';

export const rdsClusterSnapshotPrivate = action<{ readonly isPublic: boolean }>({
  id: 'rds-cluster-snapshot-private',
  title: 'Makes the public DB cluster snapshot private',
  case: 'exposure',
  techniques: ['T1213', 'T1537'],
  rules: {
    config: ['rds-snapshots-public-prohibited'],
    securityhub: ['RDS.1'],
    guardduty: ['Exfiltration:RDS/TransferDataToCloudAccount'],
  },
  resourceTypes: ['AwsRdsDbClusterSnapshot'],
  risk: 'medium',
  permissions: {
    read: [{ actions: ['rds:DescribeDBClusterSnapshotAttributes', 'rds:ListTagsForResource'], resources: [SNAPSHOT] }],
    // Undo can do the same: IAM knows no condition that tells adding from removing here.
    apply: [{ actions: ['rds:ModifyDBClusterSnapshotAttribute'], resources: [SNAPSHOT] }],
    undo: [{ actions: ['rds:ModifyDBClusterSnapshotAttribute'], resources: [SNAPSHOT] }],
  },
  goneErrors: ['DBClusterSnapshotNotFoundFault'],
  identify: (resource, source) =>
    subjectOfArn(resource, source, 'rds', /^cluster-snapshot:(?<snapshot>[a-z][a-z0-9-]*)$/i),
  read: async (subject, session) => {
    const { DBClusterSnapshotAttributesResult: result } = await session.call(
      'rds',
      'DescribeDBClusterSnapshotAttributes',
      {
        DBClusterSnapshotIdentifier: nameOf(subject, 'snapshot'),
      },
    );
    const restore = result?.DBClusterSnapshotAttributes?.find(({ AttributeName }) => AttributeName === 'restore');
    const tags = await readTags(
      async () => (await session.call('rds', 'ListTagsForResource', { ResourceName: subject.resourceId })).TagList,
    );
    return { state: { isPublic: restore?.AttributeValues?.includes('all') ?? false }, ...tags };
  },
  wanted: () => ({ isPublic: false }),
  change: (subject, _from, { isPublic }) => [
    apiCall('rds', 'ModifyDBClusterSnapshotAttribute', {
      DBClusterSnapshotIdentifier: nameOf(subject, 'snapshot'),
      AttributeName: 'restore',
      ...(isPublic ? { ValuesToAdd: ['all'] } : { ValuesToRemove: ['all'] }),
    }),
  ],
});
