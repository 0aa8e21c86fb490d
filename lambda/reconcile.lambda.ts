/** Entry point of the function `reconcile`, run once a day by a schedule. */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { hubReader } from './adapters/hub-reader.ts';
import { reconcileState } from './adapters/reconcile-state.ts';
import { readSettings } from './adapters/settings.ts';
import { withoutContent } from './refused-input.ts';
import { reconcile } from './reconcile.ts';
import { observe, wire } from './wiring.ts';

/** Milliseconds kept for finishing the step at hand. */
const RESERVE = 60_000;

const settings = readSettings(process.env);
const { sequelize, client, enrichFinding } = wire(settings);
const { logger, metrics } = observe('reconcile');

export const handler = async (_event: unknown, context: Context): Promise<void> => {
  const report = await reconcile({
    ...enrichFinding,
    reconcileState: reconcileState(sequelize),
    hub: hubReader(client, settings.target),
    hasTime: () => context.getRemainingTimeInMillis() > RESERVE,
  }).catch((error: unknown) => {
    throw withoutContent(error);
  });
  const { complete, ...counts } = report;
  for (const [name, count] of Object.entries(counts)) metrics.addMetric(`Reconcile/${name}`, MetricUnit.Count, count);
  metrics.publishStoredMetrics();
  logger.info('reconciled', { complete, ...counts });
};
