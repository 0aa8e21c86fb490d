/** Puts the adapters of remediation together: once for each container, before the first event. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { S3Client } from '@aws-sdk/client-s3';
import type { Sequelize } from 'sequelize';
import { z } from 'zod';
import { openDatabase } from './adapters/database-connection.ts';
import { identityCenterRoles } from './adapters/identity-center-roles.ts';
import { organizationalUnitsFrom } from './adapters/organizational-units.ts';
import { readConfigurationFrom } from './adapters/remediation-configuration.ts';
import { mirrorTargets } from './adapters/remediation-mirror.ts';
import { remediationState } from './adapters/remediation-state.ts';
import { securityHubClient } from './adapters/security-hub.ts';
import { type SecurityHubTarget, securityHubTarget } from './core/security-hub-target.ts';
import { ACTIONS } from './remediation/actions.ts';
import { CASES, type Case, actionsOf } from './remediation/case.ts';
import { memberSessions } from './remediation/member-session.ts';
import type { MirrorTargets } from './remediation/mirror.ts';
import type { RemediateDependencies } from './remediation/remediate.ts';
import type { ControlDependencies } from './remediation/remediation-control.ts';
import type { SettleDependencies } from './remediation/settle.ts';

const environment = z.object({
  HUB_ACCOUNT_ID: z.string().regex(/^\d{12}$/, { error: 'must be an account id of 12 digits' }),
  HUB_REGION: z.string().regex(/^[a-z]{2,4}(-[a-z]+)+-\d$/, { error: 'must be a Region such as eu-west-1' }),
  DATABASE_URL: z.string().min(1),
  REMEDIATION_CONFIGURATION: z.string().regex(/^s3:\/\/[a-z0-9.-]+\/.+$/, { error: 'must be s3://<bucket>/<key>' }),
  REMEDIATION_BUS: z.string().min(1),
  REMEDIATION_CASE: z.enum(CASES).optional(),
});

/** What the functions of remediation are told by their environment. */
export interface RemediationSettings {
  readonly target: SecurityHubTarget;
  readonly databaseUrl: string;
  readonly configuration: string;
  /** Name or ARN of the bus that events of ours are sent to. */
  readonly bus: string;
  /** The case whose actions the function knows; all of them where it is told none. */
  readonly only: Case | undefined;
}

/** Throws with the names of the settings that are missing or wrong, never with their values. */
export function readRemediationSettings(env: NodeJS.ProcessEnv): RemediationSettings {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Error(`the function's environment is not complete: ${problems.join('; ')}`);
  }
  const { HUB_ACCOUNT_ID, HUB_REGION, DATABASE_URL, REMEDIATION_CONFIGURATION, REMEDIATION_BUS, REMEDIATION_CASE } =
    parsed.data;
  return {
    target: securityHubTarget(HUB_ACCOUNT_ID, HUB_REGION),
    databaseUrl: DATABASE_URL,
    configuration: REMEDIATION_CONFIGURATION,
    bus: REMEDIATION_BUS,
    only: REMEDIATION_CASE,
  };
}

export interface RemediationWiring {
  readonly sequelize: Sequelize;
  /** Reads the configuration each time. */
  readonly dependencies: () => Promise<RemediateDependencies>;
  /** Reads the configuration only where something depends on it. */
  readonly control: ControlDependencies;
  /** What goes by the record and the accounts alone. */
  readonly settle: SettleDependencies;
  readonly mirror: MirrorTargets;
}

/** Wires one function. Nothing is opened before it is used. */
export function wireRemediation(settings: RemediationSettings, now: () => Date = () => new Date()): RemediationWiring {
  const { target } = settings;
  const { region } = target;
  const sequelize = openDatabase(settings.databaseUrl);
  const s3 = new S3Client({ region });
  const collaborators = {
    actions: settings.only === undefined ? ACTIONS : actionsOf(ACTIONS, settings.only),
    state: remediationState(sequelize),
    openSession: memberSessions(target),
    organizationalUnits: organizationalUnitsFrom(new OrganizationsClient({ region }), now),
    hub: target,
    now,
  };
  const configuration = () => readConfigurationFrom(s3, settings.configuration, target.accountId);
  return {
    sequelize,
    dependencies: async () => ({ ...collaborators, configuration: await configuration() }),
    control: {
      ...collaborators,
      configuration,
      isOfIdentityCenter: identityCenterRoles(new IAMClient({ region }), target.accountId),
    },
    settle: collaborators,
    mirror: mirrorTargets(securityHubClient(region), new EventBridgeClient({ region }), settings.bus),
  };
}
