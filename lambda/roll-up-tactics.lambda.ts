/** Entry point of the function `roll-up-tactics`, run every minute by a schedule. */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { type OpenCounts, readOpenCounts } from './adapters/open-counts.ts';
import { readSettings } from './adapters/settings.ts';
import { withoutContent } from './refused-input.ts';
import { rollUpTactics } from './roll-up-tactics.ts';
import { observe, wire } from './wiring.ts';

/** Minutes between two points of a trend. Each metric costs the same however often it is written. */
const TREND_MINUTES = 15;

const { rollUp, sequelize } = wire(readSettings(process.env));
const { logger, metrics } = observe('roll-up-tactics');

/** Throws where findings were refused, so that the run counts as failed; what is unsent is sent by the next one. */
export const handler = async (event: { readonly time?: string } = {}): Promise<void> => {
  const { sent, importFailures } = await rollUpTactics(rollUp).catch((error: unknown) => {
    throw withoutContent(error);
  });
  metrics.addMetric('TacticFindingsImported', MetricUnit.Count, sent);
  metrics.addMetric('ImportsFailed', MetricUnit.Count, importFailures.length);
  metrics.publishStoredMetrics();
  logger.info('tactics rolled up', { sent, failed: importFailures.length });
  if (isTrendPoint(event.time)) tellTrends(await readOpenCounts(sequelize));
  if (importFailures.length > 0) throw new Error(`Security Hub refused ${importFailures.length} tactic findings`);
};

/** By the time of the schedule, which says each minute once; a run may begin late. */
function isTrendPoint(time: string | undefined): boolean {
  return time !== undefined && new Date(time).getUTCMinutes() % TREND_MINUTES === 0;
}

function tellTrends({ byTactic, bySeverity }: OpenCounts): void {
  for (const [tactic, pairs] of byTactic) tellOpen('tactic', tactic, pairs);
  for (const [severity, pairs] of bySeverity) tellOpen('severity', severity, pairs);
}

/** A metric of a dimension of its own, so that each tactic and severity has its line. */
function tellOpen(dimension: string, value: string, pairs: number): void {
  const metric = metrics.singleMetric();
  metric.addDimension(dimension, value);
  metric.addMetric('OpenTechniques', MetricUnit.Count, pairs);
}
