/** The same numbers wherever they are shown: report, matrix, tactic findings, summary.json and SQL. */
import assert from 'node:assert/strict';
import { QueryTypes } from 'sequelize';
import { enrichInto } from '../../local/enrich.ts';
import { type InputItem, parseInput, readInput } from '../../local/input-file.ts';
import { isOpen } from '../../local/own-findings.ts';
import type { Results } from '../../local/output-directory.ts';
import { SAMPLE_EVENTS } from '../../local/start.ts';
import { type Enrichment, TARGET, startEnrichment } from '../support/enrichment.ts';
import { configFinding, configRuleFinding } from '../support/source-findings.ts';

const PAIRS = `
WITH pair AS (
    SELECT tactic_id, technique_id, account_id, resource_id, max(s.severity) AS severity
    FROM state.technique_finding t JOIN state.source s USING (source_key), unnest(t.tactic_ids) AS tactic_id,
        unnest(s.resource_ids) AS resource_id
    WHERE t.record_state = 'ACTIVE' AND t.workflow_status <> 'SUPPRESSED'
    GROUP BY tactic_id, technique_id, account_id, resource_id
)
SELECT tactic_id AS "tacticId", count(*)::int AS pairs, count(DISTINCT technique_id)::int AS techniques,
    count(DISTINCT resource_id)::int AS resources, count(DISTINCT account_id)::int AS accounts
FROM pair GROUP BY tactic_id ORDER BY tactic_id`;

describe('the numbers of a run', function () {
  this.timeout(60_000);
  let enrichment: Enrichment;
  const run = (items: readonly InputItem[]): Promise<Results> =>
    enrichInto(
      { sequelize: enrichment.database.reader },
      {
        items,
        target: TARGET,
        language: 'en',
        now: () => enrichment.clock.now,
        endpoint: enrichment.hub.url,
        quotas: false,
      },
    );

  beforeEach(async () => {
    enrichment = await startEnrichment();
  });
  afterEach(() => enrichment.close());

  it('agree: matrix, report, tactic findings, summary and SQL', async () => {
    const results = await run(await readInput(SAMPLE_EVENTS));

    const { matrix } = results.posture;
    const inSql = await enrichment.database.owner.query<Record<string, number>>(PAIRS, { type: QueryTypes.SELECT });
    const open = matrix.columns.filter(({ pairs }) => pairs > 0);
    assert.ok(open.length > 10);
    assert.deepEqual(
      open
        .map(({ tactic, pairs, techniques, resources, accounts }) => ({
          tacticId: tactic.id,
          pairs,
          techniques,
          resources,
          accounts,
        }))
        .sort((a, b) => (a.tacticId < b.tacticId ? -1 : 1)),
      inSql,
    );

    for (const { tactic, pairs, techniques, resources, accounts, bySeverity, severity } of open) {
      const finding = results.tacticFindings.find(
        ({ Id, RecordState }) => Id.endsWith(tactic.id) && RecordState === 'ACTIVE',
      );
      assert.ok(finding, tactic.id);
      assert.equal(finding.Severity.Label, severity);
      const words = finding.Description;
      assert.ok(words.includes(`technique and resource: ${pairs} (`), words);
      assert.ok(words.includes(`Techniques: ${techniques}. Resources: ${resources}. Accounts: ${accounts}:`), words);
      if (bySeverity.HIGH > 0) assert.ok(words.includes(`${bySeverity.HIGH} high`), words);
    }

    assert.deepEqual(
      open.map(({ tactic, findings, techniques }) => [tactic.id, findings, techniques]),
      results.tactics.map((count) => [count.tactic, count.open, count.techniques]),
    );
    assert.equal(matrix.total.findings, results.counters['techniqueFindingsOpen']?.value);
    assert.equal(matrix.total.techniques, results.counters['techniquesOpen']?.value);
    assert.equal(matrix.total.findings, results.techniqueFindings.filter(isOpen).length);

    const data = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(results.report)?.[1] ?? '';
    const { total, sources } = JSON.parse(data) as { total: number[]; sources: unknown[][] };
    assert.deepEqual(total, [
      matrix.total.pairs,
      matrix.total.findings,
      matrix.total.techniques,
      matrix.total.suppressed,
    ]);
    assert.equal(
      sources.flatMap((source) => source[7] as unknown[]).length,
      matrix.total.findings + matrix.total.suppressed,
    );
    for (const { tactic, pairs, techniques } of open) {
      assert.ok(
        results.report.includes(`<h3>${tactic.name.en}</h3><p class="vm-sum">${pairs} open, ${techniques} technique`),
      );
    }
  });

  it('list what an analyst suppressed apart', async () => {
    const items = parseInput(JSON.stringify([configFinding(), configFinding({ Id: 'other' })]), 'test');
    await run(items);
    await enrichment.database.owner.query(
      `UPDATE state.technique_finding SET workflow_status = 'SUPPRESSED'
       WHERE source_key = (SELECT source_key FROM state.source WHERE finding_id = 'other')`,
    );

    const { posture, counters } = await run(items);

    assert.ok(posture.matrix.total.suppressed > 0);
    assert.equal(posture.matrix.total.suppressed, counters['techniqueFindingsSuppressed']?.value);
    assert.equal(posture.matrix.total.findings, counters['techniqueFindingsOpen']?.value);
  });

  it('claim protection only of what this input says has passed, and nothing newer has undone', async () => {
    const passed = configRuleFinding('iam-user-mfa-enabled', {
      Compliance: { Status: 'PASSED' },
      UpdatedAt: '2026-11-02T10:00:00.000Z',
    });
    const items = parseInput(JSON.stringify([passed]), 'test');
    const isProtected = ({ posture: { matrix } }: Results) => matrix.byState.protected > 0;

    assert.equal(isProtected(await run(items)), true);
    assert.equal(isProtected(await run([])), false);
    const failed = { ...passed, Compliance: { Status: 'FAILED' }, UpdatedAt: '2026-11-03T10:00:00.000Z' };
    await run(parseInput(JSON.stringify([failed]), 'test'));
    assert.equal(isProtected(await run(items)), false);
  });
});
