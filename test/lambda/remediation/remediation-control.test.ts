import assert from 'node:assert/strict';
import { remediationControlHandler } from '../../../lambda/remediation-control-handler.ts';
import { controlRemediation, controlRequestSchema, personOf } from '../../../lambda/remediation/remediation-control.ts';
import { remediate } from '../../../lambda/remediation/remediate.ts';
import { HUB, MEMBER, type RemediationBench, message, startRemediation } from '../../support/remediation.ts';
import { type Answers, ServiceError } from '../../support/service-stand-in.ts';

const TABLE = `arn:aws:dynamodb:eu-west-1:${MEMBER}:table/orders`;
const table = (isProtected: boolean): Answers => ({
  'dynamodb:DescribeTable': { Table: { TableStatus: 'ACTIVE', DeletionProtectionEnabled: isProtected } },
  'dynamodb:UpdateTable': {},
});
const ANA = { accountId: HUB.accountId, userArn: 'arn:aws:iam::111122223333:user/ana' };
const BEN = { accountId: HUB.accountId, userArn: 'arn:aws:iam::111122223333:user/ben' };
const mode = (value: string, more: Record<string, unknown> = {}) => ({
  assignments: [{ actions: ['dynamodb-deletion-protection'], mode: value, accounts: [MEMBER] }],
  ...more,
});

describe('controlRemediation', () => {
  let bench: RemediationBench;
  let id: string;

  before(async () => {
    bench = await startRemediation();
  });
  after(() => bench.close());
  beforeEach(async () => {
    await bench.reset();
    bench.services.answers = table(false);
    id = await requested();
  });

  const deliver = async (configuration: Record<string, unknown>) => {
    const finding = await bench.addFinding({
      ruleKey: 'dynamodb-table-deletion-protection-enabled',
      finding: { Id: `f-${Math.random()}`, Resources: [{ Type: 'AwsDynamoDbTable', Id: TABLE }] },
    });
    return (await remediate([message(finding)], bench.dependencies(configuration))).outcomes;
  };
  const requested = async () => {
    assert.deepEqual(await deliver(mode('approve')), { requested: 1 });
    return (await bench.state.list({ status: 'requested' }, 1))[0]?.id ?? '';
  };
  const ask = (command: 'show' | 'plan' | 'approve' | 'undo', caller = ANA, configuration = mode('approve')) =>
    controlRemediation(controlRequestSchema.parse({ command, id }), caller, bench.dependencies(configuration));
  const status = async () => (await bench.state.find(id))?.remediation.status;
  const writes = () => bench.services.calls.filter(({ call }) => call === 'dynamodb:UpdateTable');

  it('lists and shows, with everything that has happened', async () => {
    const listed = await controlRemediation(
      controlRequestSchema.parse({ command: 'list' }),
      ANA,
      bench.dependencies({}),
    );
    const shown = await ask('show');

    assert.deepEqual(listed.outcome === 'listed' ? listed.remediations.map((each) => each.id) : [], [id]);
    assert.deepEqual(shown.outcome === 'shown' ? shown.events.map(({ kind }) => kind) : [], ['request']);
    assert.deepEqual(writes(), []);
  });

  it('applies what is approved, in the name of whoever has approved it', async () => {
    const answer = await ask('approve');

    assert.equal(answer.outcome, 'applied');
    assert.deepEqual(
      writes().map(({ input }) => input),
      [{ TableName: 'orders', DeletionProtectionEnabled: true }],
    );
    const found = await bench.state.find(id);
    assert.deepEqual(
      found?.events.map(({ kind, actor }) => [kind, actor]),
      [
        ['request', 'automatic'],
        ['approval', ANA.userArn],
        ['start', ANA.userArn],
        ['application', ANA.userArn],
      ],
    );
  });

  it('asks for a second pair of eyes where that is wanted, and they are not the same ones', async () => {
    const two = mode('approve', { approval: { approvers: 2 } });

    assert.equal((await ask('approve', ANA, two)).outcome, 'waiting');
    assert.equal((await ask('approve', ANA, two)).outcome, 'waiting');
    assert.deepEqual(writes(), []);
    assert.equal((await ask('approve', BEN, two)).outcome, 'applied');
  });

  it('does not let an approval reach beyond the scope of the moment', async () => {
    const exception = { resources: [TABLE], owner: 'orders', reason: 'migration', expires: '2026-12-31' };
    for (const configuration of [{}, mode('plan'), mode('off'), mode('automatic', { exceptions: [exception] })]) {
      const answer = await ask('approve', ANA, configuration as ReturnType<typeof mode>);
      assert.equal(answer.outcome, 'refused', JSON.stringify(answer));
    }
    assert.deepEqual(writes(), []);
    assert.equal(await status(), 'requested');
  });

  it('does not apply a plan that no longer fits', async () => {
    bench.services.answers = table(true);

    assert.equal((await ask('approve')).outcome, 'refused');
    assert.deepEqual(writes(), []);
  });

  it('refuses what has expired', async () => {
    bench.later(73 * 60);

    assert.equal((await ask('approve')).outcome, 'refused');
    assert.deepEqual(writes(), []);
  });

  it('records that an approved change was refused by the account', async () => {
    bench.services.answers = {
      ...table(false),
      'dynamodb:UpdateTable': new ServiceError('AccessDeniedException', 403),
    };

    assert.equal((await ask('approve')).outcome, 'failed');
    assert.equal(await status(), 'failed');
  });

  it('undoes what was applied, and then does not do it again by itself', async () => {
    await ask('approve');
    bench.services.answers = table(true);

    const undone = await ask('undo', BEN);
    bench.services.answers = table(false);
    bench.later(1);

    assert.equal(undone.outcome, 'undone');
    assert.deepEqual(writes().at(-1)?.input, { TableName: 'orders', DeletionProtectionEnabled: false });
    assert.deepEqual(await deliver(mode('automatic')), { requested: 1 });
    assert.equal(writes().length, 2);
  });

  it('refuses to undo what somebody has changed meanwhile', async () => {
    await ask('approve');
    bench.services.answers = table(false);

    const answer = await ask('undo');

    assert.equal(answer.outcome, 'refused');
    assert.equal(writes().length, 1);
    assert.equal(await status(), 'applied');
  });

  it('undoes only what is applied', async () => {
    const answer = await ask('undo');

    assert.deepEqual(answer, { outcome: 'refused', reason: 'it is requested; only what is applied can be undone' });
  });

  it('says that a plan still holds, or makes a new one that nobody has approved', async () => {
    assert.equal((await ask('plan')).outcome, 'planned');

    await bench.database.owner.query(`UPDATE state.remediation SET before = '{"DeletionProtectionEnabled": null}'`);
    assert.equal((await ask('plan')).outcome, 'replanned');
  });

  it('takes all sessions of a role for one person, but for those that Identity Center names', () => {
    const session = (role: string, name: string) => personOf(`arn:aws:sts::111122223333:assumed-role/${role}/${name}`);

    assert.equal(session('Admin', 'ana'), session('Admin', 'ben'));
    assert.notEqual(
      session('AWSReservedSSO_Admin_1', 'ana@example.com'),
      session('AWSReservedSSO_Admin_1', 'ben@example.com'),
    );
    assert.equal(
      session('AWSReservedSSO_Admin_1', 'ana@example.com'),
      session('AWSReservedSSO_Other_2', 'Ana@example.com'),
    );
  });

  describe('remediationControlHandler', () => {
    const logged: unknown[] = [];
    const logger = {
      info: (...line: unknown[]) => void logged.push(line),
      warn: (...line: unknown[]) => void logged.push(line),
      error: (...line: unknown[]) => void logged.push(line),
    };
    const handle = (body: unknown, iam: object | undefined = ANA) =>
      remediationControlHandler(bench.dependencies(mode('approve')), { logger })({
        body: JSON.stringify(body),
        requestContext: { authorizer: iam === undefined ? {} : { iam } },
      });

    it('answers in JSON to whom AWS has verified', async () => {
      const { statusCode, body } = await handle({ command: 'show', id });

      assert.equal(statusCode, 200);
      assert.equal((JSON.parse(body) as { outcome: string }).outcome, 'shown');
    });

    it('answers nobody else, whatever the request says of itself', async () => {
      const { statusCode } = await handle({ command: 'approve', id, userArn: ANA.userArn }, {});

      assert.equal(statusCode, 403);
      assert.deepEqual(writes(), []);
    });

    it('says what is wrong with a request', async () => {
      const { statusCode, body } = await handle({ command: 'approve', id: 'all' });

      assert.equal(statusCode, 400);
      assert.match(body, /id: must be the id of a remediation/);
    });

    it('says that there is no such remediation, and refuses what is not to be done', async () => {
      assert.equal((await handle({ command: 'show', id: `r-${'0'.repeat(20)}` })).statusCode, 404);
      assert.equal((await handle({ command: 'undo', id })).statusCode, 409);
    });

    it('tells a caller nothing of what went wrong inside', async () => {
      bench.services.answers = { 'dynamodb:DescribeTable': new ServiceError('InternalServerError', 500) };

      const { statusCode, body } = await handle({ command: 'approve', id });

      assert.equal(statusCode, 503);
      assert.doesNotMatch(body, /InternalServerError|at /);
    });
  });
});
