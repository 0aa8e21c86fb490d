import assert from 'node:assert/strict';
import { QueryTypes } from 'sequelize';
import { connect } from '../../sql/database.ts';
import { catalogueReader } from '../../lambda/adapters/catalogue-reader.ts';
import { findingState } from '../../lambda/adapters/finding-state.ts';
import type { AsffFinding } from '../../lambda/core/asff-finding.ts';
import type { FindingImport } from '../../lambda/enrich-finding.ts';
import { sqsEvent } from '../../local/event-queue.ts';
import { type Enrichment, NOON, forgetState, quietHandler, startEnrichment } from '../support/enrichment.ts';
import { configFinding, configRuleFinding, findingEvent, incompressibleText } from '../support/source-findings.ts';

const at = (minute: number) => `2026-11-01T10:${String(minute).padStart(2, '0')}:00.000Z`;
const passed = { Compliance: { Status: 'PASSED' }, Workflow: { Status: 'RESOLVED' } };

describe('enrichFindings', () => {
  let enrichment: Enrichment;
  let beforeImport: (findings: readonly AsffFinding[]) => void = () => undefined;
  const wrap = (inner: FindingImport): FindingImport => ({
    importFindings: (findings) => {
      beforeImport(findings);
      return inner.importFindings(findings);
    },
  });

  before(async () => {
    enrichment = await startEnrichment({ wrap });
  });

  beforeEach(() => {
    beforeImport = () => undefined;
    enrichment.clock.now = NOON;
    enrichment.hub.setFaults({});
  });

  afterEach(async () => {
    await forgetState(enrichment.database);
  });

  after(() => enrichment.close());

  const ofSource = (id: string) =>
    enrichment.findings('technique').filter(({ RelatedFindings }) => RelatedFindings.some(({ Id }) => Id === id));
  const open = (id: string) => ofSource(id).filter(({ RecordState }) => RecordState === 'ACTIVE');
  let count = 0;
  const freshId = () => `source-${(count += 1)}`;

  it('processes every record of a batch', async () => {
    const ids = [freshId(), freshId(), freshId(), freshId()];

    const failed = await enrichment.deliver(...ids.map((Id) => configFinding({ Id })));

    assert.deepEqual(failed, []);
    for (const id of ids) assert.ok(open(id).length > 0, id);
  });

  it('makes one technique finding of a source that is updated five times', async () => {
    const Id = freshId();
    await enrichment.deliver(configFinding({ Id }));
    const before = ofSource(Id).map((finding) => finding.Id);

    for (let minute = 1; minute <= 5; minute += 1) {
      await enrichment.deliver(
        configFinding({ Id, UpdatedAt: at(minute), Severity: { Label: minute % 2 ? 'HIGH' : 'LOW' } }),
      );
    }

    assert.deepEqual(
      ofSource(Id).map((finding) => finding.Id),
      before,
    );
    assert.ok(open(Id).every(({ Severity }) => Severity.Label === 'HIGH'));
  });

  it('sends nothing where an update says nothing new', async () => {
    const Id = freshId();
    await enrichment.deliver(configFinding({ Id }));
    const calls = enrichment.hub.calls()['BatchImportFindings'];

    await enrichment.deliver(configFinding({ Id, UpdatedAt: at(30) }));

    assert.equal(enrichment.hub.calls()['BatchImportFindings'], calls);
  });

  it('sends nothing for a source that has always passed', async () => {
    const calls = enrichment.hub.calls()['BatchImportFindings'];

    await enrichment.deliver(...Array.from({ length: 10 }, () => configFinding({ Id: freshId(), ...passed })));

    assert.equal(enrichment.hub.calls()['BatchImportFindings'], calls);
  });

  it('keeps a source open that somebody was notified of', async () => {
    const Id = freshId();
    await enrichment.deliver(configFinding({ Id }));

    await enrichment.deliver(configFinding({ Id, UpdatedAt: at(1), Workflow: { Status: 'NOTIFIED' } }));

    assert.ok(open(Id).length > 0);
  });

  for (const [name, change] of Object.entries({
    PASSED: { Compliance: { Status: 'PASSED' } },
    ARCHIVED: { RecordState: 'ARCHIVED' },
    RESOLVED: { Workflow: { Status: 'RESOLVED' } },
    SUPPRESSED: { Workflow: { Status: 'SUPPRESSED' } },
  })) {
    it(`archives on ${name} and reopens under the same Ids`, async () => {
      const Id = freshId();
      await enrichment.deliver(configFinding({ Id }));
      const ids = open(Id).map((finding) => finding.Id);

      await enrichment.deliver(configFinding({ Id, UpdatedAt: at(1), ...change }));
      const whileClosed = open(Id).length;
      await enrichment.deliver(configFinding({ Id, UpdatedAt: at(2) }));

      assert.equal(whileClosed, 0);
      assert.deepEqual(
        open(Id).map((finding) => finding.Id),
        ids,
      );
    });
  }

  it('neither opens nor closes on WARNING and NOT_AVAILABLE', async () => {
    const [opened, unseen] = [freshId(), freshId()];
    await enrichment.deliver(configFinding({ Id: opened }));

    await enrichment.deliver(
      configFinding({ Id: opened, UpdatedAt: at(1), Compliance: { Status: 'NOT_AVAILABLE' } }),
      configFinding({ Id: unseen, Compliance: { Status: 'WARNING' } }),
    );

    assert.ok(open(opened).length > 0);
    assert.equal(ofSource(unseen).length, 0);
  });

  it('counts a source as unchecked only until a check comes after it', async () => {
    const Id = freshId();
    const unchecked = () => enrichment.database.owner.query('SELECT FROM state.unchecked', { type: QueryTypes.SELECT });
    await enrichment.deliver(configFinding({ Id, Compliance: { Status: 'WARNING' } }));
    const before = await unchecked();

    await enrichment.deliver(configFinding({ Id, UpdatedAt: at(1), ...passed }));

    assert.equal(before.length, 1);
    assert.deepEqual(await unchecked(), []);
  });

  it('lets a late older event lose, also against a close that came first', async () => {
    const Id = freshId();
    await enrichment.deliver(configFinding({ Id, UpdatedAt: at(5), ...passed }));

    await enrichment.deliver(configFinding({ Id, UpdatedAt: at(4) }));

    assert.equal(ofSource(Id).length, 0);
  });

  it('takes copies from two buses in one batch for one source', async () => {
    const finding = configFinding({ Id: freshId() });

    await enrichment.deliver(finding, finding);

    const ids = ofSource(String(finding['Id'])).map(({ Id }) => Id);
    assert.equal(new Set(ids).size, ids.length);
  });

  it('archives a technique when the source comes to name another rule', async () => {
    const Id = freshId();
    await enrichment.deliver(configRuleFinding('restricted-ssh', { Id }));
    const before = open(Id).map(({ ProductFields }) => ProductFields['mitre/technique']);

    await enrichment.deliver(configRuleFinding('encrypted-volumes', { Id, UpdatedAt: at(1) }));

    const after = open(Id).map(({ ProductFields }) => ProductFields['mitre/technique']);
    assert.ok(after.length > 0 && !after.some((technique) => before.includes(technique)));
  });

  it('fails a message that cannot be read and does the others', async () => {
    const Id = freshId();

    const failed = await enrichment.deliver(configFinding({ Id: '' }), configFinding({ Id }), 'no finding');

    assert.deepEqual(failed, [0, 2]);
    assert.ok(open(Id).length > 0);
  });

  it('lets no absurd record harm the others of its batch', async () => {
    const Id = freshId();
    const custom = (changes: Record<string, unknown>) =>
      configFinding({ Id: freshId(), ProductArn: 'arn:aws:securityhub:eu-west-1::product/acme/tool', ...changes });

    const failed = await enrichment.deliver(
      configFinding({ Id: freshId(), UpdatedAt: '9999-12-31T23:59:59Z' }),
      custom({ GeneratorId: 'x'.repeat(6000) }),
      custom({ GeneratorId: 'nul \0 and lone \ud800 surrogate' }),
      custom({ Region: 'r'.repeat(6000), Resources: [{ Id: 'a\0b\x1fc', Type: 'Other' }] }),
      custom({ ProductArn: `arn:aws:securityhub:eu-west-1::product/acme/${'p'.repeat(6000)}` }),
      configFinding({ Id: `\0${freshId()}\udfff`, Title: '\ud83d' }),
      configFinding({ Id }),
    );

    assert.deepEqual(failed, [0, 1, 4]);
    assert.ok(open(Id).length > 0);
  });

  it('keeps names that are too long for an index', async () => {
    const failed = await enrichment.deliver(
      configFinding({
        Id: freshId(),
        ProductArn: `arn:aws:securityhub:eu-west-1::product/${incompressibleText(700)}/tool`,
        GeneratorId: incompressibleText(512),
      }),
    );

    assert.deepEqual(failed, []);
  });

  it('sends all but the one whose kept source finding cannot be read any more', async () => {
    const [broken, good] = [freshId(), freshId()];
    beforeImport = () => {
      throw new Error('the container died');
    };
    await assert.rejects(
      enrichment.deliver(configFinding({ Id: broken, UpdatedAt: at(5) }), configFinding({ Id: good })),
    );
    beforeImport = () => undefined;
    await enrichment.database.owner.query(`UPDATE state.source SET finding = '{}' WHERE finding_id = '${broken}'`);

    const failed = await enrichment.deliver(configFinding({ Id: broken }), configFinding({ Id: good }));

    assert.deepEqual(failed, [0]);
    assert.ok(open(good).length > 0);
  });

  it('lets no value that the database refuses harm the others of its batch', async () => {
    const Id = freshId();
    await enrichment.database.owner.query(
      `ALTER TABLE state.source ADD CONSTRAINT for_this_test CHECK (finding_id <> 'poison')`,
    );

    const failed = await enrichment.deliver(
      configFinding({ Id }),
      configFinding({ Id: 'poison' }),
      configFinding({ Id: freshId() }),
    );

    await enrichment.database.owner.query('ALTER TABLE state.source DROP CONSTRAINT for_this_test');
    assert.deepEqual(failed, [1]);
    assert.ok(open(Id).length > 0);
  });

  it('rejects a finding that is nested too deeply, alone', async () => {
    const Id = freshId();
    const event = JSON.stringify(findingEvent(configFinding({ Id: 'deep', Deep: 'HERE' }))).replace(
      '"HERE"',
      `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
    );

    const { batchItemFailures } = await quietHandler(enrichment.dependencies)(
      sqsEvent([
        { id: 'deep', body: event },
        { id: 'good', body: JSON.stringify(findingEvent(configFinding({ Id }))) },
      ]),
    );

    assert.deepEqual(batchItemFailures, [{ itemIdentifier: 'deep' }]);
    assert.ok(open(Id).length > 0);
  });

  it('sends a finding without its details where Security Hub refuses them', async () => {
    const Id = freshId();

    const failed = await enrichment.deliver(
      configFinding({
        Id,
        Resources: [{ Type: 'AwsS3Bucket', Id: 'arn:aws:s3:::logs', Details: { AwsS3Bucket: 'no object' } }],
      }),
    );

    assert.deepEqual(failed, []);
    assert.deepEqual(open(Id)[0]?.Resources, [{ Type: 'AwsS3Bucket', Id: 'arn:aws:s3:::logs' }]);
  });

  it('puts no value of a finding into the error of a failed statement', async () => {
    await enrichment.database.owner.query('ALTER TABLE state.source RENAME TO elsewhere');

    const failure = await enrichment.deliver(configFinding({ Title: 'top secret' })).then(
      () => undefined,
      (error: unknown) => error,
    );

    await enrichment.database.owner.query('ALTER TABLE state.elsewhere RENAME TO source');
    assert.ok(failure instanceof Error);
    assert.match(failure.message, /42P01/);
    assert.doesNotMatch(`${failure.stack} ${JSON.stringify(failure)}`, /top secret/);
  });

  it('logs why a message failed, and nothing of the finding', async () => {
    const lines: unknown[] = [];
    const handler = quietHandler(enrichment.dependencies, (line) => lines.push(line));
    const secret = configFinding({ UpdatedAt: 'yesterday', Title: 'top secret', Description: 'top secret' });

    await handler(sqsEvent([{ id: 'poison', body: JSON.stringify(findingEvent(secret)) }]));

    assert.match(JSON.stringify(lines), /poison.*UpdatedAt: is no ISO 8601 timestamp/);
    assert.doesNotMatch(JSON.stringify(lines), /top secret/);
  });

  it('fails the messages whose findings Security Hub refuses, and no other', async () => {
    enrichment.hub.setFaults({ partialFailure: 1 });

    const failed = await enrichment.deliver(
      configFinding({ Id: freshId() }),
      configFinding({ Id: freshId(), ...passed }),
    );

    assert.deepEqual(failed, [0]);
  });

  it('sends again what a crash left between recording and importing', async () => {
    const finding = configFinding({ Id: freshId() });
    beforeImport = () => {
      throw new Error('the container died');
    };
    await assert.rejects(enrichment.deliver(finding), /the container died/);
    beforeImport = () => undefined;

    await enrichment.deliver(finding);

    assert.ok(open(String(finding['Id'])).length > 0);
  });

  it('sends the newer event that a crash left behind, not the older one that comes again', async () => {
    const Id = freshId();
    const older = configFinding({ Id, UpdatedAt: at(1), Severity: { Label: 'LOW' } });
    beforeImport = () => {
      throw new Error('the container died');
    };
    await assert.rejects(enrichment.deliver(configFinding({ Id, UpdatedAt: at(2), Severity: { Label: 'CRITICAL' } })));
    beforeImport = () => undefined;

    await enrichment.deliver(older);

    assert.ok(open(Id).length > 0);
    assert.ok(open(Id).every(({ Severity }) => Severity.Label === 'CRITICAL'));
  });

  it('archives although the container died after recording the close', async () => {
    const Id = freshId();
    await enrichment.deliver(configFinding({ Id }));
    const closing = configFinding({ Id, UpdatedAt: at(1), ...passed });
    beforeImport = () => {
      throw new Error('the container died');
    };
    await assert.rejects(enrichment.deliver(closing), /the container died/);
    beforeImport = () => undefined;

    await enrichment.deliver(closing);

    assert.equal(open(Id).length, 0);
  });

  it('never sends an UpdatedAt that Security Hub would ignore, even when the clock stands still or goes back', async () => {
    const Id = freshId();
    const severity = (minute: number, Label: string) =>
      configFinding({ Id, UpdatedAt: at(minute), Severity: { Label } });
    await enrichment.deliver(severity(1, 'LOW'));
    await enrichment.deliver(severity(2, 'MEDIUM'));
    enrichment.clock.now = new Date(NOON.getTime() - 60_000);

    await enrichment.deliver(severity(3, 'CRITICAL'));

    assert.ok(open(Id).every(({ Severity }) => Severity.Label === 'CRITICAL'));
  });

  it('remembers why a source is closed, and forgets it when the source opens', async () => {
    const events = [
      ['2026-11-01T01:00:00Z', 'PASSED', 'NEW'],
      ['2026-11-01T02:00:00Z', 'FAILED', 'NEW'],
      ['2026-11-01T03:00:00Z', 'FAILED', 'SUPPRESSED'],
    ] as const;
    const remembered: unknown[] = [];

    for (const [UpdatedAt, compliance, workflow] of events) {
      await enrichment.deliver(
        configFinding({ UpdatedAt, Compliance: { Status: compliance }, Workflow: { Status: workflow } }),
      );
      const [row] = await enrichment.database.owner.query<{ closed_reason: string | null }>(
        'SELECT closed_reason FROM state.source',
        { type: QueryTypes.SELECT },
      );
      remembered.push(row?.closed_reason);
    }

    assert.deepEqual(remembered, ['passed', null, 'failed']);
  });

  it('creates a finding anew that Security Hub has deleted while it was closed', async () => {
    const Id = freshId();
    await enrichment.deliver(configFinding({ Id }));
    await enrichment.deliver(configFinding({ Id, UpdatedAt: at(1), ...passed }));
    enrichment.clock.now = new Date(NOON.getTime() + 31 * 86_400_000);

    const failed = await enrichment.deliver(configFinding({ Id, UpdatedAt: '2026-12-20T10:00:00Z' }));

    assert.deepEqual(failed, []);
    assert.ok(open(Id).length > 0);
  });

  it('creates anew what Security Hub has deleted, although the first attempt failed and the source changed since', async () => {
    const Id = freshId();
    await enrichment.deliver(configFinding({ Id }));
    await enrichment.deliver(configFinding({ Id, UpdatedAt: at(1), ...passed }));
    enrichment.clock.now = new Date(NOON.getTime() + 40 * 86_400_000);
    beforeImport = () => {
      throw new Error('the container died');
    };
    await assert.rejects(enrichment.deliver(configFinding({ Id, UpdatedAt: '2026-12-30T10:00:00Z' })));
    beforeImport = () => undefined;
    enrichment.clock.now = new Date(enrichment.clock.now.getTime() + 60_000);

    const failed = await enrichment.deliver(
      configFinding({ Id, UpdatedAt: '2026-12-30T10:05:00Z', Severity: { Label: 'HIGH' } }),
    );

    assert.deepEqual(failed, []);
    assert.ok(open(Id).length > 0);
    assert.ok(open(Id).every(({ Severity }) => Severity.Label === 'HIGH'));
  });

  it('writes a member account finding to the hub and says who owns it', async () => {
    const Id = freshId();

    await enrichment.deliver(configFinding({ Id }));

    const [finding] = open(Id);
    assert.equal(finding?.AwsAccountId, '111122223333');
    assert.equal(finding?.ProductFields['mitre/owner/account'], '444455556666');
  });

  it('ignores its own findings coming back', async () => {
    await enrichment.deliver(configFinding({ Id: freshId() }));
    const echoes = enrichment.events.filter(({ detail }) => JSON.stringify(detail).includes('virtual-soc/'));
    const messages = echoes.map((event, index) => ({ id: String(index), body: JSON.stringify(event) }));
    const calls = enrichment.hub.calls()['BatchImportFindings'];

    const { batchItemFailures } = await quietHandler(enrichment.dependencies)(sqsEvent(messages));

    assert.ok(echoes.length > 0);
    assert.deepEqual(batchItemFailures, []);
    assert.equal(enrichment.hub.calls()['BatchImportFindings'], calls);
  });

  it('throws where the database does not answer, so that every message comes again', async () => {
    const nowhere = connect('postgresql://nobody:secret@127.0.0.1:9/virtual_soc');
    const dependencies = {
      ...enrichment.dependencies,
      catalogue: catalogueReader(nowhere),
      state: findingState(nowhere),
    };
    const batch = sqsEvent([{ id: '0', body: JSON.stringify(findingEvent(configFinding({ Id: freshId() }))) }]);

    const failure = await quietHandler(dependencies)(batch).then(
      () => undefined,
      (error: unknown) => error as Error,
    );

    assert.ok(failure);
    assert.doesNotMatch(failure.message, /secret/);
    await nowhere.close();
  });

  it('counts a rule without a technique by its reason and does not fail', async () => {
    const Id = freshId();

    const failed = await enrichment.deliver(configRuleFinding('customers-own-rule', { Id }));

    const rows = await enrichment.database.owner.query(
      'SELECT rule_key, unmapped_reason FROM state.source WHERE is_open',
      {
        type: QueryTypes.SELECT,
      },
    );
    assert.deepEqual(failed, []);
    assert.deepEqual(rows, [{ rule_key: 'customers-own-rule', unmapped_reason: 'unknown-rule' }]);
  });

  it('reads the catalogue again where it was loaded anew since', async () => {
    const Id = freshId();
    const { catalogue } = enrichment.dependencies;
    await catalogue.current();
    await enrichment.database.owner.query(`UPDATE catalogue.release SET version = repeat('0', 64)`);

    const failed = await enrichment.deliver(configFinding({ Id }));

    assert.deepEqual(failed, []);
    assert.equal((await catalogue.current()).version, '0'.repeat(64));
    assert.ok(open(Id).length > 0);
  });
});
