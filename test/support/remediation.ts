/** A hub with its database, and a member account whose services answer over HTTP. */
import { QueryTypes } from 'sequelize';
import { remediationState } from '../../lambda/adapters/remediation-state.ts';
import { sha256 } from '../../lambda/core/source-event.ts';
import { securityHubTarget } from '../../lambda/core/security-hub-target.ts';
import { ACTIONS } from '../../lambda/remediation/actions.ts';
import { type Configuration, configurationSchema } from '../../lambda/remediation/configuration.ts';
import { memberSessions } from '../../lambda/remediation/member-session.ts';
import type { RemediationState } from '../../lambda/remediation/record.ts';
import type { RemediateDependencies } from '../../lambda/remediation/remediate.ts';
import type { ControlDependencies } from '../../lambda/remediation/remediation-control.ts';
import { type TestDatabase, createDatabase } from './database.ts';
import { type ServiceStandIn, startServices } from './service-stand-in.ts';
import { configFinding } from './source-findings.ts';
import { type StandIn, startSts } from './sts.ts';

export const HUB = securityHubTarget('111122223333', 'eu-west-1');
export const MEMBER = '444455556666';
/** The role of a permission set in the hub. */
export const SSO_ROLE = 'AWSReservedSSO_Security_0123456789abcdef';

export interface RemediationBench {
  readonly database: TestDatabase;
  readonly services: ServiceStandIn;
  readonly sts: StandIn;
  readonly state: RemediationState;
  /** Accounts without the role. */
  readonly withoutRole: Set<string>;
  now: Date;
  /** Moves the clock on. */
  later(minutes: number): void;
  /** What the use cases take, with this configuration. */
  dependencies(configuration: Record<string, unknown>, changes?: Partial<RemediateDependencies>): RemediateDependencies;
  /** What the use case of people takes. Of the roles that look so, those with the name {@link SSO_ROLE} are of Identity Center. */
  control(configuration: Record<string, unknown>, changes?: Partial<ControlDependencies>): ControlDependencies;
  /** Records an open source finding and its technique finding. Returns the technique finding's Id. */
  addFinding(options?: FindingOptions): Promise<string>;
  query<T extends object>(sql: string): Promise<T[]>;
  /** Forgets everything that was recorded, and the calls. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export interface FindingOptions {
  readonly provider?: string;
  readonly ruleKey?: string;
  readonly techniqueId?: string;
  readonly finding?: Record<string, unknown>;
  readonly workflowStatus?: string;
  readonly isOpen?: boolean;
  /** account/Region that it is written in; the hub otherwise. */
  readonly place?: readonly [account: string, region: string];
}

/** What has the configuration read, with the parts that have to be there. */
export function configurationOf(changes: Record<string, unknown>): Configuration {
  return configurationSchema.parse({ version: 1, breakGlass: [], ...changes });
}

export async function startRemediation(): Promise<RemediationBench> {
  const database = await createDatabase();
  const services = await startServices();
  const withoutRole = new Set<string>();
  const sts = await startSts((account) => withoutRole.has(account));
  const state = remediationState(database.reader);
  // Of the stand-in all but its credentials: those come from STS.
  const { credentials: _credentials, ...client } = services.client;
  const openSession = memberSessions(HUB, {
    sts: {
      masterCredentials: { accessKeyId: 'hub', secretAccessKey: 'hub' },
      clientConfig: { endpoint: sts.endpoint },
    },
    client,
  });
  const start = new Date('2026-11-01T12:00:00.000Z');
  const bench: RemediationBench = {
    database,
    services,
    sts,
    state,
    withoutRole,
    now: start,
    later: (minutes) => {
      bench.now = new Date(bench.now.getTime() + minutes * 60_000);
    },
    dependencies: (configuration, changes = {}) => ({
      configuration: configurationOf(configuration),
      actions: ACTIONS,
      state,
      openSession,
      organizationalUnits: () => Promise.resolve(undefined),
      hub: HUB,
      now: () => bench.now,
      ...changes,
    }),
    control: (configuration, changes = {}) => ({
      ...bench.dependencies({}),
      configuration: () => Promise.resolve(configurationOf(configuration)),
      isOfIdentityCenter: ({ accountId, name }) => Promise.resolve(accountId === HUB.accountId && name === SSO_ROLE),
      ...changes,
    }),
    addFinding: async (options = {}) => {
      const { provider = 'config', ruleKey = 'cmk-backing-key-rotation-enabled', techniqueId = 'T1485' } = options;
      const finding = configFinding(options.finding);
      const sourceKey = sha256(JSON.stringify([finding, options]));
      const [account = null, region = null] = options.place ?? [];
      await database.owner.query(
        `INSERT INTO state.source (source_key, updated_at_ns, processed_at_ns, event_at_ns, is_open, content_hash, account_id,
            region, product_arn, finding_id, provider, rule_key, severity, resource_ids, finding, enriched_with, seen_at)
        VALUES ($1, 1, 1, 1, $2, 'h', $3, $4, $5, $6, $7, $8, 40, '{}', $9, 'v', now())`,
        {
          bind: [
            sourceKey,
            options.isOpen ?? true,
            finding['AwsAccountId'],
            finding['Region'],
            finding['ProductArn'],
            finding['Id'],
            provider,
            ruleKey,
            JSON.stringify(finding),
          ],
        },
      );
      await database.owner.query(
        `INSERT INTO state.technique_finding (source_key, technique_id, record_state, content_hash, tactic_ids, effect, score,
            severity, created_at, updated_at, workflow_status, written_account, written_region)
        VALUES ($1, $2, 'ACTIVE', 'h', '{}', 'protect', 'partial', 40, now(), now(), $3, $4, $5)`,
        { bind: [sourceKey, techniqueId, options.workflowStatus ?? 'NEW', account, region] },
      );
      return `virtual-soc/technique/v1/${techniqueId}/${sourceKey}`;
    },
    query: (sql) => database.owner.query(sql, { type: QueryTypes.SELECT }),
    reset: async () => {
      await database.owner.query(
        'TRUNCATE state.remediation, state.remediation_event, state.remediation_note, state.source CASCADE',
      );
      services.calls.length = 0;
      sts.requests.length = 0;
      withoutRole.clear();
      bench.now = start;
    },
    close: async () => {
      await services.close();
      await new Promise((resolve) => sts.server.close(resolve));
      await database.drop();
    },
  };
  return bench;
}

/** The message that brings an event of one of our findings. */
export function message(
  id: string,
  { accountId, productArn }: { readonly accountId: string; readonly productArn: string } = HUB,
  detailType = 'Security Hub Findings - Imported',
): { messageId: string; body: string } {
  const finding = { Id: id, ProductArn: productArn, AwsAccountId: accountId, Region: 'eu-west-1' };
  const event = { 'detail-type': detailType, source: 'aws.securityhub', detail: { findings: [finding] } };
  return { messageId: id.slice(-8), body: JSON.stringify(event) };
}
