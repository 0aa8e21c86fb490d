import { CfnInsight } from 'aws-cdk-lib/aws-securityhub';
import { Construct } from 'constructs';
import { OWN_GENERATOR_PREFIX } from '../lambda/core/security-hub-target.ts';

/** An insight: what it is called in the console, what it counts by, and what of the open technique findings it is about. */
interface InsightOf {
  readonly id: string;
  readonly name: string;
  readonly groupByAttribute: 'AwsAccountId' | 'GeneratorId' | 'ResourceId' | 'Type';
  readonly severityLabels?: readonly string[];
}

/**
 * `Type` is `TTPs/<tactic>`, and `GeneratorId` ends with the technique. By account, technique findings count for the
 * account that they are written in: that of their owner only where `PublishTo` says so. The dashboard counts by owner
 * in either case.
 */
const INSIGHTS: readonly InsightOf[] = [
  { id: 'ByTactic', name: 'ATT&CK tactics by open technique findings', groupByAttribute: 'Type' },
  { id: 'ByTechnique', name: 'ATT&CK techniques by open findings', groupByAttribute: 'GeneratorId' },
  { id: 'ByAccount', name: 'Accounts by open technique findings', groupByAttribute: 'AwsAccountId' },
  { id: 'ByResource', name: 'Resources by open technique findings', groupByAttribute: 'ResourceId' },
  {
    id: 'MostSevere',
    name: 'ATT&CK techniques with critical or high findings',
    groupByAttribute: 'GeneratorId',
    severityLabels: ['CRITICAL', 'HIGH'],
  },
];

/**
 * Insights over the open technique findings, in the console of Security Hub.
 *
 * Source: https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-custom-insights.html
 */
export class Insights extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    for (const insight of INSIGHTS) {
      new CfnInsight(this, insight.id, {
        name: `Virtual SOC: ${insight.name}`,
        groupByAttribute: insight.groupByAttribute,
        filters: {
          generatorId: [{ comparison: 'PREFIX', value: `${OWN_GENERATOR_PREFIX}technique/` }],
          recordState: [equals('ACTIVE')],
          workflowStatus: ['NEW', 'NOTIFIED'].map(equals),
          ...(insight.severityLabels === undefined ? {} : { severityLabel: insight.severityLabels.map(equals) }),
        },
      });
    }
  }
}

function equals(value: string): { comparison: string; value: string } {
  return { comparison: 'EQUALS', value };
}
