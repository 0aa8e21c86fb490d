import assert from 'node:assert/strict';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { countLoaded } from '../../lambda/load-catalogue-metric.ts';

describe('countLoaded', () => {
  it('writes one metric for each ATT&CK release, with the version beside it', () => {
    const written: string[] = [];
    const metrics = new Metrics({ namespace: 'VirtualSOC', serviceName: 'load-catalogue' });
    Reflect.set(metrics, 'console', { log: (line: string) => written.push(line) });

    countLoaded(metrics, {
      migrations: [],
      catalogueChanged: true,
      catalogueVersion: 'abc',
      attackRelease: '19.2',
      links: 1,
    });

    const { _aws, ...values } = JSON.parse(written[0] ?? '{}') as { _aws: { CloudWatchMetrics: unknown[] } };
    assert.deepEqual(values, {
      service: 'load-catalogue',
      attackRelease: '19.2',
      CatalogueLoaded: 1,
      catalogueVersion: 'abc',
      catalogueChanged: 'true',
    });
    assert.deepEqual((_aws.CloudWatchMetrics[0] as { Dimensions: unknown }).Dimensions, [['service', 'attackRelease']]);
  });
});
