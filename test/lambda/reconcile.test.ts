import assert from 'node:assert/strict';
import { BatchImportFindingsCommand } from '@aws-sdk/client-securityhub';
import { QueryTypes } from 'sequelize';
import type { AsffFinding } from '../../lambda/core/asff-finding.ts';
import type { FindingImport } from '../../lambda/enrich-finding.ts';
import { reconcile } from '../../lambda/reconcile.ts';
import { type Enrichment, TARGET, impatientClient, startEnrichment } from '../support/enrichment.ts';
import { configFinding } from '../support/source-findings.ts';

const DAY = 86_400_000;

describe('reconcile', () => {
  let enrichment: Enrichment;
  let lost = false;
  const wrap = (inner: FindingImport): FindingImport => ({
    importFindings: (findings) => {
      if (lost) throw new Error('the container died');
      return inner.importFindings(findings);
    },
  });

  beforeEach(async () => {
    lost = false;
    enrichment = await startEnrichment({ wrap });
  });

  afterEach(() => enrichment.close());

  /** An hour after what the test did: Security Hub shows an import only after some time. */
  const run = () => {
    enrichment.clock.now = new Date(enrichment.clock.now.getTime() + 3_600_000);
    return reconcile(enrichment.reconcileDependencies);
  };
  const open = () => enrichment.findings('technique').filter(({ RecordState }) => RecordState === 'ACTIVE');
  const passDays = (days: number) => (enrichment.clock.now = new Date(enrichment.clock.now.getTime() + days * DAY));
  const sql = (statement: string) => enrichment.database.owner.query(statement, { type: QueryTypes.RAW });
  const importAs = async (finding: AsffFinding) => {
    const client = impatientClient(enrichment.hub.url);
    await client.send(new BatchImportFindingsCommand({ Findings: [finding] as never }));
    client.destroy();
  };

  it('finds nothing to do where nothing is wrong, and does it a second time', async () => {
    await enrichment.deliver(configFinding({ Id: 'a' }), configFinding({ Id: 'b', Compliance: { Status: 'PASSED' } }));
    const calls = enrichment.hub.calls()['BatchImportFindings'];

    const reports = [await run(), await run()];

    for (const { complete, ...counts } of reports) {
      assert.ok(complete);
      assert.deepEqual(
        Object.values(counts),
        Object.values(counts).map(() => 0),
      );
    }
    assert.equal(enrichment.hub.calls()['BatchImportFindings'], calls);
  });

  it('sends what was recorded and never sent', async () => {
    lost = true;
    await assert.rejects(enrichment.deliver(configFinding()));
    lost = false;

    const report = await run();

    assert.ok(report.resent > 0);
    assert.equal(open().length, report.resent);
  });

  it('archives what a new catalogue no longer links and opens what it does, once', async () => {
    await enrichment.deliver(configFinding());
    const before = open().map(({ Id }) => Id);
    await sql(`DELETE FROM catalogue.link WHERE provider = 'config' AND rule_key = 'restricted-ssh'`);
    await sql(`INSERT INTO catalogue.link (provider, rule_key, technique_id, effect, score, tactic_ids, rationale, source)
      VALUES ('config', 'restricted-ssh', 'T1485', 'protect', 'minimal', '{}', 'for this test', 'judgement')`);
    await sql(`UPDATE catalogue.release SET version = repeat('1', 64)`);

    const first = await run();
    const second = await run();

    assert.ok(!before.some((id) => id.includes('T1485')));
    assert.deepEqual(
      open().map(({ ProductFields }) => ProductFields['mitre/technique']),
      ['T1485'],
    );
    assert.equal(first.realigned, 1);
    assert.equal(second.realigned, 0);
  });

  it('translates open findings where the language changed', async () => {
    await enrichment.deliver(configFinding());
    const ids = open().map(({ Id }) => Id);

    await reconcile({ ...enrichment.reconcileDependencies, language: 'es' });

    assert.deepEqual(
      open().map(({ Id }) => Id),
      ids,
    );
    assert.ok(open().every(({ Description }) => Description.startsWith('AWS Config informa')));
  });

  it('brings back what Security Hub lost and archives what it should not have open', async () => {
    await enrichment.deliver(configFinding());
    const [finding] = open();
    assert.ok(finding);
    await sql(
      `UPDATE state.technique_finding SET record_state = 'ARCHIVED' WHERE technique_id = '${finding.ProductFields['mitre/technique']}'`,
    );

    const report = await run();

    assert.equal(report.healed, 1);
    assert.ok(!open().some(({ Id }) => Id === finding.Id));
  });

  it('archives technique findings of ours that the database does not know', async () => {
    await enrichment.deliver(configFinding());
    const known = open().length;
    const { CreatedAt, ...content } = {
      ...(await template(enrichment)),
      Id: `virtual-soc/technique/v1/T1485/${'0'.repeat(64)}`,
    };
    await importAs({ ...content, CreatedAt, UpdatedAt: CreatedAt });

    const report = await run();

    assert.equal(report.orphansArchived, 1);
    assert.equal(open().length, known);
  });

  it('refreshes an open finding at 75 days while its source is still there', async () => {
    const source = configFinding();
    enrichment.hub.receive(source);
    await enrichment.deliver(source);
    const before = open().map(({ UpdatedAt }) => UpdatedAt);
    passDays(74);
    enrichment.hub.receive(configFinding({ UpdatedAt: enrichment.clock.now.toISOString() }));
    const early = await run();
    passDays(2);

    const late = await run();

    assert.deepEqual([early.refreshed, late.refreshed, late.sourceGone], [0, 1, 0]);
    assert.ok(open().every(({ UpdatedAt }) => !before.includes(UpdatedAt)));
    assert.ok(open().length === before.length);
  });

  it('closes as source-gone what is open and no longer in Security Hub', async () => {
    await enrichment.deliver(configFinding());
    passDays(80);

    const report = await run();

    const rows = await enrichment.database.owner.query('SELECT is_open, closed_reason FROM state.source', {
      type: QueryTypes.SELECT,
    });
    assert.equal(report.sourceGone, 1);
    assert.deepEqual(open(), []);
    assert.deepEqual(rows, [{ is_open: false, closed_reason: 'source-gone' }]);
  });

  it('hears of a close whose event was lost', async () => {
    const source = configFinding();
    await enrichment.deliver(source);
    passDays(80);
    enrichment.hub.receive(
      configFinding({ UpdatedAt: enrichment.clock.now.toISOString(), Compliance: { Status: 'PASSED' } }),
    );

    await run();

    assert.deepEqual(open(), []);
  });

  it('forgets closed sources after 90 days and not before', async () => {
    await enrichment.deliver(configFinding({ Compliance: { Status: 'PASSED' } }));
    passDays(89);
    const early = await run();
    passDays(2);

    const late = await run();

    assert.deepEqual([early.forgotten, late.forgotten], [0, 1]);
  });

  it('stops when its time is up, says so, and goes on the next time', async () => {
    await enrichment.deliver(configFinding());
    await sql(`UPDATE catalogue.release SET version = repeat('2', 64)`);

    const stopped = await reconcile({ ...enrichment.reconcileDependencies, hasTime: () => false });
    const resumed = await run();

    assert.deepEqual([stopped.complete, stopped.realigned], [false, 0]);
    assert.deepEqual([resumed.complete, resumed.realigned], [true, 1]);
  });

  it('keeps to its own product when it looks for strangers', async () => {
    const foreign = configFinding({
      ProductArn: 'arn:aws:securityhub:eu-west-1::product/acme/tool',
      GeneratorId: 'virtual-soc/technique/T1485',
    });
    enrichment.hub.receive(foreign);

    const report = await run();

    assert.equal(report.orphansArchived, 0);
    assert.equal(TARGET.accountId, '111122223333');
  });
});

/** A technique finding as it was sent, taken from the hub and stripped of what the hub added. */
async function template(enrichment: Enrichment): Promise<AsffFinding> {
  const pages = enrichment.reconcileDependencies.hub.ownFindings('2020-01-01T00:00:00Z', '2030-01-01T00:00:00Z');
  for await (const [found] of pages) if (found) return found.finding;
  throw new Error('the hub holds no finding of ours');
}
