import { Aws, type CfnCondition, Duration, Fn, Stack } from 'aws-cdk-lib';
import { type CfnRule, type EventPattern, type IRuleTarget, Match, Rule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { OWN_GENERATOR_PREFIX } from '../lambda/core/security-hub-target.ts';
import { ruleArn, ruleName } from './customer-key.ts';
import type { VirtualSocFunction } from './function.ts';

/** How long a function may work on a batch. It has to wait for its share of ten calls a second. */
export const CONSUMER_TIMEOUT = Duration.minutes(2);

/** Messages of a batch at most, and how long Lambda waits for them. */
const BATCH_SIZE = 100;
const BATCH_WINDOW = Duration.seconds(5);

/** Six times the function's time and the window, as AWS asks. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const VISIBILITY = Duration.seconds(6 * CONSUMER_TIMEOUT.toSeconds() + BATCH_WINDOW.toSeconds());

/** Two hours of a database that does not answer, and no finding is lost to the dead-letter queue. */
const MOST_RECEIVES = 10;

/** The longest that SQS keeps a message. */
const RETENTION = Duration.days(14);

export const IMPORTED = { source: ['aws.securityhub'], detailType: ['Security Hub Findings - Imported'] };

/** Of every finding but ours. The only loop guard. Not by product: customers' own findings share the default product with ours. */
const CSPM = { ...IMPORTED, detail: { findings: { GeneratorId: Match.anythingButPrefix(OWN_GENERATOR_PREFIX) } } };

/** The same of the new Security Hub, which passes our findings on as OCSF: that has no GeneratorId, and our Ids begin alike. */
const V2 = {
  source: ['aws.securityhub'],
  'detail-type': ['Findings Imported V2'],
  detail: { findings: { finding_info: { uid: Match.anythingButPrefix(OWN_GENERATOR_PREFIX) } } },
};

/**
 * Our own findings as owners' accounts have them, each under its own default product. An account may write what looks like
 * one; `workflow-change` believes it only where the database says that we have written it there.
 */
const OWN_ANYWHERE = {
  source: ['aws.securityhub'],
  'detail-type': IMPORTED.detailType,
  detail: { findings: { GeneratorId: Match.prefix(OWN_GENERATOR_PREFIX) } },
};

export interface FindingIntakeProps {
  readonly key: IKey;
  /** Whether findings are taken from the new Security Hub in place of CSPM. Never from both: CSPM passes its own on to it. */
  readonly v2: CfnCondition;
  /** Whether our technique findings are written in the accounts that own their source. */
  readonly owner: CfnCondition;
}

/** From Security Hub to two queues: other providers' findings to be enriched, and our own that somebody has changed. */
export class FindingIntake extends Construct {
  readonly findings: EventQueue;
  readonly ownFindings: EventQueue;

  constructor(scope: Construct, id: string, props: FindingIntakeProps) {
    super(scope, id);
    this.findings = new EventQueue(this, 'Findings', {
      key: props.key,
      name: 'findings',
      description: 'Virtual SOC: findings of all providers but itself',
      pattern: CSPM,
    });
    patternIf(props.v2, this.findings, V2);
    this.ownFindings = new EventQueue(this, 'OwnFindings', {
      key: props.key,
      name: 'own-findings',
      description: 'Virtual SOC: what analysts made of its own findings',
      // Any account may import a finding that looks like ours; only those under the hub's own product are, unless
      // we write in other accounts too. They are imported into CSPM whatever the format of the others, so their changes are CSPM's events.
      pattern: {
        ...IMPORTED,
        detail: {
          findings: {
            GeneratorId: Match.prefix(OWN_GENERATOR_PREFIX),
            ProductArn: [defaultProductArn(Stack.of(this))],
          },
        },
      },
    });
    patternIf(props.owner, this.ownFindings, OWN_ANYWHERE);
  }
}

/** One rule in either case, whose name and queue stay. CDK takes no pattern under a condition. */
function patternIf(condition: CfnCondition, { rule }: EventQueue, pattern: unknown): void {
  const resource = rule.node.defaultChild as CfnRule;
  const otherwise: unknown = resource.eventPattern;
  resource.eventPattern = Fn.conditionIf(condition.logicalId, pattern, otherwise);
}

/** ARN of the hub's default product, which our findings are imported under. */
export function defaultProductArn(stack: Stack): string {
  return stack.formatArn({ service: 'securityhub', resource: 'product', resourceName: `${Aws.ACCOUNT_ID}/default` });
}

interface EventQueueProps {
  readonly key: IKey;
  /** Of the rule, after the stack's name. */
  readonly name: string;
  readonly description: string;
  readonly pattern: EventPattern;
}

/** A rule, the encrypted queue that it fills, and the one for what could not be delivered or worked on. */
export class EventQueue extends Construct {
  readonly rule: Rule;
  readonly queue: Queue;
  readonly deadLetters: Queue;
  private readonly key: IKey;

  constructor(scope: Construct, id: string, props: EventQueueProps) {
    super(scope, id);
    this.key = props.key;
    const kept = {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: props.key,
      dataKeyReuse: Duration.minutes(5),
      enforceSSL: true,
      retentionPeriod: RETENTION,
    };
    this.deadLetters = new Queue(this, 'DeadLetters', kept);
    this.queue = new Queue(this, 'Queue', {
      ...kept,
      visibilityTimeout: VISIBILITY,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MOST_RECEIVES },
    });
    for (const queue of [this.queue, this.deadLetters]) {
      queue.addToResourcePolicy(
        new PolicyStatement({
          sid: 'RuleOfTheProduct',
          principals: [new ServicePrincipal('events.amazonaws.com')],
          actions: ['sqs:SendMessage'],
          resources: [queue.queueArn],
          conditions: {
            StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
            ArnEquals: { 'aws:SourceArn': ruleArn(Stack.of(this), props.name) },
          },
        }),
      );
    }

    this.rule = new Rule(this, 'Rule', {
      ruleName: ruleName(props.name),
      description: props.description,
      eventPattern: props.pattern,
      targets: [this.target()],
    });
    // An event that comes before the queue's policy would be lost.
    this.rule.node.addDependency(this.queue, this.deadLetters);
  }

  /** Lets a function take batches from the queue, and fail single messages of one. */
  feed(consumer: VirtualSocFunction, maximumConcurrency: number, batchSize = BATCH_SIZE): void {
    consumer.allow(
      new PolicyStatement({
        sid: 'Queue',
        actions: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
        resources: [this.queue.queueArn],
      }),
      new PolicyStatement({
        sid: 'QueueKey',
        actions: ['kms:Decrypt'],
        resources: [this.key.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `sqs.${Aws.REGION}.${Aws.URL_SUFFIX}` } },
      }),
    );
    const mapping = new EventSourceMapping(this, 'Consumer', {
      target: consumer.lambda,
      eventSourceArn: this.queue.queueArn,
      batchSize,
      maxBatchingWindow: BATCH_WINDOW,
      maxConcurrency: maximumConcurrency,
      reportBatchItemFailures: true,
    });
    // Lambda looks at whether the role may read the queue when the mapping is made, and not before.
    mapping.node.addDependency(consumer);
  }

  /** CDK's own target admits every rule of the account to an encrypted queue. */
  private target(): IRuleTarget {
    return { bind: () => ({ arn: this.queue.queueArn, deadLetterConfig: { arn: this.deadLetters.queueArn } }) };
  }
}
