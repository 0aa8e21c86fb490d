import assert from 'node:assert/strict';
import { BatchImportFindingsCommand } from '@aws-sdk/client-securityhub';
import { QueryTypes } from 'sequelize';
import type { AsffFinding } from '../../lambda/core/asff-finding.ts';
import { reconcileState } from '../../lambda/adapters/reconcile-state.ts';
import { type FindingImport, publish } from '../../lambda/enrich-finding.ts';
import { type TechniqueKey, reconcile } from '../../lambda/reconcile.ts';
import { whenWaiting } from '../support/database.ts';
import { type Enrichment, TARGET, impatientClient, loseFindings, startEnrichment } from '../support/enrichment.ts';
import { configFinding, incompressibleText } from '../support/source-findings.ts';

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

  it('brings back what Security Hub lost and refused since, because its source had changed', async () => {
    await enrichment.deliver(configFinding());
    loseFindings(enrichment);
    passDays(1);
    const refused = await enrichment.deliver(
      configFinding({ UpdatedAt: '2026-11-21T10:00:00Z', Severity: { Label: 'HIGH' } }),
    );

    const report = await run();

    assert.deepEqual(refused, [0]);
    assert.equal(report.importFailures, 0);
    assert.ok(open().length > 0);
    assert.ok(open().every(({ Severity }) => Severity.Label === 'HIGH'));
  });

  it('sends the newest content of a source that changes while its findings are sent again', async () => {
    const { database, dependencies } = enrichment;
    await enrichment.deliver(configFinding({ Severity: { Label: 'LOW' } }));
    const keys = await database.owner.query<TechniqueKey>(
      'SELECT source_key AS "sourceKey", technique_id AS "techniqueId" FROM state.technique_finding',
      { type: QueryTypes.SELECT },
    );
    const newer = JSON.stringify(configFinding({ Severity: { Label: 'CRITICAL' } }));
    const batch = await database.owner.transaction();
    await database.owner.query('UPDATE state.source SET finding = $1', { bind: [newer], transaction: batch });
    await database.owner.query(
      `UPDATE state.technique_finding SET revision = revision + 1, updated_at = updated_at + interval '1 millisecond'`,
      { transaction: batch },
    );

    const touching = reconcileState(database.reader).touch(keys, passDays(1));
    await Promise.race([touching, whenWaiting(database)]);
    await batch.commit();
    await publish(await touching, [], dependencies);

    assert.deepEqual([...new Set(open().map(({ Severity }) => Severity.Label))], ['CRITICAL']);
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

  it('realigns the others although one kept source finding cannot be read', async () => {
    await enrichment.deliver(configFinding({ Id: 'broken' }), configFinding({ Id: 'good' }));
    await sql(`UPDATE state.source SET finding = '{}' WHERE finding_id = 'broken'`);

    await reconcile({ ...enrichment.reconcileDependencies, language: 'es' });

    const translated = open().filter(({ Description }) => Description.startsWith('AWS Config informa'));
    assert.ok(translated.length > 0);
    assert.ok(translated.every(({ RelatedFindings }) => RelatedFindings[0]?.Id === 'good'));
  });

  for (const [what, Title] of Object.entries({
    'holds a NUL': 'a\0b',
    'is too long for an index': incompressibleText(6000),
  })) {
    it(`realigns a source whose rule name ${what}`, async () => {
      await enrichment.deliver(configFinding({ Title, ProductFields: {} }));

      const report = await reconcile({ ...enrichment.reconcileDependencies, language: 'es' });

      assert.equal(report.realigned, 1);
    });
  }

  it('has the next roll-up bring back the tactics that Security Hub lost', async () => {
    const open = () => enrichment.findings('tactic').filter(({ RecordState }) => RecordState === 'ACTIVE').length;
    await enrichment.deliver(configFinding());
    await enrichment.rollUp();
    const before = open();
    loseFindings(enrichment);

    await run();
    const { importFailures } = await enrichment.rollUp();

    assert.ok(before > 0);
    assert.deepEqual(importFailures, []);
    assert.equal(open(), before);
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

  it('leaves a source open that came back while it was being closed as gone', async () => {
    await enrichment.deliver(configFinding());
    passDays(80);
    const hub = {
      ...enrichment.reconcileDependencies.hub,
      sourceFindings: async () => {
        await enrichment.deliver(configFinding({ UpdatedAt: '2027-02-08T10:00:00Z', Severity: { Label: 'HIGH' } }));
        return [];
      },
    };

    await reconcile({ ...enrichment.reconcileDependencies, hub });

    assert.ok(open().length > 0);
  });

  it('remembers a source that it closes as gone, however long ago it was last heard of', async () => {
    await enrichment.deliver(configFinding());
    passDays(100);

    const report = await run();

    assert.deepEqual([report.sourceGone, report.forgotten], [1, 0]);
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

  it('forgets all that is old enough in one run, more than one statement takes', async () => {
    await sql(`INSERT INTO state.source (source_key, updated_at_ns, processed_at_ns, event_at_ns, is_open, content_hash,
        account_id, region, product_arn, finding_id, provider, rule_key, severity, resource_ids, enriched_with, seen_at)
      SELECT 'key-' || n, 0, 0, 0, false, '', '', '', '', '', '', '', 0, '{}', '', '2026-01-01'
      FROM generate_series(1, 5001) AS n`);

    const report = await run();

    assert.equal(report.forgotten, 5001);
  });

  it('does not forget a source that reopens meanwhile', async () => {
    const { database } = enrichment;
    await enrichment.deliver(configFinding({ Compliance: { Status: 'PASSED' } }));
    const reopening = await database.owner.transaction();
    await database.owner.query('UPDATE state.source SET is_open = true', { transaction: reopening });

    const forgetting = reconcileState(database.reader).forgetClosed(passDays(1));
    await Promise.race([forgetting, whenWaiting(database)]);
    await reopening.commit();

    assert.equal(await forgetting, 0);
    assert.deepEqual(await database.owner.query('SELECT is_open FROM state.source', { type: QueryTypes.SELECT }), [
      { is_open: true },
    ]);
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
