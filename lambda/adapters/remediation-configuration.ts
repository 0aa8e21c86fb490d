/** The configuration of remediation, from an object in S3 that whoever governs it may write. */
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { parse } from 'yaml';
import { ACTIONS } from '../remediation/actions.ts';
import { BadConfiguration, type Configuration, readConfiguration } from '../remediation/configuration.ts';

/** Reads YAML or JSON. Throws {@link BadConfiguration} with every mistake. */
export function parseConfiguration(text: string): Configuration {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new BadConfiguration('the configuration of remediation is neither YAML nor JSON', { cause: error });
  }
  const read = readConfiguration(value, new Set(ACTIONS.map(({ id }) => id)));
  if ('problems' in read) throw new BadConfiguration(`the configuration of remediation: ${read.problems.join('; ')}`);
  return read.configuration;
}

/**
 * Reads the object. Throws what S3 answers, and {@link BadConfiguration}.
 *
 * @param place `s3://<bucket>/<key>`
 * @param owner account that has to own the bucket: nobody else may say what is done
 */
export async function readConfigurationFrom(s3: S3Client, place: string, owner: string): Promise<Configuration> {
  const [, Bucket, Key] = /^s3:\/\/([a-z0-9.-]+)\/(.+)$/.exec(place) ?? [];
  if (!Bucket || !Key) throw new BadConfiguration('REMEDIATION_CONFIGURATION is no s3://<bucket>/<key>');
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ExpectedBucketOwner: owner }));
  return parseConfiguration((await Body?.transformToString()) ?? '');
}
