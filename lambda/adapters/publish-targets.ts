/** Where technique findings are, in PostgreSQL, and the way to the places that own them. */
import { QueryTypes, type Sequelize } from 'sequelize';
import { HUB, type Place } from '../core/publish-target.ts';
import type { SecurityHubTarget } from '../core/security-hub-target.ts';
import type { FindingImport } from '../enrich-finding.ts';
import type { PublishTargets, Settlement } from '../publish-to-places.ts';
import { type AdmittedPlaces, admitPlaces, columnsOfAnswers, noteAnswers } from './circuit-breaker.ts';
import { NEXT_UPDATED_AT, placeIn } from './finding-state.ts';
import { type ImportBudget, sharedImportBudget } from './import-budget.ts';
import { type MemberSecurityHubs, isOwnerPlace } from './member-security-hub.ts';
import { untilConflictFree } from './transaction.ts';

/** In key order, like every statement that locks several rows, and only what is still as it was when it was refused. */
const FALL_BACK = `
WITH locked AS (
    SELECT f.source_key, f.technique_id, a.may_be_there
    FROM unnest($1::text[], $2::text[], $4::bigint[], $5::text[], $6::boolean[])
        AS a (source_key, technique_id, revision, place, may_be_there)
    JOIN state.technique_finding f USING (source_key, technique_id)
    WHERE f.revision = a.revision AND f.record_state = 'ACTIVE' AND ${placeIn('f')} = a.place
    ORDER BY f.source_key, f.technique_id
    FOR NO KEY UPDATE OF f
), ${noteAnswers(7, '$3')}, moved AS (
    UPDATE state.technique_finding t SET
        revision = t.revision + 1,
        published = 0,
        created_at = ${NEXT_UPDATED_AT},
        updated_at = ${NEXT_UPDATED_AT},
        left_in = nullif(array_remove(CASE WHEN locked.may_be_there OR t.published > 0
            THEN array_append(t.left_in, ${placeIn('t')}) ELSE t.left_in END, '${HUB}'), '{}'),
        written_account = NULL,
        written_region = NULL
    FROM locked WHERE t.source_key = locked.source_key AND t.technique_id = locked.technique_id
    RETURNING t.*
)
SELECT source_key AS "sourceKey", technique_id AS "techniqueId", revision, created_at AS "createdAt",
    updated_at AS "updatedAt", left_in AS "leftIn"
FROM moved`;

/** An open finding of which nothing is written but a copy that is out of reach: not counted by the roll-up. */
const isLost = (row: string) =>
  `(${row}.record_state = 'ACTIVE' AND ${row}.stranded_since IS NOT NULL AND ${row}.left_in IS NOT NULL AND ${row}.published = 0)`;

/**
 * T2 where not all is in the hub. A revision counts as published only where the finding still belongs to the place that took
 * it, and a copy as archived only while nothing has changed since: a later move may have left another one there.
 */
const SETTLE = `
WITH sent AS (
    SELECT n.* FROM unnest($1::text[], $2::text[], $4::bigint[], $5::text[], $6::boolean[], $7::text[], $8::boolean[],
        $12::boolean[])
        AS n (source_key, technique_id, revision, place, is_confirmed, archived_in, is_stranded, is_open)
), old AS MATERIALIZED (
    SELECT f.*, n.revision AS sent_revision, n.is_confirmed AND ${placeIn('f')} = n.place AS is_published, n.is_stranded,
        CASE
            -- It was taken elsewhere by somebody who did not know that this was sent.
            WHEN n.is_confirmed AND n.is_open AND ${placeIn('f')} <> n.place THEN
                array_append(array_remove(f.left_in, n.place), n.place)
            WHEN f.revision <> n.revision THEN f.left_in
            ELSE nullif(array(
                SELECT place FROM unnest(f.left_in) AS l (place) WHERE place <> ALL (string_to_array(n.archived_in, ' '))
            ), '{}')
        END AS still_left
    FROM sent n JOIN state.technique_finding f USING (source_key, technique_id)
    ORDER BY f.source_key, f.technique_id
    FOR NO KEY UPDATE OF f
), ${noteAnswers(9, '$3')}, settled AS (
    UPDATE state.technique_finding t SET
        published = CASE WHEN old.is_published THEN greatest(t.published, old.sent_revision) ELSE t.published END,
        left_in = old.still_left,
        stranded_since = CASE
            WHEN old.still_left IS NULL AND old.is_published THEN NULL
            -- Also where another batch got through meanwhile, and this one was refused.
            WHEN old.still_left IS NULL AND t.published = t.revision THEN NULL
            WHEN old.is_stranded THEN coalesce(t.stranded_since, $3::timestamptz)
            ELSE t.stranded_since END
    FROM old WHERE t.source_key = old.source_key AND t.technique_id = old.technique_id
    RETURNING t.*
)
INSERT INTO state.tactic_change (tactic_id)
SELECT DISTINCT unnest(old.tactic_ids) FROM old JOIN settled USING (source_key, technique_id)
WHERE ${isLost('old')} <> ${isLost('settled')}`;

/** What the adapter is made of. */
export interface PublishTargetParts {
  readonly hub: SecurityHubTarget;
  /** Makes the import of the hub that pays from a budget. */
  readonly hubImport: (budget: ImportBudget) => FindingImport;
  readonly members: MemberSecurityHubs;
  /** Sustained calls a second, and calls at once, of each place. */
  readonly importRate: number;
  readonly importBurst: number;
  readonly now: () => Date;
}

/** One batch's way to the places. Throws where the database does not answer. */
export function publishTargets(
  sequelize: Sequelize,
  { hub, hubImport, members, importRate, importBurst, now }: PublishTargetParts,
): PublishTargets {
  const terms = {
    rate: importRate,
    burst: importBurst,
    bucketOf: (place: Place) => (place === HUB ? `${hub.accountId}/${hub.region}` : place),
    beyond: (bucket: string) => sharedImportBudget(sequelize, bucket, importRate, importBurst),
  };
  const noBatch: AdmittedPlaces = { admissions: new Map(), budgetOf: (place) => terms.beyond(terms.bucketOf(place)) };
  return {
    admit: async (calls) => {
      const admitted = calls.size === 0 ? noBatch : await admitPlaces(sequelize, calls, now(), terms);
      return {
        admissionOf: (place) => admitted.admissions.get(place) ?? 'admitted',
        at: (place) => {
          const budget = admitted.budgetOf(place);
          return isOwnerPlace(place) ? members.at(place, budget) : hubImport(budget);
        },
      };
    },
    reach: (place) => members.reach(place),
    fallBack: async (rows, answers) => {
      const moved = await untilConflictFree(() =>
        sequelize.query<(typeof rows)[number]>(FALL_BACK, {
          type: QueryTypes.SELECT,
          bind: [
            rows.map(({ sourceKey }) => sourceKey),
            rows.map(({ techniqueId }) => techniqueId),
            now().toISOString(),
            rows.map(({ revision }) => revision),
            rows.map(({ place }) => place ?? HUB),
            rows.map(({ mayBeThere }) => mayBeThere ?? true),
            ...columnsOfAnswers(answers, 'refused'),
          ],
        }),
      );
      const before = new Map(rows.map((row) => [`${row.techniqueId}/${row.sourceKey}`, row]));
      return moved.flatMap((row) => {
        const known = before.get(`${row.techniqueId}/${row.sourceKey}`);
        return known ? [{ ...known, ...row, place: HUB }] : [];
      });
    },
    settle: async (settlements, answers) => {
      const answered = columnsOfAnswers(answers);
      if (settlements.length === 0 && answered[0]?.length === 0) return;
      await untilConflictFree(() =>
        sequelize.query(SETTLE, {
          type: QueryTypes.INSERT,
          bind: [
            ...columnsOfSettlements(settlements, now()),
            ...answered,
            settlements.map(({ row }) => row.recordState === 'ACTIVE'),
          ],
        }),
      );
    },
  };
}

function columnsOfSettlements(settlements: readonly Settlement[], now: Date): unknown[] {
  const rows = settlements.map(({ row }) => row);
  return [
    rows.map(({ sourceKey }) => sourceKey),
    rows.map(({ techniqueId }) => techniqueId),
    now.toISOString(),
    rows.map(({ revision }) => revision),
    rows.map(({ place }) => place ?? HUB),
    settlements.map(({ isConfirmed }) => isConfirmed),
    settlements.map(({ archivedIn }) => archivedIn.join(' ')),
    settlements.map(({ isStranded }) => isStranded),
  ];
}
