import assert from 'node:assert/strict';
import { QueryTypes } from 'sequelize';
import { workflowState } from '../../lambda/adapters/workflow-state.ts';
import { noteWorkflowChanges } from '../../lambda/workflow-change.ts';
import { type Enrichment, NOON, TARGET, startEnrichment, forgetState } from '../support/enrichment.ts';
import { configFinding } from '../support/source-findings.ts';

const DAY = 86_400_000;
const passed = { Compliance: { Status: 'PASSED' } };
const resource = (name: string) => ({ Type: 'AwsS3Bucket', Id: `arn:aws:s3:::${name}` });

describe('rollUpTactics', () => {
  let enrichment: Enrichment;

  beforeEach(async () => {
    enrichment = await startEnrichment();
  });

  afterEach(() => enrichment.close());

  const passDays = (days: number) => (enrichment.clock.now = new Date(enrichment.clock.now.getTime() + days * DAY));
  const sql = (statement: string) => enrichment.database.owner.query(statement, { type: QueryTypes.RAW });
  const tactics = () => enrichment.findings('tactic').filter(({ RecordState }) => RecordState === 'ACTIVE');

  it('gives a tactic the highest severity: one CRITICAL among nine LOW is CRITICAL', async () => {
    const low = Array.from({ length: 9 }, (_, index) =>
      configFinding({ Id: `low-${index}`, Severity: { Label: 'LOW' }, Resources: [resource(`b-${index}`)] }),
    );
    await enrichment.deliver(...low, configFinding({ Id: 'critical', Severity: { Label: 'CRITICAL' } }));

    await enrichment.rollUp();

    assert.ok(tactics().length > 0);
    for (const tactic of tactics()) {
      assert.equal(tactic.Severity.Label, 'CRITICAL');
      assert.equal(
        tactic.ProductFields['mitre/count/severity/low'],
        String(9 * Number(tactic.ProductFields['mitre/count/techniques'])),
      );
    }
  });

  it('writes nothing while nothing changes', async () => {
    await enrichment.deliver(configFinding());
    await enrichment.rollUp();
    const calls = enrichment.hub.calls()['BatchImportFindings'];

    const idle = await enrichment.rollUp();
    await enrichment.deliver(configFinding({ UpdatedAt: '2026-11-02T00:00:00Z' }));
    const unchanged = await enrichment.rollUp();

    assert.deepEqual([idle.sent, unchanged.sent], [0, 0]);
    assert.equal(enrichment.hub.calls()['BatchImportFindings'], calls);
  });

  it('updates a tactic in place and archives it when its last technique closes', async () => {
    await enrichment.deliver(configFinding({ Id: 'a', Severity: { Label: 'LOW' } }));
    await enrichment.rollUp();
    const ids = tactics().map(({ Id }) => Id);
    await enrichment.deliver(configFinding({ Id: 'b', Severity: { Label: 'HIGH' }, Resources: [resource('other')] }));
    await enrichment.rollUp();
    const updated = tactics();

    await enrichment.deliver(
      configFinding({ Id: 'a', UpdatedAt: '2026-11-02T00:00:00Z', ...passed }),
      configFinding({ Id: 'b', UpdatedAt: '2026-11-02T00:00:00Z', ...passed }),
    );
    await enrichment.rollUp();

    assert.deepEqual(
      updated.map(({ Id }) => Id),
      ids,
    );
    assert.ok(updated.every(({ Severity }) => Severity.Label === 'HIGH'));
    assert.deepEqual(tactics(), []);
    assert.equal(enrichment.findings('tactic').length, ids.length);
  });

  it('counts a pair of technique and resource once, however many findings name it', async () => {
    await enrichment.deliver(...['a', 'b', 'c'].map((Id) => configFinding({ Id })));

    await enrichment.rollUp();

    for (const { ProductFields } of tactics()) {
      assert.equal(ProductFields['mitre/count/pairs'], ProductFields['mitre/count/techniques']);
      assert.equal(ProductFields['mitre/count/resources'], '1');
    }
  });

  it('keeps bucket logs beside bucket logs-prod, and the ten worst resources of many', async () => {
    const buckets = ['logs', 'logs-prod', ...Array.from({ length: 12 }, (_, index) => `bucket-${index}`)];
    await enrichment.deliver(
      ...buckets.map((name) =>
        configFinding({
          Id: name,
          Resources: [resource(name)],
          Severity: { Label: name.startsWith('logs') ? 'HIGH' : 'LOW' },
        }),
      ),
    );

    await enrichment.rollUp();

    for (const { Resources, RelatedFindings } of tactics()) {
      const ids = (Resources as { Id: string; Type: string }[]).map(({ Id }) => Id);
      assert.equal(ids.length, 10);
      assert.deepEqual(ids.slice(0, 2), ['arn:aws:s3:::logs', 'arn:aws:s3:::logs-prod']);
      assert.equal(RelatedFindings.length, 10);
    }
  });

  it('sends again what a refused import left behind', async () => {
    await enrichment.deliver(configFinding());
    enrichment.hub.setFaults({ partialFailure: 1 });
    const refused = await enrichment.rollUp();
    enrichment.hub.setFaults({});

    const sent = await enrichment.rollUp();

    assert.equal(refused.sent, 0);
    assert.ok(refused.importFailures.length > 0);
    assert.equal(sent.sent, refused.importFailures.length);
  });

  it('sends an open tactic again before Security Hub deletes it, although nothing changed', async () => {
    await enrichment.deliver(configFinding());
    await enrichment.rollUp();
    const before = tactics().length;
    passDays(76);

    const refresh = await enrichment.rollUp();

    passDays(76);
    assert.equal(refresh.sent, before);
    assert.equal(tactics().length, before);
  });

  it('creates a tactic anew that Security Hub has deleted while it was archived', async () => {
    await enrichment.deliver(configFinding());
    await enrichment.rollUp();
    const before = tactics().length;
    await enrichment.deliver(configFinding({ UpdatedAt: '2026-11-02T00:00:00Z', ...passed }));
    await enrichment.rollUp();
    passDays(31);
    await enrichment.deliver(configFinding({ UpdatedAt: '2026-12-20T00:00:00Z' }));

    const { importFailures } = await enrichment.rollUp();

    assert.deepEqual(importFailures, []);
    assert.equal(tactics().length, before);
  });

  it('keeps a tactic for later that its catalogue does not know yet', async () => {
    await enrichment.deliver(configFinding());
    await sql(`UPDATE state.technique_finding SET tactic_ids = '{TA9999}'`);
    await sql(`INSERT INTO state.tactic_change (tactic_id) VALUES ('TA9999')`);
    await enrichment.rollUp();
    const left = await enrichment.database.owner.query('SELECT tactic_id FROM state.tactic_change', {
      type: QueryTypes.SELECT,
    });
    await sql(`INSERT INTO catalogue.tactic (tactic_id, position, shortname, name_en, name_es, url)
      VALUES ('TA9999', 999, 'new', 'New', 'Nueva', 'https://attack.mitre.org/tactics/TA9999')`);
    await sql(`UPDATE catalogue.release SET version = repeat('3', 64)`);

    await enrichment.rollUp();

    assert.deepEqual(left, [{ tactic_id: 'TA9999' }]);
    assert.deepEqual(
      tactics().map(({ Title }) => Title),
      ['TA9999 New'],
    );
  });

  it('rolls up the others although one kept source finding cannot be read', async () => {
    await enrichment.deliver(configFinding({ Id: 'broken', Resources: [resource('a')] }), configFinding());
    await sql(`UPDATE state.source SET finding = '{}' WHERE finding_id = 'broken'`);

    await enrichment.rollUp();

    assert.ok(tactics().length > 0);
    assert.ok(tactics().every(({ ProductFields }) => ProductFields['mitre/count/resources'] === '2'));
  });

  it('shows resources within what Security Hub takes, whatever their source says', async () => {
    const odd = { ...resource('odd'), Type: 'x'.repeat(300), Region: '', Partition: 'nowhere', Tags: { empty: '' } };
    await enrichment.deliver(configFinding({ Resources: [odd] }));

    const { importFailures } = await enrichment.rollUp();

    assert.deepEqual(importFailures, []);
    assert.deepEqual(tactics()[0]?.Resources, [{ Type: `${'x'.repeat(255)}…`, Id: 'arn:aws:s3:::odd' }]);
  });

  it('leaves it to one of two that run at once', async () => {
    await enrichment.deliver(...Array.from({ length: 50 }, (_, index) => configFinding({ Id: `s-${index}` })));

    await Promise.all([enrichment.rollUp(), enrichment.rollUp(), enrichment.rollUp()]);
    await enrichment.rollUp();

    const again = await enrichment.rollUp();
    assert.equal(again.sent, 0);
    assert.ok(tactics().length > 0);
  });

  describe('with what an analyst suppressed', () => {
    const suppress = async (index: number, status = 'SUPPRESSED', minute = 1, product = TARGET.productArn) => {
      const finding = enrichment.findings('technique')[index];
      const event = {
        'detail-type': 'Security Hub Findings - Imported',
        time: `2026-11-20T12:0${minute}:00Z`,
        detail: { findings: [{ ...finding, ProductArn: product, Workflow: { Status: status } }] },
      };
      return noteWorkflowChanges(
        [{ messageId: '0', body: JSON.stringify(event) }],
        TARGET,
        workflowState(enrichment.database.reader),
      );
    };

    it('leaves it out of the counts and lists it apart', async () => {
      await enrichment.deliver(configFinding({ Id: 'a' }));
      await enrichment.rollUp();
      const before = tactics().length;
      for (const index of enrichment.findings('technique').keys()) await suppress(index);

      await enrichment.rollUp();

      assert.ok(before > 0);
      assert.deepEqual(tactics(), []);
      assert.ok(
        enrichment.findings('tactic').every(({ Description }) => /Suppressed, not counted: [1-9]/.test(Description)),
      );
    });

    it('counts it again when it is new again, whatever order the events come in', async () => {
      await enrichment.deliver(configFinding({ Id: 'a' }));

      await suppress(0, 'NEW', 5);
      await suppress(0, 'SUPPRESSED', 2);
      await enrichment.rollUp();

      assert.ok(tactics().length > 0);
    });

    it('believes no other publisher', async () => {
      await enrichment.deliver(configFinding({ Id: 'a' }));

      const report = await suppress(
        0,
        'SUPPRESSED',
        1,
        'arn:aws:securityhub:eu-west-1:444455556666:product/444455556666/default',
      );

      assert.deepEqual([report.changed, report.ignored], [0, 1]);
    });
  });

  it('starts from nothing again after the state was lost', async () => {
    await enrichment.deliver(configFinding());
    await enrichment.rollUp();
    await forgetState(enrichment.database);
    enrichment.clock.now = new Date(NOON.getTime() + 1000);

    await enrichment.deliver(configFinding());
    await enrichment.rollUp();

    assert.ok(tactics().length > 0);
  });
});
