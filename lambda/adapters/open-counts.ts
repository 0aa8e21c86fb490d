/** How much is open, for trends: the same pairs of technique and resource that tactic findings count. */
import { QueryTypes, type Sequelize } from 'sequelize';
import { SEVERITY_LABELS, type SeverityLabel, normalizedOf } from '../core/severity.ts';
import { IS_ACTIVE } from './active-technique.ts';

/** Distinct pairs of a technique and a resource that are open and that nobody suppressed. */
export interface OpenCounts {
  /** By tactic id, in the order of the ids. A pair counts in each tactic of its technique. Every tactic that was ever open is there. */
  readonly byTactic: ReadonlyMap<string, number>;
  /** By the worst severity of the pair. Each pair counts once. Every label is there. */
  readonly bySeverity: ReadonlyMap<SeverityLabel, number>;
}

const OPEN = `
open AS MATERIALIZED (
    SELECT t.technique_id, t.tactic_ids, s.account_id, s.resource_ids, s.severity
    FROM state.technique_finding t JOIN state.source s USING (source_key)
    WHERE ${IS_ACTIVE} AND t.workflow_status <> 'SUPPRESSED'
), pair AS (
    SELECT technique_id, account_id, resource_id, max(severity) AS severity
    FROM open CROSS JOIN LATERAL unnest(resource_ids) AS r (resource_id)
    GROUP BY technique_id, account_id, resource_id
), tactic_pair AS (
    SELECT DISTINCT tactic_id, technique_id, account_id, resource_id
    FROM open CROSS JOIN LATERAL unnest(tactic_ids) AS tactic (tactic_id)
    CROSS JOIN LATERAL unnest(resource_ids) AS r (resource_id)
)`;

const COUNT = `
WITH ${OPEN}
SELECT tactic_id AS tactic, NULL::int AS severity, count(technique_id)::int AS pairs
FROM state.tactic_finding LEFT JOIN tactic_pair USING (tactic_id) GROUP BY tactic_id
UNION ALL
SELECT NULL, severity, count(*)::int FROM pair GROUP BY severity
ORDER BY tactic`;

/** Counts in one statement, whose cost grows with what is open: for every quarter of an hour, not for every event. */
export async function readOpenCounts(sequelize: Sequelize): Promise<OpenCounts> {
  const rows = await sequelize.query<{ tactic: string | null; severity: number | null; pairs: number }>(COUNT, {
    type: QueryTypes.SELECT,
  });
  const bySeverity = new Map(rows.flatMap(({ severity, pairs }) => (severity === null ? [] : [[severity, pairs]])));
  return {
    byTactic: new Map(rows.flatMap(({ tactic, pairs }) => (tactic === null ? [] : [[tactic, pairs]]))),
    bySeverity: new Map(SEVERITY_LABELS.map((label) => [label, bySeverity.get(normalizedOf(label)) ?? 0])),
  };
}
