/** Entry point of the function `settle-remediation`, run by a schedule: what was cut off, what has expired, what was not told. */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { mirrorRemediation } from './remediation/mirror.ts';
import { settleRemediation } from './remediation/settle.ts';
import { readRemediationSettings, wireRemediation } from './remediation-wiring.ts';
import { withoutContent } from './refused-input.ts';
import { observe } from './wiring.ts';

const { settle, mirror } = wireRemediation(readRemediationSettings(process.env));
const { logger, metrics } = observe('settle-remediation');

export const handler = async (): Promise<void> => {
  try {
    const report = await settleRemediation(settle);
    metrics.addMetric('RemediationsInterrupted', MetricUnit.Count, report.settled + report.left);
    const told = await mirrorRemediation(settle.state, mirror, settle.now).catch((error: unknown) => {
      logger.warn('what was recorded could not be told; it is told the next time', withoutContent(error));
    });
    // What could not be told once needs nobody; what has waited for an hour by now needs somebody.
    const untold = await settle.state.untold(settle.now());
    metrics.addMetric('RemediationsUntold', MetricUnit.Count, untold);
    logger.info('remediation settled', { ...report, told, untold });
  } catch (error) {
    throw withoutContent(error);
  } finally {
    metrics.publishStoredMetrics();
  }
};
