import assert from 'node:assert/strict';
import { remediationControlHandler } from '../../../lambda/remediation-control-handler.ts';
import { BadConfiguration } from '../../../lambda/remediation/configuration.ts';
import {
  type Caller,
  type ControlDependencies,
  controlRemediation,
  controlRequestSchema,
} from '../../../lambda/remediation/remediation-control.ts';
import { planHash } from '../../../lambda/remediation/plan-hash.ts';
import { remediate } from '../../../lambda/remediation/remediate.ts';
import { functionUrlEvent } from '../../support/function-url.ts';
import { HUB, MEMBER, type RemediationBench, SSO_ROLE, message, startRemediation } from '../../support/remediation.ts';
import { type Answers, ServiceError } from '../../support/service-stand-in.ts';

const TABLE = `arn:aws:dynamodb:eu-west-1:${MEMBER}:table/orders`;
const table = (isProtected: boolean): Answers => ({
  'dynamodb:DescribeTable': { Table: { TableStatus: 'ACTIVE', DeletionProtectionEnabled: isProtected } },
  'dynamodb:UpdateTable': {},
});
const ANA = { accountId: HUB.accountId, userArn: 'arn:aws:iam::111122223333:user/ana' };
const session = (role: string, name: string): Caller => ({
  accountId: HUB.accountId,
  userArn: `arn:aws:sts::${HUB.accountId}:assumed-role/${role}/${name}`,
});
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
  const planSeen = async () => {
    const found = await bench.state.find(id);
    return found ? planHash(found.remediation) : '';
  };
  const ask = async (
    command: 'show' | 'plan' | 'approve' | 'undo',
    caller: Caller = ANA,
    configuration: Record<string, unknown> = mode('approve'),
    changes: Partial<ControlDependencies> = {},
  ) =>
    controlRemediation(
      controlRequestSchema.parse({ command, id, ...(command === 'approve' ? { plan: await planSeen() } : {}) }),
      caller,
      bench.control(configuration, changes),
    );
  const kinds = async () => (await bench.state.find(id))?.events.map(({ kind }) => kind);
  const status = async () => (await bench.state.find(id))?.remediation.status;
  const writes = () => bench.services.calls.filter(({ call }) => call === 'dynamodb:UpdateTable');

  it('lists and shows, with everything that has happened', async () => {
    const listed = await controlRemediation(controlRequestSchema.parse({ command: 'list' }), ANA, bench.control({}));
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
      const answer = await ask('approve', ANA, configuration);
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

  describe('the plan that somebody consents to', () => {
    const approve = (plan: string, changes: Partial<ControlDependencies> = {}, caller = ANA) =>
      controlRemediation(
        controlRequestSchema.parse({ command: 'approve', id, plan }),
        caller,
        bench.control(mode('approve'), changes),
      );
    /** Something puts another plan in the place of the recorded one. */
    const replace = () =>
      bench.database.owner.query(`UPDATE state.remediation SET before = '{"DeletionProtectionEnabled": null}'`);

    it('is told as a hash, wherever it is told', async () => {
      const shown = await ask('show');
      const listed = await controlRemediation(controlRequestSchema.parse({ command: 'list' }), ANA, bench.control({}));

      assert.match(shown.outcome === 'shown' ? shown.plan : '', /^[0-9a-f]{12}$/);
      assert.deepEqual(listed.outcome === 'listed' ? listed.remediations.map((each) => each.plan) : [], [
        shown.outcome === 'shown' ? shown.plan : undefined,
      ]);
    });

    it('has to be named', () => {
      assert.equal(controlRequestSchema.safeParse({ command: 'approve', id }).success, false);
    });

    it('is the one that is recorded, or nothing is approved', async () => {
      const seen = await planSeen();
      await replace();

      const answer = await approve(seen);

      assert.equal(answer.outcome, 'refused');
      assert.deepEqual(writes(), []);
      assert.deepEqual((await bench.state.find(id))?.remediation.approvals, []);
    });

    it('is still recorded when the consent is noted', async () => {
      const changes = {
        state: {
          ...bench.state,
          approve: async (...given: Parameters<typeof bench.state.approve>) => {
            await replace();
            return bench.state.approve(...given);
          },
        },
      };

      assert.equal((await approve(await planSeen(), changes)).outcome, 'refused');
      assert.deepEqual((await bench.state.find(id))?.remediation.approvals, []);
    });

    it('is still recorded when it is begun', async () => {
      const changes = {
        state: {
          ...bench.state,
          start: async (...given: Parameters<typeof bench.state.start>) => {
            await replace();
            return bench.state.start(...given);
          },
        },
      };

      assert.equal((await approve(await planSeen(), changes)).outcome, 'refused');
      assert.deepEqual(writes(), []);
      assert.equal(await status(), 'requested');
    });

    it('is replaced by nobody who has looked at another one', async () => {
      await replace();
      const changes = {
        state: {
          ...bench.state,
          replan: async (...given: Parameters<typeof bench.state.replan>) => {
            await bench.database.owner.query(`UPDATE state.remediation SET before = '{}'`);
            return bench.state.replan(...given);
          },
        },
      };

      assert.equal((await approve(await planSeen(), changes)).outcome, 'refused');
      assert.deepEqual((await bench.state.find(id))?.remediation.before, {});
    });

    it('is the same whatever the order of its keys is', () => {
      const plan = { before: { a: 1, b: [{ c: 2, d: 3 }] }, after: null, calls: [] };

      assert.equal(planHash(plan), planHash({ ...plan, before: { b: [{ d: 3, c: 2 }], a: 1 } }));
      assert.notEqual(planHash(plan), planHash({ ...plan, before: { a: 1, b: [{ c: 3, d: 2 }] } }));
    });
  });

  describe('two people', () => {
    const two = mode('approve', { approval: { approvers: 2 } });

    it('are told apart where Identity Center names them, whatever permission set they use', async () => {
      assert.deepEqual(await ask('approve', session(SSO_ROLE, 'ana@example.com'), two), {
        outcome: 'waiting',
        reason: 'noted; a second person of IAM Identity Center has to approve it',
      });
      assert.equal((await ask('approve', session(SSO_ROLE, 'Ana@example.com'), two)).outcome, 'waiting');
      assert.deepEqual(writes(), []);
      assert.equal((await ask('approve', session(SSO_ROLE, 'ben@example.com'), two)).outcome, 'applied');
    });

    it('are not a role and another role, which one person may take under any name', async () => {
      for (const caller of [session('Approver', 'ana'), session('Admin', 'ben')]) {
        const answer = await ask('approve', caller, two);

        assert.equal(answer.outcome, 'refused');
        assert.match(answer.reason, /one person may take several roles.*IAM Identity Center, or as an IAM user/);
      }
      assert.deepEqual(await kinds(), ['request']);
    });

    it('are not sessions of a role that only has a name like those of Identity Center', async () => {
      for (const name of ['ana', 'ben']) {
        const answer = await ask('approve', session('AWSReservedSSO_x', name), two);

        assert.equal(answer.outcome, 'refused');
        assert.match(answer.reason, /none of IAM Identity Center/);
      }
      assert.deepEqual(await kinds(), ['request']);
    });

    it('are not one of each kind, which may be the same person', async () => {
      assert.equal((await ask('approve', ANA, two)).outcome, 'waiting');
      assert.deepEqual(await ask('approve', session(SSO_ROLE, 'ana@example.com'), two), {
        outcome: 'waiting',
        reason: 'noted; a second person of IAM Identity Center has to approve it',
      });
      assert.deepEqual(writes(), []);
      assert.equal((await ask('approve', BEN, two)).outcome, 'applied');
    });

    it('do not count where one is noted whose role is none of Identity Center by now', async () => {
      assert.equal((await ask('approve', session(SSO_ROLE, 'ana@example.com'), two)).outcome, 'waiting');
      const other = 'AWSReservedSSO_Other_0123456789abcdef';
      const isOfIdentityCenter: ControlDependencies['isOfIdentityCenter'] = ({ name }) =>
        Promise.resolve(name === other);

      const answer = await ask('approve', session(other, 'ben@example.com'), two, { isOfIdentityCenter });

      assert.equal(answer.outcome, 'waiting');
      assert.deepEqual(writes(), []);
    });

    it('are asked for nowhere else: a role may approve where one approval is enough', async () => {
      assert.equal((await ask('approve', session('Approver', 'ana'))).outcome, 'applied');
    });

    it('are noted once each', async () => {
      for (let time = 0; time < 3; time += 1) await ask('approve', ANA, two);

      assert.deepEqual(await kinds(), ['request', 'approval']);
    });

    it('agree within the time that the configuration gives them, also about what was given up', async () => {
      await bench.database.owner.query(`UPDATE state.remediation SET status = 'stopped', expires_at = NULL`);

      assert.equal((await ask('approve', ANA, two)).outcome, 'waiting');
      bench.later(73 * 60);
      assert.equal((await ask('approve', BEN, two)).outcome, 'waiting');
      assert.deepEqual(
        (await bench.state.find(id))?.remediation.approvals.map(({ who }) => who),
        [BEN.userArn],
      );
      bench.later(60);
      assert.equal((await ask('approve', ANA, two)).outcome, 'applied');
    });
  });

  it('lets nobody approve what they have asked for', async () => {
    await bench.database.owner.query(`UPDATE state.remediation SET requested_by = '${ANA.userArn}'`);

    assert.equal((await ask('approve', ANA)).outcome, 'refused');
    assert.equal((await ask('approve', BEN)).outcome, 'applied');
  });

  for (const [what, change] of [
    ['archived', `UPDATE state.technique_finding SET record_state = 'ARCHIVED'`],
    ['suppressed', `UPDATE state.technique_finding SET workflow_status = 'SUPPRESSED'`],
    ['closed at its source', 'UPDATE state.source SET is_open = false'],
    ['gone', 'DELETE FROM state.technique_finding'],
  ] as const) {
    it(`neither approves nor plans what a finding has asked for that is ${what} by now`, async () => {
      await bench.database.owner.query(change);
      bench.services.calls.length = 0;

      for (const command of ['approve', 'plan'] as const) {
        const answer = await ask(command);
        assert.equal(answer.outcome, 'refused');
        assert.match(answer.reason, /^the finding that asked for it is/);
      }
      assert.deepEqual(bench.services.calls, []);
    });
  }

  it('approves what a second finding asks for still, whatever became of the first', async () => {
    await deliver(mode('approve'));
    await bench.database.owner.query(
      `UPDATE state.technique_finding SET workflow_status = 'SUPPRESSED' WHERE source_key =
        (SELECT source_key FROM state.remediation)`,
    );

    assert.equal((await ask('approve')).outcome, 'applied');
  });

  it('lets an approval be tried again where the account did not answer', async () => {
    bench.services.answers = { ...table(false), 'dynamodb:UpdateTable': new ServiceError('ThrottlingException') };
    await assert.rejects(ask('approve'), { name: 'ThrottlingException' });

    assert.equal(await status(), 'requested');
    assert.ok((await bench.state.find(id))?.remediation.expiresAt);
    bench.services.answers = table(false);
    assert.equal((await ask('approve')).outcome, 'applied');
  });

  it('plans nothing anew that is over', async () => {
    await ask('approve');

    const answer = await ask('plan');

    assert.deepEqual(answer, { outcome: 'refused', reason: 'it is applied, and waits for nothing' });
  });

  describe('a plan that nobody has asked for', () => {
    beforeEach(async () => {
      await bench.reset();
      bench.services.answers = table(false);
      assert.deepEqual(await deliver(mode('plan')), { planned: 1 });
      id = (await bench.state.list({ status: 'planned' }, 1))[0]?.id ?? '';
    });

    it('is asked for by whoever approves it, where the scope of now lets people decide', async () => {
      assert.equal((await ask('approve', ANA, mode('automatic'))).outcome, 'applied');
      assert.deepEqual(await kinds(), ['plan', 'request', 'approval', 'start', 'application']);
    });

    it('waits for the second person, and expires like any request', async () => {
      const two = mode('approve', { approval: { approvers: 2 } });

      assert.equal((await ask('approve', ANA, two)).outcome, 'waiting');
      const found = await bench.state.find(id);
      assert.equal(found?.remediation.status, 'requested');
      assert.equal(found.remediation.expiresAt, '2026-11-04T12:00:00.000Z');
      assert.equal((await ask('approve', BEN, two)).outcome, 'applied');
    });

    it('stays a plan in mode plan', async () => {
      assert.equal((await ask('approve', ANA, mode('plan'))).outcome, 'refused');
      assert.equal(await status(), 'planned');
    });

    it('is renewed where the resource has changed', async () => {
      await bench.database.owner.query(`UPDATE state.remediation SET before = '{"DeletionProtectionEnabled": null}'`);

      assert.equal((await ask('approve')).outcome, 'replanned');
      assert.equal((await ask('approve')).outcome, 'applied');
    });
  });

  describe('a configuration that cannot be used', () => {
    const broken = (error: Error): Partial<ControlDependencies> => ({ configuration: () => Promise.reject(error) });
    const bad = broken(new BadConfiguration('the configuration of remediation: assignments.0.mode: is wrong'));

    it('keeps nobody from looking and undoing', async () => {
      await ask('approve');
      bench.services.answers = table(true);

      assert.equal((await ask('show', ANA, {}, bad)).outcome, 'shown');
      assert.equal((await ask('undo', ANA, {}, bad)).outcome, 'undone');
    });

    it('lets nothing be planned or approved, and says why', async () => {
      for (const command of ['plan', 'approve'] as const) {
        const answer = await ask(command, ANA, {}, bad);
        assert.equal(answer.outcome, 'refused');
        assert.match(answer.reason, /cannot be used: .*assignments\.0\.mode: is wrong/);
      }
      const missing = Object.assign(new Error('secret'), { name: 'NoSuchKey' });
      const answer = await ask('approve', ANA, {}, broken(missing));
      assert.deepEqual(answer, {
        outcome: 'refused',
        reason: 'the configuration of remediation cannot be used: NoSuchKey from S3',
      });
    });
  });

  it('undoes nothing that was never begun', async () => {
    await bench.reset();
    bench.withoutRole.add(MEMBER);
    assert.deepEqual(await deliver(mode('automatic')), { denied: 1 });
    bench.withoutRole.clear();
    id = (await bench.state.list({ status: 'failed' }, 1))[0]?.id ?? '';

    assert.deepEqual(await ask('undo'), {
      outcome: 'refused',
      reason: 'nothing was begun, so there is nothing to undo',
    });
    assert.deepEqual(writes(), []);
  });

  describe('remediationControlHandler', () => {
    const logged: unknown[] = [];
    const logger = {
      info: (...line: unknown[]) => void logged.push(line),
      warn: (...line: unknown[]) => void logged.push(line),
      error: (...line: unknown[]) => void logged.push(line),
    };
    let told = 0;
    const tell = () => Promise.resolve(void (told += 1));
    const handler = () => remediationControlHandler(bench.control(mode('approve')), { logger, tell });
    const handle = (body: unknown, caller: Caller = ANA) => handler()(functionUrlEvent(JSON.stringify(body), caller));
    beforeEach(() => {
      told = 0;
    });

    it('answers in JSON to whom AWS has verified', async () => {
      const { statusCode, body } = await handle({ command: 'show', id });

      assert.equal(statusCode, 200);
      assert.equal((JSON.parse(body) as { outcome: string }).outcome, 'shown');
    });

    it('answers nobody else, whatever the request says of itself', async () => {
      const event = functionUrlEvent(JSON.stringify({ command: 'approve', id, plan: await planSeen() }), ANA);
      const { requestContext } = event;
      const { iam } = requestContext.authorizer;

      for (const context of [
        {},
        { ...requestContext, authorizer: {} },
        // What somebody who invokes the function makes up in a hurry.
        { authorizer: requestContext.authorizer },
        { ...requestContext, domainName: 'abc.execute-api.eu-west-1.amazonaws.com' },
        { ...requestContext, domainName: 'abc.lambda-url.eu-west-1.on.aws.example.com' },
        { ...requestContext, http: undefined },
        { ...requestContext, authorizer: { iam: { ...iam, accountId: MEMBER } } },
        { ...requestContext, authorizer: { iam: { ...iam, callerId: 'AROAEXAMPLE:ben' } } },
        { ...requestContext, authorizer: { iam: { ...iam, callerId: undefined } } },
      ]) {
        const { statusCode } = await handler()({ ...event, requestContext: context });
        assert.equal(statusCode, 403, JSON.stringify(context));
      }
      assert.deepEqual(writes(), []);
    });

    it('answers sessions, whose id names them too', async () => {
      const { statusCode } = await handle({ command: 'show', id }, session(SSO_ROLE, 'ana@example.com'));

      assert.equal(statusCode, 200);
    });

    it('tells others of what it has recorded, and keeps nobody waiting who only looks', async () => {
      await handle({ command: 'list' });
      await handle({ command: 'show', id });
      assert.equal(told, 0);
      await handle({ command: 'approve', id, plan: await planSeen() });
      assert.equal(told, 1);
    });

    it('says what is wrong with a request', async () => {
      const { statusCode, body } = await handle({ command: 'approve', id: 'all', plan: '0123456789ab' });

      assert.equal(statusCode, 400);
      assert.match(body, /id: must be the id of a remediation/);
    });

    it('says that there is no such remediation, and refuses what is not to be done', async () => {
      assert.equal((await handle({ command: 'show', id: `r-${'0'.repeat(20)}` })).statusCode, 404);
      assert.equal((await handle({ command: 'undo', id })).statusCode, 409);
    });

    it('tells a caller nothing of what went wrong inside', async () => {
      bench.services.answers = { 'dynamodb:DescribeTable': new ServiceError('InternalServerError', 500) };

      const { statusCode, body } = await handle({ command: 'approve', id, plan: await planSeen() });

      assert.equal(statusCode, 503);
      assert.doesNotMatch(body, /InternalServerError|at /);
    });
  });
});
