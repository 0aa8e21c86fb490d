import assert from 'node:assert/strict';
import { ConfigServiceClient } from '@aws-sdk/client-config-service';
import { readSensors } from '../../../lambda/adapters/config-aggregator.ts';
import { type AwsStandIn, startAws } from '../../support/aws-stand-in.ts';

const ORGANIZATION = { ConfigurationAggregatorName: 'org', OrganizationAggregationSource: { AllAwsRegions: true } };

const row = (accountId: string, resourceType: string, configuration: object) =>
  JSON.stringify({ accountId, awsRegion: 'eu-west-1', resourceType, configuration });
const recorder = (accountId: string, configuration: object) =>
  row(accountId, 'AWS::Config::ConfigurationRecorder', configuration);
const source = (SourceId: string, LastUpdateStatus: string) => ({
  SourceId,
  SourceType: 'ACCOUNT',
  AwsRegion: 'eu-west-1',
  LastUpdateStatus,
});

describe('readSensors', () => {
  let aws: AwsStandIn;
  let client: ConfigServiceClient;

  before(async () => {
    aws = await startAws();
    const { AWS_ENDPOINT_URL: endpoint = '' } = aws.env;
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    client = new ConfigServiceClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 });
  });

  after(async () => {
    client.destroy();
    await aws.close();
  });

  const answer = (rows: readonly string[], sources: readonly object[] = []) => {
    aws.answers = {
      DescribeConfigurationAggregators: () => ({ ConfigurationAggregators: [ORGANIZATION] }),
      SelectAggregateResourceConfig: () => ({ Results: rows }),
      DescribeConfigurationAggregatorSourcesStatus: () => ({ AggregatedSourceStatusList: sources }),
    };
  };
  const sensors = async () => {
    const reading = await readSensors(client);
    assert.ok('sensors' in reading);
    return reading.sensors.map(({ provider, accountId, isOn }) => [provider, accountId, isOn]);
  };

  it('tells recorders that record from those that are stopped, and detectors likewise', async () => {
    answer([
      recorder('111111111111', { Name: 'default', Recording: true }),
      recorder('222222222222', { Name: 'default', Recording: 'false' }),
      row('111111111111', 'AWS::GuardDuty::Detector', { Enable: true }),
      row('222222222222', 'AWS::GuardDuty::Detector', { Enable: false }),
    ]);

    assert.deepEqual(await sensors(), [
      ['config', '111111111111', true],
      ['config', '222222222222', false],
      ['guardduty', '111111111111', true],
      ['guardduty', '222222222222', false],
    ]);
  });

  it('takes a missing recorder for off only where the aggregator is up to date, and a missing detector for unknown', async () => {
    answer([], [source('111111111111', 'SUCCEEDED'), source('222222222222', 'OUTDATED')]);

    assert.deepEqual(await sensors(), [['config', '111111111111', false]]);
  });

  it('does not take the recorder of a service for that of the account', async () => {
    answer([
      recorder('111111111111', { Name: 'AWSConfigurationRecorderForSecurityHub_x', Recording: true }),
      row('111111111111', 'AWS::GuardDuty::Detector', {}),
    ]);

    assert.deepEqual(await sensors(), []);
  });

  it('reads on after an empty page', async () => {
    answer([]);
    aws.answers = {
      ...aws.answers,
      SelectAggregateResourceConfig: ({ NextToken }) =>
        NextToken === undefined
          ? { Results: [], NextToken: 'more' }
          : { Results: [recorder('111111111111', { Name: 'default', Recording: true })] },
    };

    assert.deepEqual(await sensors(), [['config', '111111111111', true]]);
  });

  it('knows nothing without an aggregator of the organisation, and says so', async () => {
    aws.answers = {
      DescribeConfigurationAggregators: () => ({
        ConfigurationAggregators: [{ ConfigurationAggregatorName: 'accounts', AccountAggregationSources: [] }],
      }),
    };

    assert.deepEqual(await readSensors(client), {
      unknown: 'this account has no aggregator of AWS Config for the organisation in this Region',
    });
  });

  it('throws where it may not ask, and where an answer is none that it understands', async () => {
    aws.answers = {};
    await assert.rejects(readSensors(client), { name: 'AccessDeniedException' });

    answer(['{"accountId": 1}']);
    await assert.rejects(readSensors(client));
  });
});
