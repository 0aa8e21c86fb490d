/** Puts the adapters together for the functions: once for each container, before the first event. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { SecurityHubClient } from '@aws-sdk/client-securityhub';
import type { Sequelize } from 'sequelize';
import { catalogueReader } from './adapters/catalogue-reader.ts';
import { openDatabase } from './adapters/database-connection.ts';
import { findingState } from './adapters/finding-state.ts';
import { type ImportBudget, sharedImportBudget } from './adapters/import-budget.ts';
import { assumeMemberRole, cachedCredentials } from './adapters/member-credentials.ts';
import { memberSecurityHubs } from './adapters/member-security-hub.ts';
import { publishTargets } from './adapters/publish-targets.ts';
import { findingImport, securityHubClient } from './adapters/security-hub.ts';
import type { Settings } from './adapters/settings.ts';
import { tacticState } from './adapters/tactic-state.ts';
import type { EnrichFindingDependencies } from './enrich-finding.ts';
import type { Observability } from './enrich-finding-handler.ts';
import type { RollUpDependencies } from './roll-up-tactics.ts';

export interface Wiring {
  readonly sequelize: Sequelize;
  readonly client: SecurityHubClient;
  readonly enrichFinding: EnrichFindingDependencies;
  readonly rollUp: RollUpDependencies;
}

/** Wires one function. Nothing is opened before it is used: the first query connects. */
export function wire(settings: Settings, now: () => Date = () => new Date()): Wiring {
  const sequelize = openDatabase(settings.databaseUrl);
  const client = securityHubClient(settings.target.region);
  const shared = {
    catalogue: catalogueReader(sequelize),
    securityHub: findingImport(client, importBudget(sequelize, settings)),
    target: settings.target,
    language: settings.language,
    publishTo: settings.publishTo,
    now,
  };
  const targets = publishTargets(sequelize, {
    hub: settings.target,
    hubImport: (budget) => findingImport(client, budget),
    members: memberSecurityHubs(
      settings.target,
      cachedCredentials(assumeMemberRole(settings.target, settings.memberRoleName), now),
    ),
    importRate: settings.importRate,
    importBurst: settings.importBurst,
    now,
  });
  return {
    sequelize,
    client,
    enrichFinding: { ...shared, targets, state: findingState(sequelize) },
    rollUp: { ...shared, state: tacticState(sequelize) },
  };
}

function importBudget(sequelize: Sequelize, { importRate, importBurst, target }: Settings): ImportBudget {
  return sharedImportBudget(sequelize, `${target.accountId}/${target.region}`, importRate, importBurst);
}

/** Logger and metrics of one function. The event itself is never logged: it holds findings. */
export function observe(serviceName: string): Observability & { readonly metrics: Metrics } {
  return {
    logger: new Logger({ serviceName }),
    metrics: new Metrics({ namespace: 'VirtualSOC', serviceName }),
  };
}
