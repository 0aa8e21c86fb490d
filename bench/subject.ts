/** What is measured: the functions' own use cases over their own adapters, with nothing to log to. */
import { catalogueReader } from '../lambda/adapters/catalogue-reader.ts';
import { findingState } from '../lambda/adapters/finding-state.ts';
import { type ImportBudget, unlimitedImportBudget } from '../lambda/adapters/import-budget.ts';
import { findingImport, localSecurityHubClient } from '../lambda/adapters/security-hub.ts';
import { securityHubTarget } from '../lambda/core/security-hub-target.ts';
import type { EnrichFindingDependencies, EnrichmentReport, FindingImport } from '../lambda/enrich-finding.ts';
import { type Observability, type SqsHandler, enrichFindingHandler } from '../lambda/enrich-finding-handler.ts';
import type { BenchDatabase } from './bench-database.ts';

/** The hub of every measurement: the one that `vsoc security-hub` serves by default. */
export const TARGET = securityHubTarget('111122223333', 'eu-west-1');

/** Takes every finding at once and keeps none: what remains is our own cost. */
export const DISCARD: FindingImport = { importFindings: () => Promise.resolve([]) };

/** Findings through the AWS SDK to a local hub. */
export function sendTo(hubUrl: string, budget: ImportBudget = unlimitedImportBudget): FindingImport {
  return findingImport(localSecurityHubClient(TARGET.region, hubUrl), budget);
}

/** What the use cases need, over this database. */
export function dependenciesOver({ sequelize }: BenchDatabase, securityHub: FindingImport): EnrichFindingDependencies {
  return {
    catalogue: catalogueReader(sequelize),
    state: findingState(sequelize),
    securityHub,
    target: TARGET,
    language: 'en',
    now: () => new Date(),
  };
}

/** The SQS handler. Throws where a message failed: a benchmark of failures would measure nothing. */
export function handlerOver(
  database: BenchDatabase,
  securityHub: FindingImport,
  onReport: (report: EnrichmentReport) => void = () => undefined,
): SqsHandler {
  return enrichFindingHandler(dependenciesOver(database, securityHub), SILENT, (report) => {
    for (const [messageId, reason] of report.failed) throw new Error(`message ${messageId} failed: ${reason}`);
    onReport(report);
  });
}

const ignore = () => undefined;
const SILENT: Observability = {
  logger: { info: ignore, warn: ignore, error: ignore },
  metrics: { addMetric: ignore, publishStoredMetrics: ignore },
};
