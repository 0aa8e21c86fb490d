import assert from 'node:assert/strict';
import { type RemediateDependencies, remediate } from '../../../lambda/remediation/remediate.ts';
import { settleRemediation } from '../../../lambda/remediation/settle.ts';
import {
  type FindingOptions,
  HUB,
  MEMBER,
  type RemediationBench,
  message,
  startRemediation,
} from '../../support/remediation.ts';
import { type Answers, ServiceError } from '../../support/service-stand-in.ts';

const KEYS = ['1111aaaa-12ab-34cd-56ef-1234567890ab', '2222bbbb-12ab-34cd-56ef-1234567890ab'] as const;
const arnOf = (key: string, account = MEMBER) => `arn:aws:kms:eu-west-1:${account}:key/${key}`;
const METADATA = { KeyManager: 'CUSTOMER', KeySpec: 'SYMMETRIC_DEFAULT', Origin: 'AWS_KMS', KeyState: 'Enabled' };
const OFF = { KeyRotationEnabled: false };
const ON = { KeyRotationEnabled: true, RotationPeriodInDays: 365 };
/** What KMS answers, one status for each time it is asked. */
const kms = (...statuses: readonly object[]): Answers => ({
  'kms:DescribeKey': { KeyMetadata: METADATA },
  'kms:GetKeyRotationStatus': statuses as readonly Record<string, unknown>[],
  'kms:EnableKeyRotation': {},
  'kms:DisableKeyRotation': {},
});
const keyFinding = (...arns: string[]): FindingOptions => ({
  finding: { Resources: arns.map((Id) => ({ Type: 'AwsKmsKey', Id, Partition: 'aws', Region: 'eu-west-1' })) },
});
const mode = (value: string, more: Record<string, unknown> = {}) => ({
  assignments: [{ actions: ['kms-key-rotation'], mode: value, accounts: [MEMBER] }],
  ...more,
});
const NOTHING = { outcomes: {}, foreign: 0, ignored: 0, failed: new Map() };

describe('remediate', () => {
  let bench: RemediationBench;

  before(async () => {
    bench = await startRemediation();
  });
  after(() => bench.close());
  beforeEach(() => bench.reset());

  const changes = () =>
    bench.services.calls.map(({ call }) => call).filter((name) => !/:(?:Describe|Get|List)/.test(name));
  const run = (configuration: Record<string, unknown>, ...messages: { messageId: string; body: string }[]) =>
    remediate(messages, bench.dependencies(configuration));
  const rows = () =>
    bench.query<Record<string, unknown>>(
      'SELECT status, reason, requested_by, before, after FROM state.remediation ORDER BY created_at, updated_at',
    );
  const kinds = async () =>
    (await bench.query<{ kind: string }>('SELECT kind FROM state.remediation_event ORDER BY event_id')).map(
      ({ kind }) => kind,
    );

  describe('whom it believes', () => {
    it('does nothing for an Id that it does not know, and says so', async () => {
      const id = `virtual-soc/technique/v1/T1485/${'0'.repeat(64)}`;

      const report = await run(mode('automatic'), message(id));

      assert.deepEqual(report, { ...NOTHING, foreign: 1 });
      assert.deepEqual(bench.sts.requests, []);
    });

    it('does nothing for a finding that another account has imported under our Id', async () => {
      const id = await bench.addFinding(keyFinding(arnOf(KEYS[0])));
      const forged = {
        accountId: MEMBER,
        productArn: `arn:aws:securityhub:eu-west-1:${MEMBER}:product/${MEMBER}/default`,
      };

      const report = await run(mode('automatic'), message(id, forged));

      assert.deepEqual(report, { ...NOTHING, foreign: 1 });
      assert.deepEqual(bench.sts.requests, []);
    });

    it('believes an owner where the finding is known to be written there', async () => {
      bench.services.answers = kms(OFF, OFF, ON);
      const id = await bench.addFinding({ ...keyFinding(arnOf(KEYS[0])), place: [MEMBER, 'eu-west-1'] });
      const owner = {
        accountId: MEMBER,
        productArn: `arn:aws:securityhub:eu-west-1:${MEMBER}:product/${MEMBER}/default`,
      };

      assert.deepEqual((await run(mode('automatic'), message(id, owner))).outcomes, { applied: 1 });
    });

    it('takes account and resource from the database, whatever the event says', async () => {
      bench.services.answers = kms(OFF, OFF, ON);
      const id = await bench.addFinding(keyFinding(arnOf(KEYS[0])));
      const { messageId, body } = message(id);
      const event = JSON.parse(body) as { detail: { findings: Record<string, unknown>[] } };
      Object.assign(event.detail.findings[0] ?? {}, {
        Resources: [{ Type: 'AwsKmsKey', Id: arnOf(KEYS[1], '999988887777') }],
      });

      await run(mode('automatic'), { messageId, body: JSON.stringify(event) });

      assert.deepEqual(
        bench.sts.requests.map((request) => request.get('RoleArn')?.split(':')[4]),
        [MEMBER, MEMBER],
      );
      assert.deepEqual(changes(), ['kms:EnableKeyRotation']);
    });

    it('never acts in an account that is not the owner of the finding', async () => {
      const id = await bench.addFinding(keyFinding(arnOf(KEYS[0], '999988887777')));

      const report = await run({ assignments: [{ actions: ['kms-key-rotation'], mode: 'automatic' }] }, message(id));

      assert.deepEqual(report, { ...NOTHING, ignored: 1 });
      assert.deepEqual(bench.sts.requests, []);
    });

    it('leaves alone what is closed, and what an analyst has suppressed', async () => {
      const closed = await bench.addFinding({ ...keyFinding(arnOf(KEYS[0])), isOpen: false });
      const suppressed = await bench.addFinding({ ...keyFinding(arnOf(KEYS[1])), workflowStatus: 'SUPPRESSED' });

      const report = await run(mode('automatic'), message(closed), message(suppressed));

      assert.deepEqual(report, { ...NOTHING, ignored: 2 });
      assert.deepEqual(bench.sts.requests, []);
    });

    it('leaves alone what comes from a product that accounts can import findings of, and samples', async () => {
      const resources = keyFinding(arnOf(KEYS[0])).finding;
      const imported = `arn:aws:securityhub:eu-west-1:${MEMBER}:product/${MEMBER}/default`;
      const own = await bench.addFinding({ finding: { ...resources, ProductArn: imported } });
      const sample = await bench.addFinding({ finding: { ...resources, Sample: true } });

      const report = await run(mode('automatic'), message(own), message(sample));

      assert.deepEqual(report, { ...NOTHING, ignored: 2 });
      assert.deepEqual(bench.sts.requests, []);
    });

    it('returns a message that is no event, with the reason', async () => {
      const report = await run(mode('automatic'), { messageId: 'm', body: '{' });

      assert.deepEqual([...report.failed], [['m', 'the message is not JSON']]);
    });
  });

  describe('modes', () => {
    it('does nothing, not even look, where nobody has switched it on', async () => {
      const id = await bench.addFinding(keyFinding(arnOf(KEYS[0])));

      const report = await run({}, message(id));

      assert.deepEqual(report.outcomes, { off: 1 });
      assert.deepEqual(bench.sts.requests, []);
      assert.deepEqual(await rows(), []);
    });

    it('plan: records what it would do, once, and changes nothing', async () => {
      bench.services.answers = kms(OFF);
      const id = await bench.addFinding(keyFinding(arnOf(KEYS[0])));

      const first = await run(mode('plan'), message(id));
      const again = await run(mode('plan'), message(id));

      assert.deepEqual([first.outcomes, again.outcomes], [{ planned: 1 }, { unchanged: 1 }]);
      assert.deepEqual(changes(), []);
      assert.deepEqual(await kinds(), ['plan']);
      assert.deepEqual(await rows(), [
        {
          status: 'planned',
          reason: null,
          requested_by: 'automatic',
          before: { KeyRotationEnabled: false, RotationPeriodInDays: null },
          after: { KeyRotationEnabled: true, RotationPeriodInDays: 365 },
        },
      ]);
    });

    it('approve: asks, and changes nothing', async () => {
      bench.services.answers = kms(OFF);
      const id = await bench.addFinding(keyFinding(arnOf(KEYS[0])));

      const report = await run(mode('approve'), message(id));

      assert.deepEqual(report.outcomes, { requested: 1 });
      assert.deepEqual(changes(), []);
      assert.deepEqual(await kinds(), ['request']);
    });

    it('automatic: changes and records it, and does so once however often it is delivered', async () => {
      bench.services.answers = kms(OFF, OFF, ON);
      const id = await bench.addFinding(keyFinding(arnOf(KEYS[0])));

      const first = await run(mode('automatic'), message(id));
      const again = await run(mode('automatic'), message(id), message(id));

      assert.deepEqual([first.outcomes, again.outcomes], [{ applied: 1 }, { 'already-compliant': 2 }]);
      assert.deepEqual(changes(), ['kms:EnableKeyRotation']);
      assert.deepEqual(await kinds(), ['start', 'application']);
    });

    it('a custom action of Security Hub only asks, whatever the mode allows', async () => {
      bench.services.answers = kms(OFF);
      const id = await bench.addFinding(keyFinding(arnOf(KEYS[0])));

      const report = await run(mode('automatic'), message(id, HUB, 'Security Hub Findings - Custom Action'));

      assert.deepEqual(report.outcomes, { requested: 1 });
      assert.deepEqual(changes(), []);
    });

    it('a custom action plans where nothing but a plan is allowed: nobody could approve it', async () => {
      bench.services.answers = kms(OFF);
      const id = await bench.addFinding(keyFinding(arnOf(KEYS[0])));

      const report = await run(mode('plan'), message(id, HUB, 'Security Hub Findings - Custom Action'));

      assert.deepEqual(report.outcomes, { planned: 1 });
    });

    it('does not even ask where it is off', async () => {
      const id = await bench.addFinding(keyFinding(arnOf(KEYS[0])));

      const report = await run({}, message(id, HUB, 'Security Hub Findings - Custom Action'));

      assert.deepEqual(report.outcomes, { off: 1 });
    });
  });

  it('deals with every resource of a finding, not the last one', async () => {
    bench.services.answers = kms(OFF);
    const id = await bench.addFinding(keyFinding(arnOf(KEYS[0]), arnOf(KEYS[1]), arnOf(KEYS[0])));

    const report = await run(mode('automatic'), message(id));

    assert.deepEqual(report.outcomes, { applied: 2 });
    assert.deepEqual(
      bench.services.calls.filter(({ call }) => call === 'kms:EnableKeyRotation').map(({ input }) => input['KeyId']),
      KEYS,
    );
  });

  it('assumes the role of the account anew for each step, narrowed to the resource and named after the action', async () => {
    bench.services.answers = kms(OFF, OFF, ON);
    const id = await bench.addFinding(keyFinding(arnOf(KEYS[0])));

    await run(mode('automatic'), message(id));

    const [plan, apply] = bench.sts.requests;
    assert.equal(bench.sts.requests.length, 2);
    assert.equal(apply?.get('RoleArn'), `arn:aws:iam::${MEMBER}:role/virtual-soc/virtual-soc-remediate`);
    assert.equal(apply?.get('SourceIdentity'), 'virtual-soc-111122223333');
    assert.equal(plan?.get('RoleSessionName'), 'virtual-soc-plan-kms-key-rotation');
    assert.equal(apply?.get('RoleSessionName'), 'virtual-soc-apply-kms-key-rotation');
    assert.deepEqual(JSON.parse(apply?.get('Policy') ?? ''), {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['kms:DescribeKey', 'kms:EnableKeyRotation', 'kms:GetKeyRotationStatus', 'kms:ListResourceTags'],
          Resource: [arnOf(KEYS[0])],
        },
      ],
    });
    assert.doesNotMatch(plan?.get('Policy') ?? '', /EnableKeyRotation/);
  });

  describe('storms and quarrels', () => {
    it('stops after what it did was reverted twice within a week, and says so', async () => {
      bench.services.answers = kms(OFF);
      const id = await bench.addFinding(keyFinding(arnOf(KEYS[0])));
      const outcomes: unknown[] = [];

      for (let time = 0; time < 4; time += 1) {
        outcomes.push((await run(mode('automatic'), message(id))).outcomes);
        bench.later(120);
      }

      assert.deepEqual(outcomes, [{ applied: 1 }, { applied: 1 }, { stopped: 1 }, { unchanged: 1 }]);
      assert.equal(changes().length, 2);
      assert.deepEqual(await kinds(), ['start', 'application', 'reversal', 'start', 'application', 'reversal', 'stop']);
      assert.deepEqual(
        (await rows()).map(({ status }) => status),
        ['reverted', 'reverted', 'stopped'],
      );
    });

    it('does it again where the reversals are more than a week apart', async () => {
      bench.services.answers = kms(OFF);
      const id = await bench.addFinding(keyFinding(arnOf(KEYS[0])));

      for (let time = 0; time < 3; time += 1) {
        assert.deepEqual((await run(mode('automatic'), message(id))).outcomes, { applied: 1 });
        bench.later(8 * 24 * 60);
      }
    });

    it('asks instead of acting beyond the limit of an hour', async () => {
      bench.services.answers = kms(OFF);
      const ids = await Promise.all(KEYS.map((key) => bench.addFinding(keyFinding(arnOf(key)))));

      const report = await run(
        mode('automatic', { limits: { changesPerAccountAndHour: 1 } }),
        ...ids.map((id) => message(id)),
      );

      assert.deepEqual(report.outcomes, { applied: 1, requested: 1 });
      assert.match(String((await rows()).at(-1)?.['reason']), /in one account within an hour/);
    });

    it('asks instead of acting once an action has failed too often', async () => {
      bench.services.answers = { ...kms(OFF), 'kms:EnableKeyRotation': new ServiceError('AccessDeniedException', 403) };
      const id = await bench.addFinding(keyFinding(arnOf(KEYS[0])));
      const other = await bench.addFinding(keyFinding(arnOf(KEYS[1])));
      const configuration = mode('automatic', { limits: { failuresPerHour: 2 } });

      const outcomes = [];
      for (const each of [id, id, other]) outcomes.push((await run(configuration, message(each))).outcomes);

      assert.deepEqual(outcomes, [{ failed: 1 }, { failed: 1 }, { requested: 1 }]);
      assert.equal(changes().length, 2);
    });

    it('does not take for a reversal what it had read before the change', async () => {
      bench.services.answers = kms(OFF);
      const id = await bench.addFinding(keyFinding(arnOf(KEYS[0])));
      const dependencies = bench.dependencies(mode('automatic'));
      // Another delivery applies the change between this one's plan and its record.
      const overtaken = {
        ...dependencies,
        state: {
          ...dependencies.state,
          takeUp: async (...given: Parameters<typeof dependencies.state.takeUp>) => {
            await remediate([message(id)], dependencies);
            return dependencies.state.takeUp(...given);
          },
        },
      };

      const report = await remediate([message(id)], overtaken);

      assert.deepEqual(report.outcomes, { 'in-progress': 1 });
      assert.deepEqual(await kinds(), ['start', 'application']);
      assert.equal(changes().length, 1);
    });

    it('acts once when the same finding is delivered twice at the same time', async () => {
      let isOn = false;
      bench.services.answers = {
        ...kms(),
        'kms:GetKeyRotationStatus': () => (isOn ? ON : OFF),
        'kms:EnableKeyRotation': () => {
          isOn = true;
          return {};
        },
      };
      const id = await bench.addFinding(keyFinding(arnOf(KEYS[0])));
      const dependencies = bench.dependencies(mode('automatic'));

      const reports = await Promise.all([1, 2].map(() => remediate([message(id)], dependencies)));

      assert.equal(changes().length, 1);
      const outcomes = reports.flatMap((report) => Object.keys(report.outcomes)).sort();
      assert.ok(outcomes.includes('applied'), outcomes.join());
      assert.deepEqual(
        (await kinds()).filter((kind) => kind === 'start'),
        ['start'],
      );
    });
  });

  describe('what does not work', () => {
    it('notes once that an account has no role for us', async () => {
      bench.withoutRole.add(MEMBER);
      const id = await bench.addFinding(keyFinding(arnOf(KEYS[0])));

      const outcomes = [];
      for (const _ of [1, 2]) outcomes.push((await run(mode('automatic'), message(id))).outcomes);

      assert.deepEqual(outcomes, [{ denied: 1 }, { unchanged: 1 }]);
      assert.deepEqual(await kinds(), ['failure']);
      assert.match(String((await rows())[0]?.['reason']), /does not let Virtual SOC remediate/);
    });

    it('takes it for no failure that an account does not let us look, where a plan is all that was wanted', async () => {
      bench.withoutRole.add(MEMBER);

      const { outcomes } = await run(mode('plan'), message(await bench.addFinding(keyFinding(arnOf(KEYS[0])))));

      assert.deepEqual(outcomes, { unplanned: 1 });
      assert.deepEqual(await kinds(), ['failure']);
    });

    it('takes it for one as soon as more is wanted, and for none where a tag lets it plan at the most', async () => {
      bench.withoutRole.add(MEMBER);
      const byTag = { assignments: [{ actions: ['kms-key-rotation'], mode: 'plan', tags: { env: 'prod' } }] };
      const id = await bench.addFinding(keyFinding(arnOf(KEYS[0])));

      const outcomes = [];
      for (const configuration of [byTag, mode('plan'), mode('automatic'), mode('automatic')]) {
        outcomes.push((await run(configuration, message(id))).outcomes);
      }

      assert.deepEqual(outcomes, [{ unplanned: 1 }, { unchanged: 1 }, { denied: 1 }, { unchanged: 1 }]);
    });

    it('alerts once a day', async () => {
      bench.services.answers = {
        'iam:GetAccountSummary': { SummaryMap: { entry: { key: 'AccountAccessKeysPresent', value: '1' } } },
      };
      const id = await bench.addFinding({
        ruleKey: 'iam-root-access-key-check',
        techniqueId: 'T1078',
        finding: { Resources: [{ Type: 'AwsAccount', Id: `AWS::::Account:${MEMBER}` }] },
      });
      // An account has no tags that anybody tells, and nothing is done but to tell people.
      const exceptions = [{ tags: { remediation: 'no' }, owner: 'x', reason: 'y', expires: '2027-01-01' }];
      const configuration = { assignments: [{ actions: ['root-access-key-alert'], mode: 'plan' }], exceptions };

      const outcomes = [];
      for (const _ of [1, 2]) outcomes.push((await run(configuration, message(id))).outcomes);

      assert.deepEqual(outcomes, [{ alert: 1 }, { unchanged: 1 }]);
    });

    it('goes by no tags of the finding where the account does not tell them', async () => {
      bench.services.answers = {
        's3:GetPublicAccessBlock': new ServiceError('NoSuchPublicAccessBlockConfiguration', 404),
        's3:GetBucketTagging': new ServiceError('AccessDenied', 403),
      };
      const id = await bench.addFinding({
        ruleKey: 's3-bucket-public-read-prohibited',
        techniqueId: 'T1530',
        finding: { Resources: [{ Type: 'AwsS3Bucket', Id: 'arn:aws:s3:::www-site', Tags: { team: 'web' } }] },
      });
      const exceptions = [{ tags: { public: 'yes' }, owner: 'web', reason: 'the site', expires: '2027-01-01' }];
      const configuration = {
        assignments: [{ actions: ['s3-bucket-public-access-block'], mode: 'automatic' }],
        exceptions,
      };

      assert.equal((await run(configuration, message(id))).outcomes.unresolved, 1);
    });

    it('gives the message back where a service stays throttled, and records that nothing was changed', async () => {
      bench.services.answers = { ...kms(OFF), 'kms:EnableKeyRotation': new ServiceError('ThrottlingException') };
      const id = await bench.addFinding(keyFinding(arnOf(KEYS[0])));

      const report = await run(mode('automatic'), message(id));

      assert.deepEqual([...report.failed.values()], ['kms-key-rotation: ThrottlingException']);
      assert.deepEqual(await kinds(), ['start', 'failure']);
      assert.match(String((await rows())[0]?.['reason']), /nothing was found to be changed/);
    });

    it('alerts people where no call can help', async () => {
      bench.services.answers = {
        'iam:GetAccountSummary': { SummaryMap: { entry: [{ key: 'AccountAccessKeysPresent', value: 1 }] } },
      };
      const id = await bench.addFinding({
        ruleKey: 'iam-root-access-key-check',
        techniqueId: 'T1078.001',
        finding: { Resources: [{ Type: 'AwsAccount', Id: `AWS::::Account:${MEMBER}` }] },
      });

      const report = await run({ assignments: [{ actions: ['root-access-key-alert'], mode: 'plan' }] }, message(id));

      assert.deepEqual(report.outcomes, { alert: 1 });
      assert.deepEqual(await kinds(), ['alert']);
    });
  });

  describe('a crash between the call and its record', () => {
    const crashing = (): RemediateDependencies => {
      const dependencies = bench.dependencies(mode('automatic'));
      return {
        ...dependencies,
        state: { ...dependencies.state, finish: () => Promise.reject(new Error('the function was cut off')) },
      };
    };

    it('is settled as applied where the change is found', async () => {
      bench.services.answers = kms(OFF, OFF, ON);
      const id = await bench.addFinding(keyFinding(arnOf(KEYS[0])));
      await remediate([message(id)], crashing());

      assert.deepEqual(await settleRemediation(bench.dependencies({})), { settled: 0, expired: 0, left: 0 });
      bench.later(30);
      const report = await settleRemediation(bench.dependencies({}));

      assert.deepEqual(report, { settled: 1, expired: 0, left: 0 });
      assert.deepEqual(
        (await rows()).map(({ status, reason }) => [status, reason]),
        [['applied', 'interrupted after the change was made']],
      );
      assert.equal(changes().length, 1);
    });

    it('is settled as failed where nothing was changed, and may be done again', async () => {
      bench.services.answers = kms(OFF);
      const id = await bench.addFinding(keyFinding(arnOf(KEYS[0])));
      await remediate([message(id)], crashing());
      assert.deepEqual((await run(mode('automatic'), message(id))).outcomes, { 'in-progress': 1 });

      bench.later(30);
      await settleRemediation(bench.dependencies({}));

      assert.deepEqual(
        (await rows()).map(({ status }) => status),
        ['failed'],
      );
      assert.deepEqual((await run(mode('automatic'), message(id))).outcomes, { applied: 1 });
    });

    it('is left for the next time where the account does not answer', async () => {
      bench.services.answers = kms(OFF);
      const id = await bench.addFinding(keyFinding(arnOf(KEYS[0])));
      await remediate([message(id)], crashing());
      bench.later(30);
      bench.services.answers = { 'kms:DescribeKey': new ServiceError('KMSInternalException', 500) };

      assert.deepEqual(await settleRemediation(bench.dependencies({})), { settled: 0, expired: 0, left: 1 });
      assert.deepEqual(
        (await rows()).map(({ status }) => status),
        ['applying'],
      );
    });
  });

  it('voids a request that nobody answers in time, and asks anew', async () => {
    bench.services.answers = kms(OFF);
    const id = await bench.addFinding(keyFinding(arnOf(KEYS[0])));
    await run(mode('approve'), message(id));
    bench.later(73 * 60);

    const report = await settleRemediation(bench.dependencies({}));
    const again = await run(mode('approve'), message(id));

    assert.equal(report.expired, 1);
    assert.deepEqual(again.outcomes, { requested: 1 });
    assert.deepEqual(
      (await rows()).map(({ status }) => status),
      ['expired', 'requested'],
    );
  });

  it('keeps a record that the functions can add to and never change', async () => {
    bench.services.answers = kms(OFF);
    await run(mode('plan'), message(await bench.addFinding(keyFinding(arnOf(KEYS[0])))));

    for (const sql of [
      `UPDATE state.remediation_event SET actor = 'nobody'`,
      'DELETE FROM state.remediation_event',
      'DELETE FROM state.remediation',
    ]) {
      await assert.rejects(bench.database.reader.query(sql), /permission denied/);
    }
  });
});
