import assert from 'node:assert/strict';
import { S3Client } from '@aws-sdk/client-s3';
import { parseConfiguration, readConfigurationFrom } from '../../../lambda/adapters/remediation-configuration.ts';
import { BadConfiguration } from '../../../lambda/remediation/configuration.ts';
import { ServiceError, type ServiceStandIn, startServices } from '../../support/service-stand-in.ts';

const TEXT = 'version: 1\nbreakGlass: []\nassignments:\n  - actions: ["*"]\n    mode: plan\n';

describe('readConfigurationFrom', () => {
  let services: ServiceStandIn;
  let s3: S3Client;

  before(async () => {
    services = await startServices();
    s3 = new S3Client({ ...services.client, region: 'eu-west-1' });
  });
  after(() => {
    s3.destroy();
    return services.close();
  });
  beforeEach(() => {
    services.calls.length = 0;
  });

  it('reads the object, of a bucket that the hub account owns', async () => {
    services.answers = { 's3:GetObject': { text: TEXT } };

    const configuration = await readConfigurationFrom(s3, 's3://governance/remediation.yaml', '111122223333');

    assert.equal(configuration.assignments[0]?.mode, 'plan');
    assert.deepEqual(
      services.calls.map(({ input }) => input),
      [{ Bucket: 'governance', Key: 'remediation.yaml', 'x-amz-expected-bucket-owner': '111122223333' }],
    );
  });

  it('throws where it is not there, so that nothing is done', async () => {
    services.answers = { 's3:GetObject': new ServiceError('NoSuchKey', 404) };

    await assert.rejects(readConfigurationFrom(s3, 's3://governance/remediation.yaml', '111122223333'), {
      name: 'NoSuchKey',
    });
  });

  it('throws with every mistake, so that nothing is done', () => {
    for (const text of ['', 'version: 1', 'a: [', 'version: 1\nbreakGlass: []\nmode: automatic']) {
      assert.throws(() => parseConfiguration(text), BadConfiguration, text);
    }
  });
});
