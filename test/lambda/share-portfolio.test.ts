import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { ServiceCatalogClient } from '@aws-sdk/client-service-catalog';
import { administratorsOf, portfolioShares } from '../../lambda/share-portfolio-clients.ts';
import { readableShareFailure } from '../../lambda/share-portfolio-failure.ts';
import {
  discoverHub,
  type OrganizationNode,
  type PortfolioShares,
  readShareId,
  shareId,
  sharePortfolio,
  type Waiting,
  unsharePortfolio,
} from '../../lambda/share-portfolio.ts';
import { startOrganizations, type StandInAccount } from '../support/organizations-stand-in.ts';
import {
  type ServiceCatalogOptions,
  type ServiceCatalogStandIn,
  startServiceCatalog,
} from '../support/service-catalog-stand-in.ts';

const PORTFOLIO = 'port-exampleid1234';
const ACCOUNT: OrganizationNode = { type: 'ACCOUNT', value: '444455556666' };
const UNIT: OrganizationNode = { type: 'ORGANIZATIONAL_UNIT', value: 'ou-exmp-secops01' };
const OPTIONS = { tagOptions: true, principals: false };
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

const CREATED_AND_COMPLETED = [
  'DescribePortfolioShares',
  'DescribePortfolioShares',
  'CreatePortfolioShare',
  'DescribePortfolioShareStatus',
  'DescribePortfolioShareStatus',
];

describe('sharePortfolio', () => {
  let standIn: ServiceCatalogStandIn;
  let client: ServiceCatalogClient;
  let shares: PortfolioShares;

  async function start(options: Partial<ServiceCatalogOptions> = {}): Promise<void> {
    standIn = await startServiceCatalog({ portfolioId: PORTFOLIO, ...options });
    client = new ServiceCatalogClient({
      endpoint: standIn.url,
      region: 'eu-west-1',
      credentials: CREDENTIALS,
      maxAttempts: 1,
    });
    shares = portfolioShares(client);
  }

  afterEach(async () => {
    client.destroy();
    await standIn.close();
  });

  it('shares with an account and waits until that is completed', async () => {
    await start();

    const outcome = await sharePortfolio(shares, PORTFOLIO, ACCOUNT, OPTIONS, patient());

    assert.equal(outcome, 'created');
    assert.deepEqual(standIn.shares, [{ ...ACCOUNT, tagOptions: true, principals: false }]);
    assert.deepEqual(standIn.calls, CREATED_AND_COMPLETED);
  });

  it('shares with a unit, those who may launch included', async () => {
    await start();

    await sharePortfolio(shares, PORTFOLIO, UNIT, { tagOptions: true, principals: true }, patient());

    assert.deepEqual(standIn.shares, [{ ...UNIT, tagOptions: true, principals: true }]);
  });

  for (const arns of [false, true]) {
    it(`leaves a share as it is that is there already, named by its ${arns ? 'ARN' : 'id'}`, async () => {
      await start({ arns });
      await sharePortfolio(shares, PORTFOLIO, UNIT, OPTIONS, patient());

      const outcome = await sharePortfolio(shares, PORTFOLIO, UNIT, OPTIONS, patient());

      assert.equal(outcome, 'unchanged');
      assert.equal(standIn.calls.filter((call) => call === 'CreatePortfolioShare').length, 1);
    });
  }

  it('changes a share whose options differ', async () => {
    await start();
    await sharePortfolio(shares, PORTFOLIO, ACCOUNT, { ...OPTIONS, tagOptions: false }, patient());

    const outcome = await sharePortfolio(shares, PORTFOLIO, ACCOUNT, OPTIONS, patient());

    assert.equal(outcome, 'updated');
    assert.deepEqual(standIn.shares, [{ ...ACCOUNT, tagOptions: true, principals: false }]);
  });

  for (const end of ['ERROR', 'COMPLETED_WITH_ERRORS']) {
    it(`takes back a share that ends with ${end}, and says why`, async () => {
      await start({ end });

      await assert.rejects(
        sharePortfolio(shares, PORTFOLIO, ACCOUNT, OPTIONS, patient()),
        new RegExp(`ended the share with ${end}: 444455556666: The account is suspended`),
      );

      assert.deepEqual(standIn.shares, []);
    });
  }

  it('says when a share is not completed in time', async () => {
    await start({ steps: 1000 });

    await assert.rejects(
      sharePortfolio(shares, PORTFOLIO, ACCOUNT, OPTIONS, patient(60_000)),
      /not completed the share in time \(IN_PROGRESS\)\. Deploy again\./,
    );
  });

  it('takes a share back, and waits', async () => {
    await start();
    await sharePortfolio(shares, PORTFOLIO, ACCOUNT, OPTIONS, patient());

    const outcome = await unsharePortfolio(shares, PORTFOLIO, ACCOUNT, patient());

    assert.deepEqual([outcome, standIn.shares], ['removed', []]);
    assert.equal(standIn.calls.at(-1), 'DescribePortfolioShareStatus');
  });

  it('has nothing to take back where there is no share, or no portfolio any more', async () => {
    await start();

    assert.equal(await unsharePortfolio(shares, PORTFOLIO, ACCOUNT, patient()), 'absent');
    assert.equal(await unsharePortfolio(shares, 'port-gone', ACCOUNT, patient()), 'absent');
  });

  const failures: readonly [code: string, words: RegExp][] = [
    ['OperationNotSupportedException', /enable-aws-organizations-access/],
    ['AccessDeniedException', /delegated administrator of servicecatalog\.amazonaws\.com/],
    ['InvalidParametersException', /hub\.node/],
    ['LimitExceededException', /as many/],
    ['SomethingElse', /^SomethingElse: no$/],
  ];
  for (const [code, words] of failures) {
    it(`says what to do after ${code}`, async () => {
      await start({ refuses: { CreatePortfolioShare: { code, message: 'no' } } });

      const failure = await sharePortfolio(shares, PORTFOLIO, ACCOUNT, OPTIONS, patient()).catch(
        (error: unknown) => error,
      );

      assert.match(readableShareFailure(failure), words);
    });
  }
});

describe('discoverHub', () => {
  async function discover(accounts: readonly StandInAccount[], emptyPages = false): Promise<string> {
    const standIn = await startOrganizations({
      organization: {
        id: 'o-exampleorgid',
        managementAccountId: '111122223333',
        roots: [{ id: 'r-exmp', name: 'Root', accounts }],
        delegated: { 'securityhub.amazonaws.com': accounts.map(({ id }) => id) },
      },
      emptyPages,
    });
    const client = new OrganizationsClient({ endpoint: standIn.url, region: 'eu-west-1', credentials: CREDENTIALS });
    try {
      return await discoverHub(administratorsOf(client));
    } finally {
      client.destroy();
      await standIn.close();
    }
  }
  const account = (id: string, State: string): StandInAccount => ({ id, name: 'Security', State });

  it('finds the delegated administrator, after an empty page too', async () => {
    assert.equal(await discover([account('444455556666', 'ACTIVE')], true), '444455556666');
  });

  it('reads the retired Status where there is no State', async () => {
    assert.equal(await discover([{ id: '444455556666', name: 'Security', Status: 'ACTIVE' }]), '444455556666');
  });

  it('says that there is none', async () => {
    await assert.rejects(discover([]), /no delegated administrator that is active\. Designate one/);
  });

  it('does not take one that is suspended', async () => {
    await assert.rejects(discover([account('444455556666', 'SUSPENDED')]), /444455556666 is SUSPENDED/);
  });

  it('does not choose between two', async () => {
    await assert.rejects(
      discover([account('444455556666', 'ACTIVE'), account('777788889999', 'ACTIVE')]),
      /more than one delegated administrator: 444455556666, 777788889999/,
    );
  });
});

describe('shareId', () => {
  it('is read as it was written', () => {
    assert.deepEqual(readShareId(shareId(PORTFOLIO, UNIT)), { portfolioId: PORTFOLIO, node: UNIT });
  });

  it('is told from the id of what was never made', () => {
    assert.deepEqual(
      ['AWSCDK::CustomResourceProviderFramework::CREATE_FAILED', 'a/b/c', 'a/ACCOUNT/'].map(readShareId),
      [undefined, undefined, undefined],
    );
  });
});

describe('share-portfolio.lambda, in a process of its own', () => {
  let catalog: ServiceCatalogStandIn;
  let close: () => Promise<void>;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    catalog = await startServiceCatalog({ portfolioId: PORTFOLIO, steps: 0 });
    const organizations = await startOrganizations({
      organization: {
        id: 'o-exampleorgid',
        managementAccountId: '111122223333',
        roots: [{ id: 'r-exmp', name: 'Root', accounts: [{ id: '444455556666', name: 'Security', State: 'ACTIVE' }] }],
        delegated: { 'securityhub.amazonaws.com': ['444455556666'] },
      },
    });
    env = { ...organizations.env, AWS_ENDPOINT_URL_SERVICE_CATALOG: catalog.url };
    close = async () => {
      await Promise.all([catalog.close(), organizations.close()]);
    };
  });

  after(() => close());

  const properties = {
    PortfolioId: PORTFOLIO,
    NodeType: 'ACCOUNT',
    NodeValue: 'discover',
    OwnAccount: '111122223333',
    ShareTagOptions: 'true',
    SharePrincipals: 'false',
  };

  it('shares with the account that Organizations names, and takes the share back on delete', async () => {
    const created = await invoke(env, { RequestType: 'Create', ResourceProperties: properties });
    const during = [...catalog.shares];
    const PhysicalResourceId = `${PORTFOLIO}/ACCOUNT/444455556666`;
    const deleted = await invoke(env, { RequestType: 'Delete', PhysicalResourceId, ResourceProperties: properties });

    assert.deepEqual(created, { PhysicalResourceId, Data: { SharedWith: '444455556666' } });
    assert.deepEqual(during, [{ ...ACCOUNT, tagOptions: true, principals: false }]);
    assert.deepEqual([deleted, catalog.shares], [{ PhysicalResourceId }, []]);
  });

  it('does not share with the governance account itself, and says what to write', async () => {
    const answer = await invoke(env, {
      RequestType: 'Create',
      ResourceProperties: { ...properties, OwnAccount: '444455556666' },
    });

    assert.match((answer as { failed: string }).failed, /the governance account itself\. Set hub\.account to it/);
  });
}).timeout(30_000);

/** Waits no time, but as if it did. */
function patient(milliseconds = 840_000): Waiting {
  let left = milliseconds;
  return {
    left: () => left,
    sleep: (pause) => {
      left -= pause;
      return Promise.resolve();
    },
  };
}

async function invoke(env: NodeJS.ProcessEnv, event: object): Promise<unknown> {
  const url = new URL('../../lambda/share-portfolio.lambda.ts', import.meta.url).href;
  const script = `
    const { handler } = await import(${JSON.stringify(url)});
    const context = { getRemainingTimeInMillis: () => 840000 };
    const answer = await handler(${JSON.stringify(event)}, context).catch((error) => ({ failed: error.message }));
    console.log('ANSWER ' + JSON.stringify(answer));
    process.exit(0);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    env: { PATH: process.env['PATH'], AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...env },
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [, answer] = /^ANSWER (.*)$/m.exec(stdout) ?? [];
  assert.ok(answer, stderr);
  return JSON.parse(answer);
}
