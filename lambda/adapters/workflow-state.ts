/** Analysts' changes to technique findings, in PostgreSQL. */
import { QueryTypes, type Sequelize } from 'sequelize';
import { HUB } from '../core/publish-target.ts';
import type { WorkflowState } from '../workflow-change.ts';
import { placeIn } from './finding-state.ts';
import { untilConflictFree } from './transaction.ts';

// The roll-up is told only where the counts change: when a finding becomes or ceases to be suppressed.
const NOTE_WORKFLOW = `
WITH arrived AS (
    -- The hub is believed; any other place only of what is written there, which is at most one place for each finding.
    SELECT DISTINCT ON (a.source_key, a.technique_id) a.*
    FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[])
        AS a (source_key, technique_id, status, updated_at_ns, processed_at_ns, event_at_ns, place)
    JOIN state.technique_finding t USING (source_key, technique_id)
    WHERE a.place = '${HUB}' OR a.place = ${placeIn('t')}
    ORDER BY a.source_key, a.technique_id, a.updated_at_ns DESC, a.processed_at_ns DESC, a.event_at_ns DESC,
        a.status COLLATE "C" DESC
), old AS MATERIALIZED (
    SELECT t.source_key, t.technique_id, t.workflow_status, t.tactic_ids, a.status, a.updated_at_ns, a.processed_at_ns,
        a.event_at_ns
    FROM arrived a JOIN state.technique_finding t USING (source_key, technique_id)
    WHERE (t.workflow_updated_at_ns, t.workflow_processed_at_ns, t.workflow_event_at_ns, t.workflow_status COLLATE "C")
        < (a.updated_at_ns, a.processed_at_ns, a.event_at_ns, a.status COLLATE "C")
    ORDER BY t.source_key, t.technique_id
    FOR NO KEY UPDATE OF t
), changed AS (
    UPDATE state.technique_finding t SET
        workflow_status = old.status,
        workflow_updated_at_ns = old.updated_at_ns,
        workflow_processed_at_ns = old.processed_at_ns,
        workflow_event_at_ns = old.event_at_ns
    FROM old
    WHERE t.source_key = old.source_key AND t.technique_id = old.technique_id
    RETURNING t.source_key
), marked AS (
    INSERT INTO state.tactic_change (tactic_id)
    SELECT DISTINCT unnest(tactic_ids) FROM old WHERE (workflow_status = 'SUPPRESSED') <> (status = 'SUPPRESSED')
)
SELECT count(*)::int AS changed FROM changed`;

/** Throws where the database does not answer. */
export function workflowState(sequelize: Sequelize): WorkflowState {
  return {
    noteWorkflow: async (changes) => {
      const [noted] = await untilConflictFree(() =>
        sequelize.query<{ changed: number }>(NOTE_WORKFLOW, {
          type: QueryTypes.SELECT,
          bind: [
            changes.map(({ sourceKey }) => sourceKey),
            changes.map(({ techniqueId }) => techniqueId),
            changes.map(({ status }) => status),
            changes.map(({ updatedAt }) => updatedAt),
            changes.map(({ processedAt }) => processedAt),
            changes.map(({ eventAt }) => eventAt),
            changes.map(({ place }) => place),
          ],
        }),
      );
      return noted?.changed ?? 0;
    },
  };
}
