/** The roll-up's reads and writes in PostgreSQL. */
import { QueryTypes, type Sequelize, Transaction } from 'sequelize';
import { ARCHIVED_RETENTION_DAYS, MAX_RELATED_FINDINGS, REFRESH_AFTER_DAYS } from '../core/asff-limits.ts';
import type { SourceFinding } from '../core/finding.ts';
import { HUB, type Place } from '../core/publish-target.ts';
import { SEVERITY_LABELS, type SeverityLabel, normalizedOf } from '../core/severity.ts';
import { type ResourceIdentity, identityOf } from '../core/resource.ts';
import { readStoredFinding } from '../core/stored-finding.ts';
import type { TacticSummary } from '../core/tactic-finding.ts';
import { techniqueFindingId } from '../core/technique-finding.ts';
import type { BuiltTactic, PendingTactic, TacticState } from '../roll-up-tactics.ts';
import { IS_ACTIVE } from './active-technique.ts';
import { storable } from './storable-text.ts';
import { inTransaction } from './transaction.ts';

// The first change by its key, so that rows cleared and not yet vacuumed are not walked again and again.
const HAS_WORK = `
SELECT EXISTS (SELECT FROM state.tactic_change WHERE change_id > 0 ORDER BY change_id LIMIT 1)
    OR EXISTS (SELECT FROM state.tactic_finding
        WHERE published < revision OR (record_state = 'ACTIVE' AND updated_at < $1::timestamptz)) AS work`;

const LOCK = `SELECT pg_try_advisory_xact_lock(hashtext('virtual-soc/roll-up-tactics')) AS locked`;

const CHANGES = `SELECT max(change_id) AS last, array_agg(DISTINCT tactic_id) AS tactics FROM state.tactic_change`;

/**
 * The open technique findings of the tactics in question, once for each tactic, by the fields the counts need. One whose
 * only copy is stranded in an account that no longer lets us in is left out.
 */
const OPEN = `
open AS MATERIALIZED (
    SELECT tactic.tactic_id, t.source_key, t.technique_id, s.severity, s.account_id, s.resource_ids,
        coalesce('/' || t.written_account || '/' || t.written_region, '') AS place
    FROM state.technique_finding t
    JOIN state.source s USING (source_key)
    CROSS JOIN LATERAL unnest(t.tactic_ids) AS tactic (tactic_id)
    WHERE ${IS_ACTIVE} AND t.workflow_status <> 'SUPPRESSED'
        AND t.tactic_ids && $1::text[] AND tactic.tactic_id = ANY ($1::text[])
), pair AS MATERIALIZED (
    SELECT tactic_id, technique_id, account_id, resource_id, max(severity) AS severity, min(source_key) AS source_key
    FROM open CROSS JOIN LATERAL unnest(resource_ids) AS r (resource_id)
    GROUP BY tactic_id, technique_id, account_id, resource_id
)`;

// Every order ends in a unique key, so that equal state gives equal findings.
const SUMMARISE = `
WITH ${OPEN}, severity AS (
    SELECT tactic_id, json_object_agg(severity, pairs) AS pairs FROM (
        SELECT tactic_id, severity, count(*) AS pairs FROM pair GROUP BY tactic_id, severity
    ) AS counted GROUP BY tactic_id
), technique AS (
    SELECT tactic_id, array_agg(technique_id ORDER BY technique_id) AS ids FROM (
        SELECT DISTINCT tactic_id, technique_id FROM pair
    ) AS present GROUP BY tactic_id
), account AS (
    SELECT tactic_id, json_agg(json_build_object('accountId', account_id, 'pairs', pairs)
        ORDER BY pairs DESC, account_id) AS accounts FROM (
        SELECT tactic_id, account_id, count(*) AS pairs FROM pair GROUP BY tactic_id, account_id
    ) AS counted GROUP BY tactic_id
), resource AS MATERIALIZED (
    SELECT tactic_id, resource_id, max(severity) AS severity, count(DISTINCT technique_id) AS techniques,
        min(source_key) AS source_key
    FROM pair GROUP BY tactic_id, resource_id
), finding AS (
    SELECT tactic_id, count(*) AS findings FROM open GROUP BY tactic_id
), suppressed AS (
    SELECT tactic.tactic_id, count(*) AS findings
    FROM state.technique_finding t CROSS JOIN LATERAL unnest(t.tactic_ids) AS tactic (tactic_id)
    WHERE t.record_state = 'ACTIVE' AND t.workflow_status = 'SUPPRESSED' AND tactic.tactic_id = ANY ($1::text[])
    GROUP BY tactic.tactic_id
)
SELECT tactic_id AS "tacticId",
    coalesce(severity.pairs, '{}') AS "pairsBySeverity",
    coalesce(finding.findings, 0)::int AS findings,
    coalesce(technique.ids, '{}') AS "techniqueIds",
    coalesce(account.accounts, '[]') AS accounts,
    (SELECT count(*) FROM resource r WHERE r.tactic_id = dirty.tactic_id)::int AS resources,
    coalesce(suppressed.findings, 0)::int AS suppressed,
    array(SELECT o.technique_id || '/' || o.source_key || o.place FROM open o WHERE o.tactic_id = dirty.tactic_id
        ORDER BY o.severity DESC, o.technique_id, o.source_key LIMIT ${MAX_RELATED_FINDINGS}) AS "worstFindings",
    array(SELECT json_build_object('id', r.resource_id, 'sourceKey', r.source_key) FROM resource r
        WHERE r.tactic_id = dirty.tactic_id
        ORDER BY r.severity DESC, r.techniques DESC, r.resource_id COLLATE "C" LIMIT ${MAX_RELATED_FINDINGS}) AS "worstResources"
FROM unnest($1::text[]) AS dirty (tactic_id)
LEFT JOIN severity USING (tactic_id)
LEFT JOIN technique USING (tactic_id)
LEFT JOIN account USING (tactic_id)
LEFT JOIN finding USING (tactic_id)
LEFT JOIN suppressed USING (tactic_id)
ORDER BY tactic_id`;

/** The kept source findings, which tell a resource's type and Region. */
const KEPT_FINDINGS = `
SELECT source_key AS "sourceKey", finding FROM state.source WHERE source_key = ANY ($1::text[]) AND finding IS NOT NULL`;

const KEEP = `
INSERT INTO state.tactic_finding AS t
    (tactic_id, record_state, content_hash, content, created_at, updated_at)
SELECT tactic_id, record_state, content_hash, content, $5::timestamptz, $5::timestamptz
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS n (tactic_id, record_state, content_hash, content)
-- A tactic under which nothing was ever open gets no finding.
WHERE record_state = 'ACTIVE' OR EXISTS (SELECT FROM state.tactic_finding k WHERE k.tactic_id = n.tactic_id)
ORDER BY tactic_id
ON CONFLICT (tactic_id) DO UPDATE SET
    record_state = excluded.record_state,
    content_hash = excluded.content_hash,
    content = excluded.content,
    revision = t.revision + 1,
    created_at = CASE WHEN t.published < t.revision
        OR t.updated_at < excluded.updated_at - interval '${ARCHIVED_RETENTION_DAYS - 1} days'
        THEN greatest(excluded.updated_at, t.updated_at + interval '1 millisecond') ELSE t.created_at END,
    updated_at = greatest(excluded.updated_at, t.updated_at + interval '1 millisecond')
WHERE t.content_hash <> excluded.content_hash`;

// Changes up to the last one seen belong to this snapshot; later ones stay for the next roll-up. A change with a smaller
// number that commits later is not in the snapshot either, and the delete does not see it.
const CLEAR = `DELETE FROM state.tactic_change WHERE change_id <= $1 AND tactic_id = ANY ($2::text[])`;

/** Security Hub deletes what nobody updates, and a quiet tactic is not a closed one. */
const REFRESH = `
UPDATE state.tactic_finding SET
    revision = revision + 1,
    created_at = greatest($2::timestamptz, updated_at + interval '1 millisecond'),
    updated_at = greatest($2::timestamptz, updated_at + interval '1 millisecond')
WHERE record_state = 'ACTIVE' AND updated_at < $1::timestamptz`;

const UNSENT = `
SELECT tactic_id AS "tacticId", content, revision, created_at AS "createdAt", updated_at AS "updatedAt"
FROM state.tactic_finding WHERE published < revision ORDER BY tactic_id`;

const CONFIRM = `
UPDATE state.tactic_finding t SET published = greatest(t.published, sent.revision)
FROM unnest($1::text[], $2::bigint[]) AS sent (tactic_id, revision)
WHERE t.tactic_id = sent.tactic_id`;

interface SummaryRow extends Omit<TacticSummary, 'pairsBySeverity' | 'worstFindingIds' | 'worstResources'> {
  readonly pairsBySeverity: Readonly<Record<string, number>>;
  /** `<technique>/<source key>`, and `/<account>/<Region>` where it is not written in the hub */
  readonly worstFindings: readonly string[];
  readonly worstResources: readonly { readonly id: string; readonly sourceKey: string }[];
}

/** Throws where the database does not answer; nothing is then rolled up, and the next run does it. */
export function tacticState(sequelize: Sequelize): TacticState {
  return {
    hasWork: async (now) => {
      const [row] = await sequelize.query<{ work: boolean }>(HAS_WORK, {
        type: QueryTypes.SELECT,
        bind: [refreshBefore(now)],
      });
      return row?.work ?? false;
    },
    rollUp: (build, now) =>
      inTransaction(
        sequelize,
        async (transaction) => {
          const [lock] = await sequelize.query<{ locked: boolean }>(LOCK, { type: QueryTypes.SELECT, transaction });
          if (!lock?.locked) return [];
          const [changes] = await sequelize.query<{ last: string | null; tactics: string[] | null }>(CHANGES, {
            type: QueryTypes.SELECT,
            transaction,
          });
          if (changes?.tactics) {
            const summaries = await summarise(sequelize, transaction, changes.tactics);
            // A tactic that the catalogue at hand does not know stays marked, for a roll-up that knows it.
            const built = summaries.flatMap((summary) => build(summary) ?? []);
            await keep(sequelize, transaction, built, now);
            await sequelize.query(CLEAR, {
              type: QueryTypes.DELETE,
              transaction,
              bind: [changes.last, built.map(({ tacticId }) => tacticId)],
            });
          }
          await sequelize.query(REFRESH, {
            type: QueryTypes.UPDATE,
            transaction,
            bind: [refreshBefore(now), now.toISOString()],
          });
          return sequelize.query<PendingTactic>(UNSENT, { type: QueryTypes.SELECT, transaction });
        },
        Transaction.ISOLATION_LEVELS.REPEATABLE_READ,
      ),
    confirm: async (tactics) => {
      if (tactics.length === 0) return;
      await sequelize.query(CONFIRM, {
        type: QueryTypes.UPDATE,
        bind: [tactics.map(({ tacticId }) => tacticId), tactics.map(({ revision }) => revision)],
      });
    },
  };
}

function refreshBefore(now: Date): string {
  return new Date(now.getTime() - REFRESH_AFTER_DAYS * 86_400_000).toISOString();
}

async function summarise(sequelize: Sequelize, transaction: Transaction, tacticIds: readonly string[]) {
  const rows = await sequelize.query<SummaryRow>(SUMMARISE, {
    type: QueryTypes.SELECT,
    transaction,
    bind: [tacticIds],
  });
  const sourceKeys = [...new Set(rows.flatMap((row) => row.worstResources.map(({ sourceKey }) => sourceKey)))];
  const kept = await sequelize.query<{ sourceKey: string; finding: string }>(KEPT_FINDINGS, {
    type: QueryTypes.SELECT,
    transaction,
    bind: [sourceKeys],
  });
  const sources = new Map(kept.map(({ sourceKey, finding }) => [sourceKey, readable(finding)]));
  return rows.map(({ pairsBySeverity, worstFindings, worstResources, ...summary }): TacticSummary => ({
    ...summary,
    pairsBySeverity: Object.fromEntries(
      SEVERITY_LABELS.map((label) => [label, pairsBySeverity[normalizedOf(label)] ?? 0]),
    ) as Record<SeverityLabel, number>,
    worstFindingIds: worstFindings.map((finding) => {
      const [techniqueId = '', sourceKey = ''] = finding.split('/');
      return techniqueFindingId(techniqueId, sourceKey);
    }),
    worstFindingPlaces: worstFindings.map((finding): Place => {
      const [, , account, region] = finding.split('/');
      return account === undefined || region === undefined ? HUB : `${account}/${region}`;
    }),
    worstResources: worstResources.map(({ id, sourceKey }) => describeResource(id, sources.get(sourceKey))),
  }));
}

/** What identifies the resource; its details are two clicks away. */
function describeResource(id: string, source: SourceFinding | undefined): ResourceIdentity {
  const resource = source?.resources.find(({ Id }) => storable(Id) === id);
  return identityOf(resource ?? { Id: id, Type: 'Other' });
}

/** A kept finding that cannot be read must not keep the tactics of all others from being rolled up. */
function readable(finding: string): SourceFinding | undefined {
  try {
    return readStoredFinding(finding);
  } catch {
    return undefined;
  }
}

async function keep(sequelize: Sequelize, transaction: Transaction, tactics: readonly BuiltTactic[], now: Date) {
  await sequelize.query(KEEP, {
    type: QueryTypes.INSERT,
    transaction,
    bind: [
      tactics.map(({ tacticId }) => tacticId),
      tactics.map(({ recordState }) => recordState),
      tactics.map(({ contentHash }) => contentHash),
      tactics.map(({ content }) => JSON.stringify(content)),
      now.toISOString(),
    ],
  });
}
