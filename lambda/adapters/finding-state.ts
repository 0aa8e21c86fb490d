/** The write protocol's two transactions, T1 and T2, in PostgreSQL. */
import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { ACTIVE_RETENTION_DAYS, ARCHIVED_RETENTION_DAYS } from '../core/asff-limits.ts';
import { closedReasonOf } from '../core/life-cycle.ts';
import { HUB } from '../core/publish-target.ts';
import { normalizedOf } from '../core/severity.ts';
import type { FindingState, PendingTechnique, SourceChange } from '../enrich-finding.ts';
import { storable } from './storable-text.ts';
import { inTransaction, untilConflictFree } from './transaction.ts';

/**
 * Statement 1 of T1: keeps the newest event of each source. Sorted, since two batches that lock the same rows in
 * another order deadlock. The catalogue's row is locked for sharing, so that a load waits for this batch or this batch
 * sees the load.
 */
const KEEP_NEWEST = `
WITH release AS (
    SELECT version FROM catalogue.release FOR SHARE
), arrived AS (
    SELECT * FROM unnest(
        $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::boolean[], $7::text[], $8::text[], $9::text[],
        $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::smallint[], $17::text[],
        $18::text[], $19::text[]
    ) AS t (source_key, updated_at_ns, processed_at_ns, event_at_ns, is_open, content_hash, account_id, region,
        product_arn, finding_id, provider, rule_key, unmapped_reason, unknown_techniques, severity, resource_ids, finding,
        closed_reason)
), won AS (
    INSERT INTO state.source AS s (source_key, updated_at_ns, processed_at_ns, event_at_ns, is_open, content_hash,
        account_id, region, product_arn, finding_id, provider, rule_key, unmapped_reason, unknown_techniques, severity,
        resource_ids, finding, closed_reason, enriched_with, seen_at)
    SELECT a.source_key, a.updated_at_ns, a.processed_at_ns, a.event_at_ns, a.is_open, a.content_hash, a.account_id,
        a.region, a.product_arn, a.finding_id, a.provider, a.rule_key, a.unmapped_reason,
        string_to_array(a.unknown_techniques, E'\\x1f'), a.severity, string_to_array(a.resource_ids, E'\\x1f'), a.finding,
        a.closed_reason, $20::text, $21::timestamptz
    FROM arrived a, release
    WHERE release.version = $1
    ORDER BY a.source_key
    ON CONFLICT (source_key) DO UPDATE SET
        updated_at_ns = excluded.updated_at_ns,
        processed_at_ns = excluded.processed_at_ns,
        event_at_ns = excluded.event_at_ns,
        is_open = excluded.is_open,
        content_hash = excluded.content_hash,
        account_id = excluded.account_id,
        region = excluded.region,
        provider = excluded.provider,
        rule_key = excluded.rule_key,
        unmapped_reason = excluded.unmapped_reason,
        unknown_techniques = excluded.unknown_techniques,
        severity = excluded.severity,
        resource_ids = excluded.resource_ids,
        finding = coalesce(excluded.finding, s.finding),
        enriched_with = excluded.enriched_with,
        closed_reason = excluded.closed_reason,
        seen_at = excluded.seen_at
    WHERE (s.updated_at_ns, s.processed_at_ns, s.event_at_ns, s.is_open, s.content_hash)
        < (excluded.updated_at_ns, excluded.processed_at_ns, excluded.event_at_ns, excluded.is_open, excluded.content_hash)
    RETURNING s.source_key
)
SELECT (SELECT version FROM release) AS version, array(SELECT source_key FROM won) AS winners`;

// A finding that Security Hub does not have is created, and then CreatedAt must equal UpdatedAt: one never sent, one whose
// last import failed, one that was deleted for its age. A day less than the documented retention: equal times are accepted
// for an existing finding, unequal ones refused for a new one.
const LIKELY_DELETED = `t.updated_at < $3::timestamptz - CASE t.record_state
    WHEN 'ARCHIVED' THEN interval '${ARCHIVED_RETENTION_DAYS - 1} days' ELSE interval '${ACTIVE_RETENTION_DAYS - 1} days' END`;
export const NEXT_UPDATED_AT = `greatest($3::timestamptz, t.updated_at + interval '1 millisecond')`;
export const NEXT_CREATED_AT = `CASE WHEN t.published < t.revision OR ${LIKELY_DELETED} THEN ${NEXT_UPDATED_AT} ELSE t.created_at END`;

/** The place that a row is written in, as text; what it has left behind is kept in the same words. */
export const placeIn = (row: string) => `coalesce(${row}.written_account || '/' || ${row}.written_region, '${HUB}')`;

/** The columns of a technique finding that say where it is, for a select. */
export const PLACED = (row: string) => `${row}.written_account || '/' || ${row}.written_region AS place,
    ${row}.left_in AS "leftIn", ${row}.published >= ${row}.revision AS "isSent"`;

/** Whether an update takes a technique finding to another place. */
const MOVES = `(t.written_account IS DISTINCT FROM excluded.written_account
        OR t.written_region IS DISTINCT FROM excluded.written_region)`;

// The place it leaves keeps a copy, unless the last thing that was written there has closed it. The place it comes to is
// written anew and has nothing left to archive.
const LEFT_AFTER_MOVE = `nullif(array_remove(
            CASE WHEN t.record_state = 'ARCHIVED' AND t.published = t.revision THEN t.left_in
                ELSE array_append(t.left_in, ${placeIn('t')}) END,
            ${placeIn('excluded')}), '{}')`;

/** Where everything is written to the hub. */
const IN_HUB = {
  with: '',
  account: 'NULL::text',
  region: 'NULL::text',
  mayBeThere: 'true',
};

/** Where technique findings go to the place that owns their source, as long as that lets us in. $21: places, or empty. */
const AT_OWNER = {
  with: `shut AS MATERIALIZED (
    SELECT place FROM state.publish_target WHERE place = ANY ($21::text[]) AND refused AND retry_at > $3::timestamptz
), `,
  account: `CASE WHEN NOT EXISTS (SELECT FROM shut WHERE shut.place = d.owner) THEN nullif(split_part(d.owner, '/', 1), '') END`,
  region: `CASE WHEN NOT EXISTS (SELECT FROM shut WHERE shut.place = d.owner) THEN nullif(split_part(d.owner, '/', 2), '') END`,
  // Only who has put it there in this very statement knows that nobody has sent it there yet.
  mayBeThere: `NOT (p.is_changed AND (SELECT ${placeIn('o')} FROM old o
        WHERE o.source_key = p.source_key AND o.technique_id = p.technique_id) IS DISTINCT FROM ${placeIn('p')})`,
};

/**
 * Statement 2 of T1, a statement of its own so that it sees what other batches did to the sources locked by the first:
 * brings the technique findings of the sources that won in line with what they should be, and returns everything of this
 * batch's sources that Security Hub does not have yet.
 *
 * Rows of state are looked up one key at a time (LATERAL with OFFSET 0, a scalar subquery): as plain joins the planner reads
 * a whole table that it has no statistics of yet, and the cost of a batch grows with what is stored.
 */
const lineUpTechniquesSql = (where: typeof IN_HUB) => `
WITH ${where.with}desired AS (
    SELECT d.*, string_to_array(d.tactics, ';') AS tactic_ids, ${where.account} AS written_account,
        ${where.region} AS written_region
    FROM unnest(
        $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
        $10::smallint[]${where === IN_HUB ? '' : ', $21::text[]'}
    ) AS d (source_key, technique_id, content_hash, tactics, effect, score, severity${where === IN_HUB ? '' : ', owner'})
    WHERE d.source_key = ANY ($2::text[])
), old AS MATERIALIZED (
    SELECT t.* FROM unnest($2::text[]) AS w (source_key) CROSS JOIN LATERAL (
        SELECT t.source_key, t.technique_id, t.record_state, t.tactic_ids, t.workflow_status, t.written_account,
            t.written_region
        FROM state.technique_finding t WHERE t.source_key = w.source_key OFFSET 0
    ) AS t
), opened AS (
    INSERT INTO state.technique_finding AS t
        (source_key, technique_id, record_state, content_hash, tactic_ids, effect, score, severity, created_at, updated_at,
        written_account, written_region, workflow_status)
    SELECT d.source_key, d.technique_id, 'ACTIVE', d.content_hash, d.tactic_ids, d.effect, d.score, d.severity, $3, $3,
        d.written_account, d.written_region,
        -- What an analyst decided about a technique holds for the one that ATT&CK has put in its place.
        coalesce((
            SELECT old.workflow_status FROM old JOIN catalogue.redirect r ON r.old_id = old.technique_id
            WHERE old.source_key = d.source_key AND r.new_id = d.technique_id AND old.record_state = 'ACTIVE'
            ORDER BY old.technique_id LIMIT 1
        ), 'NEW')
    FROM desired d
    ORDER BY d.source_key, d.technique_id
    ON CONFLICT (source_key, technique_id) DO UPDATE SET
        record_state = 'ACTIVE',
        content_hash = excluded.content_hash,
        tactic_ids = excluded.tactic_ids,
        effect = excluded.effect,
        score = excluded.score,
        severity = excluded.severity,
        revision = t.revision + 1,
        created_at = CASE WHEN ${MOVES} THEN ${NEXT_UPDATED_AT} ELSE ${NEXT_CREATED_AT} END,
        updated_at = ${NEXT_UPDATED_AT},
        published = CASE WHEN ${MOVES} THEN 0 ELSE t.published END,
        left_in = CASE WHEN ${MOVES} THEN ${LEFT_AFTER_MOVE} ELSE t.left_in END,
        written_account = excluded.written_account,
        written_region = excluded.written_region
    WHERE t.record_state <> 'ACTIVE' OR t.content_hash <> excluded.content_hash OR ${MOVES}
    RETURNING t.*
), archived AS (
    UPDATE state.technique_finding t SET
        record_state = 'ARCHIVED',
        revision = t.revision + 1,
        created_at = ${NEXT_CREATED_AT},
        updated_at = ${NEXT_UPDATED_AT}
    FROM old
    WHERE t.source_key = old.source_key AND t.technique_id = old.technique_id AND old.record_state = 'ACTIVE'
        AND NOT EXISTS (
            SELECT FROM desired d WHERE d.source_key = old.source_key AND d.technique_id = old.technique_id
        )
    RETURNING t.*
), changed AS (
    SELECT * FROM opened UNION ALL SELECT * FROM archived
), marked AS (
    INSERT INTO state.tactic_change (tactic_id)
    SELECT unnest(tactic_ids) FROM changed
    UNION
    SELECT unnest(old.tactic_ids) FROM old JOIN changed USING (source_key, technique_id)
), unchecked AS (
    INSERT INTO state.unchecked_source AS u
        (source_key, updated_at_ns, processed_at_ns, event_at_ns, account_id, region, provider, rule_key, compliance_status,
        content_hash)
    SELECT * FROM unnest(
        $11::text[], $12::bigint[], $13::bigint[], $14::bigint[], $15::text[], $16::text[], $17::text[], $18::text[],
        $19::text[], $20::text[]
    ) AS n (source_key, updated_at_ns, processed_at_ns, event_at_ns, account_id, region, provider, rule_key, status, hash)
    ORDER BY source_key
    ON CONFLICT (source_key) DO UPDATE SET
        updated_at_ns = excluded.updated_at_ns,
        processed_at_ns = excluded.processed_at_ns,
        event_at_ns = excluded.event_at_ns,
        provider = excluded.provider,
        rule_key = excluded.rule_key,
        compliance_status = excluded.compliance_status,
        content_hash = excluded.content_hash
    WHERE (u.updated_at_ns, u.processed_at_ns, u.event_at_ns, u.content_hash)
        < (excluded.updated_at_ns, excluded.processed_at_ns, excluded.event_at_ns, excluded.content_hash)
), pending AS (
    SELECT changed.*, true AS is_changed FROM changed
    UNION ALL
    SELECT t.*, false FROM state.technique_finding t
    WHERE t.source_key = ANY ($1::text[]) AND t.published < t.revision
        AND NOT EXISTS (SELECT FROM changed c WHERE c.source_key = t.source_key AND c.technique_id = t.technique_id)
)
SELECT p.source_key AS "sourceKey", p.technique_id AS "techniqueId", p.record_state AS "recordState", p.revision,
    p.created_at AS "createdAt", p.updated_at AS "updatedAt", p.tactic_ids AS "tacticIds", p.effect, p.score,
    p.workflow_status AS "workflowStatus", ${PLACED('p')}, ${where.mayBeThere} AS "mayBeThere",
    CASE WHEN d.source_key IS NULL THEN
        (SELECT s.finding FROM state.source s WHERE s.source_key = p.source_key) END AS finding
FROM pending p
LEFT JOIN desired d USING (source_key, technique_id)
ORDER BY p.source_key, p.technique_id`;

const LINE_UP_IN_HUB = lineUpTechniquesSql(IN_HUB);
const LINE_UP_AT_OWNER = lineUpTechniquesSql(AT_OWNER);

/** T2. In key order, so that it meets other batches' locks in the order in which they take them. */
const CONFIRM = `
UPDATE state.technique_finding t SET published = sent.revision
FROM (
    SELECT f.source_key, f.technique_id, n.revision
    FROM unnest($1::text[], $2::text[], $3::bigint[]) AS n (source_key, technique_id, revision)
    JOIN state.technique_finding f USING (source_key, technique_id)
    WHERE f.published < n.revision
    ORDER BY f.source_key, f.technique_id
    FOR NO KEY UPDATE OF f
) sent
WHERE t.source_key = sent.source_key AND t.technique_id = sent.technique_id AND t.published < sent.revision`;

/** The state adapter. Every method throws where the database does not answer: the batch then comes again. */
export function findingState(sequelize: Sequelize): FindingState {
  return {
    record: ({ changes, unchecked, catalogueVersion, enrichedWith, now }) =>
      inTransaction(sequelize, async (transaction) => {
        const [kept] = await sequelize.query<{ version: string | null; winners: string[] }>(KEEP_NEWEST, {
          type: QueryTypes.SELECT,
          transaction,
          bind: [catalogueVersion, ...columnsOfSources(changes), enrichedWith, now.toISOString()],
        });
        if (kept?.version !== catalogueVersion) return 'stale-catalogue' as const;
        return lineUpTechniques(sequelize, transaction, changes, kept.winners, unchecked, now);
      }),
    confirm: async (techniques) => {
      if (techniques.length === 0) return;
      await untilConflictFree(() =>
        sequelize.query(CONFIRM, {
          type: QueryTypes.UPDATE,
          bind: [
            techniques.map(({ sourceKey }) => sourceKey),
            techniques.map(({ techniqueId }) => techniqueId),
            techniques.map(({ revision }) => revision),
          ],
        }),
      );
    },
  };
}

/** Statement 2 of T1, for the sources whose rows this transaction has locked as `winners`. */
export function lineUpTechniques(
  sequelize: Sequelize,
  transaction: Transaction,
  changes: readonly SourceChange[],
  winners: readonly string[],
  unchecked: readonly SourceChange[],
  now: Date,
): Promise<PendingTechnique[]> {
  const won = new Set(winners);
  const winning = changes.filter(({ event }) => won.has(event.sourceKey));
  const isAtOwner = winning.some(({ owner }) => owner !== undefined);
  return sequelize.query<PendingTechnique>(isAtOwner ? LINE_UP_AT_OWNER : LINE_UP_IN_HUB, {
    type: QueryTypes.SELECT,
    transaction,
    bind: [
      changes.map(({ event }) => event.sourceKey),
      winners,
      now.toISOString(),
      ...columnsOfTechniques(winning),
      ...columnsOfUnchecked(unchecked),
      ...(isAtOwner ? [winning.flatMap(({ owner, techniques }) => techniques.map(() => owner ?? ''))] : []),
    ],
  });
}

function columnsOfSources(changes: readonly SourceChange[]): unknown[][] {
  const events = changes.map(({ event }) => event);
  return [
    events.map(({ sourceKey }) => sourceKey),
    events.map(({ finding }) => finding.updatedAt),
    events.map(({ finding }) => finding.processedAt),
    events.map(({ eventAt }) => eventAt),
    events.map(({ lifeCycle }) => lifeCycle === 'open'),
    events.map(({ contentHash }) => contentHash),
    events.map(({ finding }) => finding.accountId),
    events.map(({ finding }) => storable(finding.region)),
    events.map(({ finding }) => storable(finding.productArn)),
    events.map(({ finding }) => storable(finding.id)),
    changes.map(({ provider }) => storable(provider)),
    changes.map(({ ruleKey }) => storable(ruleKey)),
    changes.map(({ unmappedReason }) => unmappedReason ?? null),
    changes.map(unknownTechniquesOf),
    events.map(({ finding }) => normalizedOf(finding.severity.label)),
    events.map(({ finding }) => finding.resources.map(({ Id }) => storable(Id)).join('\x1f')),
    events.map(({ lifeCycle, json }) => (lifeCycle === 'open' ? json : null)),
    events.map(({ finding }) => closedReasonOf(finding) ?? null),
  ];
}

/** Null for most findings. The statements split it at U+001F. */
export function unknownTechniquesOf({ unknownTechniques }: SourceChange): string | null {
  return unknownTechniques.length === 0 ? null : unknownTechniques.map(storable).join('\x1f');
}

function columnsOfTechniques(changes: readonly SourceChange[]): unknown[][] {
  const rows = changes.flatMap(({ event, techniques }) => techniques.map((technique) => ({ event, ...technique })));
  return [
    rows.map(({ event }) => event.sourceKey),
    rows.map(({ mapped }) => mapped.technique.id),
    rows.map(({ contentHash }) => contentHash),
    rows.map(({ mapped }) => mapped.tactics.map(({ id }) => id).join(';')),
    rows.map(({ mapped }) => mapped.effect),
    rows.map(({ mapped }) => mapped.score),
    rows.map(({ event }) => normalizedOf(event.finding.severity.label)),
  ];
}

function columnsOfUnchecked(unchecked: readonly SourceChange[]): unknown[][] {
  const events = unchecked.map(({ event }) => event);
  return [
    events.map(({ sourceKey }) => sourceKey),
    events.map(({ finding }) => finding.updatedAt),
    events.map(({ finding }) => finding.processedAt),
    events.map(({ eventAt }) => eventAt),
    events.map(({ finding }) => finding.accountId),
    events.map(({ finding }) => storable(finding.region)),
    unchecked.map(({ provider }) => storable(provider)),
    unchecked.map(({ ruleKey }) => storable(ruleKey)),
    events.map(({ finding }) => finding.complianceStatus ?? ''),
    events.map(({ contentHash }) => contentHash),
  ];
}
