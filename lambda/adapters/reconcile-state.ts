/** The reconciliation's reads and writes in PostgreSQL. */
import { QueryTypes, type Sequelize } from 'sequelize';
import { HUB, type OwnerPlace } from '../core/publish-target.ts';
import { techniqueFindingId } from '../core/technique-finding.ts';
import type { PendingTechnique } from '../enrich-finding.ts';
import type { KeptSource, ReconcileState, TechniqueKey, TimeSlice } from '../reconcile.ts';
import { REFUSED_MINUTES } from './circuit-breaker.ts';
import {
  NEXT_CREATED_AT,
  NEXT_UPDATED_AT,
  PLACED,
  lineUpTechniques,
  placeIn,
  unknownTechniquesOf,
} from './finding-state.ts';
import { storable } from './storable-text.ts';
import { inTransaction, untilConflictFree } from './transaction.ts';

const KEPT_SOURCE = `s.source_key AS "sourceKey", s.finding_id AS "findingId", s.content_hash AS "contentHash", s.finding`;

const PENDING = `t.source_key AS "sourceKey", t.technique_id AS "techniqueId", t.record_state AS "recordState", t.revision,
    t.created_at AS "createdAt", t.updated_at AS "updatedAt", t.tactic_ids AS "tacticIds", t.effect, t.score,
    t.workflow_status AS "workflowStatus", ${PLACED('t')}, s.finding`;

/** What is written in the hub: of what is elsewhere the hub's Security Hub is not asked. */
const IN_HUB = 't.written_account IS NULL';

const OUTDATED = `
SELECT ${KEPT_SOURCE} FROM state.source s
WHERE s.is_open AND s.enriched_with <> $1 AND s.source_key > $2 ORDER BY s.source_key LIMIT $3`;

const OWNER = `s.account_id || '/' || s.region`;

/** Whether the owner's place lets us in, as far as is known: what is not known to be shut is open. */
const OWNER_IS_OPEN = `NOT EXISTS (
        SELECT FROM state.publish_target p WHERE p.place = ${OWNER} AND (p.refused OR p.retry_at > $3::timestamptz))`;

/** Whether an owner can be written to at all. $4: whether owners are written to; $5: patterns; $6: the hub. */
const HAS_OWNER = `$4::boolean AND s.account_id ~ '^[0-9]{12}$' AND s.region ~ ALL ($5::text[]) AND ${OWNER} <> $6::text`;

/** Open sources with an open technique finding that is not where it belongs, by what is known of the owners now. */
const MISPLACED = `
SELECT ${KEPT_SOURCE} FROM state.source s
WHERE s.is_open AND s.source_key > $1 AND EXISTS (
    SELECT FROM state.technique_finding t WHERE t.source_key = s.source_key AND t.record_state = 'ACTIVE'
    AND CASE
        WHEN t.written_account IS NULL THEN ${HAS_OWNER} AND ${OWNER_IS_OPEN}
        ELSE NOT (${HAS_OWNER}) OR ${placeIn('t')} <> ${OWNER} OR EXISTS (
            SELECT FROM state.publish_target p
            WHERE p.place = ${placeIn('t')} AND p.refused AND p.retry_at > $3::timestamptz)
    END
)
ORDER BY s.source_key LIMIT $2`;

/** Where nothing is ever written elsewhere, this tells without looking at each source. */
const ANYTHING_ELSEWHERE = `SELECT FROM state.technique_finding WHERE written_account IS NOT NULL LIMIT 1`;

const PLACES = `
SELECT place FROM (
    SELECT ${placeIn('t')} FROM state.technique_finding t WHERE t.written_account IS NOT NULL
    UNION SELECT unnest(left_in) FROM state.technique_finding WHERE left_in IS NOT NULL
    UNION SELECT place FROM state.publish_target WHERE refused
) AS known (place)
WHERE place <> '${HUB}' AND place > $1 ORDER BY place LIMIT $2`;

const RELEASE_REFUSED = `
WITH due AS (
    SELECT place FROM state.publish_target WHERE place = ANY ($1::text[]) AND refused AND retry_at > $2
    ORDER BY place FOR NO KEY UPDATE
)
UPDATE state.publish_target p SET retry_at = $2 FROM due WHERE p.place = due.place`;

/** Places whose role is there again and for which there was nothing to try it with: whoever has something next, tries. */
const FORGET_UNTRIED = `
DELETE FROM state.publish_target p WHERE p.refused AND p.retry_at <= $1::timestamptz AND NOT EXISTS (
    SELECT FROM state.technique_finding t WHERE t.record_state = 'ACTIVE' AND ${placeIn('t')} = p.place
)`;

const SHUT_RELEASED = `
WITH due AS (
    SELECT place FROM state.publish_target WHERE refused AND retry_at <= $1::timestamptz ORDER BY place FOR NO KEY UPDATE
)
UPDATE state.publish_target p SET retry_at = $1::timestamptz + interval '${REFUSED_MINUTES} minutes'
FROM due WHERE p.place = due.place`;

/** One misplaced source of each place that has refused: enough to learn whether it still does. */
const PROBES = `
SELECT DISTINCT ON (p.place) ${KEPT_SOURCE}, p.place
FROM state.publish_target p
JOIN state.source s ON s.account_id = split_part(p.place, '/', 1) AND s.region = split_part(p.place, '/', 2)
JOIN state.technique_finding t ON t.source_key = s.source_key
WHERE p.refused AND p.retry_at <= $3 AND p.place > $1 AND s.is_open AND t.record_state = 'ACTIVE' AND ${IN_HUB}
ORDER BY p.place, s.source_key LIMIT $2`;

/** Findings that are where they belong, and have left a copy elsewhere that could not be archived then. */
const LEFT_BEHIND = `
SELECT ${PENDING} FROM state.technique_finding t JOIN state.source s USING (source_key)
WHERE t.left_in IS NOT NULL AND t.published = t.revision AND (t.source_key, t.technique_id) > ($1, $2)
ORDER BY t.source_key, t.technique_id LIMIT $3`;

const STRANDED = `SELECT count(DISTINCT (source_key, technique_id))::int AS count FROM state.stranded`;

/** What Security Hub has deleted for its age needs no archiving any more. */
const FORGET_STRANDED = `
WITH old AS (
    SELECT source_key, technique_id FROM state.technique_finding WHERE stranded_since < $1
    ORDER BY source_key, technique_id FOR NO KEY UPDATE
)
UPDATE state.technique_finding t SET
    left_in = NULL,
    stranded_since = NULL,
    published = CASE WHEN t.record_state = 'ARCHIVED' THEN t.revision ELSE t.published END,
    -- Whoever opens it again has to create it.
    updated_at = CASE WHEN t.record_state = 'ARCHIVED' THEN least(t.updated_at, $1::timestamptz) ELSE t.updated_at END
FROM old WHERE t.source_key = old.source_key AND t.technique_id = old.technique_id`;

/** Locks the sources whose newest event is still the one that was read. */
const KEEP_REALIGNED = `
WITH release AS (
    SELECT version FROM catalogue.release FOR SHARE
), locked AS (
    SELECT s.source_key, a.provider, a.rule_key, a.unmapped_reason, a.unknown_techniques
    FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
        AS a (source_key, content_hash, provider, rule_key, unmapped_reason, unknown_techniques)
    JOIN state.source s ON s.source_key = a.source_key AND s.content_hash = a.content_hash AND s.is_open
    ORDER BY s.source_key FOR NO KEY UPDATE OF s
), realigned AS (
    UPDATE state.source s SET provider = locked.provider, rule_key = locked.rule_key,
        unmapped_reason = locked.unmapped_reason,
        unknown_techniques = string_to_array(locked.unknown_techniques, E'\\x1f'), enriched_with = $8
    FROM locked, release WHERE s.source_key = locked.source_key AND release.version = $1
    RETURNING s.source_key
)
SELECT (SELECT version FROM release) AS version, array(SELECT source_key FROM realigned) AS winners`;

const UNSENT = `
SELECT source_key AS "sourceKey", technique_id AS "techniqueId" FROM state.technique_finding
WHERE published < revision AND source_key IN (
    SELECT DISTINCT source_key FROM state.technique_finding
    WHERE published < revision AND source_key > $1 ORDER BY source_key LIMIT $2
)
ORDER BY source_key, technique_id`;

/** Technique findings of one slice. Small enough for one page of state, and whatever Security Hub has beside it. */
const SLICE_SIZE = 1000;

/** A slice never cuts through one moment: everything of its last millisecond belongs to it. The last one reaches to the end. */
const NEXT_SLICE = `
WITH next AS (
    SELECT updated_at FROM state.technique_finding t
    WHERE updated_at > $1 AND updated_at <= $2 AND ${IN_HUB} ORDER BY updated_at LIMIT ${SLICE_SIZE}
), bounds AS (
    SELECT CASE WHEN count(*) = ${SLICE_SIZE} THEN max(updated_at) ELSE $2::timestamptz END AS stop FROM next
)
SELECT bounds.stop AS "to", t.source_key AS "sourceKey", t.technique_id AS "techniqueId", t.record_state AS "recordState"
FROM bounds LEFT JOIN state.technique_finding t
    ON t.updated_at > $1 AND t.updated_at <= bounds.stop AND t.published = t.revision AND ${IN_HUB}`;

interface SliceRow {
  readonly to: Date;
  readonly sourceKey: string | null;
  readonly techniqueId: string | null;
  readonly recordState: string | null;
}

const STEP = 'compare';
const READ_PROGRESS = `SELECT cursor FROM state.reconcile_progress WHERE step = '${STEP}'`;
const NOTE_PROGRESS = `
INSERT INTO state.reconcile_progress (step, cursor, updated_at) VALUES ('${STEP}', $1, now())
ON CONFLICT (step) DO UPDATE SET cursor = excluded.cursor, updated_at = excluded.updated_at`;
const CLEAR_PROGRESS = `DELETE FROM state.reconcile_progress WHERE step = '${STEP}'`;

const KNOWN = `
SELECT source_key AS "sourceKey", technique_id AS "techniqueId" FROM state.technique_finding t
JOIN unnest($1::text[], $2::text[]) AS k (source_key, technique_id) USING (source_key, technique_id)
WHERE ${IN_HUB}`;

/**
 * Taken before technique findings are read again: a batch that holds a source is waited for, and the next statement sees
 * what it wrote.
 */
const LOCK_SOURCES = `
SELECT source_key FROM state.source WHERE source_key = ANY ($1::text[]) ORDER BY source_key FOR NO KEY UPDATE`;

// Security Hub may have lost the finding, and a new one must be created with equal times.
const TOUCH = `
UPDATE state.technique_finding t SET
    revision = t.revision + 1,
    created_at = CASE WHEN $4::timestamptz IS NULL THEN ${NEXT_UPDATED_AT} ELSE ${NEXT_CREATED_AT} END,
    updated_at = ${NEXT_UPDATED_AT}
FROM unnest($1::text[], $2::text[]) AS k (source_key, technique_id), state.source s
WHERE t.source_key = k.source_key AND t.technique_id = k.technique_id AND s.source_key = t.source_key
    AND ($4::timestamptz IS NULL OR (t.record_state = 'ACTIVE' AND t.updated_at < $4))
RETURNING ${PENDING}`;

const TOUCH_TACTICS = `
UPDATE state.tactic_finding t SET
    revision = t.revision + 1,
    created_at = greatest($3::timestamptz, t.updated_at + interval '1 millisecond'),
    updated_at = greatest($3::timestamptz, t.updated_at + interval '1 millisecond')
FROM state.tactic_finding own
LEFT JOIN unnest($1::text[], $2::text[]) AS hub (id, record_state) ON hub.id = own.content::json ->> 'Id'
WHERE t.tactic_id = own.tactic_id AND t.published = t.revision
    AND (hub.record_state <> t.record_state OR (hub.id IS NULL AND t.record_state = 'ACTIVE'))`;

const UNREFRESHED = `
SELECT ${KEPT_SOURCE}, array_agg(t.technique_id) AS "techniqueIds"
FROM state.technique_finding t JOIN state.source s USING (source_key)
WHERE t.record_state = 'ACTIVE' AND t.updated_at < $1 AND t.source_key > $2
GROUP BY s.source_key ORDER BY s.source_key LIMIT $3`;

const CLOSE_GONE = `
WITH gone AS (
    UPDATE state.source s SET is_open = false, closed_reason = 'source-gone', seen_at = $3::timestamptz
    FROM unnest($1::text[], $2::text[]) AS asked (source_key, content_hash)
    WHERE s.source_key = asked.source_key AND s.content_hash = asked.content_hash AND s.is_open
    RETURNING s.source_key, s.finding
), archived AS (
    UPDATE state.technique_finding t SET
        record_state = 'ARCHIVED',
        revision = t.revision + 1,
        created_at = ${NEXT_CREATED_AT},
        updated_at = ${NEXT_UPDATED_AT}
    FROM gone s WHERE t.source_key = s.source_key AND t.record_state = 'ACTIVE'
    RETURNING ${PENDING}
), marked AS (
    INSERT INTO state.tactic_change (tactic_id) SELECT DISTINCT unnest("tacticIds") FROM archived
)
SELECT * FROM archived ORDER BY "sourceKey", "techniqueId"`;

// The condition stands in the DELETE once more: a source may reopen while this waits for its row.
const FORGET_CLOSED = `
WITH old AS (
    SELECT source_key FROM state.source s WHERE NOT is_open AND seen_at < $1
        AND NOT EXISTS (SELECT FROM state.technique_finding t WHERE t.source_key = s.source_key
            AND (t.published < t.revision OR t.left_in IS NOT NULL))
    ORDER BY seen_at LIMIT 5000
), forgotten AS (
    DELETE FROM state.source s USING old
    WHERE s.source_key = old.source_key AND NOT s.is_open AND s.seen_at < $1
    RETURNING s.source_key
), unchecked AS (
    DELETE FROM state.unchecked_source WHERE updated_at_ns < extract(epoch FROM $1::timestamptz)::bigint * 1000000000
)
SELECT count(*)::int AS forgotten FROM forgotten`;

/** Throws where the database does not answer; every step can then be done again. */
export function reconcileState(sequelize: Sequelize): ReconcileState {
  const select = <T extends object>(sql: string, bind: unknown[]) =>
    untilConflictFree(() => sequelize.query<T>(sql, { type: QueryTypes.SELECT, bind }));
  const keyColumns = (keys: readonly TechniqueKey[]) => [
    keys.map(({ sourceKey }) => sourceKey),
    keys.map(({ techniqueId }) => techniqueId),
  ];
  return {
    outdated: (enrichedWith, after, limit) => select<KeptSource>(OUTDATED, [enrichedWith, after, limit]),
    realign: ({ changes, unchecked, catalogueVersion, enrichedWith, now }) =>
      inTransaction(sequelize, async (transaction) => {
        const [kept] = await sequelize.query<{ version: string | null; winners: string[] }>(KEEP_REALIGNED, {
          type: QueryTypes.SELECT,
          transaction,
          bind: [
            catalogueVersion,
            changes.map(({ event }) => event.sourceKey),
            changes.map(({ event }) => event.contentHash),
            changes.map(({ provider }) => storable(provider)),
            changes.map(({ ruleKey }) => storable(ruleKey)),
            changes.map(({ unmappedReason }) => unmappedReason ?? null),
            changes.map(unknownTechniquesOf),
            enrichedWith,
          ],
        });
        if (kept?.version !== catalogueVersion) return 'stale-catalogue' as const;
        return lineUpTechniques(sequelize, transaction, changes, kept.winners, unchecked, now);
      }),
    misplaced: async (owners, after, limit, now) => {
      if (owners === undefined && (await select(ANYTHING_ELSEWHERE, [])).length === 0) return [];
      return select<KeptSource>(MISPLACED, [
        after,
        limit,
        now.toISOString(),
        owners !== undefined,
        owners?.regionPatterns ?? [],
        owners ? `${owners.hub.accountId}/${owners.hub.region}` : '',
      ]);
    },
    places: async (after, limit) => {
      const rows = await select<{ place: OwnerPlace }>(PLACES, [after, limit]);
      return rows.map(({ place }) => place);
    },
    releaseRefused: async (places, now) => {
      await untilConflictFree(() =>
        sequelize.query(RELEASE_REFUSED, { type: QueryTypes.UPDATE, bind: [places, now.toISOString()] }),
      );
    },
    shutReleased: async (now) => {
      await untilConflictFree(() =>
        sequelize.query(FORGET_UNTRIED, { type: QueryTypes.DELETE, bind: [now.toISOString()] }),
      );
      await untilConflictFree(() =>
        sequelize.query(SHUT_RELEASED, { type: QueryTypes.UPDATE, bind: [now.toISOString()] }),
      );
    },
    probes: (after, limit, now) =>
      select<KeptSource & { readonly place: string }>(PROBES, [after, limit, now.toISOString()]),
    leftBehind: ({ sourceKey, techniqueId }, limit) =>
      select<PendingTechnique>(LEFT_BEHIND, [sourceKey, techniqueId, limit]),
    stranded: async () => {
      const [row] = await select<{ count: number }>(STRANDED, []);
      return row?.count ?? 0;
    },
    forgetStranded: async (before) => {
      await untilConflictFree(() =>
        sequelize.query(FORGET_STRANDED, { type: QueryTypes.UPDATE, bind: [before.toISOString()] }),
      );
    },
    unsent: (after, limit) => select<TechniqueKey>(UNSENT, [after, limit]),
    nextSlice: async (until) => {
      const [progress] = await select<{ cursor: string }>(READ_PROGRESS, []);
      const from = new Date(progress?.cursor ?? 0);
      if (from >= until) {
        await sequelize.query(CLEAR_PROGRESS, { type: QueryTypes.DELETE });
        return undefined;
      }
      const rows = await select<SliceRow>(NEXT_SLICE, [from.toISOString(), until.toISOString()]);
      return {
        from: new Date(from.getTime() + 1).toISOString(),
        to: (rows[0]?.to ?? until).toISOString(),
        findings: rows.filter((row): row is SliceRow & TimeSlice['findings'][number] => row.sourceKey !== null),
      };
    },
    sliceDone: async ({ to }) => {
      await sequelize.query(NOTE_PROGRESS, { type: QueryTypes.INSERT, bind: [to] });
    },
    known: async (keys) => {
      const rows = await select<TechniqueKey>(KNOWN, keyColumns(keys));
      return new Set(rows.map(({ techniqueId, sourceKey }) => techniqueFindingId(techniqueId, sourceKey)));
    },
    touch: (keys, now, olderThan) =>
      inTransaction(sequelize, async (transaction) => {
        if (keys.length === 0) return [];
        const bind = [keys.map(({ sourceKey }) => sourceKey)];
        await sequelize.query(LOCK_SOURCES, { type: QueryTypes.SELECT, transaction, bind });
        return sequelize.query<PendingTechnique>(TOUCH, {
          type: QueryTypes.SELECT,
          transaction,
          bind: [...keyColumns(keys), now.toISOString(), olderThan?.toISOString() ?? null],
        });
      }),
    touchTactics: async (inHub, now) => {
      const [, touched] = await sequelize.query(TOUCH_TACTICS, {
        type: QueryTypes.UPDATE,
        bind: [inHub.map(({ id }) => id), inHub.map(({ recordState }) => recordState), now.toISOString()],
      });
      return touched;
    },
    unrefreshed: (since, after, limit) => select(UNREFRESHED, [since.toISOString(), after, limit]),
    closeGone: (sources, now) =>
      inTransaction(sequelize, async (transaction) => {
        if (sources.length === 0) return [];
        const bind = [sources.map(({ sourceKey }) => sourceKey)];
        await sequelize.query(LOCK_SOURCES, { type: QueryTypes.SELECT, transaction, bind });
        return sequelize.query<PendingTechnique>(CLOSE_GONE, {
          type: QueryTypes.SELECT,
          transaction,
          bind: [...bind, sources.map(({ contentHash }) => contentHash), now.toISOString()],
        });
      }),
    forgetClosed: async (before) => {
      const [row] = await select<{ forgotten: number }>(FORGET_CLOSED, [before.toISOString()]);
      return row?.forgotten ?? 0;
    },
  };
}
