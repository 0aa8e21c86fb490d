/** Entry point of the function `roll-up-tactics`, run every minute by a schedule. */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { readSettings } from './adapters/settings.ts';
import { withoutContent } from './refused-input.ts';
import { rollUpTactics } from './roll-up-tactics.ts';
import { observe, wire } from './wiring.ts';

const { rollUp } = wire(readSettings(process.env));
const { logger, metrics } = observe('roll-up-tactics');

/** Throws where findings were refused, so that the run counts as failed; what is unsent is sent by the next one. */
export const handler = async (): Promise<void> => {
  const { sent, importFailures } = await rollUpTactics(rollUp).catch((error: unknown) => {
    throw withoutContent(error);
  });
  metrics.addMetric('TacticFindingsImported', MetricUnit.Count, sent);
  metrics.addMetric('ImportsFailed', MetricUnit.Count, importFailures.length);
  metrics.publishStoredMetrics();
  logger.info('tactics rolled up', { sent, failed: importFailures.length });
  if (importFailures.length > 0) throw new Error(`Security Hub refused ${importFailures.length} tactic findings`);
};
