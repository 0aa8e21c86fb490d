import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { LoadReport } from './load-catalogue.ts';

/**
 * Counts a catalogue that was loaded, under the ATT&CK release that it is of. The version, which is another for each
 * change, is metadata: as a dimension it would make a metric for each.
 */
export function countLoaded(metrics: Metrics, { attackRelease, catalogueVersion, catalogueChanged }: LoadReport): void {
  metrics.addDimension('attackRelease', attackRelease);
  metrics.addMetadata('catalogueVersion', catalogueVersion);
  metrics.addMetadata('catalogueChanged', String(catalogueChanged));
  metrics.addMetric('CatalogueLoaded', MetricUnit.Count, 1);
  metrics.publishStoredMetrics();
}
