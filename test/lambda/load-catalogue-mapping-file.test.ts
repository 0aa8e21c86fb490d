import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { fetchMappingFile } from '../../lambda/load-catalogue-mapping-file.ts';
import { AwsError, type AwsStandIn, setEnvironment, startAws } from '../support/aws-stand-in.ts';

const URI = 's3://soc-mappings/virtual-soc/mappings.yaml';

describe('fetchMappingFile', () => {
  let aws: AwsStandIn;
  let restore: () => void;

  before(async () => {
    aws = await startAws();
    restore = setEnvironment(aws.env);
  });

  after(async () => {
    restore();
    await aws.close();
  });

  it('copies the one object, and remembers the name that its owner knows', async () => {
    aws.answers = { GetObject: () => 'version: 1\n' };

    const { path, name } = await fetchMappingFile(URI);

    assert.deepEqual([name, await readFile(path, 'utf8')], [URI, 'version: 1\n']);
    assert.deepEqual(aws.calls, [
      { operation: 'GetObject', input: { path: '/soc-mappings/virtual-soc/mappings.yaml' } },
    ]);
    await rm(path);
  });

  it('says that the object does not exist', async () => {
    aws.answers = {
      GetObject: () => {
        throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
      },
    };

    await assert.rejects(fetchMappingFile(URI), {
      name: 'LoadRefused',
      message: `The mapping file (parameter MappingFileUri) cannot be read: ${URI} does not exist.`,
    });
  });

  it('says what may be wrong where access is refused', async () => {
    aws.answers = {
      GetObject: () => {
        throw new AwsError('AccessDenied', 'Access Denied', 403);
      },
    };

    await assert.rejects(fetchMappingFile(URI), /refuses access to s3:\/\/soc-mappings.*does not exist; .*SSE-S3/);
  });

  it('refuses an object that is too large for a mapping file', async () => {
    aws.answers = { GetObject: () => 'x'.repeat(5 * 1024 * 1024 + 1) };

    await assert.rejects(fetchMappingFile(URI), /has 5242881 bytes, more than 5242880\.$/);
  });

  it('says how to reach S3 where it does not answer', async () => {
    const undo = setEnvironment({ AWS_ENDPOINT_URL: 'http://127.0.0.1:1' });

    await assert.rejects(fetchMappingFile(URI), /S3 does not answer.*InterfaceEndpoints\.$/);

    undo();
  });
});
