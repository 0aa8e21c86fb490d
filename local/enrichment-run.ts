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
import { enrichFindingHandler, type Observability } from '../lambda/enrich-finding-handler.ts';
import { type RollUpDependencies, rollUpTactics } from '../lambda/roll-up-tactics.ts';
import { workflowChangeHandler } from '../lambda/workflow-change-handler.ts';
import { type DeadMessage, deliver, type Message } from './event-queue.ts';
import type { InputItem } from './input-file.ts';
import { type FailedItem, type InputSurvey, surveyInput } from './input-survey.ts';

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

/** What a run did. Counts are of this run; what is open stands in the database. */
export interface RunReport {
  readonly catalogue: CatalogueIndex;
  readonly items: number;
  /** Findings of the input, rejected and ignored ones included. */
  readonly findings: number;
  readonly ignored: Readonly<Record<string, number>>;
  readonly techniqueFindingsImported: number;
  readonly techniqueFindingsArchived: number;
  readonly tacticFindingsSent: number;
  /** Findings that could not be read. */
  readonly rejected: readonly FailedItem[];
  /** What was read, or built of it, and could not be brought into Security Hub. */
  readonly undelivered: readonly FailedItem[];
}

/** Messages of one batch, the most useful size: Security Hub takes 100 findings a call. */
const BATCH_SIZE = 100;

/**
 * Enriches the items and rolls up. What Security Hub does not take is reported, the roll-up as a whole included, so that
 * there is a report of what was done. Throws where the database does not answer.
 */
export async function runEnrichment(run: EnrichmentRun): Promise<RunReport> {
  const { enrich, rollUp, close } = dependenciesOf(run);
  try {
    const survey = surveyInput(run.items);
    const totals = { imported: 0, archived: 0 };
    const failures = new Map<string, string>();
    const handler = enrichFindingHandler(enrich, SILENT, (report) => {
      totals.imported += report.imported;
      totals.archived += report.archived;
      for (const [id, reason] of report.failed) failures.set(id, reason);
    });
    const messages = run.items.flatMap(({ body, problem }, index): Message[] =>
      problem === undefined ? [{ id: String(index), body }] : [],
    );
    const dead = await deliver(messages, handler, {
      batchSize: BATCH_SIZE,
      ...(run.onProgress ? { onProgress: run.onProgress } : {}),
    });
    const rolledUp = await tryRollUp(rollUp);
    return {
      catalogue: await enrich.catalogue.current(),
      items: run.items.length,
      findings: survey.findings,
      ignored: survey.ignored,
      techniqueFindingsImported: totals.imported,
      techniqueFindingsArchived: totals.archived,
      tacticFindingsSent: rolledUp.sent,
      rejected: survey.rejected,
      undelivered: [
        ...dead.flatMap((message) => undeliveredOf(message, failures.get(message.id), run.items, survey)),
        ...rolledUp.undelivered,
      ],
    };
  } finally {
    close();
  }
}

/** A message dies of its rejected findings too; it is undelivered only where a good one of it got nowhere. */
function undeliveredOf(
  { id, error }: DeadMessage,
  failure: string | undefined,
  items: readonly InputItem[],
  survey: InputSurvey,
): FailedItem[] {
  const position = items[Number(id)]?.position ?? id;
  const { problems, good } = survey.items[Number(id)] ?? { problems: [], good: 0 };
  if (good === 0) return [];
  if (error !== undefined) return [{ position, reason: reasonOf(error) }];
  return failure !== undefined && problems.includes(failure) ? [] : [{ position, reason: failure ?? 'unknown' }];
}

async function tryRollUp(rollUp: RollUpDependencies): Promise<{ sent: number; undelivered: FailedItem[] }> {
  try {
    const { sent, importFailures } = await rollUpTactics(rollUp);
    return {
      sent,
      undelivered: importFailures.map(({ id, code }) => ({ position: id, reason: `import refused: ${code}` })),
    };
  } catch (error) {
    return { sent: 0, undelivered: [{ position: 'tactic findings (roll-up)', reason: reasonOf(error) }] };
  }
}

/**
 * Feeds Security Hub's events of our own findings back, as EventBridge would: enrichment has to ignore them all. Returns
 * how many it ignored.
 */
export async function feedBack(run: EnrichmentRun, events: readonly unknown[]): Promise<number> {
  const { enrich, close } = dependenciesOf(run);
  try {
    const messages = events.map((event, index): Message => ({ id: String(index), body: JSON.stringify(event) }));
    let ignored = 0;
    const loopGuard = enrichFindingHandler(enrich, SILENT, (report) => (ignored += report.ignored['own-finding'] ?? 0));
    const workflow = workflowChangeHandler(workflowState(run.sequelize), run.target, SILENT);
    const dead = [
      ...(await deliver(messages, loopGuard, { batchSize: BATCH_SIZE })),
      ...(await deliver(messages, workflow, { batchSize: BATCH_SIZE })),
    ];
    if (dead.length > 0)
      throw new Error('Events of our own findings could not be processed.', { cause: dead[0]?.error });
    return ignored;
  } finally {
    close();
  }
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
    close: () => client.destroy(),
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

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A refused connection to a name with two addresses is an AggregateError, which has no message.
  return error.message || ((error as NodeJS.ErrnoException).code ?? error.name);
}
