import { Aws, type CfnCondition, Duration, Fn, Stack } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { PUBLISHER_PATH } from '../lambda/core/member-role.ts';
import type { AttackRepository } from './attack-repository.ts';
import { type FunctionSurroundings, VirtualSocFunction } from './function.ts';
import { FUNCTION_LOGIN } from './repository-loader.ts';
import { grantImport, grantRead, HUB, memberRoles, type PublishTo } from './security-hub.ts';

export interface ReconcileProps extends FunctionSurroundings {
  readonly repository: AttackRepository;
  /** Of the findings: `en` or `es`. */
  readonly language: string;
  readonly publishTo: PublishTo;
  /** Whether the network leads to Security Hub and Secrets Manager only. */
  readonly interfaceEndpoints: CfnCondition;
}

/** Brings database and Security Hub together again, once a day. */
export class Reconcile extends Construct {
  readonly function: VirtualSocFunction;

  constructor(scope: Construct, id: string, props: ReconcileProps) {
    super(scope, id);
    this.function = new VirtualSocFunction(this, 'Function', {
      ...props,
      name: 'reconcile',
      description: 'brings database and Security Hub together again',
      // The longest there is: it goes on the next day where its time is up.
      timeout: Duration.minutes(15),
      memorySize: 1024,
      environment: {
        ...HUB,
        LANGUAGE: props.language,
        PUBLISH_TO: props.publishTo.value,
        // No interface endpoint leads to AWS Config: what it knows of sensors is not worth one more.
        READ_SENSORS: Fn.conditionIf(props.interfaceEndpoints.logicalId, 'no', 'yes').toString(),
        ...props.network.securityHubEndpoint,
      },
      rolePath: PUBLISHER_PATH,
    });
    props.repository.grantConnect(this.function, FUNCTION_LOGIN);
    grantImport(this.function);
    // Whatever the answer: after one that was `owner` before, only reconcile can still archive what is in the accounts.
    this.function.allow(memberRoles());
    grantRead(this.function);
    this.function.allow(...sensorStatements(Stack.of(this)));
    new Rule(this, 'EveryDay', {
      description: 'Virtual SOC: reconciles',
      schedule: Schedule.rate(Duration.days(1)),
      targets: [new LambdaFunction(this.function.lambda)],
    });
  }
}

/**
 * Which recorders and detectors there are, as the organisation's aggregator of AWS Config knows it.
 *
 * Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsconfig.html
 */
function sensorStatements(stack: Stack): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: 'FindTheAggregator',
      actions: ['config:DescribeConfigurationAggregators'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:RequestedRegion': Aws.REGION } },
    }),
    new PolicyStatement({
      sid: 'ReadTheAggregator',
      actions: ['config:DescribeConfigurationAggregatorSourcesStatus', 'config:SelectAggregateResourceConfig'],
      // Whoever made it chose no id that could be known here.
      resources: [stack.formatArn({ service: 'config', resource: 'config-aggregator', resourceName: '*' })],
    }),
  ];
}
