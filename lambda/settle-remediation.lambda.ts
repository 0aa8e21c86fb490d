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
    const told = await mirrorRemediation(settle.state, mirror, settle.now);
    logger.info('remediation settled', { ...report, told });
  } catch (error) {
    throw withoutContent(error);
  } finally {
    metrics.publishStoredMetrics();
  }
};
