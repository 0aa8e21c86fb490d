import assert from 'node:assert/strict';
import { controlRemediation, controlRequestSchema } from '../../../lambda/remediation/remediation-control.ts';
import { remediate } from '../../../lambda/remediation/remediate.ts';
import { settleRemediation } from '../../../lambda/remediation/settle.ts';
import { answerForRole as roleOf, answerForTables as tablesOf } from '../../support/changing-services.ts';
import { accessKey } from '../../support/principals.ts';
import { HUB, MEMBER, type RemediationBench, message, startRemediation } from '../../support/remediation.ts';
import { ServiceError } from '../../support/service-stand-in.ts';

const ANA = { accountId: HUB.accountId, userArn: 'arn:aws:iam::111122223333:user/ana' };
const QUARANTINE = 'arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3';
const DAY = 24 * 60;

/** What one action is switched to in the member account. */
const mode = (action: string, value = 'automatic', more: Record<string, unknown> = {}) => ({
  assignments: [{ actions: [action], mode: value, accounts: [MEMBER] }],
  ...more,
});

describe('remediation over a longer time', () => {
  let bench: RemediationBench;

  before(async () => {
    bench = await startRemediation();
  });
  after(() => bench.close());
  beforeEach(() => bench.reset());

  /** What became of it, without what nobody has switched on. */
  const run = async (configuration: Record<string, unknown>, ...ids: string[]) => {
    const report = await remediate(
      ids.map((id) => message(id)),
      bench.dependencies(configuration),
    );
    const { off: _off, ...outcomes } = report.outcomes;
    return outcomes;
  };
  const rows = () =>
    bench.query<{ id: string; region: string; status: string; resource: string; after: unknown }>(
      `SELECT remediation_id AS id, region, status, resource_id AS resource, after FROM state.remediation
      ORDER BY created_at, updated_at`,
    );
  const statuses = async () => (await rows()).map(({ status }) => status);
  const undo = async (id: string | undefined, action: string) =>
    (await controlRemediation(controlRequestSchema.parse({ command: 'undo', id }), ANA, bench.control(mode(action))))
      .outcome;

  let table = { isProtected: false };
  const answerForTables = () => {
    table = tablesOf(bench.services);
  };
  const PROTECT = 'dynamodb-deletion-protection';
  const tableFinding = (name = 'orders', account = MEMBER) =>
    bench.addFinding({
      ruleKey: 'dynamodb-table-deletion-protection-enabled',
      finding: {
        Id: name,
        AwsAccountId: account,
        Resources: [{ Type: 'AwsDynamoDbTable', Id: `arn:aws:dynamodb:eu-west-1:${account}:table/${name}` }],
      },
    });

  const answerForRole = () => roleOf(bench.services);
  const guardDuty = (resource: object, more: Record<string, unknown> = {}) =>
    bench.addFinding({
      provider: 'guardduty',
      ruleKey: 'UnauthorizedAccess:IAMUser/TorIPCaller',
      techniqueId: 'T1078',
      finding: { Resources: [resource], ProductArn: 'arn:aws:securityhub:eu-west-1::product/aws/guardduty', ...more },
    });
  /** The role is used by an intruder anew on several days. */
  const attackedFor = async (days: number) => {
    const outcomes: unknown[] = [];
    for (let day = 0; day < days; day += 1) {
      const id = await guardDuty(accessKey('AssumedRole', 'payments', 'ASIAIOSFODNN7EXAMPLE'), {
        UpdatedAt: new Date(bench.now.getTime() - 1000).toISOString(),
      });
      outcomes.push(await run(mode('iam-role-session-revocation'), id));
      bench.later(DAY);
    }
    return outcomes;
  };

  it('renews a containment for as long as the attack goes on: nobody has reverted it', async () => {
    answerForRole();

    assert.deepEqual(await attackedFor(4), Array(4).fill({ applied: 1 }));
    assert.deepEqual(await statuses(), Array(4).fill('applied'));
  });

  it('undoes what was renewed, the newest first, until what was there at first is back', async () => {
    const role = answerForRole();
    await attackedFor(2);
    const [first, second] = await rows();

    assert.equal(await undo(first?.id, 'iam-role-session-revocation'), 'refused');
    assert.equal(await undo(second?.id, 'iam-role-session-revocation'), 'undone');
    bench.later(1);
    assert.equal(await undo(first?.id, 'iam-role-session-revocation'), 'undone');
    assert.equal(role.policy, undefined);
  });

  it('leaves what a newer attack asks for, whenever an older one is dealt with', async () => {
    answerForRole();
    const attack = (Id: string) =>
      guardDuty(accessKey('AssumedRole', 'payments', 'ASIAIOSFODNN7EXAMPLE'), {
        Id,
        UpdatedAt: new Date(bench.now.getTime() - 1000).toISOString(),
      });
    const older = await attack('older');
    assert.deepEqual(await run(mode('iam-role-session-revocation'), older), { applied: 1 });
    bench.later(60);
    const asking = mode('iam-role-session-revocation', 'approve');
    assert.deepEqual(await run(asking, await attack('newer')), { requested: 1 });
    bench.later(10);
    assert.deepEqual(await run(asking, older), { 'already-compliant': 1 });

    assert.deepEqual(await statuses(), ['applied', 'requested']);
  });

  it('follows a standard that rises, without taking it for a quarrel', async () => {
    let days = 1;
    bench.services.answers = {
      'redshift:DescribeClusters': () => ({
        Clusters: { Cluster: { ClusterStatus: 'available', AutomatedSnapshotRetentionPeriod: days } },
      }),
      'redshift:ModifyCluster': () => {
        days = Number(bench.services.calls.at(-1)?.input['AutomatedSnapshotRetentionPeriod']);
        return {};
      },
    };
    const id = await bench.addFinding({
      ruleKey: 'redshift-backup-enabled',
      finding: { Resources: [{ Type: 'AwsRedshiftCluster', Id: `arn:aws:redshift:eu-west-1:${MEMBER}:cluster:c` }] },
    });

    for (const snapshotRetentionDays of [7, 8, 9]) {
      const configuration = mode('redshift-snapshots', 'automatic', { standard: { snapshotRetentionDays } });
      assert.deepEqual(await run(configuration, id), { applied: 1 });
      bench.later(60);
    }
  });

  it('does not take a service that needs a moment for a quarrel, in no mode, and looks again', async () => {
    bench.services.answers = {
      'dynamodb:DescribeTable': { Table: { TableStatus: 'ACTIVE', DeletionProtectionEnabled: false } },
      'dynamodb:ListTagsOfResource': { Tags: [] },
      'dynamodb:UpdateTable': {},
    };
    const id = await tableFinding();
    assert.deepEqual(await run(mode(PROTECT), id), { applied: 1 });
    bench.later(1);

    for (const value of ['automatic', 'plan']) {
      const report = await remediate([message(id)], bench.dependencies(mode(PROTECT, value)));
      assert.deepEqual([report.outcomes, report.failed.size], [{ settling: 1 }, 1], value);
    }
    assert.deepEqual(await statuses(), ['applied']);
  });

  describe('a user, who is the same in every Region', () => {
    const answerForUser = (path = '/') => {
      let isAttached = false;
      bench.services.answers = {
        'iam:GetUser': { User: { UserName: 'alice', Arn: `arn:aws:iam::${MEMBER}:user${path}alice`, UserId: 'x' } },
        'iam:ListAttachedUserPolicies': () => ({
          IsTruncated: false,
          AttachedPolicies: isAttached ? { member: [{ PolicyArn: QUARANTINE, PolicyName: 'q' }] } : '',
        }),
        'iam:AttachUserPolicy': () => {
          isAttached = true;
          return {};
        },
        'iam:DetachUserPolicy': () => {
          isAttached = false;
          return {};
        },
      };
    };

    it('is not contained again by a finding of another Region once that was undone', async () => {
      answerForUser();
      const [one, other] = [
        await guardDuty(accessKey('IAMUser', 'alice')),
        await guardDuty(accessKey('IAMUser', 'alice'), { Region: 'us-east-1' }),
      ];
      assert.deepEqual(await run(mode('iam-user-quarantine'), one), { applied: 1 });
      bench.later(10);
      const [row] = await rows();
      assert.equal(await undo(row?.id, 'iam-user-quarantine'), 'undone');
      bench.later(10);

      assert.deepEqual(await run(mode('iam-user-quarantine'), other), { requested: 1 });
      assert.deepEqual(
        (await rows()).map(({ region }) => region),
        ['aws-global', 'aws-global'],
      );
    });

    it('who obeys and chooses a new password has not reverted anything', async () => {
      answerForUser();
      const login = { isReset: false };
      bench.services.answers = {
        ...bench.services.answers,
        'iam:GetLoginProfile': () => ({
          LoginProfile: { UserName: 'alice', CreateDate: '2026-01-01T00:00:00Z', PasswordResetRequired: login.isReset },
        }),
        'iam:UpdateLoginProfile': () => {
          login.isReset = true;
          return {};
        },
      };
      const found = (updatedAt: Date, key: string) =>
        bench.addFinding({
          provider: 'guardduty',
          ruleKey: 'CredentialAccess:IAMUser/AnomalousBehavior',
          techniqueId: 'T1110',
          finding: {
            Id: key,
            ProductArn: 'arn:aws:securityhub:eu-west-1::product/aws/guardduty',
            Resources: [accessKey('IAMUser', 'alice')],
            UpdatedAt: updatedAt.toISOString(),
          },
        });
      const reset = mode('iam-console-password-reset');
      for (let day = 0; day < 4; day += 1) {
        const seen = await found(new Date(bench.now.getTime() - 60_000), `day ${day}`);
        assert.deepEqual(await run(reset, seen), { applied: 1 }, `day ${day}`);
        bench.later(60);
        login.isReset = false;
        assert.deepEqual(await run(reset, seen), { unchanged: 1 });
        bench.later(DAY);
      }

      assert.deepEqual(await statuses(), ['applied', 'applied', 'applied', 'applied']);
    });

    it('is known by the whole ARN that IAM tells, also to exceptions that name resources', async () => {
      answerForUser('/batch/');
      const whole = `arn:aws:iam::${MEMBER}:user/batch/alice`;
      const exception = { resources: [whole], owner: 'batch', reason: 'nightly run', expires: '2027-01-01' };
      const id = await guardDuty(accessKey('IAMUser', 'alice'));

      assert.deepEqual(await run(mode('iam-user-quarantine', 'automatic', { exceptions: [exception] }), id), {
        exempt: 1,
      });
      assert.deepEqual(await run(mode('iam-user-quarantine'), id), { applied: 1 });
      assert.deepEqual(
        (await rows()).map(({ resource }) => resource),
        [whole],
      );
    });
  });

  it('does not forget by a denial that something was undone', async () => {
    answerForTables();
    const id = await tableFinding();
    await run(mode(PROTECT), id);
    bench.later(10);
    await undo((await rows())[0]?.id, PROTECT);
    bench.later(10);
    bench.withoutRole.add(MEMBER);
    assert.deepEqual(await run(mode(PROTECT), id), { denied: 1 });
    bench.withoutRole.clear();
    bench.later(3 * 60);

    assert.deepEqual(await run(mode(PROTECT), id), { requested: 1 });
  });

  it('goes on in the other accounts where some have no role', async () => {
    answerForTables();
    const other = '777788889999';
    bench.withoutRole.add(other);
    const denied = await Promise.all(['a', 'b', 'c'].map((name) => tableFinding(name, other)));
    const configuration = { assignments: [{ actions: [PROTECT], mode: 'automatic' }] };

    assert.deepEqual(await run(configuration, ...denied), { denied: 3 });
    assert.deepEqual(await run(configuration, await tableFinding()), { applied: 1 });
  });

  it('refuses to undo an attempt that failed while a later one stands', async () => {
    answerForTables();
    const { answers } = bench.services;
    const id = await tableFinding();
    bench.services.answers = { ...answers, 'dynamodb:UpdateTable': new ServiceError('ThrottlingException') };
    await run(mode(PROTECT), id);
    bench.services.answers = answers;
    bench.later(10);
    assert.deepEqual(await run(mode(PROTECT), id), { applied: 1 });
    const failed = (await rows()).find(({ status }) => status === 'failed');

    assert.equal(await undo(failed?.id, PROTECT), 'refused');
    assert.equal(table.isProtected, true);
  });

  it('closes a plan that somebody has made good by hand', async () => {
    answerForTables();
    const id = await tableFinding();
    await run(mode(PROTECT, 'plan'), id);
    table.isProtected = true;
    bench.later(10);

    assert.deepEqual(await run(mode(PROTECT, 'plan'), id), { 'already-compliant': 1 });
    assert.deepEqual(await statuses(), ['lapsed']);
  });

  describe('one bad message', () => {
    it('is returned by itself where its finding cannot be read, and the others are done', async () => {
      answerForTables();
      const good = await tableFinding();
      const bad = await tableFinding('broken');
      await bench.database.owner.query(
        `UPDATE state.source SET finding = '{}' WHERE source_key = '${bad.split('/').at(-1)}'`,
      );

      const report = await remediate([message(bad), message(good)], bench.dependencies(mode(PROTECT)));

      assert.deepEqual(report.outcomes, { applied: 1 });
      assert.deepEqual([...report.failed.keys()], [message(bad).messageId]);
    });

    it('is none where an analyst has picked findings of others too', async () => {
      answerForTables();
      const picked = message(await tableFinding(), HUB, 'Security Hub Findings - Custom Action');
      const event = JSON.parse(picked.body) as { detail: { findings: object[] } };
      event.detail.findings.push({
        Id: `arn:aws:guardduty:eu-west-1:${MEMBER}:detector/1/finding/2`,
        ProductArn: 'arn:aws:securityhub:eu-west-1::product/aws/guardduty',
        AwsAccountId: MEMBER,
        Region: 'eu-west-1',
      });

      const report = await remediate([{ ...picked, body: JSON.stringify(event) }], bench.dependencies(mode(PROTECT)));

      assert.deepEqual([report.outcomes, report.foreign, report.ignored], [{ requested: 1 }, 0, 1]);
    });

    it('comes again where the time is up, and what was done is done', async () => {
      answerForTables();
      const ids = [await tableFinding('one'), await tableFinding('two')];
      const left = [true, false];

      const report = await remediate(
        ids.map((id) => message(id)),
        bench.dependencies(mode(PROTECT), { hasTime: () => left.shift() ?? false }),
      );

      assert.deepEqual(report.outcomes, { applied: 1 });
      assert.match([...report.failed.values()].join(), /no time left/);
    });
  });

  describe('what was cut off', () => {
    const cutOff = async () => {
      await run(mode(PROTECT), await tableFinding());
      await bench.database.owner.query(`UPDATE state.remediation SET status = 'applying', lease_until = '2026-01-01'`);
    };

    it('is settled also where the account lets us in no more', async () => {
      answerForTables();
      await cutOff();
      bench.withoutRole.add(MEMBER);

      assert.deepEqual(await settleRemediation(bench.dependencies({})), { settled: 1, expired: 0, left: 0 });
      assert.deepEqual(await statuses(), ['failed']);
    });

    it('does not keep others waiting where the account does not answer', async () => {
      answerForTables();
      await cutOff();
      bench.services.answers = { 'dynamodb:DescribeTable': new ServiceError('InternalServerError', 500) };

      assert.equal((await settleRemediation(bench.dependencies({}))).left, 1);
      assert.equal((await settleRemediation(bench.dependencies({}))).left, 0);
      bench.later(30);
      assert.equal((await settleRemediation(bench.dependencies({}))).left, 1);
    });

    it('records what is there where it was made in part, so that it can be undone', async () => {
      bench.services.answers = {
        'ec2:DescribeSecurityGroups': () => ({ securityGroupInfo: groupWith(22, 3389) }),
        'ec2:RevokeSecurityGroupIngress': { return: true },
        'ec2:DescribeTags': {},
      };
      const id = await bench.addFinding({
        ruleKey: 'restricted-common-ports',
        techniqueId: 'T1133',
        finding: {
          Resources: [{ Type: 'AwsEc2SecurityGroup', Id: `arn:aws:ec2:eu-west-1:${MEMBER}:security-group/sg-0abc` }],
        },
      });
      assert.deepEqual(await run(mode('security-group-admin-ports'), id), { applied: 1 });
      await bench.database.owner.query(`UPDATE state.remediation SET status = 'applying', lease_until = '2026-01-01'`);
      bench.services.answers = {
        'ec2:DescribeSecurityGroups': { securityGroupInfo: groupWith(3389) },
        'ec2:DescribeTags': {},
      };

      await settleRemediation(bench.dependencies({}));

      const [row] = await rows();
      assert.equal(row?.status, 'failed');
      assert.match(JSON.stringify(row?.after), /3389/);
      assert.doesNotMatch(JSON.stringify(row?.after), /22\b/);
    });
  });
});

/** A security group that opens ports to the world, as EC2 answers. */
function groupWith(...ports: number[]) {
  return {
    item: [
      {
        groupId: 'sg-0abc',
        ipPermissions: {
          item: ports.map((port) => ({
            ipProtocol: 'tcp',
            fromPort: port,
            toPort: port,
            ipRanges: { item: [{ cidrIp: '0.0.0.0/0' }] },
          })),
        },
      },
    ],
  };
}
