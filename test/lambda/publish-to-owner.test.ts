import assert from 'node:assert/strict';
import { countStatements } from '../../bench/statement-count.ts';
import { findingState } from '../../lambda/adapters/finding-state.ts';
import { sharedImportBudget } from '../../lambda/adapters/import-budget.ts';
import { memberSecurityHubs } from '../../lambda/adapters/member-security-hub.ts';
import { publishTargets } from '../../lambda/adapters/publish-targets.ts';
import { findingImport } from '../../lambda/adapters/security-hub.ts';
import { workflowState } from '../../lambda/adapters/workflow-state.ts';
import { enrichFindings } from '../../lambda/enrich-finding.ts';
import { reconcile } from '../../lambda/reconcile.ts';
import { noteWorkflowChanges } from '../../lambda/workflow-change.ts';
import { sqsEvent } from '../../local/event-queue.ts';
import { connect } from '../../sql/database.ts';
import { NOON, TARGET, impatientClient, quietHandler } from '../support/enrichment.ts';
import {
  ALPHA,
  BETA,
  type OwnerAccounts,
  type OwnerAccountsOptions,
  startOwnerAccounts,
} from '../support/owner-accounts.ts';
import { configFinding, findingEvent } from '../support/source-findings.ts';

const MINUTE = 60_000;
const passed = { Compliance: { Status: 'PASSED' } };
const at = (minute: number) => `2026-11-01T10:${String(minute).padStart(2, '0')}:00.000Z`;

/** A finding of the account and Region that BETA names. */
function betaFinding(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return configFinding({
    AwsAccountId: '777788889999',
    Region: 'us-east-1',
    ProductArn: 'arn:aws:securityhub:us-east-1::product/aws/config',
    ...changes,
  });
}

/** A finding of the hub's own account and Region. */
function hubFinding(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return configFinding({ AwsAccountId: TARGET.accountId, Region: TARGET.region, ...changes });
}

describe('PublishTo=owner', () => {
  let accounts: OwnerAccounts;
  const start = async (options: OwnerAccountsOptions = {}) => (accounts = await startOwnerAccounts(options));
  const pass = (minutes: number) =>
    (accounts.enrichment.clock.now = new Date(accounts.enrichment.clock.now.getTime() + minutes * MINUTE));
  const run = (changes: Partial<OwnerAccounts['reconcileDependencies']> = {}) => {
    pass(61);
    return reconcile({ ...accounts.reconcileDependencies, ...changes });
  };
  const imports = (place: typeof ALPHA) => accounts.hubs.get(place)?.calls().BatchImportFindings ?? 0;
  const targetRows = () =>
    accounts.query<{ place: string; refused: boolean; failures: number; code: string }>(
      'SELECT place, refused, failures, code FROM state.publish_target ORDER BY place',
    );
  const stranded = () => accounts.query<{ place: string }>('SELECT place, written_elsewhere FROM state.stranded');

  afterEach(() => accounts.close());

  describe('where the role lets us in', () => {
    beforeEach(() => start());

    it('writes technique findings in the account and Region that own the source, and tactics in the hub', async () => {
      const failed = await accounts.deliver(configFinding(), betaFinding(), hubFinding({ Id: 'own' }));
      await accounts.enrichment.rollUp();

      assert.deepEqual(failed, []);
      assert.ok(accounts.open(ALPHA).length > 0);
      assert.equal(accounts.open(BETA).length, accounts.open(ALPHA).length);
      assert.equal(accounts.open().length, accounts.open(ALPHA).length);
      const [finding] = accounts.hubs.get(BETA)?.findings() ?? [];
      assert.equal(finding?.AwsAccountId, '777788889999');
      assert.equal(finding.ProductArn, 'arn:aws:securityhub:us-east-1:777788889999:product/777788889999/default');
      assert.match(finding.Remediation?.Recommendation?.Url ?? '', /^https:\/\/us-east-1\.console/);
      assert.equal(finding.ProductName, 'MITRE ATT&CK');
      assert.ok(accounts.enrichment.findings('tactic').length > 0);
      assert.equal(accounts.hubs.get(ALPHA)?.findings().length, accounts.open(ALPHA).length);
    });

    it('needs no role for sources of the hub', async () => {
      await accounts.deliver(hubFinding());

      assert.deepEqual(accounts.assumed, []);
      assert.ok(accounts.open().length > 0);
    });

    it('writes to the hub what names no account and Region of its partition', async () => {
      await accounts.deliver(
        configFinding({ Id: 'china', Region: 'cn-north-1' }),
        configFinding({ Id: 'odd', Region: 'here' }),
      );

      assert.deepEqual(accounts.assumed, []);
      assert.ok(accounts.open().length > 0);
    });

    it('updates, closes and reopens in place', async () => {
      await accounts.deliver(configFinding());
      const ids = accounts.open(ALPHA);
      await accounts.deliver(configFinding({ UpdatedAt: at(1), Severity: { Label: 'CRITICAL' } }));
      const severity = accounts.hubs
        .get(ALPHA)
        ?.findings()
        .map(({ Severity }) => Severity?.Label);
      await accounts.deliver(configFinding({ UpdatedAt: at(2), ...passed }));
      const whileClosed = accounts.open(ALPHA);
      await accounts.deliver(configFinding({ UpdatedAt: at(3) }));

      assert.ok(severity?.every((label) => label === 'CRITICAL'));
      assert.deepEqual(whileClosed, []);
      assert.deepEqual(accounts.open(ALPHA), ids);
      assert.deepEqual(accounts.all(), {});
    });

    it('relates a tactic to its technique findings where they are', async () => {
      await accounts.deliver(betaFinding());
      await accounts.enrichment.rollUp();

      const [tactic] = accounts.enrichment.findings('tactic');
      assert.equal(
        (tactic?.RelatedFindings[0] as unknown as { ProductArn: string }).ProductArn,
        accounts.hubs.get(BETA)?.productArn,
      );
    });

    it('makes one call for each owner, whatever the size of the batch', async () => {
      await accounts.deliver(
        ...Array.from({ length: 20 }, (_, index) => configFinding({ Id: `a-${index}` })),
        ...Array.from({ length: 20 }, (_, index) => betaFinding({ Id: `b-${index}` })),
      );

      assert.deepEqual([imports(ALPHA), imports(BETA)], [1, 1]);
    });

    it('ignores its own findings that come back from owners, and notes what their analysts decide', async () => {
      await accounts.deliver(configFinding());
      const events = accounts.events.map((event, index) => ({ id: String(index), body: JSON.stringify(event) }));
      const calls = imports(ALPHA);
      const state = workflowState(accounts.enrichment.database.reader);
      const suppressed = accounts.events.map((event) => suppress(event));
      const forged = suppressed.map((body) => body.replaceAll('444455556666', '999900001111'));
      const foreign = suppressed.map((body) => body.replaceAll('product/444455556666/default', 'product/acme/tool'));

      const { batchItemFailures } = await quietHandler(accounts.dependencies)(sqsEvent(events));
      const messages = (bodies: string[]) => bodies.map((body, index) => ({ messageId: String(index), body }));
      const others = await noteWorkflowChanges(messages([...forged, ...foreign]), TARGET, state);
      const believed = await noteWorkflowChanges(messages(suppressed), TARGET, state);

      assert.deepEqual(batchItemFailures, []);
      assert.equal(imports(ALPHA), calls);
      assert.equal(others.changed, 0);
      assert.equal(believed.changed, accounts.open(ALPHA).length);
    });

    it('archives in the hub and creates in the owner once, after the setting changed', async () => {
      await accounts.enrichment.deliver(configFinding(), betaFinding());
      const ids = accounts.open();
      const before = accounts.enrichment.hub.calls().BatchImportFindings;

      const first = await run();
      const calls = accounts.enrichment.hub.calls().BatchImportFindings;
      const second = await run();

      assert.equal(first.realigned, 2);
      assert.deepEqual([second.realigned, second.moved, second.healed, second.orphansArchived], [0, 0, 0, 0]);
      assert.deepEqual([...accounts.open(ALPHA), ...accounts.open(BETA)].sort(), ids);
      assert.ok(Object.values(accounts.all()).every((state) => state === 'ARCHIVED'));
      assert.equal(Object.keys(accounts.all()).length, ids.length);
      assert.ok(calls - before <= 2, String(calls - before));
      assert.deepEqual([imports(ALPHA), imports(BETA)], [1, 1]);
    });

    it('goes back to the hub once, after the setting changed back', async () => {
      await accounts.deliver(configFinding());
      const ids = accounts.open(ALPHA);

      const first = await run({ publishTo: 'hub' });
      const second = await run({ publishTo: 'hub' });

      assert.deepEqual([first.realigned, second.realigned, second.moved], [1, 0, 0]);
      assert.deepEqual(accounts.open(), ids);
      assert.deepEqual(accounts.open(ALPHA), []);
      assert.deepEqual(await stranded(), []);
    });

    it('leaves nothing behind after the setting changed back, where reconcile alone may take the roles', async () => {
      await accounts.deliver(configFinding(), betaFinding());
      const ids = [...accounts.open(ALPHA), ...accounts.open(BETA)].sort();
      accounts.withoutRole.add('444455556666').add('777788889999');
      const body = JSON.stringify(findingEvent(configFinding({ UpdatedAt: at(1) })));
      await enrichFindings([{ messageId: '0', body }], { ...accounts.dependencies, publishTo: 'hub' });
      const left = accounts.open(ALPHA).length;
      accounts.withoutRole.clear();

      const report = await run({ publishTo: 'hub' });

      assert.ok(left > 0);
      assert.deepEqual([report.stranded, report.importFailures], [0, 0]);
      assert.deepEqual(accounts.open(), ids);
      assert.deepEqual([accounts.open(ALPHA), accounts.open(BETA)], [[], []]);
    });

    it('moves by an event of the source as by reconcile, also one that says nothing new', async () => {
      await accounts.enrichment.deliver(configFinding());
      const ids = accounts.open();

      await accounts.deliver(configFinding({ UpdatedAt: at(1) }));

      assert.deepEqual(accounts.open(ALPHA), ids);
      assert.deepEqual(accounts.open(), []);
    });

    it('keeps what an analyst decided when a finding moves', async () => {
      await accounts.enrichment.deliver(configFinding());
      await accounts.query(`UPDATE state.technique_finding SET workflow_status = 'SUPPRESSED' RETURNING 1`);

      await run();

      const statuses = accounts.hubs
        .get(ALPHA)
        ?.findings()
        .map(({ Workflow }) => Workflow.Status);
      assert.ok(statuses?.length && statuses.every((status) => status === 'SUPPRESSED'));
    });

    it('finishes a move that a crash interrupted, at whichever step', async () => {
      await accounts.enrichment.deliver(configFinding());
      const ids = accounts.open();
      const { targets } = accounts.dependencies;
      assert.ok(targets);
      const dying = {
        ...targets,
        settle: () => Promise.reject(new Error('the container died')),
      };
      const event = { id: '0', body: JSON.stringify(findingEvent(configFinding({ UpdatedAt: at(1) }))) };
      await assert.rejects(quietHandler({ ...accounts.dependencies, targets: dying })(sqsEvent([event])));

      const failed = await accounts.deliver(configFinding({ UpdatedAt: at(1) }));

      assert.deepEqual(failed, []);
      assert.deepEqual(accounts.open(ALPHA), ids);
      assert.deepEqual(accounts.open(), []);
      assert.deepEqual(
        await accounts.query('SELECT FROM state.technique_finding WHERE left_in IS NOT NULL OR published < revision'),
        [],
      );
    });
  });

  describe('where the role is missing', () => {
    beforeEach(async () => {
      await start();
      accounts.withoutRole.add('444455556666');
    });

    it('writes to the hub and says so, in state and metrics', async () => {
      const failed = await accounts.deliver(configFinding(), betaFinding());
      await accounts.deliver(configFinding({ Id: 'second' }));

      assert.deepEqual(failed, []);
      assert.ok(accounts.open().length > 0);
      assert.ok(accounts.open(BETA).length > 0);
      assert.deepEqual(accounts.all(ALPHA), {});
      assert.deepEqual(await targetRows(), [{ place: ALPHA, refused: true, failures: 2, code: 'AccessDenied' }]);
      assert.deepEqual(await stranded(), []);
      assert.match(JSON.stringify(accounts.log), /"TechniqueFindingsInHubInstead":[1-9]/);
      assert.match(JSON.stringify(accounts.log), /owner refuses/);
      assert.equal(accounts.assumed.filter((account) => account === '444455556666').length, 1);
    });

    it('moves back when the role appears: archived in the hub, created in the owner, once, by reconcile', async () => {
      await accounts.deliver(...Array.from({ length: 5 }, (_, index) => configFinding({ Id: `s-${index}` })));
      const ids = accounts.open();
      const still = await run();
      const stillOpen = accounts.open();
      accounts.withoutRole.clear();

      const first = await run();
      const calls = imports(ALPHA);
      const second = await run();

      assert.equal(still.moved, 0);
      assert.deepEqual(stillOpen, ids);
      assert.equal(first.moved, 5);
      assert.equal(second.moved, 0);
      assert.deepEqual(accounts.open(ALPHA), ids);
      assert.deepEqual(accounts.open(), []);
      assert.equal(imports(ALPHA), calls);
      assert.deepEqual(await targetRows(), []);
    });

    it('moves back when the role appears, by an event after an hour', async () => {
      await accounts.deliver(configFinding());
      const ids = accounts.open();
      accounts.withoutRole.clear();
      await accounts.deliver(configFinding({ UpdatedAt: at(1) }));
      const soon = accounts.open(ALPHA);
      pass(61);

      await accounts.deliver(configFinding({ UpdatedAt: at(2) }));

      assert.deepEqual(soon, []);
      assert.deepEqual(accounts.open(ALPHA), ids);
      assert.deepEqual(accounts.open(), []);
    });

    it('forgets the refusal when the role appears and nothing is left to try it with', async () => {
      await accounts.deliver(configFinding());
      await accounts.deliver(configFinding({ UpdatedAt: at(1), ...passed }));
      accounts.withoutRole.clear();

      await run();
      await accounts.deliver(configFinding({ Id: 'next' }));

      assert.deepEqual(await targetRows(), []);
      assert.ok(accounts.open(ALPHA).length > 0);
    });

    it('does not rewrite the hub where the role is still missing', async () => {
      await accounts.deliver(...Array.from({ length: 5 }, (_, index) => configFinding({ Id: `s-${index}` })));
      const calls = accounts.enrichment.hub.calls().BatchImportFindings;

      const reports = [await run(), await run()];

      assert.equal(accounts.enrichment.hub.calls().BatchImportFindings, calls);
      assert.deepEqual(
        reports.map(({ moved, importFailures }) => [moved, importFailures]),
        [
          [0, 0],
          [0, 0],
        ],
      );
    });
  });

  describe('where the role vanishes', () => {
    beforeEach(async () => {
      await start();
      await accounts.deliver(configFinding(), betaFinding());
      accounts.withoutRole.add('444455556666');
    });

    it('writes in the hub and lists the old copy as stranded, by reconcile', async () => {
      const ids = accounts.open(ALPHA);

      const first = await run();
      const second = await run();

      assert.deepEqual([first.moved, first.stranded, first.importFailures], [1, ids.length, 0]);
      assert.deepEqual([second.moved, second.stranded], [0, ids.length]);
      assert.deepEqual(accounts.open(), ids);
      assert.deepEqual(accounts.open(ALPHA), ids);
      assert.deepEqual([...new Set((await stranded()).map(({ place }) => place))], [ALPHA]);
    });

    it('does the same by an event', async () => {
      const ids = accounts.open(ALPHA);

      const failed = await accounts.deliver(configFinding({ UpdatedAt: at(1), Severity: { Label: 'HIGH' } }));

      assert.deepEqual(failed, []);
      assert.deepEqual(accounts.open(), ids);
      assert.equal((await stranded()).length, ids.length);
      assert.match(JSON.stringify(accounts.log), /"TechniqueFindingsStranded":[1-9]/);
    });

    it('archives the old copy and goes home when the role is back', async () => {
      const ids = accounts.open(ALPHA);
      await run();
      accounts.withoutRole.clear();

      const report = await run();

      assert.deepEqual([report.moved, report.stranded], [1, 0]);
      assert.deepEqual(accounts.open(ALPHA), ids);
      assert.deepEqual(accounts.open(), []);
    });

    it('archives a stranded copy of a source that has closed since, when the role is back', async () => {
      await run();
      await accounts.deliver(configFinding({ UpdatedAt: at(1), ...passed }));
      const whileGone = accounts.open(ALPHA).length;
      accounts.withoutRole.clear();

      const report = await run();

      assert.ok(whileGone > 0);
      assert.equal(report.stranded, 0);
      assert.deepEqual([accounts.open(ALPHA), accounts.open()], [[], []]);
    });

    it('closes what it cannot archive: out of the roll-up, listed, archived when the role is back', async () => {
      const failed = await accounts.deliver(configFinding({ UpdatedAt: at(1), ...passed }));
      const listed = (await stranded()).length;
      const inHub = accounts.all();
      await accounts.enrichment.rollUp();
      const [tactic] = accounts.enrichment.findings('tactic');
      accounts.withoutRole.clear();

      const report = await run();

      assert.deepEqual(failed, []);
      assert.ok(listed > 0);
      assert.deepEqual(inHub, {});
      assert.equal(tactic?.ProductFields['mitre/accounts'], '777788889999');
      assert.equal(report.stranded, 0);
      assert.deepEqual(accounts.open(ALPHA), []);
    });

    it('leaves the roll-up only while nothing is written elsewhere', async () => {
      const accountsIn = async () => {
        await accounts.enrichment.rollUp();
        return accounts.enrichment.findings('tactic')[0]?.ProductFields['mitre/accounts'];
      };
      await run();
      const inHub = await accountsIn();
      await accounts.query(`UPDATE state.technique_finding SET published = 0, revision = revision + 1, updated_at = updated_at + interval '1 ms'
        WHERE left_in IS NOT NULL RETURNING 1`);
      await accounts.query(
        'INSERT INTO state.tactic_change (tactic_id) SELECT DISTINCT unnest(tactic_ids) FROM state.technique_finding RETURNING 1',
      );
      const nowhere = await accountsIn();

      await run();

      assert.equal(inHub, '444455556666;777788889999');
      assert.equal(nowhere, '777788889999');
      assert.equal(await accountsIn(), '444455556666;777788889999');
    });

    it('forgets a stranded copy once Security Hub has deleted it', async () => {
      await run();
      pass(91 * 24 * 60);

      const report = await run();

      assert.equal(report.stranded, 0);
    });
  });

  it('falls back where Security Hub is off in the owner, archiving nothing for it but one probe', async () => {
    await start({ off: [ALPHA] });
    const failed = await accounts.deliver(
      ...Array.from({ length: 5 }, (_, index) => configFinding({ Id: `s-${index}` })),
    );
    const ids = accounts.open();

    const report = await run();

    assert.deepEqual(failed, []);
    assert.ok(ids.length >= 5);
    assert.deepEqual(accounts.open(), ids);
    assert.deepEqual(await stranded(), []);
    assert.equal(report.importFailures, 0);
    assert.deepEqual(
      (await targetRows()).map(({ refused, code }) => [refused, code]),
      [[true, 'InvalidAccess']],
    );
  });

  describe('where an owner does not answer', () => {
    it('opens its breaker after three failures, tries it once after five minutes, and closes it', async () => {
      await start();
      accounts.setReachable(ALPHA, false);
      const failures = [];
      for (let minute = 0; minute < 3; minute += 1)
        failures.push(await accounts.deliver(configFinding({ UpdatedAt: at(minute) })));
      const tried = accounts.assumed.length;
      failures.push(await accounts.deliver(configFinding({ UpdatedAt: at(3) })));
      const whileOpen = accounts.assumed.length;
      accounts.setReachable(ALPHA, true);
      failures.push(await accounts.deliver(configFinding({ UpdatedAt: at(3) })));
      pass(6);

      const after = await accounts.deliver(configFinding({ UpdatedAt: at(3) }));

      assert.deepEqual(failures, [[0], [0], [0], [0], [0]]);
      assert.equal(whileOpen, tried);
      assert.equal(imports(ALPHA), 1);
      assert.deepEqual(after, []);
      assert.ok(accounts.open(ALPHA).length > 0);
      assert.deepEqual(accounts.all(), {});
      assert.deepEqual(await targetRows(), []);
    });

    it('delays no other', async () => {
      await start();
      accounts.hubs.get(ALPHA)?.setFaults({ delayMilliseconds: 3000 });
      const delivering = accounts.deliver(configFinding(), betaFinding(), hubFinding());
      const started = performance.now();
      while (accounts.open(BETA).length === 0 || accounts.open().length === 0)
        await new Promise((resolve) => setTimeout(resolve, 10));
      const took = performance.now() - started;

      accounts.hubs.get(ALPHA)?.setFaults({});
      await delivering;

      assert.ok(took < 2000, String(took));
    });

    it('confirms the others of its batch, so that only its own messages come again', async () => {
      await start();
      accounts.setReachable(ALPHA, false);

      const failed = await accounts.deliver(betaFinding(), configFinding(), hubFinding());

      assert.deepEqual(failed, [1]);
      assert.deepEqual(
        await accounts.query(
          'SELECT account_id FROM state.technique_finding JOIN state.source USING (source_key) WHERE published < revision GROUP BY 1',
        ),
        [{ account_id: '444455556666' }],
      );
    });

    it('counts as refusing after a day, so that its findings are seen in the hub', async () => {
      await start();
      accounts.setReachable(ALPHA, false);
      await accounts.deliver(configFinding());
      await accounts.deliver(configFinding());
      pass(25 * 60);
      await accounts.deliver(configFinding());

      const failed = await accounts.deliver(configFinding());

      assert.deepEqual(failed, []);
      assert.ok(accounts.open().length > 0);
    });
  });

  it('takes nothing for stranded that another batch has closed meanwhile', async () => {
    let meanwhile = async () => {};
    await start({
      wrapTargets: (inner) => ({
        ...inner,
        settle: async (...known) => {
          const first = meanwhile;
          meanwhile = async () => {};
          await first();
          await inner.settle(...known);
        },
      }),
    });
    await accounts.deliver(configFinding());
    const closing = configFinding({ UpdatedAt: at(1), ...passed });
    accounts.withoutRole.add('444455556666');
    meanwhile = async () => {
      accounts.withoutRole.clear();
      await accounts.deliver(closing);
    };

    await accounts.deliver(closing);

    assert.deepEqual(accounts.open(ALPHA), []);
    assert.deepEqual(
      await accounts.query('SELECT technique_id FROM state.technique_finding WHERE stranded_since IS NOT NULL'),
      [],
    );
  });

  it('remembers a copy that it wrote where the finding was taken away from meanwhile', async () => {
    await start({
      wrapTargets: (inner) => ({
        ...inner,
        settle: async (settlements, answers) => {
          await accounts.query(`UPDATE state.technique_finding SET written_account = NULL, written_region = NULL,
            published = 0, revision = revision + 1 RETURNING 1`);
          await inner.settle(settlements, answers);
        },
      }),
    });

    await accounts.deliver(configFinding());

    const rows = await accounts.query<{ left_in: string[]; published: string }>(
      'SELECT DISTINCT left_in, published FROM state.technique_finding',
    );
    assert.deepEqual(rows, [{ left_in: [ALPHA], published: '0' }]);
  });

  it('keeps the quota of each owner by itself', async () => {
    // So slow that nothing comes back while the test runs, however busy the machine is.
    await start({ quotas: true, importRate: 0.001, importBurst: 2 });
    const alpha = Array.from({ length: 2 }, (_, index) => () => accounts.deliver(configFinding({ Id: `a-${index}` })));
    for (const deliver of alpha) await deliver();

    await accounts.deliver(betaFinding());

    const buckets = await accounts.query<{ hub: string; tokens: number }>(
      'SELECT hub, tokens FROM state.import_budget ORDER BY hub',
    );
    assert.deepEqual(
      buckets.map(({ hub }) => hub),
      [ALPHA, BETA],
    );
    assert.ok((buckets[1]?.tokens ?? 0) >= 1);
    assert.ok((buckets[0]?.tokens ?? 9) < 1);
  });

  it('costs six statements a batch over three places, whatever its size, and four where nothing is sent', async () => {
    await start();
    const sequelize = connect(accounts.enrichment.database.readerUrl, { poolSize: 1 });
    const sent = countStatements(sequelize);
    const client = impatientClient(accounts.enrichment.hub.url);
    const targets = publishTargets(sequelize, {
      hub: TARGET,
      hubImport: (budget) => findingImport(client, budget, 1),
      members: memberSecurityHubs(
        TARGET,
        () => Promise.resolve({ accessKeyId: 'a', secretAccessKey: 'b' }),
        ({ accountId, region }) => {
          const endpoint = accounts.hubs.get(`${accountId}/${region}`)?.url ?? '';
          return impatientClient(endpoint, region);
        },
      ),
      importRate: 1000,
      importBurst: 1000,
      now: () => NOON,
    });
    const securityHub = findingImport(client, sharedImportBudget(sequelize, 'hub', 1000, 1000), 1);
    const state = findingState(sequelize);
    const owner = quietHandler({ ...accounts.dependencies, state, targets, securityHub });
    const hub = quietHandler({ ...accounts.dependencies, state, targets, securityHub, publishTo: 'hub' });
    const batch = (size: number, name: string, changes: Record<string, unknown> = {}) =>
      sqsEvent(
        Array.from({ length: size }, (_, index) => [
          configFinding({ Id: `${name}-${index}`, ...changes }),
          betaFinding({ Id: `${name}-${index}`, ...changes }),
          hubFinding({ Id: `${name}-${index}`, ...changes }),
        ])
          .flat()
          .map((finding, index) => ({ id: String(index), body: JSON.stringify(findingEvent(finding)) })),
      );
    const counted = async (work: () => Promise<unknown>) => {
      sent.statements.length = 0;
      await work();
      return sent.statements.length;
    };
    await owner(batch(1, 'first'));

    const counts = {
      one: await counted(() => owner(batch(1, 'one'))),
      thirty: await counted(() => owner(batch(30, 'thirty'))),
      again: await counted(() => owner(batch(30, 'thirty'))),
      hub: await counted(() => hub(batch(30, 'hub'))),
      moving: await counted(() => owner(batch(30, 'hub', { UpdatedAt: at(1) }))),
    };

    await sequelize.close();
    client.destroy();
    assert.deepEqual(counts, { one: 6, thirty: 6, again: 4, hub: 6, moving: 6 });
  });
});

/** The event as it comes after an analyst has suppressed its findings. */
function suppress(event: object): string {
  const copy = structuredClone(event) as { time?: string; detail: { findings: Record<string, unknown>[] } };
  for (const finding of copy.detail.findings) {
    finding['Workflow'] = { Status: 'SUPPRESSED' };
    finding['ProcessedAt'] = '2026-11-20T13:00:00.000Z';
  }
  return JSON.stringify(copy);
}
