/** Entry point of the function `attack-matrix`: what the custom widgets of the dashboard show. */
import type { Context } from 'aws-lambda';
import { attackMatrixHandler } from './attack-matrix.ts';
import { keepCatalogue } from './adapters/catalogue-reader.ts';
import { openDatabase } from './adapters/database-connection.ts';
import { readHubEvidence } from './adapters/hub-evidence.ts';
import { readSettings } from './adapters/settings.ts';
import { matrixCatalogue } from './core/matrix-catalogue.ts';
import { withoutContent } from './refused-input.ts';

const { databaseUrl, language, target } = readSettings(process.env);
const sequelize = openDatabase(databaseUrl);
const catalogue = keepCatalogue(sequelize, (rows) => ({ ...matrixCatalogue(rows), version: rows.release.version }));

const answer = attackMatrixHandler({
  evidence: () => readHubEvidence(sequelize, new Date()),
  catalogue: () => catalogue.latest(),
  language,
  target,
});

export const handler = async (event: unknown, context: Context): Promise<unknown> =>
  answer(event, context.invokedFunctionArn).catch((error: unknown) => {
    throw withoutContent(error);
  });
