import { Aws, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/** Log groups of the product start so: functions' with the first, the database's with the second. */
export const LOG_GROUPS = '/virtual-soc/';
export const DATABASE_LOG_GROUPS = '/aws/rds/instance/virtual-soc-';

/**
 * The one key that encrypts everything the product keeps: database, its secret, queues, logs, alarms. It stays when the
 * product is terminated, since the database's last snapshot cannot be read without it.
 */
export class CustomerKey extends Key {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      description: 'Virtual SOC: database, queues, logs and alarms',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const stack = Stack.of(this);

    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'LogGroupsOfTheProduct',
        principals: [new ServicePrincipal(`logs.${Aws.REGION}.amazonaws.com`)],
        actions: [
          'kms:Decrypt',
          'kms:Encrypt',
          'kms:GenerateDataKey',
          'kms:GenerateDataKeyWithoutPlaintext',
          'kms:ReEncryptFrom',
          'kms:ReEncryptTo',
        ],
        resources: ['*'],
        // What CloudWatch Logs sends in place of aws:SourceArn. AWS's example also allows kms:DescribeKey, which knows no
        // encryption context and so would never be granted.
        // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': [LOG_GROUPS, DATABASE_LOG_GROUPS].map((prefix) =>
              stack.formatArn({ service: 'logs', resource: `log-group:${prefix}*` }),
            ),
          },
        },
      }),
    );
    this.admit('RulesOfTheProduct', 'events.amazonaws.com', ruleArn(stack, '*'));
    this.admit('AlarmsOfTheProduct', 'cloudwatch.amazonaws.com', alarmArn(stack, '*'));
  }

  /** Lets a service write to what the key encrypts, on behalf of resources of this stack only. */
  private admit(sid: string, service: string, sourceArn: string): void {
    this.addToResourcePolicy(
      new PolicyStatement({
        sid,
        principals: [new ServicePrincipal(service)],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID }, ArnLike: { 'aws:SourceArn': sourceArn } },
      }),
    );
  }
}

/**
 * Name of a rule of this product. Rules are named by us because the key and the queues have to name them, and a rule's
 * own ARN would depend on both in turn.
 */
export function ruleName(name: string): string {
  return `${Aws.STACK_NAME}-${name}`;
}

/** ARN of a rule of this product. */
export function ruleArn(stack: Stack, name: string): string {
  return stack.formatArn({ service: 'events', resource: 'rule', resourceName: ruleName(name) });
}

/** ARN of an alarm of this stack, by the name that CloudFormation gives it. */
export function alarmArn(stack: Stack, name: string): string {
  return stack.formatArn({ service: 'cloudwatch', resource: `alarm:${Aws.STACK_NAME}-${name}` });
}
