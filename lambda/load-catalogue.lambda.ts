/**
 * Entry point of the repository loader, a custom resource behind CDK's provider framework: what it returns or throws is
 * what CloudFormation learns.
 */
import { rm } from 'node:fs/promises';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { CdkCustomResourceEvent, CdkCustomResourceResponse } from 'aws-lambda';
import { z } from 'zod';
import { connectToRds } from './adapters/database-connection.ts';
import { prepareRepository } from './load-catalogue.ts';
import { readableFailure } from './load-catalogue-failure.ts';
import { fetchMappingFile } from './load-catalogue-mapping-file.ts';
import { countLoaded } from './load-catalogue-metric.ts';

/** There is one catalogue in a database: a new version changes it and replaces nothing. */
const PHYSICAL_ID = 'catalogue';

const { DATABASE_URL, DATABASE_SECRET_ARN, FUNCTION_LOGIN } = z
  .object({
    DATABASE_URL: z.string().min(1),
    DATABASE_SECRET_ARN: z.string().min(1),
    FUNCTION_LOGIN: z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/),
  })
  .parse(process.env);

const properties = z.object({ MappingFileUri: z.string().default('') });

const logger = new Logger({ serviceName: 'load-catalogue' });
const metrics = new Metrics({ namespace: 'VirtualSOC', serviceName: 'load-catalogue' });

// Without a route to AWS a call would otherwise hang for as long as the function may run.
const secrets = new SecretsManagerClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
});

const managedSecret = z.object({ password: z.string().min(1) });

async function ownerPassword(): Promise<string> {
  const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: DATABASE_SECRET_ARN }));
  return managedSecret.parse(JSON.parse(SecretString)).password;
}

export const handler = async (event: CdkCustomResourceEvent): Promise<CdkCustomResourceResponse> => {
  // The database goes, or stays, with all it holds: there is nothing to undo, and nothing that could fail.
  if (event.RequestType === 'Delete') return { PhysicalResourceId: event.PhysicalResourceId };

  const owner = connectToRds(DATABASE_URL, ownerPassword, { applicationName: 'load-catalogue' });
  let mappingFile;
  try {
    const { MappingFileUri } = properties.parse(event.ResourceProperties);
    if (MappingFileUri !== '') mappingFile = await fetchMappingFile(MappingFileUri);
    const report = await prepareRepository(owner, FUNCTION_LOGIN, mappingFile === undefined ? {} : { mappingFile });
    logger.info('repository ready', { ...report });
    countLoaded(metrics, report);
    return { PhysicalResourceId: PHYSICAL_ID, Data: { CatalogueVersion: report.catalogueVersion } };
  } catch (error) {
    const reason = readableFailure(error);
    logger.error('repository not ready', { reason });
    throw new Error(reason);
  } finally {
    await owner.close();
    if (mappingFile !== undefined) await rm(mappingFile.path, { force: true });
  }
};
