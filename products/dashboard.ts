import { Aws, Duration } from 'aws-cdk-lib';
import type { CfnDashboard } from 'aws-cdk-lib/aws-cloudwatch';
import {
  Column,
  type ConcreteWidget,
  CustomWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  PeriodOverride,
  Row,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { SEVERITY_LABELS, type SeverityLabel } from '../lambda/core/severity.ts';
import type { WidgetRequest } from '../lambda/matrix/matrix-widget.ts';
import { NAMESPACE } from './alarms.ts';
import type { AttackRepository } from './attack-repository.ts';
import type { EventQueue } from './finding-intake.ts';
import type { VirtualSocFunction } from './function.ts';

/** Columns of the grid that CloudWatch lays widgets out in. */
const FULL_WIDTH = 24;
const HALF_WIDTH = FULL_WIDTH / 2;

/** How often the trends have a point: the function `roll-up-tactics` writes one every quarter of an hour. */
const TREND_PERIOD = Duration.minutes(15);

/** Okabe and Ito's palette, which colour-blind people tell apart: the worst is the most striking. */
const SEVERITY_COLOURS: Readonly<Record<SeverityLabel, string>> = {
  CRITICAL: '#d55e00',
  HIGH: '#e69f00',
  MEDIUM: '#f0e442',
  LOW: '#56b4e9',
  INFORMATIONAL: '#999999',
};

export interface DashboardProps {
  /** Function that renders the matrix and the tables. */
  readonly attackMatrix: VirtualSocFunction;
  readonly enrichFinding: VirtualSocFunction;
  readonly findings: EventQueue;
  readonly repository: AttackRepository;
}

/**
 * What analysts look at: the matrix as it is now, how it came to be so, and whether the product keeps up. The matrix is
 * read from the database when somebody looks, with the rights of whoever looks: they need `lambda:InvokeFunction` on it.
 */
export class Dashboard extends Construct {
  /** Name of the dashboard, which the console's address ends with. */
  readonly name: string;

  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const dashboard = new CloudWatchDashboard(this, 'Resource', {
      dashboardName: `${Aws.STACK_NAME}-attack`,
      defaultInterval: Duration.days(14),
      periodOverride: PeriodOverride.INHERIT,
    });
    dashboard.addWidgets(this.custom('ATT&CK matrix', props.attackMatrix, 'matrix', FULL_WIDTH, 18));
    dashboard.addWidgets(
      new Row(
        this.custom('Accounts that hurt most', props.attackMatrix, 'accounts', HALF_WIDTH, 8),
        this.custom('Resources that hurt most', props.attackMatrix, 'resources', HALF_WIDTH, 8),
      ),
    );
    dashboard.addWidgets(
      new Row(
        this.custom('Fix first', props.attackMatrix, 'fix-first', HALF_WIDTH, 10),
        this.custom('Campaigns and groups', props.attackMatrix, 'campaigns', HALF_WIDTH, 10),
      ),
    );
    dashboard.addWidgets(new Row(openBySeverity(), openByTactic()));
    dashboard.addWidgets(new Row(new Column(...findingsPerHour()), new Column(...health(props))));
    dashboard.addWidgets(remediationPerDay());
    this.name = (dashboard.node.defaultChild as CfnDashboard).ref;
  }

  private custom(
    title: string,
    { lambda }: VirtualSocFunction,
    view: WidgetRequest['view'],
    width: number,
    height: number,
  ) {
    return new CustomWidget({
      title,
      functionArn: lambda.functionArn,
      params: { view },
      width,
      height,
      updateOnTimeRangeChange: false,
      // The matrix is laid out by the browser, whatever the size.
      updateOnResize: false,
    });
  }
}

function openBySeverity(): ConcreteWidget {
  return graph('Open techniques by severity', {
    stacked: true,
    period: TREND_PERIOD,
    metrics: SEVERITY_LABELS.toReversed().map(
      (severity) =>
        new Metric({
          namespace: NAMESPACE,
          metricName: 'OpenTechniques',
          dimensionsMap: { service: 'roll-up-tactics', severity },
          statistic: Stats.MAXIMUM,
          period: TREND_PERIOD,
          label: severity,
          color: SEVERITY_COLOURS[severity],
        }),
    ),
  });
}

/** One line for each tactic that ever had something open: which these are, CloudWatch finds out. */
function openByTactic(): ConcreteWidget {
  const search = `SEARCH('{${NAMESPACE},service,tactic} MetricName="OpenTechniques"', 'Maximum', ${TREND_PERIOD.toSeconds()})`;
  return graph('Open techniques by tactic', {
    stacked: false,
    period: TREND_PERIOD,
    metrics: [new MathExpression({ expression: search, label: '', period: TREND_PERIOD })],
  });
}

function findingsPerHour(): ConcreteWidget[] {
  const perHour = (metricName: string, label: string) =>
    new Metric({
      namespace: NAMESPACE,
      metricName,
      dimensionsMap: { service: 'enrich-finding' },
      statistic: Stats.SUM,
      period: Duration.hours(1),
      label,
    });
  return [
    graph('Findings an hour', {
      stacked: false,
      period: Duration.hours(1),
      metrics: [
        perHour('FindingsReceived', 'received'),
        perHour('FindingsUnmapped', 'without a technique'),
        perHour('FindingsRejected', 'unreadable'),
        perHour('TechniqueFindingsImported', 'technique findings written'),
        perHour('ImportsFailed', 'refused by Security Hub'),
      ],
    }),
  ];
}

function health({ findings, enrichFinding, repository }: DashboardProps): ConcreteWidget[] {
  const period = Duration.minutes(5);
  return [
    graph('Whether it keeps up', {
      stacked: false,
      period,
      metrics: [
        findings.queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM, period, label: 'oldest, in s' }),
        findings.deadLetters.metricApproximateNumberOfMessagesVisible({
          statistic: Stats.MAXIMUM,
          period,
          label: 'dead letters',
        }),
        enrichFinding.lambda.metricErrors({ period, label: 'batches failed' }),
        new Metric({
          namespace: 'AWS/RDS',
          metricName: 'CPUUtilization',
          dimensionsMap: { DBInstanceIdentifier: repository.instance.ref },
          statistic: Stats.MAXIMUM,
          period,
          label: 'CPU of the database, in %',
        }),
      ],
    }),
  ];
}

/** Empty where remediation is off: one body of a dashboard cannot hang on a condition widget by widget. */
function remediationPerDay(): ConcreteWidget {
  const period = Duration.days(1);
  const perDay = (metricName: string, label: string) =>
    new Metric({
      namespace: NAMESPACE,
      metricName,
      dimensionsMap: { service: 'remediate' },
      statistic: Stats.SUM,
      period,
      label,
    });
  return graph('Remediation a day', {
    stacked: false,
    period,
    metrics: [
      perDay('RemediationsApplied', 'changed'),
      perDay('RemediationsRequested', 'asked for'),
      perDay('RemediationsFailed', 'failed'),
      perDay('RemediationsStopped', 'given up'),
      perDay('RemediationAlerts', 'for a person'),
    ],
  });
}

function graph(
  title: string,
  { stacked, period, metrics }: { readonly stacked: boolean; readonly period: Duration; readonly metrics: IMetric[] },
): ConcreteWidget {
  return new GraphWidget({
    title,
    left: metrics,
    stacked,
    period,
    width: HALF_WIDTH,
    height: 7,
    leftYAxis: { min: 0, showUnits: false },
  });
}
