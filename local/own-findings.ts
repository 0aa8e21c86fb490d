/** Our findings as Security Hub shows them, from what the database says was published. */
import { QueryTypes, type Sequelize } from 'sequelize';
import {
  type AsffFinding,
  type FindingContent,
  type RelatedFinding,
  type WorkflowStatus,
  withTimes,
} from '../lambda/core/asff-finding.ts';
import type { SeverityLabel } from '../lambda/core/severity.ts';
import type { EnrichmentContext } from '../lambda/core/technique-finding.ts';
import { type PendingTechnique, contentOf } from '../lambda/enrich-finding.ts';

/** A finding of ours with the attributes that Security Hub copies to the top level. */
export interface OwnFinding extends AsffFinding {
  readonly Severity: { readonly Label: SeverityLabel; readonly Original?: string };
  readonly Types: readonly string[];
  readonly RelatedFindings?: readonly RelatedFinding[];
  readonly Workflow: { readonly Status: WorkflowStatus };
}

/** Whether a finding counts as open: active, and no analyst has suppressed it. */
export function isOpen({ RecordState, Workflow }: OwnFinding): boolean {
  return RecordState === 'ACTIVE' && Workflow.Status !== 'SUPPRESSED';
}

const TECHNIQUE_FINDINGS = `
SELECT t.source_key AS "sourceKey", t.technique_id AS "techniqueId", t.record_state AS "recordState", t.revision,
    t.created_at AS "createdAt", t.updated_at AS "updatedAt", t.tactic_ids AS "tacticIds", t.effect, t.score,
    t.workflow_status AS workflow, s.finding
FROM state.technique_finding t JOIN state.source s USING (source_key)
WHERE t.published > 0
ORDER BY t.technique_id, t.source_key`;

const TACTIC_FINDINGS = `
SELECT content, created_at AS "createdAt", updated_at AS "updatedAt"
FROM state.tactic_finding WHERE published > 0 ORDER BY tactic_id`;

/** All technique findings, closed ones included, in the order of their Ids. */
export async function readTechniqueFindings(sequelize: Sequelize, context: EnrichmentContext): Promise<OwnFinding[]> {
  const rows = await sequelize.query<PendingTechnique & { workflow: WorkflowStatus }>(TECHNIQUE_FINDINGS, {
    type: QueryTypes.SELECT,
  });
  return rows.map((row) => asShown(contentOf(row, undefined, context), row.createdAt, row.updatedAt, row.workflow));
}

/** All tactic findings, closed ones included, in the order of their Ids. */
export async function readTacticFindings(sequelize: Sequelize): Promise<OwnFinding[]> {
  const rows = await sequelize.query<{ content: string; createdAt: Date; updatedAt: Date }>(TACTIC_FINDINGS, {
    type: QueryTypes.SELECT,
  });
  return rows.map((row) => asShown(JSON.parse(row.content) as FindingContent, row.createdAt, row.updatedAt, 'NEW'));
}

function asShown(content: FindingContent, createdAt: Date, updatedAt: Date, workflow: WorkflowStatus): OwnFinding {
  return {
    ...withTimes(content, createdAt, updatedAt),
    ...content.FindingProviderFields,
    Workflow: { Status: workflow },
  };
}
