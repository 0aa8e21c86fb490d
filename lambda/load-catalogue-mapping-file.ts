/** Brings a customer's mapping file from S3. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { unreachableCode } from './load-catalogue-failure.ts';
import { LoadRefused, type MappingFileCopy } from './load-catalogue.ts';

/** A mapping of every rule there is takes less. */
const LONGEST_FILE = 5 * 1024 * 1024;

const UNREADABLE = 'The mapping file (parameter MappingFileUri) cannot be read';

/**
 * Copies the object to a file of this machine.
 *
 * @param uri `s3://<bucket>/<key>`
 * @throws LoadRefused when it cannot be read; the message says what to do
 */
export async function fetchMappingFile(uri: string): Promise<MappingFileCopy> {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  if (Bucket === undefined || Key === undefined) throw new LoadRefused(`${UNREADABLE}: write s3://<bucket>/<key>.`);
  const client = new S3Client({
    maxAttempts: 3,
    // It may lie in another Region.
    followRegionRedirects: true,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 15_000, throwOnRequestTimeout: true },
  });
  try {
    const { Body, ContentLength = 0 } = await client.send(new GetObjectCommand({ Bucket, Key }));
    if (ContentLength > LONGEST_FILE) {
      throw new LoadRefused(`${UNREADABLE}: ${uri} has ${ContentLength} bytes, more than ${LONGEST_FILE}.`);
    }
    // The end of the name decides nothing: JSON is YAML.
    const file = path.join(await mkdtemp(path.join(tmpdir(), 'mappings-')), 'mappings.yaml');
    await writeFile(file, (await Body?.transformToByteArray()) ?? '');
    return { path: file, name: uri };
  } catch (error) {
    throw error instanceof LoadRefused ? error : new LoadRefused(`${UNREADABLE}: ${reason(uri, error as Error)}`);
  } finally {
    client.destroy();
  }
}

function reason(uri: string, error: Error): string {
  const unreachable = unreachableCode(error);
  if (unreachable !== undefined) {
    return (
      `S3 does not answer (${unreachable}). Give both subnets a route through NAT or to a gateway endpoint of S3, or ` +
      'answer yes to the parameter InterfaceEndpoints.'
    );
  }
  const { name, message } = error;
  switch (name) {
    case 'NoSuchBucket':
    case 'NoSuchKey':
      return `${uri} does not exist.`;
    case 'AccessDenied':
    case 'AccessDeniedException':
      return (
        `S3 refuses access to ${uri}. Either it does not exist; or its bucket, in another account, does not admit this one; ` +
        'or it is encrypted with a KMS key, where it has to be with the key of S3 (SSE-S3).'
      );
    default:
      return `${uri} (${name}): ${message}`;
  }
}
