/** What the matrix knows from the database: the active technique findings, and which sources were last seen unchecked. */
import { QueryTypes, type Sequelize } from 'sequelize';
import type { Effect, Score } from '../core/catalogue.ts';
import { labelOf } from '../core/severity.ts';
import type { Check, OpenTechnique } from '../core/technique-state.ts';
import { IS_ACTIVE } from './active-technique.ts';

/** The same rows as the roll-up counts, suppressed ones in addition, in a total order. */
const OPEN = `
SELECT t.source_key AS "sourceKey", t.technique_id AS "techniqueId", t.tactic_ids AS "tacticIds", t.effect, t.score,
    t.workflow_status = 'SUPPRESSED' AS "isSuppressed", s.severity, s.account_id AS "accountId", s.region, s.provider,
    s.rule_key AS "ruleKey", s.resource_ids AS "resourceIds"
FROM state.technique_finding t JOIN state.source s USING (source_key)
WHERE ${IS_ACTIVE}
ORDER BY t.technique_id, t.source_key`;

const UNCHECKED = `
SELECT source_key AS "sourceKey", account_id AS "accountId", region, provider, rule_key AS "ruleKey"
FROM state.unchecked ORDER BY source_key`;

const NEWEST = `
SELECT source_key AS "sourceKey", content_hash AS "contentHash" FROM state.source
WHERE source_key = ANY ($1::text[]) AND NOT is_open`;

/** All active technique findings, by technique and source. Throws where the database does not answer. */
export async function readOpenTechniques(sequelize: Sequelize): Promise<OpenTechnique[]> {
  const rows = await sequelize.query<
    Omit<OpenTechnique, 'severity' | 'effect' | 'score'> & { severity: number; effect: Effect; score: Score }
  >(OPEN, { type: QueryTypes.SELECT });
  return rows.map(({ severity, ...row }) => ({ ...row, severity: labelOf(severity) }));
}

/** The sources whose newest word is that nothing was checked. Throws where the database does not answer. */
export async function readUnchecked(sequelize: Sequelize): Promise<(Check & { readonly sourceKey: string })[]> {
  const rows = await sequelize.query<Omit<Check, 'outcome'> & { sourceKey: string }>(UNCHECKED, {
    type: QueryTypes.SELECT,
  });
  return rows.map((row) => ({ ...row, outcome: 'unchecked' }));
}

/**
 * Content hash of the newest event of those sources that are closed. Who has read a PASSED in an input asks here
 * whether that is still the newest word. Throws where the database does not answer.
 */
export async function readClosed(sequelize: Sequelize, sourceKeys: readonly string[]): Promise<Map<string, string>> {
  const rows = await sequelize.query<{ sourceKey: string; contentHash: string }>(NEWEST, {
    type: QueryTypes.SELECT,
    bind: [sourceKeys],
  });
  return new Map(rows.map(({ sourceKey, contentHash }) => [sourceKey, contentHash]));
}

const KEPT_SOURCES = `
SELECT source_key AS "sourceKey", finding FROM state.source s
WHERE finding IS NOT NULL
    AND EXISTS (SELECT FROM state.technique_finding t WHERE t.source_key = s.source_key AND t.record_state = 'ACTIVE')
ORDER BY source_key`;

/** The kept source findings of active technique findings, as JSON text, by source key. Throws where the database does not answer. */
export async function readKeptSources(sequelize: Sequelize): Promise<Map<string, string>> {
  const rows = await sequelize.query<{ sourceKey: string; finding: string }>(KEPT_SOURCES, { type: QueryTypes.SELECT });
  return new Map(rows.map(({ sourceKey, finding }) => [sourceKey, finding]));
}
