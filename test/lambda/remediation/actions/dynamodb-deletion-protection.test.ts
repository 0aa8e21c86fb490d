import { dynamodbDeletionProtection } from '../../../../lambda/remediation/actions/dynamodb-deletion-protection.ts';
import { call, keepsItsContract } from '../../../support/action-contract.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const ARN = 'arn:aws:dynamodb:eu-west-1:444455556666:table/orders';
const table = (protectedNow: boolean) => ({
  'dynamodb:DescribeTable': {
    Table: { TableName: 'orders', TableStatus: 'ACTIVE', DeletionProtectionEnabled: protectedNow },
  },
  'dynamodb:ListTagsOfResource': { Tags: [{ Key: 'env', Value: 'prod' }] },
});
const update = (value: boolean) =>
  call('dynamodb:UpdateTable', { TableName: 'orders', DeletionProtectionEnabled: value });

keepsItsContract({
  action: dynamodbDeletionProtection,
  resource: { Type: 'AwsDynamoDbTable', Id: ARN },
  before: { DeletionProtectionEnabled: false },
  after: { DeletionProtectionEnabled: true },
  off: table(false),
  on: table(true),
  reads: [
    call('dynamodb:DescribeTable', { TableName: 'orders' }),
    call('dynamodb:ListTagsOfResource', { ResourceArn: ARN }),
  ],
  tagReads: ['dynamodb:ListTagsOfResource'],
  tags: { env: 'prod' },
  applies: [update(true)],
  undoes: [update(false)],
  gone: [
    { 'dynamodb:DescribeTable': new ServiceError('ResourceNotFoundException') },
    { 'dynamodb:DescribeTable': { Table: { TableName: 'orders', TableStatus: 'DELETING' } } },
  ],
  foreign: [{ Type: 'AwsDynamoDbTable', Id: 'arn:aws:dax:eu-west-1:444455556666:cache/orders' }],
  sessionResources: { plan: [ARN], apply: [ARN], undo: [ARN] },
});
