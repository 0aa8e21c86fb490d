/** What stands after a change was refused, cut off or undone: what may be undone then, and what is done again. */
import assert from 'node:assert/strict';
import { controlRemediation, controlRequestSchema } from '../../../lambda/remediation/remediation-control.ts';
import { remediate } from '../../../lambda/remediation/remediate.ts';
import { settleRemediation } from '../../../lambda/remediation/settle.ts';
import { answerForRole as roleOf, answerForTables as tablesOf } from '../../support/changing-services.ts';
import { accessKey, userAnswer } from '../../support/principals.ts';
import { HUB, MEMBER, type RemediationBench, message, startRemediation } from '../../support/remediation.ts';
import { ServiceError } from '../../support/service-stand-in.ts';

const ANA = { accountId: HUB.accountId, userArn: 'arn:aws:iam::111122223333:user/ana' };
const PROTECT = 'dynamodb-deletion-protection';
const on = (action: string, mode = 'automatic') => ({
  assignments: [{ actions: [action], mode, accounts: [MEMBER] }],
});

describe('the end of a remediation', () => {
  let bench: RemediationBench;
  before(async () => {
    bench = await startRemediation();
  });
  after(() => bench.close());
  beforeEach(() => bench.reset());

  const run = (configuration: Record<string, unknown>, id: string, changes = {}) =>
    remediate([message(id)], bench.dependencies(configuration, changes));
  const rows = () =>
    bench.query<{ id: string; status: string }>(
      'SELECT remediation_id AS id, status FROM state.remediation ORDER BY created_at, resource_id',
    );
  const undo = async (id: string | undefined) =>
    (await controlRemediation(controlRequestSchema.parse({ command: 'undo', id }), ANA, bench.control({}))).outcome;

  let table = { isProtected: false };
  const answerForTables = () => {
    table = tablesOf(bench.services);
  };
  const refuseUpdates = (code: string, status = 400) => {
    bench.services.answers = { ...bench.services.answers, 'dynamodb:UpdateTable': new ServiceError(code, status) };
  };
  const tableFinding = () =>
    bench.addFinding({
      ruleKey: 'dynamodb-table-deletion-protection-enabled',
      finding: {
        Resources: [{ Type: 'AwsDynamoDbTable', Id: `arn:aws:dynamodb:eu-west-1:${MEMBER}:table/orders` }],
      },
    });

  const answerForRole = () => roleOf(bench.services);
  const threat = (resource: object, ruleKey = 'UnauthorizedAccess:IAMUser/TorIPCaller') =>
    bench.addFinding({
      provider: 'guardduty',
      ruleKey,
      techniqueId: 'T1078',
      finding: {
        Id: `g-${bench.now.toISOString()}`,
        UpdatedAt: new Date(bench.now.getTime() - 1000).toISOString(),
        Resources: [resource],
        ProductArn: 'arn:aws:securityhub:eu-west-1::product/aws/guardduty',
      },
    });
  const revocation = async (mode = 'automatic') =>
    (
      await run(
        on('iam-role-session-revocation', mode),
        await threat(accessKey('AssumedRole', 'payments', 'ASIAIOSFODNN7EXAMPLE')),
      )
    ).outcomes;

  it('leaves to its owner what was refused to us and they have done themselves', async () => {
    answerForTables();
    const { answers } = bench.services;
    refuseUpdates('AccessDeniedException', 403);
    assert.equal((await run(on(PROTECT), await tableFinding())).outcomes.failed, 1);
    bench.services.answers = answers;
    table.isProtected = true;
    bench.later(60);

    assert.equal(await undo((await rows())[0]?.id), 'refused');
    assert.equal(table.isProtected, true);
  });

  it('is not made an application by an undo that was cut off', async () => {
    answerForTables();
    const { answers } = bench.services;
    refuseUpdates('AccessDeniedException', 403);
    await run(on(PROTECT), await tableFinding());
    bench.services.answers = answers;
    const id = (await rows())[0]?.id ?? '';
    assert.equal(await bench.state.startUndo(id, ANA.userArn, bench.now), true);
    bench.later(60);

    await settleRemediation(bench.dependencies({}));

    assert.notEqual((await rows())[0]?.status, 'applied');
  });

  it('stands where the service would not have it undone for now, also for whoever sets it back after that', async () => {
    answerForTables();
    const { answers } = bench.services;
    const finding = await tableFinding();
    const outcomes: unknown[] = [];
    for (let round = 0; round < 4; round += 1) {
      outcomes.push((await run(on(PROTECT), finding)).outcomes);
      bench.later(10);
      const { id, status } = (await rows()).at(-1) ?? {};
      if (status === 'applied') {
        refuseUpdates('ResourceInUseException');
        assert.equal(await undo(id), 'failed');
        assert.equal((await rows()).at(-1)?.status, 'applied');
      }
      bench.services.answers = answers;
      table.isProtected = false;
      bench.later(60);
    }

    assert.deepEqual(outcomes, [{ applied: 1 }, { applied: 1 }, { stopped: 1 }, { unchanged: 1 }]);
  });

  it('can be undone however often the same was planned and asked for since, which lapses', async () => {
    for (const mode of ['plan', 'approve']) {
      await bench.reset();
      answerForRole();
      assert.deepEqual(await revocation(), { applied: 1 });
      bench.later(60);
      await revocation(mode);
      bench.later(60);

      assert.equal(await undo((await rows())[0]?.id), 'undone');
      assert.deepEqual(
        (await rows()).map(({ status }) => status),
        ['undone', 'lapsed'],
      );
    }
  });

  it('leaves a request and its approvals where the undo of an older change is refused', async () => {
    const role = answerForRole();
    await revocation();
    bench.later(60);
    role.policy = '{"changed":"by somebody"}';
    await revocation('approve');
    const [first, second] = await rows();

    assert.equal(await undo(first?.id), 'refused');

    assert.equal((await rows())[1]?.status, 'requested');
    assert.deepEqual((await bench.state.find(second?.id ?? ''))?.remediation.status, 'requested');
    assert.equal((await bench.state.find(first?.id ?? ''))?.events.at(-1)?.kind, 'undo-refusal');
  });

  it('can be undone where its call was not answered, and what it did showed late', async () => {
    answerForTables();
    const { answers } = bench.services;
    const finding = await tableFinding();
    refuseUpdates('InternalServerError', 500);
    assert.equal((await run(on(PROTECT), finding)).failed.size, 1);
    bench.services.answers = answers;
    table.isProtected = true;
    bench.later(12);
    assert.deepEqual((await run(on(PROTECT), finding)).outcomes, { 'already-compliant': 1 });

    assert.equal(await undo((await rows())[0]?.id), 'undone');
    assert.equal(table.isProtected, false);
  });

  it('is the same after an undo of what had failed was cut off', async () => {
    answerForTables();
    await run(on(PROTECT), await tableFinding());
    const id = (await rows())[0]?.id ?? '';
    const after = { DeletionProtectionEnabled: true };
    bench.later(10);
    await bench.state.startUndo(id, ANA.userArn, bench.now);
    const half = { status: 'failed', kind: 'undo-refusal', reason: 'in part', after } as const;
    await bench.state.finish(id, half, ANA.userArn, bench.now);
    await bench.state.startUndo(id, ANA.userArn, bench.now);
    bench.later(60);

    await settleRemediation(bench.dependencies({}));

    assert.equal((await rows())[0]?.status, 'failed');
  });

  it('is remembered as undone, whoever tried to undo more and was refused', async () => {
    answerForRole();
    await revocation();
    bench.later(60);
    await revocation();
    const [first, second] = await rows();
    bench.later(60);
    assert.equal(await undo(second?.id), 'undone');
    bench.later(1);
    bench.withoutRole.add(MEMBER);
    assert.equal(await undo(first?.id), 'refused');
    bench.withoutRole.clear();
    bench.later(60);

    assert.deepEqual(await revocation(), { requested: 1 });
  });

  it('hides no threat that was seen after it, whenever an undo was refused', async () => {
    const login = { isReset: false };
    bench.services.answers = {
      ...userAnswer(`arn:aws:iam::${MEMBER}:user/alice`),
      'iam:GetLoginProfile': () => ({
        LoginProfile: { UserName: 'alice', CreateDate: '2026-01-01T00:00:00Z', PasswordResetRequired: login.isReset },
      }),
      'iam:UpdateLoginProfile': () => {
        login.isReset = true;
        return {};
      },
    };
    const anomaly = () => threat(accessKey('IAMUser', 'alice'), 'CredentialAccess:IAMUser/AnomalousBehavior');
    const reset = on('iam-console-password-reset');
    assert.equal((await run(reset, await anomaly())).outcomes.applied, 1);
    login.isReset = false;
    bench.later(60);
    const again = await anomaly();
    bench.later(10);
    assert.equal(await undo((await rows())[0]?.id), 'refused');
    bench.later(10);

    assert.equal((await run(reset, again)).outcomes.applied, 1);
  });

  it('comes in the end where the function was cut off before the call: its message is delivered until then', async () => {
    let isAttached = false;
    bench.services.answers = {
      ...userAnswer(`arn:aws:iam::${MEMBER}:user/alice`),
      'iam:ListAttachedUserPolicies': () => ({
        AttachedPolicies: isAttached
          ? { member: [{ PolicyArn: 'arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3' }] }
          : {},
      }),
      'iam:AttachUserPolicy': () => {
        isAttached = true;
        return {};
      },
    };
    const id = await threat(accessKey('IAMUser', 'alice'));
    const quarantine = on('iam-user-quarantine');
    const { openSession } = bench.dependencies({});
    const begun = new Promise<void>((resolve) => {
      void run(quarantine, id, {
        openSession: (...given: Parameters<typeof openSession>) => {
          if (given[1] !== 'apply') return openSession(...given);
          resolve();
          return new Promise<never>(() => {});
        },
      });
    });
    await begun;

    const outcomes: unknown[] = [];
    for (let isWaiting = true; isWaiting && outcomes.length < 10;) {
      bench.later(12);
      if (outcomes.length === 4) await settleRemediation(bench.dependencies({}));
      const { outcomes: found, failed } = await run(quarantine, id);
      outcomes.push(found);
      isWaiting = failed.size > 0;
    }

    assert.deepEqual(
      outcomes,
      [...Array<unknown>(4).fill({ 'in-progress': 1 }), { applied: 1 }].map((each) => ({
        off: 2,
        ...(each as object),
      })),
    );
    assert.equal(isAttached, true);
  });
});
