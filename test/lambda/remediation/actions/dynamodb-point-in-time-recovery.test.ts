import { dynamodbPointInTimeRecovery } from '../../../../lambda/remediation/actions/dynamodb-point-in-time-recovery.ts';
import { call, keepsItsContract } from '../../../support/action-contract.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const ARN = 'arn:aws:dynamodb:eu-west-1:444455556666:table/orders';
const recovery = (description: object) => ({
  'dynamodb:DescribeContinuousBackups': {
    ContinuousBackupsDescription: { ContinuousBackupsStatus: 'ENABLED', PointInTimeRecoveryDescription: description },
  },
  'dynamodb:ListTagsOfResource': { Tags: [{ Key: 'env', Value: 'prod' }] },
});
const update = (specification: object) =>
  call('dynamodb:UpdateContinuousBackups', {
    TableName: 'orders',
    PointInTimeRecoverySpecification: specification,
  });

keepsItsContract({
  action: dynamodbPointInTimeRecovery,
  resource: { Type: 'AwsDynamoDbTable', Id: ARN },
  before: { PointInTimeRecoveryEnabled: false, RecoveryPeriodInDays: null },
  after: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
  off: recovery({ PointInTimeRecoveryStatus: 'DISABLED' }),
  on: recovery({ PointInTimeRecoveryStatus: 'ENABLED', RecoveryPeriodInDays: 35 }),
  reads: [
    call('dynamodb:DescribeContinuousBackups', { TableName: 'orders' }),
    call('dynamodb:ListTagsOfResource', { ResourceArn: ARN }),
  ],
  tagReads: ['dynamodb:ListTagsOfResource'],
  tags: { env: 'prod' },
  applies: [update({ PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 })],
  undoes: [update({ PointInTimeRecoveryEnabled: false })],
  gone: [{ 'dynamodb:DescribeContinuousBackups': new ServiceError('TableNotFoundException') }],
  foreign: [
    { Type: 'AwsDynamoDbTable', Id: 'orders' },
    { Type: 'AwsDynamoDbTable', Id: `${ARN}/index/by-date` },
  ],
  sessionResources: { plan: [ARN], apply: [ARN], undo: [ARN] },
});
