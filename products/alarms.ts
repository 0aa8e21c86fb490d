import { Aws, type CfnCondition, Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { EventField, type EventBus, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { EVENT_SOURCE } from '../lambda/adapters/remediation-mirror.ts';
import type { AttackRepository } from './attack-repository.ts';
import { alarmArn, ruleArn, ruleName } from './customer-key.ts';
import type { EventQueue } from './finding-intake.ts';
import type { VirtualSocFunction } from './function.ts';
import { onlyIf } from './only-if.ts';
import { pascalCase, type Remediation } from './remediation.ts';

/** Namespace and dimension under which the functions write their metrics. */
export const NAMESPACE = 'VirtualSOC';

const GIBIBYTE = 1024 ** 3;

/**
 * Days after which ATT&CK has surely a newer release than the one loaded: MITRE publishes two a year, in April and October,
 * and a product release with the new one takes its time too. https://attack.mitre.org/resources/versions/
 */
export const STALE_CATALOGUE_DAYS = 270;

/** RDS measures once a minute. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/monitoring-cloudwatch.html */
const HALF_A_DAY_OF_SAMPLES = 12 * 60;

export interface AlarmsProps {
  readonly key: IKey;
  /** URL of the runbook, or its name, to which `#` and the article are added. */
  readonly runbook: string;
  readonly email: string;
  /** Whether technique findings are written in the accounts that own their source. */
  readonly owner: CfnCondition;
  readonly repository: AttackRepository;
  readonly findings: EventQueue;
  readonly ownFindings: EventQueue;
  readonly enrichFinding: VirtualSocFunction;
  readonly workflowChange: VirtualSocFunction;
  readonly rollUpTactics: VirtualSocFunction;
  readonly reconcile: VirtualSocFunction;
  readonly remediation: Remediation;
  /** Whether there is remediation. */
  readonly remediationWanted: CfnCondition;
}

/** Kinds of events of remediation that people get an e-mail of. */
const TOLD = ['request', 'application', 'failure', 'undo', 'expiry', 'stop', 'alert'];

/** What wakes a person, by e-mail. Each alarm says what is wrong and names the article of the runbook that says what to do. */
export class Alarms extends Construct {
  readonly topic: Topic;
  private readonly runbook: string;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.runbook = props.runbook;
    this.topic = new Topic(this, 'Topic', {
      displayName: 'Virtual SOC alarms',
      masterKey: props.key,
      enforceSSL: true,
    });
    this.topic.addSubscription(new EmailSubscription(props.email));
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfTheProduct',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnLike: { 'aws:SourceArn': alarmArn(Stack.of(this), '*') },
        },
      }),
    );

    this.watchQueue('Findings', 'Findings', props.findings);
    this.watchQueue('OwnFindings', 'Changes to our own findings', props.ownFindings);
    this.watchFunction('EnrichFinding', 'enrich-finding', props.enrichFinding);
    this.watchFunction('WorkflowChange', 'workflow-change', props.workflowChange);
    this.watchFunction('RollUpTactics', 'roll-up-tactics', props.rollUpTactics);
    this.watchReconcile(props.reconcile, props.repository);
    this.watchEnrichment();
    this.watchCatalogue();
    this.watchOwners(props.owner);
    this.watchRemediation(props.remediation, props.remediationWanted);
    this.watchDatabase(props.repository);
  }

  private watchQueue(id: string, what: string, { queue, deadLetters, rule }: EventQueue): Alarm[] {
    return [
      this.alarm(`${id}DeadLetters`, 'dead-letters', `${what} are in the dead-letter queue.`, {
        metric: deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM }),
        above: 0,
      }),
      this.alarm(`${id}Late`, 'late-findings', `${what} have waited for more than 15 minutes.`, {
        metric: queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM }),
        above: Duration.minutes(15).toSeconds(),
        periods: 2,
      }),
      this.alarm(`${id}Undelivered`, 'undelivered-events', `${what} do not reach their queue.`, {
        metric: new Metric({
          namespace: 'AWS/Events',
          metricName: 'FailedInvocations',
          dimensionsMap: { RuleName: rule.ruleName },
          statistic: Stats.SUM,
        }),
        above: 0,
      }),
    ];
  }

  private watchFunction(id: string, name: string, { lambda }: VirtualSocFunction): Alarm[] {
    return [
      this.alarm(`${id}Errors`, 'function-errors', `The function ${name} fails.`, {
        metric: lambda.metricErrors(),
        above: 0,
        periods: 3,
        outOf: 2,
      }),
      this.alarm(`${id}Throttles`, 'function-throttles', `The function ${name} is throttled.`, {
        metric: lambda.metricThrottles(),
        above: 0,
        periods: 3,
      }),
    ];
  }

  /**
   * It runs once a day, so that one failure is a day without it.
   *
   * A function that is not run writes no metric, and neither does one that is not a day old yet. The database tells the two
   * apart: a day only counts as one without a run where the database was there for more than half of it. It takes two such
   * days, since the runs are a day apart and some seconds.
   */
  private watchReconcile({ lambda }: VirtualSocFunction, { instance }: AttackRepository): void {
    this.alarm('ReconcileErrors', 'function-errors', 'The function reconcile fails.', {
      metric: lambda.metricErrors({ period: Duration.hours(1) }),
      above: 0,
    });
    const day = Duration.days(1);
    this.alarm('ReconcileMissing', 'reconcile-missing', 'The function reconcile has not run for two days.', {
      metric: new MathExpression({
        expression: `IF(FILL(database, 0) > ${HALF_A_DAY_OF_SAMPLES}, FILL(runs, 0), 1)`,
        usingMetrics: {
          database: databaseMetric(instance, 'CPUUtilization', Stats.SAMPLE_COUNT).with({ period: day }),
          runs: lambda.metricInvocations({ period: day }),
        },
        label: 'Runs of reconcile, of a day on which it could have run',
        period: day,
      }),
      below: 1,
      periods: 2,
    });
  }

  private watchEnrichment(): void {
    this.alarm('ImportsFailed', 'imports-failed', 'Security Hub refuses technique findings.', {
      metric: count('ImportsFailed', 'enrich-finding'),
      above: 0,
    });
    this.alarm('TacticImportsFailed', 'imports-failed', 'Security Hub refuses tactic findings.', {
      metric: count('ImportsFailed', 'roll-up-tactics'),
      above: 0,
    });
    this.alarm('Unmapped', 'unmapped-findings', 'More than half of the findings of six hours have no technique.', {
      metric: new MathExpression({
        // Few findings say nothing of the catalogue.
        expression: 'IF(received > 100, 100 * unmapped / received, 0)',
        usingMetrics: {
          received: count('FindingsReceived', 'enrich-finding'),
          unmapped: count('FindingsUnmapped', 'enrich-finding'),
        },
        label: 'Findings without a technique, in %',
        period: Duration.hours(6),
      }),
      above: 50,
    });
  }

  /** `reconcile` says how old the catalogue is, once a day. A day without it changes nothing: that is another alarm. */
  private watchCatalogue(): void {
    const age = new Metric({
      namespace: NAMESPACE,
      metricName: 'AttackReleaseAge',
      dimensionsMap: { service: 'reconcile' },
      statistic: Stats.MAXIMUM,
      period: Duration.days(1),
    });
    this.alarm('CatalogueStale', 'stale-catalogue', 'The catalogue is of an old release of MITRE ATT&CK.', {
      metric: age,
      above: STALE_CATALOGUE_DAYS,
      missing: TreatMissingData.IGNORE,
    });
  }

  /** The functions write these metrics only where there is something to tell, of an owner that refuses once an hour. */
  private watchOwners(owner: CfnCondition): void {
    const refusing = this.alarm('OwnersRefusing', 'owners-refusing', 'Accounts do not let technique findings in.', {
      metric: count('OwnersRefusing', 'enrich-finding').with({ period: Duration.hours(6) }),
      above: 0,
    });
    const silent = this.alarm('OwnersNotAnswering', 'owners-not-answering', 'Accounts have not answered for an hour.', {
      metric: count('OwnersNotAnswering', 'enrich-finding').with({ period: Duration.minutes(30) }),
      above: 0,
      periods: 2,
    });
    for (const alarm of [refusing, silent]) onlyIf(owner, alarm);
  }

  private watchRemediation({ cases, control, settle, bus }: Remediation, wanted: CfnCondition): void {
    const made = [
      ...cases.flatMap(({ name, queue, remediate }) => [
        ...this.watchQueue(`Remediation${pascalCase(name)}`, `Findings for remediation (${name})`, queue),
        ...this.watchFunction(`Remediate${pascalCase(name)}`, `remediate-${name}`, remediate),
      ]),
      // Whoever asks sees the error too, but not that others see it as well.
      ...this.watchFunction('RemediationControl', 'remediation-control', control),
      // It answers 503 where the database or an account does not, which is no error of the function.
      this.alarm('RemediationControlRefusing', 'function-errors', 'The function remediation-control cannot answer.', {
        metric: control.lambda.metric('Url5xxCount', { period: Duration.minutes(5), statistic: Stats.SUM }),
        above: 0,
        periods: 3,
        outOf: 2,
      }),
      // Once an hour, so that one failure is an hour without it.
      this.alarm('SettleRemediationErrors', 'function-errors', 'The function settle-remediation fails.', {
        metric: settle.lambda.metricErrors({ period: Duration.hours(1) }),
        above: 0,
      }),
      this.alarm(
        'RemediationsInterrupted',
        'remediation-interrupted',
        'Changes were cut off before they were recorded.',
        {
          metric: count('RemediationsInterrupted', 'settle-remediation').with({ period: Duration.hours(1) }),
          above: 0,
        },
      ),
      this.alarm('RemediationsUntold', 'remediation-untold', 'Nobody was told for an hour what remediation has done.', {
        metric: count('RemediationsUntold', 'settle-remediation').with({ period: Duration.hours(1) }),
        above: 0,
      }),
      this.alarm(
        'RemediationForeign',
        'remediation-foreign',
        'Findings that only look like ours ask for remediation.',
        {
          metric: count('RemediationForeignFindings', 'remediate'),
          above: 0,
        },
      ),
      this.alarm('RemediationsFailed', 'remediation-failed', 'Changes that were to be made have failed.', {
        metric: count('RemediationsFailed', 'remediate'),
        above: 0,
      }),
      this.alarm('RemediationsStopped', 'remediation-stopped', 'Something undoes what remediation does.', {
        metric: count('RemediationsStopped', 'remediate'),
        above: 0,
      }),
      this.alarm('RemediationAlerts', 'remediation-alert', 'A person has to act, such as on a key of the root user.', {
        metric: count('RemediationAlerts', 'remediate'),
        above: 0,
      }),
    ];
    for (const alarm of made) onlyIf(wanted, alarm);
    this.tellOfRemediation(bus, wanted);
  }

  /** Whoever gets the alarms also hears what was changed and how to undo it, once it has happened, and what waits for people. */
  private tellOfRemediation(bus: EventBus, wanted: CfnCondition): void {
    const name = ruleName('remediation-told');
    const rule = new Rule(this, 'RemediationTold', {
      eventBus: bus,
      ruleName: name,
      description: 'Virtual SOC: tells people what remediation has done',
      eventPattern: { source: [EVENT_SOURCE], detail: { kind: TOLD, planOnly: [false] } },
    });
    rule.addTarget({
      bind: () => ({
        arn: this.topic.topicArn,
        input: RuleTargetInput.fromText(EventField.fromPath('$.detail.message')),
      }),
    });
    onlyIf(wanted, rule);
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'RemediationOfTheProduct',
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnLike: { 'aws:SourceArn': ruleArn(Stack.of(this), 'remediation/*') },
        },
      }),
    );
  }

  private watchDatabase({ instance }: AttackRepository): void {
    this.alarm('DatabaseStorage', 'database-storage', 'The database has less than 2 GiB of storage left.', {
      metric: databaseMetric(instance, 'FreeStorageSpace', Stats.MINIMUM),
      below: 2 * GIBIBYTE,
    });
    this.alarm('DatabaseCpu', 'database-cpu', 'The database has been busy for an hour.', {
      metric: databaseMetric(instance, 'CPUUtilization', Stats.AVERAGE),
      above: 80,
      periods: 12,
    });
  }

  /** `outOf` periods of `periods` have to be bad; all of them by default. */
  private alarm(
    id: string,
    article: string,
    what: string,
    watched: {
      readonly metric: IMetric;
      readonly above?: number;
      readonly below?: number;
      readonly periods?: number;
      readonly outOf?: number;
      readonly missing?: TreatMissingData;
    },
  ): Alarm {
    const { metric, above, below, periods = 1, outOf = periods, missing = TreatMissingData.NOT_BREACHING } = watched;
    const alarm = new Alarm(this, id, {
      metric,
      alarmDescription: `${what} What to do: ${this.runbook}#${article}`,
      threshold: above ?? below ?? 0,
      comparisonOperator:
        below === undefined ? ComparisonOperator.GREATER_THAN_THRESHOLD : ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: periods,
      datapointsToAlarm: outOf,
      treatMissingData: missing,
    });
    const action = new SnsAction(this.topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    return alarm;
  }
}

/** What RDS measures of the database. */
function databaseMetric({ ref }: AttackRepository['instance'], metricName: string, statistic: string): Metric {
  return new Metric({
    namespace: 'AWS/RDS',
    metricName,
    dimensionsMap: { DBInstanceIdentifier: ref },
    statistic,
  });
}

/** What a function has counted. */
function count(metricName: string, service: string): Metric {
  return new Metric({ namespace: NAMESPACE, metricName, dimensionsMap: { service }, statistic: Stats.SUM });
}
