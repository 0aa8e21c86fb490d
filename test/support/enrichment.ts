/** The real parts of an enrichment, put together for a test: PostgreSQL, SDK and local Security Hub. */
import { SecurityHubClient } from '@aws-sdk/client-securityhub';
import { QueryTypes } from 'sequelize';
import { catalogueReader } from '../../lambda/adapters/catalogue-reader.ts';
import { findingState } from '../../lambda/adapters/finding-state.ts';
import { unlimitedImportBudget } from '../../lambda/adapters/import-budget.ts';
import { reconcileState } from '../../lambda/adapters/reconcile-state.ts';
import { hubReader } from '../../lambda/adapters/hub-reader.ts';
import { findingImport } from '../../lambda/adapters/security-hub.ts';
import { tacticState } from '../../lambda/adapters/tactic-state.ts';
import type { AsffFinding } from '../../lambda/core/asff-finding.ts';
import { securityHubTarget } from '../../lambda/core/security-hub-target.ts';
import type { EnrichFindingDependencies, FindingImport } from '../../lambda/enrich-finding.ts';
import { enrichFindingHandler, type SqsHandler } from '../../lambda/enrich-finding-handler.ts';
import type { ReconcileDependencies } from '../../lambda/reconcile.ts';
import { type RollUpReport, rollUpTactics } from '../../lambda/roll-up-tactics.ts';
import { sqsEvent } from '../../local/event-queue.ts';
import { type LocalSecurityHub, type SecurityHubEvent, startSecurityHub } from '../../local/security-hub/server.ts';
import { CATALOGUE_DIRECTORY } from '../../sql/catalogue-files.ts';
import { type TestDatabase, createDatabase } from './database.ts';
import { findingEvent } from './source-findings.ts';

export const TARGET = securityHubTarget('111122223333', 'eu-west-1');

/** Where no test says otherwise, it is this time. */
export const NOON = new Date('2026-11-20T12:00:00.000Z');

export interface Enrichment {
  readonly database: TestDatabase;
  readonly hub: LocalSecurityHub;
  readonly dependencies: EnrichFindingDependencies;
  readonly reconcileDependencies: ReconcileDependencies;
  /** Events that the hub has emitted. */
  readonly events: SecurityHubEvent[];
  readonly clock: { now: Date };
  /** Delivers findings as one batch of EventBridge events; returns the indexes of the messages that failed. */
  deliver(...findings: unknown[]): Promise<number[]>;
  rollUp(): Promise<RollUpReport>;
  /** Technique findings that are ACTIVE in the hub, by technique, sorted. */
  openTechniques(): string[];
  findings(kind: 'technique' | 'tactic'): HubFinding[];
  close(): Promise<void>;
}

export type HubFinding = AsffFinding & {
  readonly Severity: { readonly Label: string };
  readonly Types: readonly string[];
  readonly RelatedFindings: readonly { readonly Id: string }[];
};

/** A client that gives up at once, so that a fault shows. */
export function impatientClient(endpoint: string, region = TARGET.region): SecurityHubClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new SecurityHubClient({ endpoint, region, credentials, maxAttempts: 1 });
}

/** What a test may bring itself. */
export interface EnrichmentOptions {
  /** A database to use instead of a new one; the caller drops it. */
  readonly database?: TestDatabase;
  /** Stands between the use case and the import. */
  readonly wrap?: (inner: FindingImport) => FindingImport;
}

/** A database with the project's own catalogue. */
export function catalogueDatabase(): Promise<TestDatabase> {
  return createDatabase({ catalogue: CATALOGUE_DIRECTORY });
}

/** Sets everything up, with an empty Security Hub. */
export async function startEnrichment(options: EnrichmentOptions = {}): Promise<Enrichment> {
  const database = options.database ?? (await catalogueDatabase());
  const wrap = options.wrap ?? ((inner: FindingImport) => inner);
  const clock = { now: NOON };
  const events: SecurityHubEvent[] = [];
  const hub = await startSecurityHub({
    account: TARGET.accountId,
    region: TARGET.region,
    quotas: false,
    now: () => clock.now,
    onEvent: (event) => events.push(event),
  });
  const client = impatientClient(hub.url);
  const dependencies: EnrichFindingDependencies = {
    catalogue: catalogueReader(database.reader),
    state: findingState(database.reader),
    securityHub: wrap(findingImport(client, unlimitedImportBudget, 1)),
    target: TARGET,
    language: 'en',
    now: () => clock.now,
  };
  const handler = quietHandler(dependencies);
  const findings = (kind: string) =>
    hub
      .findings()
      .filter(({ GeneratorId }) => GeneratorId?.startsWith(`virtual-soc/${kind}/`)) as unknown as HubFinding[];
  return {
    database,
    hub,
    dependencies,
    events,
    clock,
    deliver: async (...delivered) => {
      const messages = delivered.map((finding, index) => ({
        id: String(index),
        body: JSON.stringify(findingEvent(finding)),
      }));
      const { batchItemFailures } = await handler(sqsEvent(messages));
      return batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier));
    },
    rollUp: () => rollUpTactics({ ...dependencies, state: tacticState(database.reader) }),
    openTechniques: () =>
      findings('technique')
        .filter(({ RecordState }) => RecordState === 'ACTIVE')
        .map(({ ProductFields }) => ProductFields['mitre/technique'] ?? '')
        .sort(),
    findings,
    reconcileDependencies: {
      ...dependencies,
      reconcileState: reconcileState(database.reader),
      hub: hubReader(client, TARGET, 0),
      hasTime: () => true,
    },
    close: async () => {
      client.destroy();
      await hub.close();
      if (!options.database) await database.drop();
    },
  };
}

/** The real handler, writing its logs and metrics nowhere. */
export function quietHandler(
  dependencies: EnrichFindingDependencies,
  log: (line: unknown) => void = () => undefined,
): SqsHandler {
  return enrichFindingHandler(dependencies, {
    logger: {
      info: (...line: unknown[]) => log(line),
      warn: (...line: unknown[]) => log(line),
      error: (...line: unknown[]) => log(line),
    },
    metrics: { addMetric: () => undefined, publishStoredMetrics: () => undefined },
  });
}

/** Empties the state, as the owner may. */
export async function forgetState({ owner }: TestDatabase): Promise<void> {
  await owner.query(
    'TRUNCATE state.source, state.technique_finding, state.unchecked_source, state.tactic_change, state.tactic_finding, state.reconcile_progress, state.publish_target',
    { type: QueryTypes.RAW },
  );
}

/** Makes Security Hub lose every finding it holds, as if nobody had updated them for too long. */
export function loseFindings({ hub, clock }: Enrichment): void {
  const { now } = clock;
  clock.now = new Date(now.getTime() + 365 * 86_400_000);
  hub.findings();
  clock.now = now;
}
