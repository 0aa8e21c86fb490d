/**
 * One run on this machine: the input through the same handlers, database and AWS SDK as on Lambda, then the roll-up. Only
 * the queue in between is a stand-in.
 */
import type { Sequelize } from 'sequelize';
import { catalogueReader } from '../lambda/adapters/catalogue-reader.ts';
import { findingState } from '../lambda/adapters/finding-state.ts';
import { sharedImportBudget, unlimitedImportBudget } from '../lambda/adapters/import-budget.ts';
import { findingImport, localSecurityHubClient, securityHubClient } from '../lambda/adapters/security-hub.ts';
import { tacticState } from '../lambda/adapters/tactic-state.ts';
import { workflowState } from '../lambda/adapters/workflow-state.ts';
import { IMPORT_BURST, IMPORT_CALLS_PER_SECOND } from '../lambda/core/asff-limits.ts';
import type { Language } from '../lambda/core/catalogue.ts';
import type { CatalogueIndex } from '../lambda/core/catalogue-index.ts';
import type { SecurityHubTarget } from '../lambda/core/security-hub-target.ts';
import { enrichFindingHandler, type Observability, type SqsHandler } from '../lambda/enrich-finding-handler.ts';
import { rollUpTactics } from '../lambda/roll-up-tactics.ts';
import { workflowChangeHandler } from '../lambda/workflow-change-handler.ts';
import { deliver, type Message } from './event-queue.ts';
import type { InputItem } from './input-file.ts';

/** What a run needs. */
export interface EnrichmentRun {
  readonly items: readonly InputItem[];
  readonly sequelize: Sequelize;
  readonly target: SecurityHubTarget;
  readonly language: Language;
  readonly now: () => Date;
  /** A local Security Hub; the one that the AWS environment names where absent. */
  readonly endpoint?: string;
  /** Whether the import budget is kept; a local Security Hub without quotas needs none. */
  readonly quotas: boolean;
  /** Called with the count of items done. */
  readonly onProgress?: (done: number) => void;
}

/** An item that came to nothing, with its place in the input. */
export interface FailedItem {
  readonly position: string;
  readonly reason: string;
}

/** What a run did. Counts are of this run; what is open stands in the database. */
export interface RunReport {
  readonly catalogue: CatalogueIndex;
  readonly items: number;
  readonly findings: number;
  readonly ignored: Readonly<Record<string, number>>;
  readonly unchecked: number;
  readonly techniqueFindingsImported: number;
  readonly techniqueFindingsArchived: number;
  readonly tacticFindingsSent: number;
  /** Input that could not be read. */
  readonly rejected: readonly FailedItem[];
  /** Input that was read and could not be brought into Security Hub. */
  readonly undelivered: readonly FailedItem[];
}

/** Messages of one batch, the most useful size: Security Hub takes 100 findings a call. */
const BATCH_SIZE = 100;

/** Enriches the items and rolls up. Throws where the database or Security Hub does not answer during the roll-up. */
export async function runEnrichment(run: EnrichmentRun): Promise<RunReport> {
  const dependencies = dependenciesOf(run);
  const totals = { findings: 0, unchecked: 0, imported: 0, archived: 0 };
  const ignored: Record<string, number> = {};
  const problems = new Map<string, string>();
  const failures = new Map<string, string>();
  let firstDelivery = true;
  const handler = enrichFindingHandler(dependencies.enrich, SILENT, (report) => {
    totals.imported += report.imported;
    totals.archived += report.archived;
    for (const [id, reason] of report.failed) failures.set(id, reason);
    // What is delivered again was counted the first time.
    if (!firstDelivery) return;
    totals.findings += report.findings;
    totals.unchecked += report.unchecked;
    for (const { messageId, problem } of report.rejected) problems.set(messageId, problem);
    for (const [reason, count] of Object.entries(report.ignored)) ignored[reason] = (ignored[reason] ?? 0) + count;
  });
  const counting: SqsHandler = (event) => {
    firstDelivery = event.Records[0]?.attributes.ApproximateReceiveCount === '1';
    return handler(event);
  };
  const messages = run.items.map(({ body }, index): Message => ({ id: String(index), body }));
  const dead = await deliver(messages, counting, {
    batchSize: BATCH_SIZE,
    ...(run.onProgress ? { onProgress: run.onProgress } : {}),
  });
  const rollUp = await rollUpTactics(dependencies.rollUp);

  const positionOf = (id: string) => run.items[Number(id)]?.position ?? id;
  return {
    catalogue: await dependencies.enrich.catalogue.current(),
    items: run.items.length,
    findings: totals.findings,
    ignored,
    unchecked: totals.unchecked,
    techniqueFindingsImported: totals.imported,
    techniqueFindingsArchived: totals.archived,
    tacticFindingsSent: rollUp.sent,
    rejected: [...problems].map(([id, reason]) => ({ position: positionOf(id), reason })),
    undelivered: [
      ...dead
        .filter(({ id }) => !problems.has(id))
        .map(({ id, error }) => ({
          position: positionOf(id),
          reason: reasonOf(error) ?? failures.get(id) ?? 'unknown',
        })),
      ...rollUp.importFailures.map(({ id, code }) => ({ position: id, reason: `import refused: ${code}` })),
    ],
  };
}

/** Feeds Security Hub's events of our own findings back, as EventBridge would: enrichment has to ignore them all. */
export async function feedBack(
  run: EnrichmentRun,
  events: readonly unknown[],
): Promise<{ ignored: number; noted: number }> {
  const { enrich } = dependenciesOf(run);
  const messages = events.map((event, index): Message => ({ id: String(index), body: JSON.stringify(event) }));
  let ignored = 0;
  const loopGuard = enrichFindingHandler(enrich, SILENT, (report) => (ignored += report.ignored['own-finding'] ?? 0));
  const workflow = workflowChangeHandler(workflowState(run.sequelize), run.target, SILENT);
  const dead = [
    ...(await deliver(messages, loopGuard, { batchSize: BATCH_SIZE })),
    ...(await deliver(messages, workflow, { batchSize: BATCH_SIZE })),
  ];
  if (dead.length > 0) throw new Error('Events of our own findings could not be processed.', { cause: dead[0]?.error });
  return { ignored, noted: messages.length };
}

function dependenciesOf({ sequelize, target, language, now, endpoint, quotas }: EnrichmentRun) {
  const hub = `${target.accountId}/${target.region}`;
  const budget = quotas
    ? sharedImportBudget(sequelize, hub, IMPORT_CALLS_PER_SECOND, IMPORT_BURST)
    : unlimitedImportBudget;
  const client = endpoint ? localSecurityHubClient(target.region, endpoint) : securityHubClient(target.region);
  const shared = {
    catalogue: catalogueReader(sequelize),
    securityHub: findingImport(client, budget),
    target,
    language,
    now,
  };
  return {
    enrich: { ...shared, state: findingState(sequelize) },
    rollUp: { ...shared, state: tacticState(sequelize) },
  };
}

/** On a terminal the report says it all; log lines and metrics are for CloudWatch. */
const SILENT: Observability = {
  logger: { info: ignore, warn: ignore, error: ignore },
  metrics: { addMetric: ignore, publishStoredMetrics: ignore },
};

function ignore(): void {
  // Nothing to write to.
}

function reasonOf(error: unknown): string | undefined {
  return error instanceof Error ? error.message : undefined;
}
