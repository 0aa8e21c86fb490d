import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { QueryTypes } from 'sequelize';
import { runEnrichment, type RunReport } from '../../local/enrichment-run.ts';
import { readInput } from '../../local/input-file.ts';
import { readTacticFindings, readTechniqueFindings } from '../../local/own-findings.ts';
import { SAMPLE_EVENTS } from '../../local/start.ts';
import { readCatalogue } from '../../lambda/adapters/catalogue.ts';
import { labelOf } from '../../lambda/core/severity.ts';
import { sourceKeyOf } from '../../lambda/core/source-event.ts';
import { type Enrichment, TARGET, startEnrichment } from '../support/enrichment.ts';

interface Expected {
  readonly findings: { readonly accepted: number };
  readonly ignored: { readonly total: number };
  readonly rejected: { readonly lines: readonly { readonly line: number }[] };
  readonly list: readonly {
    readonly awsAccountId: string;
    readonly productArn: string;
    readonly id: string;
    readonly provider: string;
    readonly ruleKeys: readonly string[];
    readonly unmapped: string | null;
    readonly dependsOnCatalogue: boolean;
    readonly state: 'open' | 'closed' | 'unknown';
    readonly severity: string;
    readonly resources: number;
  }[];
}

interface SourceRow {
  readonly source_key: string;
  readonly is_open: boolean;
  readonly provider: string;
  readonly rule_key: string;
  readonly unmapped_reason: string | null;
  readonly severity: number;
  readonly resource_ids: readonly string[];
}

describe('the sample events', () => {
  let enrichment: Enrichment;
  let expected: Expected;
  let report: RunReport;
  let rows: ReadonlyMap<string, SourceRow>;

  before(async () => {
    enrichment = await startEnrichment();
    expected = JSON.parse(
      await readFile(new URL('../../local/sample/expected.json', import.meta.url), 'utf8'),
    ) as Expected;
    report = await runEnrichment({
      items: await readInput(SAMPLE_EVENTS),
      sequelize: enrichment.database.reader,
      target: TARGET,
      language: 'en',
      now: () => enrichment.clock.now,
      endpoint: enrichment.hub.url,
      quotas: false,
    });
    const found = await enrichment.database.owner.query<SourceRow>('SELECT * FROM state.source', {
      type: QueryTypes.SELECT,
    });
    rows = new Map(found.map((row) => [row.source_key, row]));
  });

  after(() => enrichment.close());

  it('are read, ignored and rejected as their authors meant', () => {
    const ignored = Object.values(report.ignored).reduce((sum, count) => sum + count, 0);

    assert.equal(report.findings, expected.findings.accepted + expected.ignored.total + expected.rejected.lines.length);
    assert.equal(ignored, expected.ignored.total);
    assert.deepEqual(
      report.rejected.map(({ position }) => position),
      expected.rejected.lines.map(({ line }) => `line ${line}`),
    );
    assert.deepEqual(report.undelivered, []);
  });

  it('leave every source open or closed as their authors meant, with its severity and resources', () => {
    for (const source of expected.list) {
      const row = rows.get(
        sourceKeyOf({ accountId: source.awsAccountId, productArn: source.productArn, id: source.id }),
      );
      const state = row === undefined ? 'unknown' : row.is_open ? 'open' : 'closed';
      assert.equal(state, source.state, source.id);
      if (!row) continue;
      assert.equal(row.provider, source.provider, source.id);
      assert.equal(labelOf(row.severity), source.severity, source.id);
      assert.equal(row.resource_ids.length, source.resources, source.id);
    }
    assert.equal(rows.size, expected.list.filter(({ state }) => state !== 'unknown').length);
  });

  it('are identified as exactly the rules their authors meant', async () => {
    const { rules } = await readCatalogue(enrichment.database.reader);
    const catalogued = new Set(rules.map(({ provider, ruleKey }) => `${provider} ${ruleKey}`));
    let compared = 0;
    for (const source of expected.list) {
      const row = rows.get(
        sourceKeyOf({ accountId: source.awsAccountId, productArn: source.productArn, id: source.id }),
      );
      if (!row || source.dependsOnCatalogue) continue;
      if (source.unmapped !== null) assert.equal(row.unmapped_reason, source.unmapped, source.id);
      // A rule that no technique fits is known all the same; one that the catalogue lacks is nothing else.
      else if (row.unmapped_reason === 'unknown-rule') {
        assert.ok(!source.ruleKeys.some((key) => catalogued.has(`${source.provider} ${key}`)), source.id);
      } else if (!row.unmapped_reason?.startsWith('not-mappable:')) {
        assert.deepEqual(
          [row.unmapped_reason, row.rule_key.split(';')],
          [null, [...source.ruleKeys].sort()],
          source.id,
        );
        compared += 1;
      }
    }
    assert.ok(compared > 200, `${compared} sources were mapped`);
  });

  it('are in Security Hub exactly as the database says', async () => {
    const context = { catalogue: report.catalogue, target: TARGET, language: 'en' as const };
    const inDatabase = [
      ...(await readTacticFindings(enrichment.database.reader)),
      ...(await readTechniqueFindings(enrichment.database.reader, context)),
    ];

    const inHub = new Map(enrichment.hub.findings().map((finding) => [finding.Id, finding]));

    assert.equal(inDatabase.length, inHub.size);
    for (const finding of inDatabase) {
      const found = inHub.get(finding.Id);
      assert.equal(found?.RecordState, finding.RecordState, finding.Id);
      assert.equal(found?.UpdatedAt, finding.UpdatedAt, finding.Id);
      assert.equal(found?.Title, finding.Title, finding.Id);
      assert.deepEqual(found?.Types, finding.Types, finding.Id);
      assert.equal(found?.Severity?.Label, finding.Severity.Label, finding.Id);
      assert.deepEqual(found?.Resources?.length, finding.Resources.length, finding.Id);
    }
  });

  it('name no tactic without ATT&CK knowing it', () => {
    const names = new Set(report.catalogue.tactics.map(({ name }) => `TTPs/${name.en}`));

    for (const { Types } of enrichment.findings('technique'))
      assert.ok(Types.length > 0 && Types.every((type) => names.has(type)));
  });
});
