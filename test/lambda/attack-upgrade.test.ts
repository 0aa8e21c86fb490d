import assert from 'node:assert/strict';
import type { CatalogueRows } from '../../lambda/core/catalogue.ts';
import { reconcile } from '../../lambda/reconcile.ts';
import { readCatalogueFiles } from '../../sql/catalogue-files.ts';
import { loadRows } from '../../sql/load-catalogue.ts';
import { readAttackRelease } from '../../sql/reference-files.ts';
import { createDatabase } from '../support/database.ts';
import { type Enrichment, startEnrichment } from '../support/enrichment.ts';
import { underFormerRelease } from '../support/former-release.ts';
import { configRuleFinding } from '../support/source-findings.ts';
import { vsoc } from '../support/vsoc.ts';

describe('an upgrade from ATT&CK 18.1 to 19', () => {
  let enrichment: Enrichment;
  let current: CatalogueRows;
  const upgrade = async () => {
    await loadRows(enrichment.database.owner, current);
    return reconcileAll();
  };

  beforeEach(async () => {
    const database = await createDatabase();
    current = (await readCatalogueFiles()).rows;
    await loadRows(database.owner, underFormerRelease(current, await readAttackRelease('18.1')));
    enrichment = await startEnrichment({ database });
    await enrichment.deliver(...SOURCES);
    await enrichment.rollUp();
  });

  afterEach(async () => {
    await enrichment.close();
    await enrichment.database.drop();
  });

  /** Sources whose rules are linked to techniques that v19 withdrew. */
  const SOURCES = ['cloudtrail-enabled', 'guardduty-enabled-centralized', 'alb-waf-enabled'].map((name) =>
    configRuleFinding(name, { Id: name, GeneratorId: `arn:aws:config:eu-west-1:444455556666:config-rule/${name}` }),
  );
  const later = (hours: number) =>
    (enrichment.clock.now = new Date(enrichment.clock.now.getTime() + hours * 3_600_000));
  const reconcileAll = async () => {
    later(1);
    const report = await reconcile(enrichment.reconcileDependencies);
    assert.ok(report.complete);
    later(1);
    await enrichment.rollUp();
  };
  const idsOf = (state: 'ACTIVE' | 'ARCHIVED', technique: RegExp) =>
    enrichment
      .findings('technique')
      .filter(
        ({ RecordState, ProductFields }) =>
          RecordState === state && technique.test(ProductFields['mitre/technique'] ?? ''),
      )
      .map(({ Id }) => Id)
      .sort();
  const tactics = () =>
    enrichment
      .findings('tactic')
      .filter(({ RecordState }) => RecordState === 'ACTIVE')
      .map(({ Title }) => Title);

  it('closes what is open under a withdrawn id and opens its successor, each once', async () => {
    const before = idsOf('ACTIVE', /^T1562/);
    assert.deepEqual([...new Set(before.map((id) => id.split('/')[3]))].sort(), [
      'T1562.001',
      'T1562.007',
      'T1562.008',
    ]);
    const untouched = idsOf('ACTIVE', /^T(?!1562)/);

    await upgrade();

    const successors: Record<string, string> = {
      'T1562.001': 'T1685',
      'T1562.007': 'T1686.001',
      'T1562.008': 'T1685.002',
    };
    assert.deepEqual(idsOf('ACTIVE', /^T1562/), []);
    assert.deepEqual(idsOf('ARCHIVED', /^T1562/), before);
    assert.deepEqual(
      idsOf('ACTIVE', /^T168[56]/),
      before.map((id) => id.replace(/T1562\.\d{3}/, (old) => successors[old] ?? '')).sort(),
    );
    assert.ok(untouched.every((id) => idsOf('ACTIVE', /./).includes(id)));
  });

  it('says in the closed finding where its technique went', async () => {
    await upgrade();

    const closed = enrichment.findings('technique').find(({ Title }) => Title.startsWith('T1562.008'));
    assert.equal(closed?.Title, 'T1562.008 (now T1685.002 Disable or Modify Tools: Disable or Modify Cloud Log)');
  });

  it('moves the tactic findings with them', async () => {
    assert.ok(tactics().includes('TA0005 Defense Evasion'));

    await upgrade();

    assert.ok(tactics().includes('TA0112 Defense Impairment'));
    assert.ok(!tactics().some((title) => title.includes('Defense Evasion')));
  });

  it('keeps what an analyst had decided about a finding', async () => {
    await enrichment.database.owner.query(
      "UPDATE state.technique_finding SET workflow_status = 'SUPPRESSED' WHERE technique_id = 'T1562.008'",
    );

    await upgrade();

    const successor = enrichment.hub.findings().find(({ Id }) => Id.includes('/T1685.002/'));
    const other = enrichment.hub.findings().find(({ Id }) => Id.includes('/T1686.001/'));
    assert.deepEqual([successor?.Workflow.Status, other?.Workflow.Status], ['SUPPRESSED', 'NEW']);
  });

  it('has nothing left to do the second time', async () => {
    await upgrade();
    const calls = enrichment.hub.calls()['BatchImportFindings'];

    await upgrade();

    assert.equal(enrichment.hub.calls()['BatchImportFindings'], calls);
  });

  it('ends in the same findings where an event of the source comes before the reconciliation', async () => {
    await loadRows(enrichment.database.owner, current);
    later(1);
    await enrichment.deliver({ ...SOURCES[0], UpdatedAt: '2026-11-20T12:30:00.000Z' });

    assert.equal(idsOf('ACTIVE', /^T1685\.002$/).length, 1);
    await reconcileAll();
    assert.deepEqual(idsOf('ACTIVE', /^T1562/), []);
    assert.equal(idsOf('ACTIVE', /^T1685\.002$/).length, idsOf('ARCHIVED', /^T1562\.008$/).length);
  });

  it('is told beforehand by vsoc catalogue diff, with the number of open findings', async () => {
    const { code, stdout } = await vsoc([
      'catalogue',
      'diff',
      '--from',
      '18.1',
      '--json',
      '--database',
      enrichment.database.ownerUrl,
    ]);

    assert.equal(code, 0);
    const { openTechniqueFindings } = JSON.parse(stdout) as { openTechniqueFindings: Record<string, number> };
    assert.deepEqual(
      Object.values(openTechniqueFindings).reduce((sum, count) => sum + count, 0),
      idsOf('ACTIVE', /^T1562/).length,
    );
  });
});
