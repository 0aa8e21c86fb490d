/** Member accounts for tests: a local Security Hub for each account and Region, and who may assume a role where. */
import { SecurityHubClient } from '@aws-sdk/client-securityhub';
import { QueryTypes } from 'sequelize';
import type { AssumeRole } from '../../lambda/adapters/member-credentials.ts';
import { memberSecurityHubs } from '../../lambda/adapters/member-security-hub.ts';
import { publishTargets } from '../../lambda/adapters/publish-targets.ts';
import { findingImport } from '../../lambda/adapters/security-hub.ts';
import { reconcileState } from '../../lambda/adapters/reconcile-state.ts';
import type { OwnerPlace } from '../../lambda/core/publish-target.ts';
import type { EnrichFindingDependencies, FindingImport } from '../../lambda/enrich-finding.ts';
import type { PublishTargets } from '../../lambda/publish-to-places.ts';
import type { ReconcileDependencies } from '../../lambda/reconcile.ts';
import { sqsEvent } from '../../local/event-queue.ts';
import { type LocalSecurityHub, type SecurityHubEvent, startSecurityHub } from '../../local/security-hub/server.ts';
import {
  type Enrichment,
  type EnrichmentOptions,
  TARGET,
  impatientClient,
  quietHandler,
  startEnrichment,
} from './enrichment.ts';
import { findingEvent } from './source-findings.ts';

/** The owners of the sources in tests. */
export const ALPHA: OwnerPlace = '444455556666/eu-west-1';
export const BETA: OwnerPlace = '777788889999/us-east-1';

export interface OwnerAccounts {
  readonly enrichment: Enrichment;
  /** As the functions have them with PublishTo=owner. */
  readonly dependencies: EnrichFindingDependencies;
  readonly reconcileDependencies: ReconcileDependencies;
  /** By place. */
  readonly hubs: ReadonlyMap<OwnerPlace, LocalSecurityHub>;
  /** Accounts in which the role is missing. */
  readonly withoutRole: Set<string>;
  /** Accounts that the role was assumed in, or was tried to, in order. */
  readonly assumed: string[];
  /** Events that the member accounts' hubs have emitted. */
  readonly events: SecurityHubEvent[];
  /** What the handler wrote to its log. */
  readonly log: unknown[];
  deliver(...findings: unknown[]): Promise<number[]>;
  /** Replaces the Security Hub of a place by an address at which nobody listens, or gives it back. */
  setReachable(place: OwnerPlace, isReachable: boolean): void;
  /** Ids of the technique findings that are open in a place (or the hub), sorted. */
  open(place?: OwnerPlace): string[];
  /** RecordState by Id of all technique findings in a place (or the hub). */
  all(place?: OwnerPlace): Record<string, string>;
  query<T extends object>(sql: string): Promise<T[]>;
  close(): Promise<void>;
}

/** What a test may bring itself. */
export interface OwnerAccountsOptions extends EnrichmentOptions {
  readonly places?: readonly OwnerPlace[];
  /** Places whose Security Hub is off. */
  readonly off?: readonly OwnerPlace[];
  readonly quotas?: boolean;
  readonly importRate?: number;
  readonly importBurst?: number;
  readonly wrapTargets?: (inner: PublishTargets) => PublishTargets;
}

/** Sets up a hub, its database and the member accounts, all empty. */
export async function startOwnerAccounts(options: OwnerAccountsOptions = {}): Promise<OwnerAccounts> {
  const { places = [ALPHA, BETA], off = [], quotas = false, importRate = 1000, importBurst = 1000 } = options;
  const enrichment = await startEnrichment(options);
  const { clock, database } = enrichment;
  const events: SecurityHubEvent[] = [];
  const hubs = new Map<OwnerPlace, LocalSecurityHub>();
  for (const place of places) {
    const [account = '', region = ''] = place.split('/');
    const hub = await startSecurityHub({
      account,
      region,
      quotas,
      now: () => clock.now,
      onEvent: (event) => events.push(event),
      enabled: !off.includes(place),
    });
    hubs.set(place, hub);
  }

  const withoutRole = new Set<string>();
  const assumed: string[] = [];
  const unreachable = new Set<OwnerPlace>();
  const assumeRole: AssumeRole = (accountId) => {
    assumed.push(accountId);
    if (withoutRole.has(accountId)) {
      return Promise.reject(
        Object.assign(new Error('not authorized to perform sts:AssumeRole'), { name: 'AccessDenied' }),
      );
    }
    // Shorter than the SDK keeps any, so that it asks each time and a role that vanishes is noticed at once.
    const expiration = new Date(Date.now() + 1000);
    return Promise.resolve({ accessKeyId: accountId, secretAccessKey: 'secret', sessionToken: 'token', expiration });
  };
  const clients: SecurityHubClient[] = [];
  const members = memberSecurityHubs(
    TARGET,
    assumeRole,
    ({ accountId, region }, credentials) => {
      const place: OwnerPlace = `${accountId}/${region}`;
      const client = new SecurityHubClient({
        region,
        credentials,
        maxAttempts: 1,
        endpoint: () => {
          const url = new URL(
            unreachable.has(place) ? 'http://127.0.0.1:9' : (hubs.get(place)?.url ?? 'http://127.0.0.1:9'),
          );
          return Promise.resolve({ protocol: url.protocol, hostname: url.hostname, port: Number(url.port), path: '/' });
        },
      });
      clients.push(client);
      return client;
    },
    1,
  );
  const client = impatientClient(enrichment.hub.url);
  clients.push(client);
  const wrap = options.wrap ?? ((inner: FindingImport) => inner);
  const made = publishTargets(database.reader, {
    hub: TARGET,
    hubImport: (budget) => wrap(findingImport(client, budget, 1)),
    members,
    importRate,
    importBurst,
    now: () => clock.now,
  });
  const targets = options.wrapTargets?.(made) ?? made;
  const dependencies: EnrichFindingDependencies = { ...enrichment.dependencies, publishTo: 'owner', targets };
  const log: unknown[] = [];
  const handler = quietHandler(dependencies, (line) => log.push(line));
  const findingsIn = (place?: OwnerPlace) =>
    (place === undefined ? enrichment.hub : hubs.get(place))
      ?.findings()
      .filter(({ GeneratorId }) => GeneratorId?.startsWith('virtual-soc/technique/')) ?? [];
  return {
    enrichment,
    dependencies,
    reconcileDependencies: {
      ...enrichment.reconcileDependencies,
      ...dependencies,
      reconcileState: reconcileState(database.reader),
    },
    hubs,
    withoutRole,
    assumed,
    events,
    log,
    deliver: async (...findings) => {
      const messages = findings.map((finding, index) => ({
        id: String(index),
        body: JSON.stringify(findingEvent(finding)),
      }));
      const { batchItemFailures } = await handler(sqsEvent(messages));
      return batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier));
    },
    setReachable: (place, isReachable) => {
      if (isReachable) unreachable.delete(place);
      else unreachable.add(place);
    },
    open: (place) =>
      findingsIn(place)
        .filter(({ RecordState }) => RecordState === 'ACTIVE')
        .map(({ Id }) => Id ?? '')
        .sort(),
    all: (place) => Object.fromEntries(findingsIn(place).map(({ Id, RecordState }) => [Id, RecordState ?? ''])),
    query: (sql) => database.owner.query(sql, { type: QueryTypes.SELECT }),
    close: async () => {
      for (const each of clients) each.destroy();
      await Promise.all([...hubs.values()].map((hub) => hub.close()));
      await enrichment.close();
    },
  };
}
