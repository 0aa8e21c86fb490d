/** Findings that name one thing and mean another: an account for its snapshots, a key for its user. */
import assert from 'node:assert/strict';
import { remediate } from '../../../lambda/remediation/remediate.ts';
import { accessKey } from '../../support/principals.ts';
import { MEMBER, type RemediationBench, message, startRemediation } from '../../support/remediation.ts';
import { ServiceError } from '../../support/service-stand-in.ts';

const KEYS = ['AKIAIOSFODNN7EXAMPLE', 'AKIAOTHEROTHEROTHERO'] as const;
const mode = (action: string, more: Record<string, unknown> = {}) => ({
  assignments: [{ actions: [action], mode: 'automatic', accounts: [MEMBER] }],
  ...more,
});
const exceptFor = (what: Record<string, unknown>) => ({
  exceptions: [{ ...what, owner: 'web team', reason: 'a public image', expires: '2027-01-01' }],
});

describe('remediation of what a finding stands for', () => {
  let bench: RemediationBench;

  before(async () => {
    bench = await startRemediation();
  });
  after(() => bench.close());
  beforeEach(() => bench.reset());

  const run = (configuration: Record<string, unknown>, ...ids: string[]) =>
    remediate(
      ids.map((id) => message(id)),
      bench.dependencies(configuration),
    );
  const calls = (name: string) => bench.services.calls.filter(({ call }) => call === name).map(({ input }) => input);
  const rows = () =>
    bench.query<{ resource: string; status: string; reason: string | null }>(
      'SELECT resource_id AS resource, status, reason FROM state.remediation ORDER BY resource_id',
    );

  describe('an account, for its public snapshots', () => {
    const arn = (id: string) => `arn:aws:ec2:eu-west-1:${MEMBER}:snapshot/${id}`;
    const finding = () =>
      bench.addFinding({
        ruleKey: 'ebs-snapshot-public-restorable-check',
        techniqueId: 'T1530',
        finding: { Resources: [{ Type: 'AwsAccount', Id: `AWS::::Account:${MEMBER}` }] },
      });
    beforeEach(() => {
      const item = ['snap-0a', 'snap-0b'].map((snapshotId) => ({ snapshotId, startTime: '2026-10-01T00:00:00.000Z' }));
      bench.services.answers = {
        'ec2:DescribeSnapshots': () => {
          const wanted = bench.services.calls.at(-1)?.input['SnapshotId.1'];
          return { snapshotSet: { item: item.filter(({ snapshotId }) => !wanted || snapshotId === wanted) } };
        },
        'ec2:DescribeSnapshotAttribute': { createVolumePermission: { item: { group: 'all' } } },
        'ec2:ModifySnapshotAttribute': {},
      };
    });

    it('takes each by itself, and an exception for one leaves the others', async () => {
      const exceptions = exceptFor({ resources: [arn('snap-0a')] });

      const report = await run(mode('ebs-snapshot-private', exceptions), await finding());

      assert.equal(report.outcomes.applied, 1);
      assert.equal(report.outcomes.exempt, 1);
      assert.deepEqual(
        calls('ec2:ModifySnapshotAttribute').map(({ SnapshotId }) => SnapshotId),
        ['snap-0b'],
      );
      assert.deepEqual(
        (await rows()).map(({ resource, status }) => [resource, status]),
        [[arn('snap-0b'), 'applied']],
      );
    });

    it('looks at nothing where nothing could follow', async () => {
      await run({ assignments: [] }, await finding());

      assert.deepEqual(bench.services.calls, []);
      assert.deepEqual(await rows(), []);
    });

    it('notes that the account does not let us look them up, instead of trying for ever', async () => {
      bench.services.answers = { 'ec2:DescribeSnapshots': new ServiceError('UnauthorizedOperation', 403) };

      const report = await run(mode('ebs-snapshot-private'), await finding());

      assert.equal(report.failed.size, 0);
      assert.equal(report.outcomes.denied, 1);
      assert.deepEqual(
        (await rows()).map(({ status, reason }) => [status, reason]),
        [['failed', 'the member role may not look up what the finding is about (UnauthorizedOperation)']],
      );
    });

    it('tries again where the service is too busy', async () => {
      bench.services.answers = { 'ec2:DescribeSnapshots': new ServiceError('RequestLimitExceeded', 503) };

      const report = await run(mode('ebs-snapshot-private'), await finding());

      assert.equal(report.failed.size, 1);
      assert.deepEqual(await rows(), []);
    });
  });

  it('holds an exception for what the finding has named against what that stands for', async () => {
    const node = `arn:aws:elasticache:eu-west-1:${MEMBER}:cluster:sessions-001`;
    const answer = { CacheClusterId: 'sessions-001', ReplicationGroupId: 'sessions' };
    bench.services.answers = {
      'elasticache:DescribeCacheClusters': { CacheClusters: { CacheCluster: answer } },
      'elasticache:DescribeReplicationGroups': {
        ReplicationGroups: { ReplicationGroup: { ReplicationGroupId: 'sessions', Status: 'available' } },
      },
      'elasticache:ModifyReplicationGroup': {},
    };
    const id = await bench.addFinding({
      ruleKey: 'elasticache-redis-cluster-automatic-backup-check',
      finding: { Resources: [{ Type: 'Other', Id: node }] },
    });

    const excepted = await run(mode('elasticache-snapshots', exceptFor({ resources: [node] })), id);
    // The group's action and that of a cluster by itself.
    assert.equal(excepted.outcomes.exempt, 2);
    assert.deepEqual(calls('elasticache:ModifyReplicationGroup'), []);

    const { outcomes } = await run(mode('elasticache-snapshots'), id);
    assert.equal(outcomes.applied, 1);
    assert.deepEqual(
      (await rows()).map(({ resource }) => resource),
      [`arn:aws:elasticache:eu-west-1:${MEMBER}:replicationgroup:sessions`],
    );
  });

  describe('an access key, for its user', () => {
    const status = new Map<string, string>();
    beforeEach(() => {
      for (const key of KEYS) status.set(key, 'Active');
      bench.services.answers = {
        'iam:GetAccessKeyLastUsed': { UserName: 'alice' },
        'iam:GetUser': { User: { UserName: 'alice', UserId: 'x', Arn: `arn:aws:iam::${MEMBER}:user/staff/alice` } },
        'iam:ListAccessKeys': () => ({
          AccessKeyMetadata: { member: KEYS.map((AccessKeyId) => ({ AccessKeyId, Status: status.get(AccessKeyId) })) },
        }),
        'iam:UpdateAccessKey': () => {
          const { AccessKeyId, Status } = bench.services.calls.at(-1)?.input ?? {};
          status.set(String(AccessKeyId), String(Status));
          return {};
        },
      };
    });
    const health = (key: string) =>
      bench.addFinding({
        provider: 'health',
        ruleKey: 'AWS_RISK_CREDENTIALS_EXPOSED',
        techniqueId: 'T1552.001',
        finding: {
          Id: key,
          ProductArn: 'arn:aws:securityhub:eu-west-1::product/aws/health',
          Resources: [{ Type: 'Other', Id: key }],
        },
      });

    it('makes inactive the key that AWS Health has found in public, whose user only IAM knows', async () => {
      const report = await run(mode('iam-access-key-inactive'), await health(KEYS[0]));

      assert.equal(report.outcomes.applied, 1);
      assert.deepEqual(calls('iam:UpdateAccessKey'), [{ UserName: 'alice', AccessKeyId: KEYS[0], Status: 'Inactive' }]);
    });

    it('leaves it alone where the user is excepted, or one of those who are never touched', async () => {
      const id = await health(KEYS[0]);
      const excepted = exceptFor({ principals: [`arn:aws:iam::${MEMBER}:user/staff/*`] });
      assert.equal((await run(mode('iam-access-key-inactive', excepted), id)).outcomes.exempt, 1);

      bench.services.answers = {
        ...bench.services.answers,
        'iam:GetUser': {
          User: { UserName: 'alice', UserId: 'x', Arn: `arn:aws:iam::${MEMBER}:user/virtual-soc/alice` },
        },
      };
      assert.equal((await run(mode('iam-access-key-inactive'), id)).outcomes.exempt, 1);
      assert.deepEqual(calls('iam:UpdateAccessKey'), []);
    });

    it('tells people where IAM knows no user of it', async () => {
      for (const answer of [{}, new ServiceError('NoSuchEntity', 404)]) {
        await bench.reset();
        bench.services.answers = { 'iam:GetAccessKeyLastUsed': answer };

        const report = await run(mode('iam-access-key-inactive'), await health(KEYS[0]));

        assert.equal(report.outcomes.alert, 1);
        assert.match((await rows())[0]?.reason ?? '', /root/);
      }
    });

    it('takes the two keys of a user for two: the second is no reversal of the first', async () => {
      const guardDuty = (key: string) =>
        bench.addFinding({
          provider: 'guardduty',
          ruleKey: 'UnauthorizedAccess:IAMUser/TorIPCaller',
          techniqueId: 'T1078',
          finding: {
            Id: key,
            ProductArn: 'arn:aws:securityhub:eu-west-1::product/aws/guardduty',
            Resources: [accessKey('IAMUser', 'alice', key)],
          },
        });
      for (const key of KEYS) {
        assert.equal((await run(mode('iam-access-key-inactive'), await guardDuty(key))).outcomes.applied, 1);
        bench.later(10);
      }

      assert.deepEqual(
        (await rows()).map(({ resource, status: what }) => [resource, what]),
        KEYS.map((key) => [`AWS::IAM::AccessKey:${key}`, 'applied']),
      );
    });
  });
});
