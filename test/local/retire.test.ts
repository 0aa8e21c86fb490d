import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  type AwsSecurityFinding,
  BatchUpdateFindingsCommand,
  type SecurityHubClient,
} from '@aws-sdk/client-securityhub';
import { unlimitedImportBudget } from '../../lambda/adapters/import-budget.ts';
import { findingImport, localSecurityHubClient } from '../../lambda/adapters/security-hub.ts';
import type { AsffFinding } from '../../lambda/core/asff-finding.ts';
import { RefusedInput } from '../../lambda/refused-input.ts';
import { activeSlices, paceGetFindings } from '../../local/active-findings.ts';
import { bareFinding, type RetirementDependencies, retireFindings } from '../../local/retirement.ts';
import { type LocalSecurityHub, startSecurityHub, type StoredFinding } from '../../local/security-hub/server.ts';
import { validateFinding } from '../../local/security-hub/validate-finding.ts';
import { NOON, TARGET } from '../support/enrichment.ts';
import { vsoc } from '../support/vsoc.ts';
import { configFinding, customFinding } from './security-hub/hub-fixture.ts';

const VSOC = fileURLToPath(new URL('../../local/vsoc.js', import.meta.url));

const at = (minutes: number) => new Date(NOON.getTime() + minutes * 60_000).toISOString();
const idOf = (index: number) => `virtual-soc/technique/v1/T1040/${String(index).padStart(4, '0')}`;

/** Findings of ours; ten at a time share their instant. */
const ours = (count: number, changes: Partial<AwsSecurityFinding> = {}) =>
  Array.from({ length: count }, (_, index) =>
    customFinding({
      Id: idOf(index),
      ProductName: 'MITRE ATT&CK',
      CompanyName: 'Virtual-SOC',
      ProductFields: { 'mitre/technique': 'T1040' },
      CreatedAt: at(Math.floor(index / 10)),
      RecordState: 'ACTIVE',
      ...changes,
    }),
  );

describe('vsoc retire', function () {
  this.timeout(60_000);
  let hub: LocalSecurityHub;
  let client: SecurityHubClient;

  beforeEach(async () => {
    hub = await startSecurityHub({ account: TARGET.accountId, region: TARGET.region });
    client = localSecurityHubClient(TARGET.region, hub.url);
  });

  afterEach(async () => {
    client.destroy();
    await hub.close();
  });

  const bring = async (findings: readonly AwsSecurityFinding[]) => {
    const failures = await findingImport(client, unlimitedImportBudget).importFindings(
      findings as unknown as AsffFinding[],
    );
    assert.deepEqual(failures, []);
  };
  const environment = () => ({
    AWS_ENDPOINT_URL_SECURITYHUB: hub.url,
    AWS_REGION: TARGET.region,
    AWS_DEFAULT_REGION: undefined,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_PROFILE: undefined,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  });
  const retire = (...args: string[]) => vsoc(['retire', ...args], { env: environment() });
  const active = () => hub.findings().filter(({ RecordState }) => RecordState === 'ACTIVE');
  const imports = () => hub.calls().BatchImportFindings;

  describe('among findings of others', () => {
    const others = [
      // The customer's own, under the same product, with names as near to ours as can be.
      customFinding({ Id: 'theirs-1', GeneratorId: 'virtual-soc' }),
      customFinding({ Id: 'virtual-soc/technique/v1/T1040/theirs', GeneratorId: 'their-tool/virtual-soc/' }),
      customFinding({ Id: 'theirs-3', GeneratorId: 'Virtual-SOC/technique/T1040' }),
    ];
    const received = [
      configFinding(),
      // Ours of a linked Region, and what only looks like ours: not of this hub.
      customFinding({
        Id: 'linked',
        ProductArn: 'arn:aws:securityhub:us-east-1:111122223333:product/111122223333/default',
        Region: 'us-east-1',
      }),
      customFinding({ Id: 'member', AwsAccountId: '444455556666' }),
    ];
    const closed = ours(30, { RecordState: 'ARCHIVED' }).map((finding) => ({ ...finding, Id: `${finding.Id}-closed` }));
    const untouched = (findings: readonly StoredFinding[]) =>
      findings.filter(({ Id }) => !/^virtual-soc\/technique\/v1\/T1040\/\d{4}$/.test(Id));

    beforeEach(async () => {
      await bring([...ours(250), ...others, ...closed]);
      for (const finding of received) hub.receive(finding);
    });

    it('archives all of ours and touches nothing else, through throttling, lost answers and partial failures', async () => {
      const before = hub.findings();
      hub.setFaults({ throttle: 0.2, serverErrorBefore: 0.1, serverErrorAfter: 0.1, partialFailure: 0.2 });

      const { code, stdout, stderr } = await retire();

      assert.equal(code, 0, stderr);
      assert.match(
        stdout,
        /^Security Hub of 111122223333 in eu-west-1: 250 findings of ours were archived\.\nNext: term/,
      );
      const after = hub.findings();
      const archived = after.filter(({ Id }) => /T1040\/\d{4}$/.test(Id));
      assert.equal(archived.length, 250);
      assert.deepEqual([...new Set(archived.map(({ RecordState }) => RecordState))], ['ARCHIVED']);
      assert.deepEqual(untouched(after), untouched(before));
    });

    it('does nothing the second time', async () => {
      await retire();
      const before = hub.findings();
      const importsBefore = imports();

      const { code, stdout } = await retire();

      assert.equal(code, 0);
      assert.match(stdout, /: no finding of ours is active\.\n/);
      assert.equal(imports(), importsBefore);
      assert.deepEqual(hub.findings(), before);
    });

    it('only counts with --dry-run', async () => {
      const before = hub.findings();
      const importsBefore = imports();

      const { code, stdout } = await retire('--dry-run', '--json');
      const words = await retire('--dry-run');

      const { next, ...report } = JSON.parse(stdout) as Record<string, unknown>;
      assert.equal(code, 0);
      assert.deepEqual(report, {
        account: '111122223333',
        region: 'eu-west-1',
        dryRun: true,
        active: 250,
        archived: 0,
        refused: [],
        stillOpening: false,
        elsewhere: {},
      });
      assert.equal(next, 'run it without --dry-run.');
      assert.match(words.stdout, /: 250 findings of ours are active and would be archived\.\nNext: run it without/);
      assert.equal(imports(), importsBefore);
      assert.deepEqual(hub.findings(), before);
    });

    it('can be interrupted, and run again for the rest', async () => {
      hub.setFaults({ delayMilliseconds: 200 });
      const importsBefore = imports();
      const child = spawn(process.execPath, [VSOC, 'retire'], { env: { ...process.env, ...environment() } });
      const exit = once(child, 'exit');
      while (imports() === importsBefore) await sleep(10);
      child.kill('SIGINT');
      assert.deepEqual(await exit, [null, 'SIGINT']);
      hub.setFaults({});

      const { code } = await retire();

      assert.equal(code, 0);
      assert.equal(active().filter(({ Id }) => /T1040\/\d{4}$/.test(Id)).length, 0);
    });
  });

  describe('where findings were written for the owners of their sources', () => {
    const owned = (account: string, region: string, index: number, changes: Partial<AwsSecurityFinding> = {}) =>
      customFinding({
        Id: `virtual-soc/technique/v1/T1040/${String(index).padStart(64, '0')}`,
        AwsAccountId: account,
        ProductArn: `arn:aws:securityhub:${region}:${account}:product/${account}/default`,
        RecordState: 'ACTIVE',
        ...changes,
      });

    beforeEach(async () => {
      await bring(ours(3));
      hub.receive(owned('444455556666', 'eu-west-1', 1));
      hub.receive(owned('444455556666', 'eu-west-1', 2));
      hub.receive(owned('777788889999', 'us-east-1', 3));
      hub.receive(owned('777788889999', 'us-east-1', 4, { RecordState: 'ARCHIVED' }));
      // Of somebody else's product, and of nobody's form.
      hub.receive(owned('777788889999', 'us-east-1', 5, { ProductArn: 'arn:aws:securityhub:us-east-1::product/x/y' }));
      hub.receive(owned('777788889999', 'us-east-1', 6, { Id: 'virtual-soc/technique/v1/T1040/short' }));
    });

    it('archives those of the hub, names the others, says how they are archived, and exits 1', async () => {
      const { code, stdout } = await retire();

      assert.equal(code, 1);
      assert.match(stdout, /^Security Hub of 111122223333 in eu-west-1: 3 findings of ours were archived\.\n/);
      assert.match(
        stdout,
        /^Active in other accounts and Regions:\n {2}444455556666\/eu-west-1: 2\n {2}777788889999\/us-east-1: 1\nNext: .+answer hub to PublishTo/m,
      );
    });

    it('counts them with --dry-run and --json', async () => {
      const { code, stdout } = await retire('--dry-run', '--json');

      assert.equal(code, 0);
      assert.deepEqual((JSON.parse(stdout) as { elsewhere: unknown }).elsewhere, {
        '444455556666/eu-west-1': 2,
        '777788889999/us-east-1': 1,
      });
    });
  });

  it('keeps to the quotas: no call of either kind is throttled', async () => {
    await bring(ours(1000));
    const before = hub.calls();

    const { code } = await retire();

    const { GetFindings, BatchImportFindings } = hub.calls();
    assert.equal(code, 0);
    // A thousand in ten pages, a call to see that there are no more, the pass that finds none, and the look at other accounts.
    assert.deepEqual([GetFindings - before.GetFindings, BatchImportFindings - before.BatchImportFindings], [13, 10]);
  });

  it('leaves content and what analysts made of a finding as they are', async () => {
    await bring(ours(1));
    await client.send(
      new BatchUpdateFindingsCommand({
        FindingIdentifiers: [{ Id: idOf(0), ProductArn: TARGET.productArn }],
        Workflow: { Status: 'SUPPRESSED' },
        Severity: { Label: 'LOW' },
        Note: { Text: 'Known.', UpdatedBy: 'analyst' },
        UserDefinedFields: { ticket: 'SOC-1' },
      }),
    );
    const [before] = hub.findings();

    const { code } = await retire();

    const [after] = hub.findings();
    assert.equal(code, 0);
    assert.ok(before && after && Date.parse(after.UpdatedAt) > Date.parse(before.UpdatedAt));
    const { UpdatedAt, ProcessedAt } = after;
    assert.deepEqual(after, { ...before, RecordState: 'ARCHIVED', UpdatedAt, ProcessedAt });
  });

  it('archives a finding whose UpdatedAt lies in the future', async () => {
    const future = '2099-01-01T00:00:00.000Z';
    await bring(ours(1, { CreatedAt: future, UpdatedAt: future }));

    const { code } = await retire();

    assert.equal(code, 0);
    assert.deepEqual(
      hub.findings().map(({ RecordState, UpdatedAt }) => [RecordState, UpdatedAt]),
      [['ARCHIVED', '2099-01-01T00:00:00.001Z']],
    );
  });

  it('archives with the bare minimum what Security Hub does not take back as it gave it', async () => {
    const [finding] = ours(1);
    hub.receive({ ...finding, Resources: [{ Type: 'Other', Id: 'resource', Tags: { empty: '' } }] });

    const { code, stdout } = await retire();

    assert.equal(code, 0, stdout);
    const [after] = hub.findings();
    assert.deepEqual([after?.RecordState, after?.ProductName], ['ARCHIVED', 'MITRE ATT&CK']);
    assert.deepEqual(after?.Resources, [{ Type: 'Other', Id: 'resource' }]);
  });

  it('names each refused finding with its code, exits 1, and does the rest', async () => {
    await bring(ours(12));
    hub.setFaults({ partialFailure: 1 });

    const { code, stdout } = await retire();
    hub.setFaults({});
    const again = await retire();

    assert.equal(code, 1);
    assert.match(stdout, /: nothing was archived\.\nNot archived \(12\):\n/);
    for (let index = 0; index < 12; index += 1)
      assert.ok(stdout.includes(`  ${idOf(index)}: InternalFailure\n`), stdout);
    assert.match(stdout, /\nNext: run it again\./);
    assert.equal(again.code, 0);
    assert.equal(active().length, 0);
  });

  it('exits 2 for wrong usage, and 1 in one line where Security Hub is off', async () => {
    const wrongRegion = await retire('--region', 'mars');
    const wrongOption = await retire('--force');
    const superfluous = await retire('everything');
    await hub.close();
    hub = await startSecurityHub({ account: TARGET.accountId, region: TARGET.region, enabled: false });
    const off = await retire();

    assert.deepEqual([wrongRegion.code, wrongOption.code, superfluous.code], [2, 2, 2]);
    assert.match(wrongRegion.stderr, /^vsoc: .*mars.*\n$/);
    assert.equal(off.code, 1);
    assert.match(off.stderr, /^vsoc: Security Hub in eu-west-1 cannot be described: .*not subscribed.*\n$/);
  });

  describe('retireFindings', () => {
    /** With small slices, and without waiting. */
    const dependencies = (changes: Partial<RetirementDependencies> = {}): RetirementDependencies => ({
      activeSlices: () => activeSlices(client, TARGET, 100),
      securityHub: findingImport(client, unlimitedImportBudget, 1),
      now: () => new Date(),
      pause: () => Promise.resolve(),
      ...changes,
    });

    beforeEach(async () => {
      // Its quota is tested above; here it would only take time.
      await hub.close();
      client.destroy();
      hub = await startSecurityHub({ account: TARGET.accountId, region: TARGET.region, quotas: false });
      client = localSecurityHubClient(TARGET.region, hub.url);
    });

    it('reads in slices by time: each finding once, and all of one instant together', async () => {
      const oneInstant = ours(350, { CreatedAt: at(1000) }).map((finding) => ({ ...finding, Id: `${finding.Id}-i` }));
      await bring([...ours(250), ...oneInstant]);

      const ids: (string | undefined)[] = [];
      for await (const slice of activeSlices(client, TARGET, 100)) ids.push(...slice.map(({ Id }) => Id));

      assert.equal(new Set(ids).size, 600);
      const { archived, refused } = await retireFindings(dependencies());
      assert.deepEqual([archived, refused], [600, []]);
      assert.equal(active().length, 0);
    });

    it("pays for the SDK's own retries of GetFindings too", async () => {
      await bring(ours(250));
      let paid = 0;
      paceGetFindings(client, { reserve: (calls) => Promise.resolve(void (paid += calls)) });
      hub.setFaults({ throttle: 0.5, seed: 2 });

      const ids: unknown[] = [];
      for await (const slice of activeSlices(client, TARGET)) ids.push(...slice);

      assert.equal(ids.length, 250);
      assert.ok(paid > 3, String(paid));
      assert.equal(paid, hub.calls().GetFindings);
    });

    it('archives what is opened, and opened again, while it runs', async () => {
      await bring(ours(120));
      let passes = 0;
      const opening = dependencies({
        pause: async () => {
          passes += 1;
          if (passes > 2) return;
          const later = new Date(Date.now() + 60_000 * passes).toISOString();
          await bring([
            ...ours(10, { UpdatedAt: later }),
            customFinding({ Id: `virtual-soc/technique/v1/T1040/new-${passes}`, RecordState: 'ACTIVE' }),
          ]);
        },
      });

      const { archived, stillOpening } = await retireFindings(opening);

      assert.deepEqual([archived, stillOpening], [122, false]);
      assert.equal(active().length, 0);
    });

    it('gives up where findings are opened without end, and says so', async () => {
      let opened = 0;
      const open = async () => {
        opened += 1;
        await bring([customFinding({ Id: `virtual-soc/technique/v1/T1040/new-${opened}`, RecordState: 'ACTIVE' })]);
      };
      await open();

      const { archived, stillOpening } = await retireFindings(dependencies({ pause: open }));

      assert.deepEqual([archived, stillOpening], [opened, true]);
    });

    it('waits for Security Hub to show what it took, instead of sending it again', async () => {
      await bring(ours(20));
      const old = hub.findings();
      const pauses: number[] = [];
      const stale = dependencies({
        // GetFindings shows an import only after the third pause.
        activeSlices: async function* () {
          if (pauses.length < 3) yield old;
          else yield* activeSlices(client, TARGET);
        },
        pause: (milliseconds) => {
          pauses.push(milliseconds);
          return Promise.resolve();
        },
      });
      const importsBefore = imports();

      const { archived, refused } = await retireFindings(stale);

      assert.deepEqual([archived, refused], [20, []]);
      assert.equal(imports() - importsBefore, 1);
      assert.deepEqual(pauses, [1000, 2000, 4000]);
    });

    it('names what is shown as active although it was taken, after a quarter of an hour', async () => {
      await bring(ours(1));
      const old = hub.findings();
      let waited = 0;
      const stuck = dependencies({
        activeSlices: async function* () {
          yield await Promise.resolve(old);
        },
        pause: (milliseconds) => Promise.resolve((waited += milliseconds)),
      });

      const { archived, refused } = await retireFindings(stuck);

      assert.deepEqual([archived, refused], [0, [{ id: idOf(0), code: 'StillActive' }]]);
      assert.ok(waited >= 15 * 60_000 && waited <= 17 * 60_000, String(waited));
    });

    it('finds the one finding for which calls are refused as a whole', async () => {
      await bring(ours(30));
      const real = findingImport(client, unlimitedImportBudget, 1);
      const choosy = dependencies({
        securityHub: {
          importFindings: (findings) =>
            findings.some(({ Id }) => Id === idOf(17))
              ? Promise.reject(new RefusedInput('Security Hub refuses a call'))
              : real.importFindings(findings),
        },
      });

      const { archived, refused } = await retireFindings(choosy);

      assert.deepEqual([archived, refused], [29, [{ id: idOf(17), code: 'InvalidInputException' }]]);
      assert.deepEqual(
        active().map(({ Id }) => Id),
        [idOf(17)],
      );
    });

    it('never sends what is not ours, even where the filters of Security Hub let it through', async () => {
      const strangers = [configFinding({ RecordState: 'ACTIVE' }), customFinding({ GeneratorId: 'theirs' })];
      const lax = { send: () => Promise.resolve({ Findings: strangers }) } as unknown as SecurityHubClient;

      const slices = [];
      for await (const slice of activeSlices(lax, TARGET)) slices.push(slice);

      assert.deepEqual(slices, [[]]);
    });
  });
});

describe('bareFinding', () => {
  it('is a valid finding', () => {
    const [finding] = ours(1, { UpdatedAt: at(5) });

    assert.deepEqual(validateFinding(bareFinding(finding as unknown as AsffFinding)), []);
  });
});
