import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { readOrganization } from '../../local/organization-discover.ts';
import { readConfiguration } from '../../portfolio/configuration.ts';
import {
  type OrganizationsStandIn,
  type StandInAccount,
  type StandInCall,
  type StandInNode,
  type StandInOptions,
  type StandInOrganization,
  startOrganizations,
} from '../support/organizations-stand-in.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { vsoc } from '../support/vsoc.ts';

const SECURITY_HUB = 'securityhub.amazonaws.com';
const STACK_SETS = 'member.org.stacksets.cloudformation.amazonaws.com';
const SERVICE_CATALOG = 'servicecatalog.amazonaws.com';
const CONFIG = 'config.amazonaws.com';

const active = (id: string, name: string): StandInAccount => ({ id, name, State: 'ACTIVE' });

/** Everything is granted. The name of one unit would end a comment or colour a terminal. */
const EXAMPLE: StandInOrganization = {
  id: 'o-exampleorgid',
  managementAccountId: '111122223333',
  roots: [
    {
      id: 'r-abcd',
      name: 'Root',
      accounts: [active('111122223333', 'Payer')],
      units: [
        {
          id: 'ou-abcd-workloads',
          name: 'Workloads',
          units: [
            {
              id: 'ou-abcd-production',
              name: 'Production',
              accounts: [active('777788889999', 'Shop'), { id: '888899990000', name: 'Old shop', State: 'SUSPENDED' }],
              units: [
                { id: 'ou-abcd-deepest0', name: 'a\nhub: {}\u001b[31m', accounts: [active('999900001111', 'Deep')] },
              ],
            },
          ],
        },
        {
          id: 'ou-abcd-security',
          name: 'Security',
          accounts: [active('444455556666', 'Security tooling'), active('555566667777', 'Governance')],
        },
      ],
    },
  ],
  delegated: {
    [SECURITY_HUB]: ['444455556666'],
    [STACK_SETS]: ['555566667777'],
    [SERVICE_CATALOG]: ['555566667777'],
    [CONFIG]: ['444455556666'],
  },
  trusted: [SECURITY_HUB, STACK_SETS, SERVICE_CATALOG, CONFIG, 'sso.amazonaws.com'],
};

/** 1,000 accounts in 85 units of four levels, some of them full, some empty. */
function largeOrganization(): StandInOrganization {
  let account = 100_000_000_000;
  const accounts = (count: number) =>
    Array.from({ length: count }, () => active(String((account += 1)), `Account ${account}`));
  let unit = 0;
  const units = (count: number, below: () => Partial<StandInNode>): StandInNode[] =>
    Array.from({ length: count }, () => {
      unit += 1;
      return { id: `ou-abcd-${String(unit).padStart(8, '0')}`, name: `Unit ${unit}`, ...below() };
    });
  const root: StandInNode = {
    id: 'r-abcd',
    name: 'Root',
    accounts: accounts(8),
    units: units(5, () => ({ units: units(4, () => ({ units: units(3, () => ({ accounts: accounts(16) })) })) })),
  };
  // 5 + 20 + 60 units; 60 × 16 + 8 accounts so far, and a unit of two pages more.
  const large = units(1, () => ({ accounts: accounts(32) }));
  return { ...EXAMPLE, roots: [{ ...root, units: [...(root.units ?? []), ...large] }] };
}

/** A service and the real SDK as its client, by a clock that does not make the test wait. */
async function connect(options: StandInOptions, latency: number) {
  const clock = virtualClock();
  const service = await startOrganizations({ now: clock.now, ...options });
  const client = new OrganizationsClient({
    endpoint: service.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  client.middlewareStack.add(
    (next) => async (request) => {
      await clock.sleep(latency);
      return clock.busy(() => next(request));
    },
    { step: 'initialize' },
  );
  const close = async () => {
    client.destroy();
    await service.close();
  };
  return { clock, service, client, close };
}

/** Walks an organisation over HTTP. `latency` is that of every call, in milliseconds. */
async function walk(options: StandInOptions, latency = 0) {
  const { clock, service, client, close } = await connect(options, latency);
  try {
    const organization = await clock.run(() => readOrganization(client, clock));
    return { organization, seconds: clock.now() / 1000, calls: service.calls };
  } finally {
    await close();
  }
}

/** The most calls of an operation that any span of time held beyond what its rate gives back in that span. */
function largestBurst(calls: readonly StandInCall[], operation: string, perSecond: number): number {
  const times = calls.filter((call) => call.operation === operation).map(({ at }) => at);
  const bursts = times.flatMap((from, first) =>
    times.slice(first).map((to, index) => index + 1 - ((to - from) / 1000) * perSecond),
  );
  return Math.max(0, ...bursts);
}

function refusals(calls: readonly StandInCall[]): StandInCall[] {
  return calls.filter(({ error }) => error !== undefined);
}

describe('readOrganization', () => {
  it('finds nested units with their paths, and every account with its state', async () => {
    const { organization } = await walk({ organization: EXAMPLE });

    const paths = organization.organizationalUnits.map(({ id, path: where }) => [id, where]);
    assert.deepEqual(paths, [
      ['ou-abcd-security', 'Root/Security'],
      ['ou-abcd-workloads', 'Root/Workloads'],
      ['ou-abcd-production', 'Root/Workloads/Production'],
      ['ou-abcd-deepest0', 'Root/Workloads/Production/a\nhub: {}\u001b[31m'],
    ]);
    assert.equal(organization.accounts.length, 6);
    assert.deepEqual(organization.accounts[4], {
      id: '888899990000',
      name: 'Old shop',
      state: 'SUSPENDED',
      parentId: 'ou-abcd-production',
      path: 'Root/Workloads/Production',
    });
  });

  it('goes by State, and by the retired Status only where there is no State', async () => {
    const accounts: StandInAccount[] = [
      { id: '100000000001', name: 'both', State: 'PENDING_CLOSURE', Status: 'ACTIVE' },
      { id: '100000000002', name: 'new', State: 'CLOSED' },
      { id: '100000000003', name: 'old', Status: 'SUSPENDED' },
      { id: '100000000004', name: 'neither' },
    ];

    const { organization } = await walk({
      organization: { ...EXAMPLE, roots: [{ id: 'r-abcd', name: 'Root', accounts }] },
    });

    assert.deepEqual(
      organization.accounts.map(({ state }) => state),
      ['PENDING_CLOSURE', 'CLOSED', 'SUSPENDED', 'UNKNOWN'],
    );
  });

  it('reads 1,000 accounts in under a minute, and no operation faster than AWS allows', async () => {
    const { organization, seconds, calls } = await walk({ organization: largeOrganization() }, 150);

    assert.equal(organization.accounts.length, 1000);
    assert.equal(organization.organizationalUnits.length, 86);
    assert.ok(seconds < 60, `${seconds} s`);
    // 87 parents of which one has two pages of accounts: not a call more than that.
    assert.equal(calls.filter(({ operation }) => operation === 'ListAccountsForParent').length, 88);
    assert.equal(calls.filter(({ operation }) => operation === 'ListOrganizationalUnitsForParent').length, 87);
    assert.deepEqual(refusals(calls), []);
    assert.ok(largestBurst(calls, 'ListAccountsForParent', 5) <= 8);
    assert.ok(largestBurst(calls, 'ListOrganizationalUnitsForParent', 5) <= 8);
    assert.ok(largestBurst(calls, 'ListDelegatedAdministrators', 5) <= 8);
    assert.ok(largestBurst(calls, 'ListRoots', 1) <= 2);
    assert.ok(largestBurst(calls, 'ListAWSServiceAccessForOrganization', 1) <= 3);
    // It is the rate that takes the time, so the bound says something.
    assert.ok(seconds > 15, `${seconds} s`);
  });

  it('goes on after empty pages that carry a token', async () => {
    const plain = await walk({ organization: largeOrganization() });
    const { organization, calls } = await walk({ organization: largeOrganization(), emptyPages: true });

    assert.deepEqual(organization, plain.organization);
    assert.equal(calls.filter(({ operation }) => operation === 'ListAccountsForParent').length, 2 * 88);
    assert.deepEqual(refusals(calls), []);
  });

  it('finds the same while another program uses up half of the rate, and makes pauses', async () => {
    const plain = await walk({ organization: EXAMPLE });
    const { organization, calls } = await walk({ organization: EXAMPLE, throttles: (_, count) => count % 2 === 1 });

    assert.deepEqual(organization, plain.organization);
    const roots = calls.filter(({ operation }) => operation === 'ListRoots');
    assert.deepEqual(
      roots.map(({ error }) => error),
      ['TooManyRequestsException', undefined],
    );
    // Never sooner than the bucket's next token, since the throttled call has emptied it.
    assert.ok((roots[1]?.at ?? 0) - (roots[0]?.at ?? 0) >= 1000);
  });

  it('tries a server error again', async () => {
    const { organization, calls } = await walk({ organization: EXAMPLE, fails: (_, count) => count === 1 });

    assert.equal(organization.accounts.length, 6);
    assert.ok(refusals(calls).every(({ error }) => error === 'ServiceException'));
  });

  it('gives up where throttling does not end, and then stops calling', async () => {
    const calls: string[] = [];
    const failure = walk({
      organization: largeOrganization(),
      throttles: (operation) => {
        calls.push(operation);
        return operation === 'ListAccountsForParent';
      },
    });

    await assert.rejects(failure, {
      message:
        'AWS Organizations still throttles ListAccountsForParent: other programs use up the rate of this account. Try again later.',
    });
    // Ten attempts at a call; the others in line came to fewer.
    assert.ok(calls.filter((operation) => operation === 'ListAccountsForParent').length < 88 * 10);
  });

  it('says which account may call, where these credentials may not', async () => {
    await assert.rejects(walk({ organization: EXAMPLE, denied: ['ListRoots'] }), {
      message:
        'AWS denies ListRoots to these credentials. Only the management account 111122223333 or a delegated administrator of any service may call it. ' +
        "Use credentials of one of them whose policies allow organizations:ListRoots. AWS says: You don't have permissions to access this resource.",
    });
    await assert.rejects(walk({ organization: EXAMPLE, denied: ['DescribeOrganization'] }), {
      message: /^AWS denies DescribeOrganization to these credentials\. Any account of the organisation may call it, /,
    });
  });

  it('does not call on after a failure', async () => {
    const denied = ['ListAccountsForParent'];
    const { clock, service, client, close } = await connect({ organization: largeOrganization(), denied }, 0);
    try {
      await assert.rejects(
        clock.run(() => readOrganization(client, clock)),
        /denies ListAccountsForParent/,
      );
      const soFar = service.calls.length;
      await clock.run(() => sleep(50));

      // The two bursts that were on their way arrive; what waited for its turn, some 170 calls, does not leave.
      assert.ok(service.calls.length - soFar <= 16, `${service.calls.length - soFar} calls`);
    } finally {
      await close();
    }
  });

  it('asks for neither trusted access nor delegation where there are no all features', async () => {
    const { organization, calls } = await walk({
      organization: { ...EXAMPLE, featureSet: 'CONSOLIDATED_BILLING' },
      denied: ['ListDelegatedAdministrators', 'ListAWSServiceAccessForOrganization'],
    });

    assert.deepEqual([organization.delegations, organization.trustedAccess], [[], []]);
    assert.deepEqual(refusals(calls), []);
  });
});

describe('vsoc organization discover', () => {
  let directory: string;
  let service: OrganizationsStandIn | undefined;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'vsoc-test-'));
  });

  afterEach(async () => {
    await service?.close();
    service = undefined;
    await rm(directory, { recursive: true, force: true });
  });

  async function discover(options: StandInOptions, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    service = await startOrganizations(options);
    return vsoc(['organization', 'discover', ...args], { env: { ...service.env, ...env } });
  }

  it('writes a configuration that can be used, where everything can be found out', async () => {
    const file = path.join(directory, 'configuration.yaml');

    const { code, stdout, stderr } = await discover({ organization: EXAMPLE }, [
      '--out',
      file,
      '--region',
      'eu-west-1',
    ]);

    assert.deepEqual([code, stderr], [0, '']);
    const { organization, portfolio, hub } = readConfiguration(file);
    assert.equal(organization.id, 'o-exampleorgid');
    assert.deepEqual([portfolio.account, portfolio.region], ['555566667777', 'eu-west-1']);
    assert.deepEqual([hub.account, hub.share, hub.launchers], ['444455556666', 'organization-node', []]);
    assert.match(stdout, /Trusted access and delegation: nothing is missing\./);
    assert.ok(stdout.endsWith(`Written to ${file}.\n`));
  });

  const configurationOf = async (organization: StandInOrganization) => {
    const file = path.join(directory, 'configuration.yaml');
    await discover({ organization }, ['--out', file, '--region', 'eu-west-1']);
    return { hub: readConfiguration(file).hub, text: await readFile(file, 'utf8') };
  };

  it('shares with the account, and says what a better share takes, where Service Catalog has no trusted access', async () => {
    const { hub, text } = await configurationOf({ ...EXAMPLE, trusted: [SECURITY_HUB, STACK_SETS, CONFIG] });

    assert.equal(hub.share, 'account');
    assert.match(
      text,
      /# Check: the hub account has to accept this share; better organization-node, once Service Catalog has trusted access\n {2}share: account\n/,
    );
  });

  it('shares with the account where the governance account is not delegated administrator of Service Catalog', async () => {
    const { [SERVICE_CATALOG]: none, ...delegated } = EXAMPLE.delegated ?? {};
    assert.ok(none);

    const { hub, text } = await configurationOf({ ...EXAMPLE, delegated });

    assert.equal(hub.share, 'account');
    assert.match(
      text,
      /# Check: .+better organization-node, once the governance account is its delegated administrator\n/,
    );
  });

  it('shares with nobody where governance and hub are one account', async () => {
    const delegated = { ...EXAMPLE.delegated, [SECURITY_HUB]: ['555566667777'] };

    const { hub } = await configurationOf({ ...EXAMPLE, delegated });

    assert.equal(hub.share, 'none');
  });

  it('says in the file what a person must still choose, and lists units and accounts', async () => {
    const file = path.join(directory, 'configuration.yaml');

    await discover({ organization: EXAMPLE }, ['--out', file]);

    const text = await readFile(file, 'utf8');
    assert.match(text, /# Check: names of the roles whose holders may launch the product.*\n {2}launchers: \[\]/);
    assert.match(text, /# Check: whether eu-west-1 is the home Region.*\n {2}region: eu-west-1\n/);
    assert.match(text, /^# {3}ou-abcd-production {2}Root\/Workloads\/Production$/m);
    assert.match(text, /^# {3}'888899990000' {2}SUSPENDED {2}Old shop, in Root\/Workloads\/Production$/m);
  });

  it('leaves no name of a unit the power to change the file or the terminal', async () => {
    const { stdout, stderr } = await discover({ organization: EXAMPLE }, []);

    assert.ok(stdout.includes('Production/a\uFFFDhub: {}\uFFFD[31m'));
    assert.ok(!`${stdout}${stderr}`.includes('\u001b'));
    const file = path.join(directory, 'configuration.yaml');
    await writeFile(file, stdout);
    assert.equal(readConfiguration(file).hub.account, '444455556666');
  });

  it('prints the file, and the report where it does not get into a pipe', async () => {
    const { stdout, stderr } = await discover({ organization: EXAMPLE }, []);

    assert.match(stdout, /^version: 1$/m);
    assert.match(
      stderr,
      /^Organisation o-exampleorgid, all features, management account 111122223333 \(Payer\), 6 accounts\.$/m,
    );
    assert.match(stderr, /│ Root\/Workloads\/Production +│ ou-abcd-production │ +2 │ +3 │ +1 │/);
    assert.match(stderr, /│ 888899990000 +│ Old shop │ SUSPENDED │ Root\/Workloads\/Production │/);
    assert.match(stderr, /│ Service Catalog +│ yes +│ 555566667777 \(Governance\)/);
  });

  it('names what is missing with the command that grants it', async () => {
    const organization = { ...EXAMPLE, delegated: { [SERVICE_CATALOG]: ['555566667777'] }, trusted: [] };

    const { code, stdout } = await discover({ organization }, ['--json', '--region', 'eu-west-1']);

    assert.equal(code, 0);
    const { missing } = JSON.parse(stdout) as { missing: { kind: string; command: string }[] };
    assert.deepEqual(
      missing.map(({ command }) => command),
      [
        'aws cloudformation activate-organizations-access',
        'aws servicecatalog enable-aws-organizations-access',
        'aws organizations enable-aws-service-access --service-principal config.amazonaws.com',
        'aws securityhub enable-organization-admin-account --admin-account-id ACCOUNT_ID --region eu-west-1',
        'aws organizations register-delegated-administrator --account-id 555566667777 --service-principal member.org.stacksets.cloudformation.amazonaws.com',
        'aws organizations register-delegated-administrator --account-id ACCOUNT_ID --service-principal config.amazonaws.com',
      ],
    );
  });

  it('leaves empty what has to be chosen, so that it is not deployed by mistake', async () => {
    const file = path.join(directory, 'configuration.yaml');
    const organization = { ...EXAMPLE, delegated: {} };

    const { code, stdout } = await discover({ organization }, ['--out', file]);

    assert.equal(code, 0);
    const text = await readFile(file, 'utf8');
    assert.match(text, /# CHOOSE: the governance account.*111122223333.*\n {2}account:\n/);
    assert.match(text, /# CHOOSE: Security Hub has no delegated administrator yet\n {2}account:\n/);
    assert.throws(() => readConfiguration(file), /portfolio\.account.*\n.*hub\.account/);
    assert.match(
      stdout,
      /The configuration cannot be used before every CHOOSE is filled in:\n {2}CHOOSE portfolio\.account/,
    );
  });

  it('says that a delegated administrator is suspended', async () => {
    const organization = { ...EXAMPLE, delegated: { ...EXAMPLE.delegated, [SECURITY_HUB]: ['888899990000'] } };

    const { stderr } = await discover({ organization }, []);

    assert.match(stderr, /Check hub\.account: another account: 888899990000 is delegated administrator, but SUSPENDED/);
    assert.match(stderr, /888899990000 \(Old shop, SUSPENDED\)/);
  });

  it('does not overwrite a file, nor call anything for one that cannot be written', async () => {
    const file = path.join(directory, 'configuration.yaml');
    await writeFile(file, 'mine');

    const there = await discover({ organization: EXAMPLE }, ['--out', file]);
    const nowhere = await vsoc(['organization', 'discover', '--out', path.join(directory, 'none', 'x')], {
      env: service?.env ?? {},
    });

    assert.deepEqual(
      [there.code, there.stderr],
      [2, `vsoc: --out ${file}: it is there already and is not overwritten. Name a new file.\n`],
    );
    assert.deepEqual([nowhere.code, nowhere.stderr.split('\n').length], [2, 2]);
    assert.equal(await readFile(file, 'utf8'), 'mine');
    assert.deepEqual(service?.calls, []);
  });

  it('exits 1 with one line where the caller may not call, or is in no organisation', async () => {
    const denied = await discover({ organization: EXAMPLE, denied: ['ListRoots'] }, []);
    await service?.close();
    const alone = await discover({ organization: undefined }, []);

    assert.equal(denied.code, 1);
    assert.match(denied.stderr, /^vsoc: AWS denies ListRoots .*management account 111122223333.*\n$/);
    assert.deepEqual(
      [alone.code, alone.stderr],
      [1, 'vsoc: The account of these credentials belongs to no organisation: use those of the management account.\n'],
    );
  });

  it('exits 1 with one line where there are no credentials, or nothing answers', async () => {
    const none = {
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_PROFILE: undefined,
      AWS_CONFIG_FILE: path.join(directory, 'none'),
      AWS_SHARED_CREDENTIALS_FILE: path.join(directory, 'none'),
      AWS_EC2_METADATA_DISABLED: 'true',
    };

    const anonymous = await discover({ organization: EXAMPLE }, [], none);
    await service?.close();
    const unanswered = await vsoc(['organization', 'discover'], { env: service?.env ?? {} });

    assert.equal(anonymous.code, 1);
    assert.match(anonymous.stderr, /^vsoc: No AWS credentials can be used \(.*\n$/);
    assert.equal(unanswered.code, 1);
    assert.match(
      unanswered.stderr,
      /^vsoc: AWS Organizations cannot be reached at 127\.0\.0\.1:\d+: nothing listens there\.\n$/,
    );
  });

  it('refuses a Region that cannot be one with exit code 2', async () => {
    const { code, stderr } = await vsoc(['organization', 'discover', '--region', 'Ireland']);

    assert.equal(code, 2);
    assert.match(stderr, /An AWS Region looks like eu-west-1\. See vsoc --help\.\n$/);
  });
});
