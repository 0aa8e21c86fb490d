/** Turns on deletion protection of a table. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { nameOf } from '../subject.ts';
import { TABLE, tableOf, tableTags } from '../table.ts';

export const dynamodbDeletionProtection = action<{ readonly DeletionProtectionEnabled: boolean }>({
  id: 'dynamodb-deletion-protection',
  title: 'Turns on deletion protection of the table',
  case: 'impact',
  techniques: ['T1485'],
  rules: { config: ['dynamodb-table-deletion-protection-enabled'], securityhub: ['DynamoDB.6'] },
  resourceTypes: ['AwsDynamoDbTable'],
  risk: 'low',
  permissions: {
    read: [{ actions: ['dynamodb:DescribeTable', 'dynamodb:ListTagsOfResource'], resources: [TABLE] }],
    // UpdateTable also changes capacity and indexes, and IAM knows no condition for its parts: only our code keeps to one.
    apply: [{ actions: ['dynamodb:UpdateTable'], resources: [TABLE] }],
    undo: [{ actions: ['dynamodb:UpdateTable'], resources: [TABLE] }],
  },
  goneErrors: ['ResourceNotFoundException'],
  identify: tableOf,
  read: async (subject, session) => {
    const { Table } = await session.call('dynamodb', 'DescribeTable', { TableName: nameOf(subject, 'table') });
    if (Table === undefined || Table.TableStatus === 'DELETING') {
      return { outcome: 'gone', reason: 'the table is being deleted' };
    }
    return {
      state: { DeletionProtectionEnabled: Table.DeletionProtectionEnabled ?? false },
      ...(await tableTags(subject, session)),
    };
  },
  wanted: () => ({ DeletionProtectionEnabled: true }),
  change: (subject, _from, { DeletionProtectionEnabled }) => [
    apiCall('dynamodb', 'UpdateTable', { TableName: nameOf(subject, 'table'), DeletionProtectionEnabled }),
  ],
});
