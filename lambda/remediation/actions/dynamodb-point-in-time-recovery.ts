/** Turns on point-in-time recovery of a table. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContinuousBackups.html */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { nameOf } from '../subject.ts';
import { TABLE, tableOf, tableTags } from '../table.ts';

/** Days is null where recovery is off. */
interface Recovery {
  readonly [name: string]: boolean | number | null;
  readonly PointInTimeRecoveryEnabled: boolean;
  readonly RecoveryPeriodInDays: number | null;
}

/** Days, the longest, and what DynamoDB takes by itself. */
const LONGEST = 35;

export const dynamodbPointInTimeRecovery = action<Recovery>({
  id: 'dynamodb-point-in-time-recovery',
  title: 'Turns on point-in-time recovery of the table',
  case: 'impact',
  techniques: ['T1485'],
  rules: { config: ['dynamodb-pitr-enabled'], securityhub: ['DynamoDB.2'] },
  resourceTypes: ['AwsDynamoDbTable'],
  risk: 'low',
  cost: 'DynamoDB charges for continuous backups by the size of the table',
  permissions: {
    read: [{ actions: ['dynamodb:DescribeContinuousBackups', 'dynamodb:ListTagsOfResource'], resources: [TABLE] }],
    apply: [{ actions: ['dynamodb:UpdateContinuousBackups'], resources: [TABLE] }],
    undo: [{ actions: ['dynamodb:UpdateContinuousBackups'], resources: [TABLE] }],
  },
  goneErrors: ['TableNotFoundException', 'ResourceNotFoundException'],
  identify: tableOf,
  read: async (subject, session) => {
    const { ContinuousBackupsDescription } = await session.call('dynamodb', 'DescribeContinuousBackups', {
      TableName: nameOf(subject, 'table'),
    });
    const recovery = ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
    const PointInTimeRecoveryEnabled = recovery?.PointInTimeRecoveryStatus === 'ENABLED';
    return {
      state: {
        PointInTimeRecoveryEnabled,
        RecoveryPeriodInDays: PointInTimeRecoveryEnabled ? (recovery.RecoveryPeriodInDays ?? LONGEST) : null,
      },
      ...(await tableTags(subject, session)),
    };
  },
  // A shorter period that somebody has chosen stays: it is on.
  wanted: (state, { standard }) =>
    state.PointInTimeRecoveryEnabled
      ? state
      : { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: standard.recoveryDays },
  change: (subject, _from, { PointInTimeRecoveryEnabled, RecoveryPeriodInDays }) => [
    apiCall('dynamodb', 'UpdateContinuousBackups', {
      TableName: nameOf(subject, 'table'),
      PointInTimeRecoverySpecification: {
        PointInTimeRecoveryEnabled,
        ...(RecoveryPeriodInDays === null ? {} : { RecoveryPeriodInDays }),
      },
    }),
  ],
});
