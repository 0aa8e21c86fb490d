/**
 * Turns on deletion protection of a DB instance. RDS does that at once by itself; `ApplyImmediately` is left out, since it
 * would also make every other pending change happen now.
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
 */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { nameOf, subjectOfArn, tagsOf } from '../subject.ts';

const INSTANCE = 'arn:{partition}:rds:{region}:{account}:db:{instance}';

export const rdsInstanceDeletionProtection = action<{ readonly DeletionProtection: boolean }>({
  id: 'rds-instance-deletion-protection',
  title: 'Turns on deletion protection of the DB instance',
  case: 'impact',
  techniques: ['T1485'],
  rules: { config: ['rds-instance-deletion-protection-enabled'], securityhub: ['RDS.8'] },
  resourceTypes: ['AwsRdsDbInstance'],
  risk: 'low',
  permissions: {
    read: [{ actions: ['rds:DescribeDBInstances'], resources: [INSTANCE] }],
    apply: [{ actions: ['rds:ModifyDBInstance'], resources: [INSTANCE] }],
    undo: [{ actions: ['rds:ModifyDBInstance'], resources: [INSTANCE] }],
  },
  goneErrors: ['DBInstanceNotFoundFault', 'DBInstanceNotFound'],
  identify: (resource, source) => subjectOfArn(resource, source, 'rds', /^db:(?<instance>[a-z][a-z0-9-]*)$/i),
  read: async (subject, session) => {
    const { DBInstances: [instance] = [] } = await session.call('rds', 'DescribeDBInstances', {
      DBInstanceIdentifier: nameOf(subject, 'instance'),
    });
    if (instance === undefined || instance.DBInstanceStatus === 'deleting') {
      return { outcome: 'gone', reason: 'the instance is being deleted' };
    }
    if (instance.DBClusterIdentifier !== undefined) {
      return { outcome: 'not-applicable', reason: 'the cluster that it belongs to is what can be protected' };
    }
    return { state: { DeletionProtection: instance.DeletionProtection ?? false }, tags: tagsOf(instance.TagList) };
  },
  wanted: () => ({ DeletionProtection: true }),
  change: (subject, _from, { DeletionProtection }) => [
    apiCall('rds', 'ModifyDBInstance', { DBInstanceIdentifier: nameOf(subject, 'instance'), DeletionProtection }),
  ],
});
