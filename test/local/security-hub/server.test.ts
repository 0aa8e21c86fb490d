import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchImportFindingsCommand,
  BatchUpdateFindingsCommand,
  DescribeHubCommand,
  EnableSecurityHubCommand,
  GetFindingsCommand,
  GetInsightsCommand,
  paginateGetFindings,
  SecurityHubClient,
  type AwsSecurityFinding,
  type SecurityHubServiceException,
} from '@aws-sdk/client-securityhub';
import {
  startSecurityHub,
  type LocalSecurityHub,
  type SecurityHubEvent,
  type SecurityHubOptions,
} from '../../../local/security-hub/server.ts';
import { ACCOUNT, configFinding, customFinding, MEMBER, PRODUCT_ARN, REGION, testClock } from './hub-fixture.ts';

const START = '2025-03-01T12:00:00.000Z';

/** The error that a call must end with. */
async function failure(call: Promise<unknown>): Promise<SecurityHubServiceException> {
  try {
    await call;
  } catch (error) {
    return error as SecurityHubServiceException;
  }
  return assert.fail('The call succeeded.');
}

function many(count: number, changes: Partial<AwsSecurityFinding> = {}): AwsSecurityFinding[] {
  return Array.from({ length: count }, (_, index) =>
    customFinding({ Id: `finding-${String(index).padStart(4, '0')}`, ...changes }),
  );
}

describe('startSecurityHub', () => {
  let hubs: LocalSecurityHub[];
  let clients: SecurityHubClient[];
  let events: SecurityHubEvent[];
  let clock: ReturnType<typeof testClock>;

  beforeEach(() => {
    hubs = [];
    clients = [];
    events = [];
    clock = testClock(START);
  });

  afterEach(async () => {
    for (const client of clients) client.destroy();
    for (const hub of hubs) await hub.close();
  });

  async function start(options: Partial<SecurityHubOptions> = {}): Promise<LocalSecurityHub> {
    const hub = await startSecurityHub({
      account: ACCOUNT,
      region: REGION,
      now: clock.now,
      quotas: false,
      onEvent: (event) => events.push(event),
      ...options,
    });
    hubs.push(hub);
    return hub;
  }

  function clientOf(hub: LocalSecurityHub, region = REGION): SecurityHubClient {
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' };
    const client = new SecurityHubClient({ endpoint: hub.url, region, credentials, maxAttempts: 1 });
    clients.push(client);
    return client;
  }

  async function importAll(client: SecurityHubClient, Findings: AwsSecurityFinding[]) {
    const { SuccessCount, FailedCount, FailedFindings } = await client.send(
      new BatchImportFindingsCommand({ Findings }),
    );
    return { SuccessCount, FailedCount, FailedFindings };
  }

  describe('BatchImportFindings', () => {
    it('stores findings that GetFindings returns', async () => {
      const hub = await start();
      const client = clientOf(hub);

      const result = await importAll(client, many(3));
      const { Findings, NextToken } = await client.send(new GetFindingsCommand({}));

      assert.deepEqual(result, { SuccessCount: 3, FailedCount: 0, FailedFindings: [] });
      assert.deepEqual(Findings, hub.findings());
      assert.deepEqual(
        hub.findings().map(({ Id }) => Id),
        ['finding-0000', 'finding-0001', 'finding-0002'],
      );
      assert.equal(NextToken, undefined);
    });

    it('takes 100 findings and refuses 101 as a whole', async () => {
      const hub = await start();
      const client = clientOf(hub);

      const taken = await importAll(client, many(100));
      const refused = await failure(importAll(client, many(101, { Title: 'other' })));
      const empty = await failure(importAll(client, []));

      assert.equal(taken.SuccessCount, 100);
      assert.equal(refused.name, 'InvalidInputException');
      assert.equal(refused.$metadata.httpStatusCode, 400);
      assert.match(refused.message, /more than 100 items/);
      assert.equal(empty.name, 'InvalidInputException');
      assert.equal(hub.findings().length, 100);
    });

    it('lists findings that do not follow the format and takes the others', async () => {
      const hub = await start();

      const result = await importAll(clientOf(hub), [
        customFinding({ Id: 'bad', Title: 't'.repeat(257) }),
        customFinding({ Id: 'good' }),
      ]);

      assert.deepEqual(result, {
        SuccessCount: 1,
        FailedCount: 1,
        FailedFindings: [
          {
            Id: 'bad',
            ErrorCode: 'InvalidInput',
            ErrorMessage:
              'Finding does not adhere to Amazon Finding Format. data.Title should NOT be longer than 256 characters.',
          },
        ],
      });
      assert.deepEqual(
        hub.findings().map(({ Id }) => Id),
        ['good'],
      );
    });

    it('fails a finding of more than 240 KB alone', async () => {
      const hub = await start();
      const Resources = [{ Type: 'Other', Id: 'x', Details: { Other: { text: 'x'.repeat(240_000) } } }];

      const result = await importAll(clientOf(hub), [customFinding({ Id: 'big', Resources }), customFinding()]);

      assert.equal(result.SuccessCount, 1);
      assert.equal(result.FailedFindings?.[0]?.ErrorCode, 'FindingSizeExceeded');
    });

    it('refuses a request of more than 6 MB', async () => {
      const hub = await start();
      const Resources = [{ Type: 'Other', Id: 'x', Details: { Other: { text: 'x'.repeat(200_000) } } }];

      const refused = await failure(importAll(clientOf(hub), many(30, { Resources })));

      assert.equal(refused.name, 'InvalidInputException');
      assert.match(refused.message, /6 MB/);
      assert.equal(hub.findings().length, 0);
    });

    it('refuses the call for a finding of another account or product', async () => {
      const hub = await start();
      const client = clientOf(hub);

      const account = await failure(importAll(client, [customFinding(), customFinding({ AwsAccountId: MEMBER })]));
      const product = await failure(importAll(client, [customFinding({ ProductArn: `${PRODUCT_ARN}x` })]));

      assert.equal(account.name, 'AccessDeniedException');
      assert.equal(account.$metadata.httpStatusCode, 403);
      assert.match(account.message, /not authorized to perform: securityhub:BatchImportFindings on resource/);
      assert.equal(product.name, 'AccessDeniedException');
      assert.equal(hub.findings().length, 0);
    });

    it('processes only the first of several findings with one Id', async () => {
      const hub = await start();

      const result = await importAll(clientOf(hub), [
        customFinding({ Title: 'first' }),
        customFinding({ Title: 'second' }),
      ]);

      assert.deepEqual(result, { SuccessCount: 2, FailedCount: 0, FailedFindings: [] });
      assert.deepEqual(
        hub.findings().map(({ Title }) => Title),
        ['first'],
      );
      assert.equal(events.length, 1);
    });

    it('ignores an update that is not newer, without a word and without an event', async () => {
      const hub = await start();
      const client = clientOf(hub);
      await importAll(client, [customFinding({ Title: 'first' })]);

      const result = await importAll(client, [customFinding({ Title: 'second' })]);

      assert.deepEqual(result, { SuccessCount: 1, FailedCount: 0, FailedFindings: [] });
      assert.equal(hub.findings()[0]?.Title, 'first');
      assert.equal(events.length, 1);
    });

    it('refuses a new finding whose times differ', async () => {
      const hub = await start();
      const changes = { CreatedAt: '2025-03-01T10:00:00Z', UpdatedAt: '2025-03-01T11:00:00Z' };

      const { FailedFindings } = await importAll(clientOf(hub), [customFinding(changes)]);

      assert.match(FailedFindings?.[0]?.ErrorMessage ?? '', /UpdatedAt should be equal to CreatedAt/);
    });
  });

  describe('retention', () => {
    it('forgets findings, so that they must be created anew', async () => {
      const hub = await start();
      const client = clientOf(hub);
      const created = '2025-03-01T10:00:00.000Z';
      await importAll(client, [
        customFinding({ Id: 'active', CreatedAt: created }),
        customFinding({ Id: 'archived', CreatedAt: created, RecordState: 'ARCHIVED' }),
      ]);

      clock.advance(31 * 24 * 3600 * 1000);
      const afterOneMonth = hub.findings().map(({ Id }) => Id);
      clock.advance(60 * 24 * 3600 * 1000);
      const update = customFinding({ Id: 'active', CreatedAt: created, UpdatedAt: '2025-05-31T00:00:00.000Z' });
      const { FailedFindings } = await importAll(client, [update]);

      assert.deepEqual(afterOneMonth, ['active']);
      assert.match(FailedFindings?.[0]?.ErrorMessage ?? '', /for a new finding/);
      assert.deepEqual(hub.findings(), []);
    });
  });

  describe('GetFindings', () => {
    it('pages through everything, without repeating when findings arrive meanwhile', async () => {
      const hub = await start();
      const client = clientOf(hub);
      for (let batch = 0; batch < 3; batch += 1) {
        await importAll(
          client,
          many(100).map((finding) => ({ ...finding, Id: `${batch}-${finding.Id}` })),
        );
      }

      const ids: string[] = [];
      for await (const page of paginateGetFindings({ client, pageSize: 70 }, {})) {
        ids.push(...(page.Findings ?? []).map(({ Id }) => Id ?? ''));
        await importAll(client, [customFinding({ Id: `0-${ids.length}` })]);
      }

      assert.equal(ids.length, 300);
      assert.deepEqual(ids, [...new Set(ids)].sort());
    });

    it('filters and sorts', async () => {
      const hub = await start();
      const client = clientOf(hub);
      const severity = (Label: 'LOW' | 'HIGH') => ({ Severity: { Label }, Types: ['TTPs'] });
      await importAll(client, [
        customFinding({ Id: 'a', FindingProviderFields: severity('LOW'), UpdatedAt: '2025-03-01T01:00:00Z' }),
        customFinding({ Id: 'b', FindingProviderFields: severity('HIGH'), UpdatedAt: '2025-03-01T02:00:00Z' }),
        customFinding({ Id: 'c', FindingProviderFields: severity('HIGH'), UpdatedAt: '2025-03-01T03:00:00Z' }),
      ]);

      const { Findings } = await client.send(
        new GetFindingsCommand({
          Filters: { SeverityLabel: [{ Comparison: 'EQUALS', Value: 'HIGH' }] },
          SortCriteria: [{ Field: 'UpdatedAt', SortOrder: 'desc' }],
        }),
      );

      assert.deepEqual(
        Findings?.map(({ Id }) => Id),
        ['c', 'b'],
      );
    });

    it('refuses bad queries', async () => {
      const hub = await start();
      const client = clientOf(hub);
      const bad = [
        new GetFindingsCommand({ MaxResults: 101 }),
        new GetFindingsCommand({ MaxResults: 0 }),
        new GetFindingsCommand({ NextToken: 'nonsense' }),
        new GetFindingsCommand({ SortCriteria: [{ Field: 'Nothing', SortOrder: 'asc' }] }),
        new GetFindingsCommand({ SortCriteria: [{ Field: 'Id', SortOrder: 'up' as 'asc' }] }),
        new GetFindingsCommand({ Filters: { Id: [] } }),
      ];

      for (const command of bad) {
        assert.equal((await failure(client.send(command))).name, 'InvalidInputException');
      }
    });
  });

  describe('BatchUpdateFindings', () => {
    const identifier = { Id: 'finding-1', ProductArn: PRODUCT_ARN };

    it('updates findings, leaves UpdatedAt, and sends events', async () => {
      const hub = await start();
      const client = clientOf(hub);
      await importAll(client, [customFinding()]);
      clock.advance(60_000);

      const result = await client.send(
        new BatchUpdateFindingsCommand({
          FindingIdentifiers: [identifier],
          Note: { Text: 'mine', UpdatedBy: 'analyst' },
          Workflow: { Status: 'NOTIFIED' },
        }),
      );

      const [finding] = hub.findings();
      assert.deepEqual(result.ProcessedFindings, [identifier]);
      assert.deepEqual(result.UnprocessedFindings, []);
      assert.equal(finding?.Workflow.Status, 'NOTIFIED');
      assert.equal(finding?.UpdatedAt, '2025-03-01T10:00:00.000Z');
      assert.equal(finding?.ProcessedAt, '2025-03-01T12:01:00.000Z');
      assert.equal(finding?.Note?.UpdatedAt, '2025-03-01T12:01:00.000Z');
      assert.equal(events.length, 2);
      assert.deepEqual(events[1]?.detail.findings, [finding]);
    });

    it('says of each finding why it was not updated', async () => {
      const hub = await start();
      const client = clientOf(hub);
      await importAll(client, [customFinding(), customFinding({ Id: 'twice' })]);
      const twice = { Id: 'twice', ProductArn: PRODUCT_ARN };
      const missing = { Id: 'missing', ProductArn: PRODUCT_ARN };

      const { ProcessedFindings, UnprocessedFindings } = await client.send(
        new BatchUpdateFindingsCommand({ FindingIdentifiers: [twice, identifier, missing, twice], Confidence: 5 }),
      );

      assert.deepEqual(ProcessedFindings, [identifier]);
      assert.deepEqual(UnprocessedFindings, [
        {
          FindingIdentifier: twice,
          ErrorCode: 'DuplicatedFindingIdentifier',
          ErrorMessage: 'Finding Identifier is duplicated',
        },
        { FindingIdentifier: missing, ErrorCode: 'FindingNotFound', ErrorMessage: 'Finding Not Found' },
        {
          FindingIdentifier: twice,
          ErrorCode: 'DuplicatedFindingIdentifier',
          ErrorMessage: 'Finding Identifier is duplicated',
        },
      ]);
    });

    it('calls a bad value InvalidInput and a bad list of findings InvalidInputException', async () => {
      const hub = await start();
      const client = clientOf(hub);
      await importAll(client, [customFinding()]);

      const value = await client.send(
        new BatchUpdateFindingsCommand({ FindingIdentifiers: [identifier], Types: ['Tags/nist'] }),
      );
      const list = await failure(
        client.send(new BatchUpdateFindingsCommand({ FindingIdentifiers: Array(101).fill(identifier), Confidence: 1 })),
      );

      assert.equal(value.UnprocessedFindings?.[0]?.ErrorCode, 'InvalidInput');
      assert.equal(list.name, 'InvalidInputException');
    });
  });

  describe('DescribeHub and EnableSecurityHub', () => {
    it('describes the hub of the account and Region', async () => {
      const hub = await start();
      const client = clientOf(hub);
      const HubArn = `arn:aws:securityhub:${REGION}:${ACCOUNT}:hub/default`;

      const { $metadata: _metadata, ...description } = await client.send(new DescribeHubCommand({}));
      const named = await client.send(new DescribeHubCommand({ HubArn }));
      const other = await failure(client.send(new DescribeHubCommand({ HubArn: `${HubArn}x` })));

      assert.deepEqual(description, {
        HubArn,
        SubscribedAt: START,
        AutoEnableControls: true,
        ControlFindingGenerator: 'SECURITY_CONTROL',
      });
      assert.equal(named.HubArn, HubArn);
      assert.equal(other.name, 'ResourceNotFoundException');
      assert.equal(hub.productArn, PRODUCT_ARN);
    });

    it('refuses everything until Security Hub is enabled, imports finding by finding', async () => {
      const hub = await start({ enabled: false });
      const client = clientOf(hub);

      const imported = await importAll(client, [customFinding()]);
      const described = await failure(client.send(new DescribeHubCommand({})));
      const queried = await failure(client.send(new GetFindingsCommand({})));
      await client.send(new EnableSecurityHubCommand({}));
      const again = await failure(client.send(new EnableSecurityHubCommand({})));
      const after = await importAll(client, [customFinding()]);

      assert.deepEqual(imported, {
        SuccessCount: 0,
        FailedCount: 1,
        FailedFindings: [
          {
            Id: 'finding-1',
            ErrorCode: 'InvalidAccess',
            ErrorMessage: `Account ${ACCOUNT} is not subscribed to AWS Security Hub`,
          },
        ],
      });
      assert.equal(described.name, 'InvalidAccessException');
      assert.equal(described.$metadata.httpStatusCode, 401);
      assert.equal(queried.name, 'InvalidAccessException');
      assert.equal(again.name, 'ResourceConflictException');
      assert.equal(after.SuccessCount, 1);
    });
  });

  describe('protocol', () => {
    it('refuses an unsigned request, another service and another Region', async () => {
      const hub = await start();

      const unsigned = await fetch(`${hub.url}/findings`, { method: 'POST', body: '{}' });
      const region = await failure(clientOf(hub, 'us-east-1').send(new GetFindingsCommand({})));

      assert.equal(unsigned.status, 403);
      assert.equal(unsigned.headers.get('x-amzn-errortype'), 'AccessDeniedException');
      assert.deepEqual(await unsigned.json(), {
        Code: 'AccessDeniedException',
        Message: 'Missing Authentication Token',
      });
      assert.equal(region.name, 'AccessDeniedException');
      assert.deepEqual(hub.calls(), {
        BatchImportFindings: 0,
        BatchUpdateFindings: 0,
        DescribeHub: 0,
        EnableSecurityHub: 0,
        GetFindings: 0,
      });
    });

    it('says so when it does not speak an operation', async () => {
      const hub = await start();

      const error = await failure(clientOf(hub).send(new GetInsightsCommand({})));

      assert.equal(error.name, 'UnknownOperationException');
      assert.match(error.message, /does not speak POST \/insights\/get/);
    });

    it('refuses what is not JSON, and findings that cannot be named', async () => {
      const hub = await start();
      const authorization =
        `AWS4-HMAC-SHA256 Credential=AKID/20250301/${REGION}/securityhub/aws4_request, ` +
        `SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`;
      const headers = { authorization, 'x-amz-date': '20250301T000000Z' };
      const post = async (body: string) => {
        const response = await fetch(`${hub.url}/findings/import`, { method: 'POST', body, headers });
        return [response.status, ((await response.json()) as { readonly Code: string }).Code];
      };

      assert.deepEqual(await post('{'), [400, 'SerializationException']);
      assert.deepEqual(await post(''), [400, 'InvalidInputException']);
      assert.deepEqual(await post('{"Findings":[null]}'), [400, 'InvalidInputException']);
      assert.deepEqual(await post('{"Findings":[{"Id":"x"}]}'), [400, 'InvalidInputException']);
    });
  });

  describe('quotas', () => {
    it('throttle imports after a burst of 30 and queries after a burst of 6', async () => {
      const hub = await start({ quotas: true });
      const client = clientOf(hub);
      const started = performance.now();
      const attempt = async (call: Promise<unknown>) => {
        try {
          await call;
          return 'passed';
        } catch (error) {
          const { name, message, $metadata } = error as SecurityHubServiceException;
          return `${name} ${$metadata.httpStatusCode} ${message}`;
        }
      };

      const imports = await Promise.all(many(50).map((finding) => attempt(importAll(client, [finding]))));
      const queries = await Promise.all(
        Array.from({ length: 20 }, () => attempt(client.send(new GetFindingsCommand()))),
      );

      const seconds = (performance.now() - started) / 1000;
      const passed = (results: readonly string[]) => results.filter((result) => result === 'passed').length;
      assert.ok(passed(imports) >= 30 && passed(imports) <= 31 + 10 * seconds, `${passed(imports)} imports`);
      assert.ok(passed(queries) >= 6 && passed(queries) <= 7 + 3 * seconds, `${passed(queries)} queries`);
      assert.deepEqual(
        [...new Set([...imports, ...queries])].sort(),
        ['ThrottlingException 429 Rate exceeded', 'passed'].sort(),
      );
      assert.equal(hub.calls().BatchImportFindings, 50);
      assert.equal(hub.findings().length, passed(imports));
    });
  });

  describe('faults', () => {
    it('refuses before processing, or loses the answer after it', async () => {
      const hub = await start({ faults: { serverErrorBefore: 1 } });
      const client = clientOf(hub);

      const before = await failure(importAll(client, [customFinding({ Id: 'before' })]));
      hub.setFaults({ serverErrorAfter: 1 });
      const after = await failure(importAll(client, [customFinding({ Id: 'after' })]));
      hub.setFaults({ throttle: 1 });
      const throttled = await failure(importAll(client, [customFinding({ Id: 'throttled' })]));
      hub.setFaults({});
      const healthy = await importAll(client, [customFinding({ Id: 'healthy' })]);

      assert.equal(before.name, 'InternalException');
      assert.equal(before.$metadata.httpStatusCode, 500);
      assert.equal(after.name, 'InternalException');
      assert.equal(throttled.name, 'ThrottlingException');
      assert.equal(healthy.SuccessCount, 1);
      assert.deepEqual(
        hub.findings().map(({ Id }) => Id),
        ['after', 'healthy'],
      );
      assert.equal(hub.calls().BatchImportFindings, 4);
    });

    it('fails single findings, the same ones with the same seed', async () => {
      const failedIds: (string | undefined)[][] = [];
      for (const seed of [5, 5, 6]) {
        const hub = await start({ faults: { partialFailure: 0.3, seed } });
        const { FailedFindings = [] } = await importAll(clientOf(hub), many(100));
        assert.equal(hub.findings().length, 100 - FailedFindings.length);
        assert.ok(FailedFindings.every(({ ErrorCode }) => ErrorCode === 'InternalFailure'));
        failedIds.push(FailedFindings.map(({ Id }) => Id));
      }

      assert.ok((failedIds[0]?.length ?? 0) > 10);
      assert.deepEqual(failedIds[1], failedIds[0]);
      assert.notDeepEqual(failedIds[2], failedIds[0]);
    });

    it('answers slowly', async () => {
      const hub = await start({ faults: { delayMilliseconds: 60 } });
      const started = performance.now();

      await importAll(clientOf(hub), [customFinding()]);

      assert.ok(performance.now() - started >= 59);
    });
  });

  describe('events', () => {
    it('tells of findings of its own and of services, one an event', async () => {
      const hub = await start();

      hub.receive(configFinding());
      await importAll(clientOf(hub), many(2));

      assert.deepEqual(
        events.map(({ resources }) => resources[0]),
        [
          `${configFinding().ProductArn}/${configFinding().Id}`,
          `${PRODUCT_ARN}/finding-0000`,
          `${PRODUCT_ARN}/finding-0001`,
        ],
      );
      assert.deepEqual(new Set(events.map(({ account }) => account)), new Set([ACCOUNT]));
      assert.equal(events[0]?.detail.findings[0].AwsAccountId, MEMBER);
      assert.equal(events[0]?.time, '2025-03-01T12:00:00Z');
      assert.equal(new Set(events.map(({ id }) => id)).size, 3);
    });

    it('have the same bytes in the same run again', async () => {
      const runs: string[] = [];
      for (let run = 0; run < 2; run += 1) {
        events = [];
        const hub = await start();
        hub.receive(configFinding());
        await importAll(clientOf(hub), many(20));
        runs.push(JSON.stringify([events, hub.findings()]));
      }

      assert.equal(runs[1], runs[0]);
    });
  });

  describe('onEvent', () => {
    it('fails the call when it throws, which is not hidden', async () => {
      const hub = await start({
        onEvent() {
          throw new Error('listener is broken');
        },
      });
      const warned = new Promise<Error>((resolve) => process.once('warning', resolve));

      const error = await failure(importAll(clientOf(hub), [customFinding()]));

      assert.equal(error.name, 'InternalException');
      assert.equal((await warned).message, 'listener is broken');
      assert.throws(() => hub.receive(configFinding()), /listener is broken/);
    });
  });

  describe('receive', () => {
    it('takes findings that no client could import', async () => {
      const hub = await start();
      const client = clientOf(hub);

      hub.receive(configFinding());
      const refused = await failure(importAll(client, [configFinding()]));
      const { Findings } = await client.send(
        new GetFindingsCommand({ Filters: { AwsAccountId: [{ Comparison: 'EQUALS', Value: MEMBER }] } }),
      );

      assert.equal(refused.name, 'AccessDeniedException');
      assert.deepEqual(Findings, hub.findings());
      assert.throws(() => hub.receive({ Id: 'x' }), TypeError);
    });
  });

  describe('store', () => {
    let folder: string;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'virtual-soc-hub-'));
    });

    afterEach(async () => {
      await rm(folder, { recursive: true });
    });

    it('goes on where it was closed', async () => {
      const store = join(folder, 'hub.ndjson');
      const first = await start({ store });
      await importAll(clientOf(first), many(3));
      await clientOf(first).send(
        new BatchUpdateFindingsCommand({
          FindingIdentifiers: [{ Id: 'finding-0001', ProductArn: PRODUCT_ARN }],
          Severity: { Label: 'CRITICAL' },
        }),
      );
      const findings = first.findings();
      await first.close();
      hubs.pop();

      clock.advance(1000);
      const second = await start({ store });
      const update = { CreatedAt: '2025-03-01T10:00:00.000Z', UpdatedAt: '2025-03-01T11:00:00.000Z' };
      const loaded = second.findings();
      await importAll(clientOf(second), many(3, update));
      const { SubscribedAt } = await clientOf(second).send(new DescribeHubCommand({}));

      assert.deepEqual(loaded, findings);
      assert.deepEqual(
        second.findings().map(({ Severity }) => Severity.Label),
        ['HIGH', 'CRITICAL', 'HIGH'],
      );
      assert.equal(SubscribedAt, START);
    });

    it('saves on demand, also several times at once', async () => {
      const store = join(folder, 'hub.ndjson');
      const hub = await start({ store });
      hub.receive(configFinding());

      await Promise.all([hub.save(), hub.save()]);

      assert.equal((await readFile(store, 'utf8')).split('\n').length, 3);
    });

    it('refuses a damaged store and the store of another hub', async () => {
      const store = join(folder, 'hub.ndjson');
      await (await start({ store })).save();

      await assert.rejects(
        start({ store, account: MEMBER }),
        new RegExp(`belongs to account ${ACCOUNT} in ${REGION}, not to ${MEMBER}`),
      );
      await writeFile(store, 'nonsense');
      await assert.rejects(start({ store }), /hub\.ndjson is damaged \(line 1/);
    });
  });

  describe('options', () => {
    it('are refused when they make no sense', async () => {
      await assert.rejects(start({ account: '123' }), /12 digits, not '123'/);
      await assert.rejects(start({ region: 'here' }), /'here' is not an AWS Region/);
      await assert.rejects(start({ faults: { throttle: 2 } }), /throttle must be between 0 and 1/);
    });

    it('can name the port, which must be free', async () => {
      const { port } = new URL((await start()).url);

      await assert.rejects(start({ port: Number(port) }), /EADDRINUSE/);
    });

    it('know the partition of a Region', async () => {
      const hub = await start({ region: 'us-gov-west-1' });

      assert.equal(hub.productArn, `arn:aws-us-gov:securityhub:us-gov-west-1:${ACCOUNT}:product/${ACCOUNT}/default`);
    });
  });

  describe('close', () => {
    it('answers the call under way', async () => {
      const hub = await start({ faults: { delayMilliseconds: 80 } });
      const call = importAll(clientOf(hub), [customFinding()]);
      while (hub.calls().BatchImportFindings === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      hubs.pop();

      await hub.close();

      assert.equal((await call).SuccessCount, 1);
    });
  });
});
