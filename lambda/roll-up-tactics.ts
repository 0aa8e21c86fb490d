/**
 * The use case of the roll-up: at most one tactic finding for each tactic, updated in place, and only where it says
 * something new. Runs every minute; idle, it costs one statement and no call.
 */
import { type FindingContent, withTimes } from './core/asff-finding.ts';
import { sha256 } from './core/source-event.ts';
import { type TacticSummary, tacticFinding } from './core/tactic-finding.ts';
import type { EnrichmentContext } from './core/technique-finding.ts';
import type { CatalogueReader, FindingImport, ImportFailure } from './enrich-finding.ts';

/** A tactic finding as built now. */
export interface BuiltTactic {
  readonly tacticId: string;
  readonly recordState: 'ACTIVE' | 'ARCHIVED';
  readonly content: FindingContent;
  /** SHA-256 (hex) of the content. */
  readonly contentHash: string;
}

/** A tactic finding that Security Hub does not have yet. */
export interface PendingTactic {
  readonly tacticId: string;
  /** The content as JSON. */
  readonly content: string;
  readonly revision: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What the use case needs of the database. */
export interface TacticState {
  /** Whether any tactic changed, or any tactic finding is unsent or due for a refresh: one indexed statement. */
  hasWork(now: Date): Promise<boolean>;
  /**
   * In one snapshot and under a lock: summarises the tactics that changed, keeps what `build` makes of them where it
   * differs from what is kept, and returns everything unsent. Empty where another roll-up is at work.
   */
  rollUp(build: (summary: TacticSummary) => BuiltTactic | undefined, now: Date): Promise<readonly PendingTactic[]>;
  confirm(tactics: readonly PendingTactic[]): Promise<void>;
}

export interface RollUpDependencies {
  readonly catalogue: CatalogueReader;
  readonly state: TacticState;
  readonly securityHub: FindingImport;
  readonly target: EnrichmentContext['target'];
  readonly language: EnrichmentContext['language'];
  readonly now: () => Date;
}

/** What one roll-up did. */
export interface RollUpReport {
  readonly sent: number;
  readonly importFailures: readonly ImportFailure[];
}

/** Rolls up what changed since the last time. Throws where the database or Security Hub does not answer. */
export async function rollUpTactics(dependencies: RollUpDependencies): Promise<RollUpReport> {
  if (!(await dependencies.state.hasWork(dependencies.now()))) return { sent: 0, importFailures: [] };
  const context = { ...dependencies, catalogue: await dependencies.catalogue.latest() };
  const tactics = new Map(context.catalogue.tactics.map((tactic) => [tactic.id, tactic]));
  const pending = await dependencies.state.rollUp((summary) => {
    const tactic = tactics.get(summary.tacticId);
    if (!tactic) return undefined;
    const content = tacticFinding(summary, tactic, context);
    return {
      tacticId: tactic.id,
      recordState: content.RecordState,
      content,
      contentHash: sha256(JSON.stringify(content)),
    };
  }, dependencies.now());
  if (pending.length === 0) return { sent: 0, importFailures: [] };

  const findings = pending.map((row) =>
    withTimes(JSON.parse(row.content) as FindingContent, row.createdAt, row.updatedAt),
  );
  const importFailures = await dependencies.securityHub.importFindings(findings);
  const refused = new Set(importFailures.map(({ id }) => id));
  const sent = pending.filter((_, index) => !refused.has(findings[index]?.Id ?? ''));
  await dependencies.state.confirm(sent);
  return { sent: sent.length, importFailures };
}
