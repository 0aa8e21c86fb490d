/** The operations of DynamoDB that remediation may call; there is no way to call another. */
import {
  DynamoDBClient,
  DescribeContinuousBackupsCommand,
  UpdateContinuousBackupsCommand,
  DescribeTableCommand,
  UpdateTableCommand,
  ListTagsOfResourceCommand,
} from '@aws-sdk/client-dynamodb';

export const Client = DynamoDBClient;

export const commands = {
  DescribeContinuousBackups: DescribeContinuousBackupsCommand,
  UpdateContinuousBackups: UpdateContinuousBackupsCommand,
  DescribeTable: DescribeTableCommand,
  UpdateTable: UpdateTableCommand,
  ListTagsOfResource: ListTagsOfResourceCommand,
};
