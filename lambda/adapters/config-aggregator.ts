/** Which sensors are on, as the organisation's aggregator of AWS Config knows it. */
import {
  type ConfigServiceClient,
  paginateDescribeConfigurationAggregators,
  paginateDescribeConfigurationAggregatorSourcesStatus,
  paginateSelectAggregateResourceConfig,
} from '@aws-sdk/client-config-service';
import { z } from 'zod';
import { flag, SERVICE_LINKED_RECORDER } from '../core/recorder-row.ts';
import { placeKey, type Sensor } from '../core/technique-state.ts';

/** What is known, or why nothing is. */
export type SensorReading = { readonly sensors: readonly Sensor[] } | { readonly unknown: string };

/**
 * AWS Config records its own recorders wherever there is one, and GuardDuty's detectors where it records everything.
 *
 * Source: https://docs.aws.amazon.com/config/latest/developerguide/resource-config-reference.html
 */
const QUERY =
  'SELECT accountId, awsRegion, resourceType, configuration.Name, configuration.Recording, configuration.Enable ' +
  "WHERE resourceType IN ('AWS::Config::ConfigurationRecorder', 'AWS::GuardDuty::Detector')";

const row = z.object({
  accountId: z.string(),
  awsRegion: z.string(),
  resourceType: z.string(),
  configuration: z
    .object({ Name: z.string().optional(), Recording: flag.optional(), Enable: flag.optional() })
    .default({}),
});

/**
 * Reads recorders and detectors of all accounts and Regions.
 *
 * A recorder that the aggregator does not have is off where the aggregator has the account and Region as they are now, and
 * unknown elsewhere. A detector that it does not have is unknown: AWS Config may simply not record it.
 *
 * @returns why nothing is known, where there is no such aggregator
 * @throws what the SDK throws
 */
export async function readSensors(client: ConfigServiceClient): Promise<SensorReading> {
  const aggregator = await organizationAggregator(client);
  if (aggregator === undefined) {
    return { unknown: 'this account has no aggregator of AWS Config for the organisation in this Region' };
  }
  const sensors = new Map<string, Sensor>();
  const keep = (sensor: Sensor) => sensors.set(`${sensor.provider}/${placeKey(sensor)}`, sensor);
  for await (const { Results = [] } of paginateSelectAggregateResourceConfig(
    { client },
    { ConfigurationAggregatorName: aggregator, Expression: QUERY },
  )) {
    for (const text of Results) {
      const sensor = sensorOf(row.parse(JSON.parse(text)));
      if (sensor) keep(sensor);
    }
  }
  for await (const { AggregatedSourceStatusList = [] } of paginateDescribeConfigurationAggregatorSourcesStatus(
    { client },
    { ConfigurationAggregatorName: aggregator },
  )) {
    for (const { SourceType, SourceId, AwsRegion, LastUpdateStatus } of AggregatedSourceStatusList) {
      if (SourceType !== 'ACCOUNT' || LastUpdateStatus !== 'SUCCEEDED') continue;
      if (SourceId === undefined || AwsRegion === undefined) continue;
      const sensor = { provider: 'config', accountId: SourceId, region: AwsRegion, isOn: false };
      if (!sensors.has(`config/${placeKey(sensor)}`)) keep(sensor);
    }
  }
  return { sensors: [...sensors].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sensor]) => sensor) };
}

async function organizationAggregator(client: ConfigServiceClient): Promise<string | undefined> {
  for await (const { ConfigurationAggregators = [] } of paginateDescribeConfigurationAggregators({ client }, {})) {
    const found = ConfigurationAggregators.find(
      ({ OrganizationAggregationSource: source }) => source?.AllAwsRegions === true || source?.AwsRegions !== undefined,
    );
    if (found?.ConfigurationAggregatorName !== undefined) return found.ConfigurationAggregatorName;
  }
  return undefined;
}

function sensorOf({ accountId, awsRegion, resourceType, configuration }: z.output<typeof row>): Sensor | undefined {
  const place = { accountId, region: awsRegion };
  const { Name = '', Recording, Enable } = configuration;
  if (resourceType === 'AWS::GuardDuty::Detector') {
    return Enable === undefined ? undefined : { ...place, provider: 'guardduty', isOn: Enable };
  }
  return Name.startsWith(SERVICE_LINKED_RECORDER)
    ? undefined
    : { ...place, provider: 'config', isOn: Recording === true };
}
