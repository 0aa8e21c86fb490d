/** Entry point of the function `reconcile`, run once a day by a schedule. */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { ConfigServiceClient } from '@aws-sdk/client-config-service';
import type { Context } from 'aws-lambda';
import { readSensors } from './adapters/config-aggregator.ts';
import { hubReader } from './adapters/hub-reader.ts';
import { reconcileState } from './adapters/reconcile-state.ts';
import { keepSensors } from './adapters/sensor-state.ts';
import { readSettings } from './adapters/settings.ts';
import { attackReleaseAge } from './core/attack-release.ts';
import { withoutContent } from './refused-input.ts';
import { reconcile } from './reconcile.ts';
import { observe, wire } from './wiring.ts';

/** Milliseconds kept for finishing the step at hand. */
const RESERVE = 60_000;

/** AWS Config answers an advanced query within seconds, or not at all. */
const PATIENCE = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
};

const settings = readSettings(process.env);
const { sequelize, client, enrichFinding } = wire(settings);
const { logger, metrics } = observe('reconcile');

export const handler = async (_event: unknown, context: Context): Promise<void> => {
  const attempt = async () => {
    const report = await reconcile({
      ...enrichFinding,
      reconcileState: reconcileState(sequelize),
      hub: hubReader(client, settings.target),
      hasTime: () => context.getRemainingTimeInMillis() > RESERVE,
    });
    return { report, catalogue: await enrichFinding.catalogue.latest() };
  };
  const { report, catalogue } = await attempt().catch((error: unknown) => {
    throw withoutContent(error);
  });
  const { complete, ...counts } = report;
  for (const [name, count] of Object.entries(counts)) metrics.addMetric(`Reconcile/${name}`, MetricUnit.Count, count);
  const days = attackReleaseAge(catalogue, enrichFinding.now());
  // In days, for which CloudWatch has no unit.
  metrics.addMetric('AttackReleaseAge', MetricUnit.NoUnit, days);
  metrics.publishStoredMetrics();
  logger.info('reconciled', { complete, ...counts, attackRelease: catalogue.attackRelease, attackReleaseAge: days });
  if (settings.readSensors && context.getRemainingTimeInMillis() > RESERVE) await lookAtSensors();
};

/** After everything else, and never in its way: what cannot be read of them is not known, and the matrix says so. */
async function lookAtSensors(): Promise<void> {
  const config = new ConfigServiceClient({ region: settings.target.region, ...PATIENCE });
  try {
    const reading = await readSensors(config);
    if ('unknown' in reading) {
      logger.info('sensors are not known', { reason: reading.unknown });
      return;
    }
    await keepSensors(sequelize, reading.sensors, enrichFinding.now());
    logger.info('sensors read', { sensors: reading.sensors.length });
  } catch (error) {
    logger.warn('sensors are not known', { reason: (error as Error).name });
  } finally {
    config.destroy();
  }
}
