/** Which technique findings a remediation answers, and which of their notes are to be written, in PostgreSQL. */
import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import type { DueNote, PlannedChange, RemediationState } from '../remediation/record.ts';

/** Remediations of one finding that a note is made from, the newest. A note has room for a few. */
const MAX_REMEDIATIONS = 100;

/** Hours after which a note that cannot be written is given up, and for which it then counts as untold. */
const GIVE_UP_HOURS = 24;

/** Hours that an event or a note may wait. */
const LATE_HOURS = 1;

type Finding = Pick<PlannedChange, 'sourceKey' | 'techniqueId' | 'productArn'>;

/** One more thing was done: what there is to write now is newer than what anybody has read. */
const ONE_MORE = `revision = n.revision + 1, due_since = coalesce(n.due_since, excluded.due_since),
    tried_at = CASE WHEN n.due_since IS NOT NULL THEN n.tried_at END,
    failing_since = CASE WHEN n.due_since IS NOT NULL THEN n.failing_since END`;

/**
 * Has the notes of all findings of a remediation written anew, that of the finding it names among them. For the
 * transaction that adds an event, which has changed the remediation's row before.
 */
export async function makeNotesDue(
  sequelize: Sequelize,
  transaction: Transaction,
  id: string,
  now: Date,
): Promise<void> {
  await sequelize.query(
    // In one order, so that two of them cannot wait for each other.
    `WITH own AS (
      INSERT INTO state.remediation_finding AS f (remediation_id, source_key, technique_id)
      SELECT remediation_id, source_key, technique_id FROM state.remediation WHERE remediation_id = $1
      ON CONFLICT DO NOTHING RETURNING f.source_key, f.technique_id
    )
    INSERT INTO state.remediation_note AS n (source_key, technique_id, product_arn, due_since)
    SELECT source_key, technique_id, r.product_arn, $2::timestamptz
    FROM (
      SELECT source_key, technique_id FROM own
      UNION SELECT source_key, technique_id FROM state.remediation_finding WHERE remediation_id = $1
    ) finding
    CROSS JOIN (SELECT product_arn FROM state.remediation WHERE remediation_id = $1) r
    ORDER BY source_key, technique_id
    ON CONFLICT (source_key, technique_id) DO UPDATE SET ${ONE_MORE}`,
    { type: QueryTypes.SELECT, bind: [id, now.toISOString()], transaction },
  );
}

/**
 * Says that a remediation answers this finding too. Where that is new, or the finding is published elsewhere by now, it
 * gets its note. Does nothing where there is no such remediation.
 */
export async function associate(
  sequelize: Sequelize,
  transaction: Transaction,
  id: string,
  { sourceKey, techniqueId, productArn }: Finding,
  now: Date,
): Promise<void> {
  // Whoever adds an event has the row too: either they see the new finding, or this sees what they have done.
  const [isNew] = await sequelize.query(
    `SELECT FROM state.remediation r WHERE remediation_id = $1 AND NOT EXISTS (
      SELECT FROM state.remediation_finding f JOIN state.remediation_note n USING (source_key, technique_id)
      WHERE f.remediation_id = $1 AND source_key = $2 AND technique_id = $3 AND n.product_arn = $4)
    FOR SHARE OF r`,
    { type: QueryTypes.SELECT, bind: [id, sourceKey, techniqueId, productArn], transaction },
  );
  if (!isNew) return;
  await sequelize.query(
    `WITH associated AS (
      INSERT INTO state.remediation_finding (remediation_id, source_key, technique_id) VALUES ($1, $2, $3)
      ON CONFLICT DO NOTHING
    )
    INSERT INTO state.remediation_note AS n (source_key, technique_id, product_arn, due_since)
    VALUES ($2, $3, $4, $5::timestamptz)
    ON CONFLICT (source_key, technique_id) DO UPDATE SET ${ONE_MORE}, product_arn = excluded.product_arn,
      written = CASE WHEN n.product_arn = excluded.product_arn THEN n.written END`,
    { type: QueryTypes.SELECT, bind: [id, sourceKey, techniqueId, productArn, now.toISOString()], transaction },
  );
}

/** What telling needs of notes. */
export function remediationNotes(
  sequelize: Sequelize,
): Pick<RemediationState, 'dueNotes' | 'noted' | 'notNoted' | 'untold'> {
  const select = <T extends object>(sql: string, bind: readonly unknown[]) =>
    sequelize.query<T>(sql, { type: QueryTypes.SELECT, bind: [...bind] });
  return {
    dueNotes: (limit, except) =>
      select<DueNote>(
        `SELECT source_key AS "sourceKey", technique_id AS "techniqueId", product_arn AS "productArn", revision, written,
          (SELECT coalesce(json_agg(json_build_object('id', remediation_id, 'actionId', action_id, 'status', status,
              'accountId', account_id, 'region', region, 'resourceId', resource_id, 'calls', calls,
              'kind', e.kind, 'actor', e.actor, 'reason', e.reason)
              ORDER BY updated_at DESC, created_at DESC, remediation_id), '[]')
            FROM (
              SELECT r.* FROM state.remediation_finding f JOIN state.remediation r USING (remediation_id)
              WHERE f.source_key = n.source_key AND f.technique_id = n.technique_id
              ORDER BY updated_at DESC, created_at DESC, remediation_id LIMIT ${MAX_REMEDIATIONS}
            ) newest
            CROSS JOIN LATERAL (
              SELECT kind, actor, detail ->> 'reason' AS reason FROM state.remediation_event o
              WHERE o.remediation_id = newest.remediation_id ORDER BY event_id DESC LIMIT 1
            ) e) AS remediations
        FROM (
          SELECT * FROM state.remediation_note WHERE due_since IS NOT NULL
            AND NOT EXISTS (
              SELECT FROM unnest($2::text[], $3::text[]) AS failed (source, technique)
              WHERE failed.source = source_key AND failed.technique = technique_id)
          ORDER BY tried_at NULLS FIRST, due_since LIMIT $1
        ) n
        ORDER BY tried_at NULLS FIRST, due_since`,
        [limit, except.map(({ sourceKey }) => sourceKey), except.map(({ techniqueId }) => techniqueId)],
      ),

    noted: async ({ sourceKey, techniqueId, revision }, written, now) => {
      await select(
        `UPDATE state.remediation_note SET written = $4, tried_at = NULL, failing_since = NULL, given_up_at = NULL,
          due_since = CASE WHEN revision <> $3::bigint THEN $5::timestamptz END
        WHERE source_key = $1 AND technique_id = $2`,
        [sourceKey, techniqueId, revision, written, now.toISOString()],
      );
    },

    notNoted: async ({ sourceKey, techniqueId }, now) => {
      await select(
        `UPDATE state.remediation_note n SET tried_at = $3::timestamptz,
          failing_since = coalesce(n.failing_since, $3::timestamptz),
          due_since = CASE WHEN NOT o.is_over THEN n.due_since END,
          given_up_at = CASE WHEN o.is_over THEN $3::timestamptz ELSE n.given_up_at END
        FROM (
          SELECT coalesce(failing_since < $3::timestamptz - interval '${GIVE_UP_HOURS} hours', false) AS is_over
          FROM state.remediation_note WHERE source_key = $1 AND technique_id = $2
        ) o
        WHERE n.source_key = $1 AND n.technique_id = $2`,
        [sourceKey, techniqueId, now.toISOString()],
      );
    },

    untold: async (now) => {
      const [counted] = await select<{ readonly count: number }>(
        `SELECT ((SELECT count(*) FROM state.remediation_event WHERE mirrored_at IS NULL AND at < late.at)
          + (SELECT count(*) FROM state.remediation_note WHERE due_since IS NOT NULL AND due_since < late.at)
          + (SELECT count(*) FROM state.remediation_note WHERE due_since IS NULL
              AND given_up_at > $1::timestamptz - interval '${GIVE_UP_HOURS} hours'))::int AS count
        FROM (SELECT $1::timestamptz - interval '${LATE_HOURS} hours' AS at) late`,
        [now.toISOString()],
      );
      return counted?.count ?? 0;
    },
  };
}
