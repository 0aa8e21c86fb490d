/** Findings that name one thing and mean another: an account for its snapshots, a key for its user. */
import assert from 'node:assert/strict';
import { planHash } from '../../../lambda/remediation/plan-hash.ts';
import { controlRemediation } from '../../../lambda/remediation/remediation-control.ts';
import { remediate } from '../../../lambda/remediation/remediate.ts';
import { accessKey } from '../../support/principals.ts';
import { HUB, MEMBER, type RemediationBench, message, startRemediation } from '../../support/remediation.ts';
import { ServiceError } from '../../support/service-stand-in.ts';

const SNAPSHOTS = 'ebs-snapshot-private';
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
    /** Public snapshots, the newest last, and those that are private by now. */
    const answerForSnapshots = (...ids: readonly string[]) => {
      const hidden = new Set<string>();
      const all = ids.map((snapshotId, index) => ({
        snapshotId,
        startTime: new Date(Date.UTC(2026, 9, 1) + index * 60_000).toISOString(),
      }));
      const input = (name: string) => (bench.services.calls.at(-1)?.input[name] as string | undefined) ?? '';
      bench.services.answers = {
        'ec2:DescribeSnapshots': () => {
          const wanted = input('SnapshotId.1');
          const isMeant = (id: string) => (wanted === '' ? !hidden.has(id) : id === wanted);
          return { snapshotSet: { item: all.filter(({ snapshotId }) => isMeant(snapshotId)) } };
        },
        'ec2:DescribeSnapshotAttribute': () => ({
          createVolumePermission: hidden.has(input('SnapshotId')) ? {} : { item: { group: 'all' } },
        }),
        'ec2:ModifySnapshotAttribute': () => {
          hidden.add(input('SnapshotId'));
          return {};
        },
      };
      return hidden;
    };
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => `snap-${index.toString(16).padStart(4, '0')}`);
    beforeEach(() => {
      answerForSnapshots('snap-0a', 'snap-0b');
    });

    it('takes each by itself, and an exception for one leaves the others', async () => {
      const exceptions = exceptFor({ resources: [arn('snap-0a')] });

      const report = await run(mode(SNAPSHOTS, exceptions), await finding());

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
      const id = await finding();
      const elsewhere = { assignments: [{ actions: [SNAPSHOTS], mode: 'automatic', accounts: ['777788889999'] }] };
      for (const configuration of [
        { assignments: [] },
        { assignments: [], ...exceptFor({ tags: { public: 'yes' } }) },
        elsewhere,
        mode(SNAPSHOTS, exceptFor({ accounts: [MEMBER] })),
      ]) {
        await run(configuration, id);
      }

      assert.deepEqual(bench.services.calls, []);
      assert.deepEqual(await rows(), []);
    });

    it('finds an old one behind many newer ones that are excepted', async () => {
      const [oldest = '', ...newer] = many(51);
      answerForSnapshots(oldest, ...newer);

      await run(mode(SNAPSHOTS, exceptFor({ resources: newer.map(arn) })), await finding());

      assert.deepEqual(
        calls('ec2:ModifySnapshotAttribute').map(({ SnapshotId }) => SnapshotId),
        [oldest],
      );
    });

    it('gets further with each delivery where there is not time enough for all', async () => {
      answerForSnapshots(...many(12));
      const id = await finding();
      const approve = { assignments: [{ actions: [SNAPSHOTS], mode: 'approve' }] };

      for (const [left, again] of [
        [8, 1],
        [4, 1],
        [0, 0],
      ] as const) {
        let time = 4;
        const { failed } = await remediate([message(id)], {
          ...bench.dependencies(approve),
          hasTime: () => (time -= 1) >= 0,
        });
        assert.equal((await rows()).length, 12 - left);
        assert.equal(failed.size, again);
      }
    });

    it('leaves time to the messages behind', async () => {
      answerForSnapshots(...many(3));
      const ids = [await finding(), await bench.addFinding({ isOpen: false })];
      const asked: number[] = [];

      await remediate(
        ids.map((id) => message(id)),
        {
          ...bench.dependencies(mode(SNAPSHOTS)),
          hasTime: (waiting) => {
            asked.push(waiting);
            return true;
          },
        },
      );

      assert.deepEqual(asked, [1, 1, 1]);
    });

    it('closes the plan of one that somebody has made private', async () => {
      const hidden = answerForSnapshots('snap-0a', 'snap-0b');
      const id = await finding();
      const plan = { assignments: [{ actions: [SNAPSHOTS], mode: 'plan' }] };
      await run(plan, id);
      hidden.add('snap-0a');
      bench.later(60);
      await run(plan, id);

      assert.deepEqual(
        (await rows()).map(({ resource, status }) => [resource, status]),
        [
          [arn('snap-0a'), 'lapsed'],
          [arn('snap-0b'), 'planned'],
        ],
      );
    });

    it('holds an exception for one as the finding writes its ARN', async () => {
      const named = 'arn:aws:ec2:eu-west-1::snapshot/snap-0a';
      const id = await bench.addFinding({
        ruleKey: 'ebs-snapshot-public-restorable-check',
        techniqueId: 'T1530',
        finding: { Resources: [{ Type: 'AwsEc2Snapshot', Id: named }] },
      });

      assert.equal((await run(mode(SNAPSHOTS, exceptFor({ resources: [named] })), id)).outcomes.exempt, 1);
    });

    it('alerts nobody to what is excepted by a tag that only the account tells', async () => {
      bench.services.answers = {
        'ec2:DescribeSnapshots': {
          snapshotSet: { item: { snapshotId: 'snap-0a', tagSet: { item: { key: 'shared', value: 'yes' } } } },
        },
        'ec2:DescribeSnapshotAttribute': { createVolumePermission: { item: { userId: '999988887777' } } },
      };
      const id = await bench.addFinding({
        ruleKey: 'ebs-snapshot-public-restorable-check',
        techniqueId: 'T1530',
        finding: { Resources: [{ Type: 'AwsEc2Snapshot', Id: arn('snap-0a') }] },
      });

      const excepted = mode(SNAPSHOTS, exceptFor({ tags: { shared: 'yes' } }));
      assert.equal((await run(excepted, id)).outcomes.exempt, 1);
      assert.deepEqual(await rows(), []);
      assert.equal((await run(mode(SNAPSHOTS), id)).outcomes.alert, 1);
    });

    it('notes that the account does not let us look them up, instead of trying for ever', async () => {
      bench.services.answers = { 'ec2:DescribeSnapshots': new ServiceError('UnauthorizedOperation', 403) };

      const report = await run(mode(SNAPSHOTS), await finding());

      assert.equal(report.failed.size, 0);
      assert.equal(report.outcomes.denied, 1);
      assert.deepEqual(
        (await rows()).map(({ status, reason }) => [status, reason]),
        [['failed', 'the member role may not look up what the finding is about (UnauthorizedOperation)']],
      );
    });

    it('tries again where the service is too busy', async () => {
      bench.services.answers = { 'ec2:DescribeSnapshots': new ServiceError('RequestLimitExceeded', 503) };

      const report = await run(mode(SNAPSHOTS), await finding());

      assert.equal(report.failed.size, 1);
      assert.deepEqual(await rows(), []);
    });
  });

  it('starts no trail that was stopped long before, though that was planned once', async () => {
    const trail = `arn:aws:cloudtrail:eu-west-1:${MEMBER}:trail/main`;
    bench.services.answers = {
      'cloudtrail:ListTrails': { Trails: [{ TrailARN: trail, Name: 'main', HomeRegion: 'eu-west-1' }] },
      'cloudtrail:GetTrailStatus': { IsLogging: false, StopLoggingTime: bench.now.getTime() / 1000 - 3600 },
      'cloudtrail:ListTags': { ResourceTagList: [] },
      'cloudtrail:StartLogging': {},
    };
    const seen = () =>
      bench.addFinding({
        ruleKey: 'cloudtrail-enabled',
        techniqueId: 'T1685',
        finding: {
          Id: bench.now.toISOString(),
          UpdatedAt: bench.now.toISOString(),
          Resources: [{ Type: 'AwsAccount', Id: `AWS::::Account:${MEMBER}` }],
        },
      });
    const plan = { assignments: [{ actions: ['cloudtrail-logging'], mode: 'plan' }] };
    assert.equal((await run(plan, await seen())).outcomes.planned, 1);
    bench.later(30 * 24 * 60);

    await run(mode('cloudtrail-logging'), await seen());

    assert.deepEqual(calls('cloudtrail:StartLogging'), []);
    assert.deepEqual(
      (await rows()).map(({ status }) => status),
      ['planned'],
    );
  });

  describe('a cluster, for its replication group', () => {
    const node = (number: number) => `arn:aws:elasticache:eu-west-1:${MEMBER}:cluster:sessions-00${number}`;
    const GROUP = `arn:aws:elasticache:eu-west-1:${MEMBER}:replicationgroup:sessions`;
    const answerForGroup = (members: object) => {
      bench.services.answers = {
        'elasticache:DescribeCacheClusters': () => {
          const CacheClusterId = String(bench.services.calls.at(-1)?.input['CacheClusterId']);
          return { CacheClusters: { CacheCluster: { CacheClusterId, ReplicationGroupId: 'sessions' } } };
        },
        'elasticache:DescribeReplicationGroups': {
          ReplicationGroups: { ReplicationGroup: { ReplicationGroupId: 'sessions', Status: 'available', ...members } },
        },
        'elasticache:ModifyReplicationGroup': {},
      };
    };
    const finding = (...Ids: readonly string[]) =>
      bench.addFinding({
        ruleKey: 'elasticache-redis-cluster-automatic-backup-check',
        finding: { Id: Ids.join(), Resources: Ids.map((Id) => ({ Type: 'Other', Id })) },
      });
    const GROUPS = 'elasticache-snapshots';

    it('takes the group once, by its own name', async () => {
      answerForGroup({});

      const { outcomes } = await run(mode(GROUPS), await finding(node(1), node(2)));

      assert.equal(outcomes.applied, 1);
      assert.deepEqual(
        (await rows()).map(({ resource, status }) => [resource, status]),
        [[GROUP, 'applied']],
      );
    });

    it('holds an exception for any of its clusters, whichever the finding names', async () => {
      const excepted = mode(GROUPS, exceptFor({ resources: [node(1)] }));
      answerForGroup({ MemberClusters: { ClusterId: ['sessions-001', 'sessions-002'] } });

      for (const names of [[node(1)], [node(1), node(2)], [node(2)], [GROUP]]) {
        await run(excepted, await finding(...names));
      }

      assert.deepEqual(calls('elasticache:ModifyReplicationGroup'), []);
      assert.deepEqual(await rows(), []);
    });

    it('holds an exception against a request, whichever finding has brought its name', async () => {
      answerForGroup({});
      const approve = (more = {}) => ({ assignments: [{ actions: [GROUPS], mode: 'approve' }], ...more });
      await run(approve(), await finding(node(2)));
      await run(approve(), await finding(node(1)));
      const [{ id } = { id: '' }] = await bench.query<{ id: string }>(
        'SELECT remediation_id AS id FROM state.remediation',
      );
      const plan = planHash((await bench.state.find(id))?.remediation ?? assert.fail());

      const answer = await controlRemediation(
        { command: 'approve', id, plan },
        { accountId: HUB.accountId, userArn: `arn:aws:iam::${HUB.accountId}:user/ana` },
        bench.control(approve(exceptFor({ resources: [node(1)] }))),
      );

      assert.equal(answer.outcome, 'refused');
      assert.deepEqual(calls('elasticache:ModifyReplicationGroup'), []);
    });
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

    it('holds an exception that names the key as AWS Health does', async () => {
      const excepted = mode('iam-access-key-inactive', exceptFor({ resources: [KEYS[0]] }));

      assert.equal((await run(excepted, await health(KEYS[0]))).outcomes.exempt, 1);
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

        const report = await run(
          mode('iam-access-key-inactive', exceptFor({ tags: { remediation: 'no' } })),
          await health(KEYS[0]),
        );

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
