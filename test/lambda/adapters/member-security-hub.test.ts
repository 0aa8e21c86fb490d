import assert from 'node:assert/strict';
import { unlimitedImportBudget } from '../../../lambda/adapters/import-budget.ts';
import { type AssumeRole, assumeMemberRole, cachedCredentials } from '../../../lambda/adapters/member-credentials.ts';
import { memberSecurityHubs } from '../../../lambda/adapters/member-security-hub.ts';
import { localSecurityHubClient } from '../../../lambda/adapters/security-hub.ts';
import { type AsffFinding, withTimes } from '../../../lambda/core/asff-finding.ts';
import { retarget, targetOf } from '../../../lambda/core/publish-target.ts';
import { PlaceRefused } from '../../../lambda/publish-to-places.ts';
import { type LocalSecurityHub, startSecurityHub } from '../../../local/security-hub/server.ts';
import { NOON, TARGET } from '../../support/enrichment.ts';
import { ALPHA } from '../../support/owner-accounts.ts';
import { type StandIn, startSts } from '../../support/sts.ts';

const MASTER = { accessKeyId: 'local', secretAccessKey: 'local' };

function finding(id: string): AsffFinding {
  const content = {
    SchemaVersion: '2018-10-08',
    Id: id,
    ProductArn: TARGET.productArn,
    ProductName: 'MITRE ATT&CK',
    CompanyName: 'Virtual-SOC',
    GeneratorId: 'virtual-soc/technique/T1110',
    AwsAccountId: TARGET.accountId,
    Title: 'T1110 Brute Force',
    Description: 'For this test.',
    Remediation: { Recommendation: { Text: 'Look.', Url: 'https://example.com/#/' } },
    ProductFields: { 'mitre/technique': 'T1110' },
    Resources: [{ Type: 'Other', Id: 'resource' }],
    RecordState: 'ACTIVE',
    FindingProviderFields: { Severity: { Label: 'LOW' }, Types: ['TTPs/Credential Access'] },
  } as const;
  return withTimes(retarget(content, targetOf(ALPHA, TARGET)), NOON, NOON);
}

describe('assumeMemberRole', () => {
  let sts: StandIn;
  const assume = (target = TARGET, role = 'virtual-soc-publish') =>
    assumeMemberRole(target, role, {
      masterCredentials: MASTER,
      clientConfig: { endpoint: sts.endpoint, region: target.region },
    });

  before(async () => {
    sts = await startSts((account) => account === '999900001111');
  });

  after(() => sts.server.close());

  it('asks for the role below our path, by a session that says who we are', async () => {
    const credentials = await assume()('444455556666');

    const request = sts.requests.at(-1);
    assert.equal(credentials.accessKeyId, 'ASIAMEMBER');
    assert.equal(credentials.expiration?.getUTCFullYear(), 2099);
    assert.equal(request?.get('RoleArn'), 'arn:aws:iam::444455556666:role/virtual-soc/virtual-soc-publish');
    assert.equal(request.get('SourceIdentity'), 'virtual-soc-111122223333');
    assert.equal(request.get('RoleSessionName'), 'virtual-soc-111122223333-eu-west-1');
  });

  it('takes the partition of the hub', async () => {
    await assume({ ...TARGET, region: 'us-gov-west-1' })('444455556666');

    assert.match(sts.requests.at(-1)?.get('RoleArn') ?? '', /^arn:aws-us-gov:/);
  });

  it('is a refusal of the place where the role is missing', async () => {
    const members = memberSecurityHubs(TARGET, assume());

    await assert.rejects(members.reach('999900001111/eu-west-1'), { name: 'PlaceRefused', code: 'AccessDenied' });
    await assert.rejects(members.at('999900001111/eu-west-1', unlimitedImportBudget).importFindings([finding('f')]), {
      name: 'PlaceRefused',
      code: 'AccessDenied',
      mayHaveWritten: false,
    });
  });
});

describe('cachedCredentials', () => {
  const asked: string[] = [];
  let now = NOON;
  let failing = false;
  const assume: AssumeRole = (accountId) => {
    asked.push(accountId);
    if (failing) return Promise.reject(new Error('no answer'));
    return Promise.resolve({
      accessKeyId: `${accountId}-${asked.length}`,
      secretAccessKey: 's',
      expiration: new Date(now.getTime() + 3_600_000),
    });
  };

  beforeEach(() => {
    asked.length = 0;
    now = NOON;
    failing = false;
  });

  it('asks once for each account, also where two ask at a time', async () => {
    const credentials = cachedCredentials(assume, () => now);

    await Promise.all([credentials('a'), credentials('a'), credentials('b')]);
    await credentials('a');

    assert.deepEqual(asked, ['a', 'b']);
  });

  it('asks again before they expire', async () => {
    const credentials = cachedCredentials(assume, () => now);
    await credentials('a');
    now = new Date(NOON.getTime() + 54 * 60_000);
    await credentials('a');
    now = new Date(NOON.getTime() + 56 * 60_000);

    const renewed = await credentials('a');

    assert.deepEqual(asked, ['a', 'a']);
    assert.equal(renewed.accessKeyId, 'a-2');
  });

  it('keeps no failure', async () => {
    const credentials = cachedCredentials(assume, () => now);
    failing = true;
    await assert.rejects(credentials('a'), /no answer/);
    failing = false;

    assert.equal((await credentials('a')).accessKeyId, 'a-2');
  });
});

describe('memberSecurityHubs', () => {
  let hub: LocalSecurityHub;
  let assumed = 0;
  const members = () =>
    memberSecurityHubs(
      TARGET,
      () => {
        assumed += 1;
        return Promise.resolve(MASTER);
      },
      ({ region }) => localSecurityHubClient(region, hub.url),
      1,
    );
  const start = async (enabled = true) => {
    hub = await startSecurityHub({
      account: '444455556666',
      region: 'eu-west-1',
      quotas: false,
      now: () => NOON,
      enabled,
    });
  };

  afterEach(() => hub.close());

  it('imports in the account and Region of the place', async () => {
    await start();

    const failures = await members()
      .at(ALPHA, unlimitedImportBudget)
      .importFindings([finding('f')]);

    assert.deepEqual(failures, []);
    assert.deepEqual(
      hub.findings().map(({ AwsAccountId, Id }) => [AwsAccountId, Id]),
      [['444455556666', 'f']],
    );
    assert.ok(assumed >= 0);
  });

  it('tells at once where Security Hub is off', async () => {
    await start(false);

    const failures = await members()
      .at(ALPHA, unlimitedImportBudget)
      .importFindings([finding('f')]);

    assert.deepEqual(failures, [{ id: 'f', code: 'InvalidAccess' }]);
    assert.equal(hub.calls().BatchImportFindings, 1);
  });

  it('takes a call that is refused for a closed place, and says when some of it may be there', async () => {
    await start();
    const foreign = { ...finding('foreign'), AwsAccountId: '999900001111' };
    const many = [...Array.from({ length: 400 }, (_, index) => finding(`f-${index}`)), foreign];

    await assert.rejects(members().at(ALPHA, unlimitedImportBudget).importFindings([foreign]), (error) => {
      assert.ok(error instanceof PlaceRefused);
      assert.deepEqual([error.code, error.mayHaveWritten], ['AccessDeniedException', false]);
      return true;
    });
    await assert.rejects(members().at(ALPHA, unlimitedImportBudget).importFindings(many), (error) => {
      assert.ok(error instanceof PlaceRefused);
      assert.equal(error.mayHaveWritten, true);
      return true;
    });
  });
});
