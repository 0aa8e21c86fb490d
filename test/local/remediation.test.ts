import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { type Server, createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { remediationControlHandler } from '../../lambda/remediation-control-handler.ts';
import { remediate } from '../../lambda/remediation/remediate.ts';
import type { ControlRequest } from '../../lambda/remediation/remediation-control.ts';
import { type Terminal, agrees } from '../../local/consent.ts';
import { remediationCommand } from '../../local/remediation.ts';
import { functionUrlEvent } from '../support/function-url.ts';
import { MEMBER, type RemediationBench, message, startRemediation } from '../support/remediation.ts';
import { vsoc as runVsoc } from '../support/vsoc.ts';

const ANA = { accountId: '111122223333', userArn: 'arn:aws:iam::111122223333:user/ana' };
const TABLE = `arn:aws:dynamodb:eu-west-1:${MEMBER}:table/orders`;
const CONFIGURATION = {
  assignments: [{ actions: ['dynamodb-deletion-protection'], mode: 'approve', accounts: [MEMBER] }],
};

describe('vsoc remediation', () => {
  let bench: RemediationBench;
  let server: Server;
  let url: string;
  let id: string;
  const asked: ControlRequest['command'][] = [];

  before(async () => {
    bench = await startRemediation();
    bench.services.answers = {
      'dynamodb:DescribeTable': { Table: { TableStatus: 'ACTIVE', DeletionProtectionEnabled: false } },
      'dynamodb:UpdateTable': {},
    };
    // What Lambda does before a function behind a URL with IAM authentication is called.
    const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const handle = remediationControlHandler(bench.control(CONFIGURATION), {
      logger,
      tell: () => Promise.resolve(),
    });
    server = createServer((request, response) => {
      void text(request).then(async (body) => {
        if (!isSigned(request, body, 'secret')) {
          response.writeHead(403, { 'content-type': 'application/json' }).end('{"Message":"Forbidden"}');
          return;
        }
        asked.push((JSON.parse(body) as ControlRequest).command);
        const answer = await handle(functionUrlEvent(body, ANA));
        response.writeHead(answer.statusCode, answer.headers).end(answer.body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  beforeEach(async () => {
    await bench.reset();
    const finding = await bench.addFinding({
      ruleKey: 'dynamodb-table-deletion-protection-enabled',
      finding: { Resources: [{ Type: 'AwsDynamoDbTable', Id: TABLE }] },
    });
    await remediate([message(finding)], bench.dependencies(CONFIGURATION));
    id = (await bench.state.list({}, 1))[0]?.id ?? '';
    asked.length = 0;
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await bench.close();
  });

  const envOf = (secret: string) => ({
    VSOC_REMEDIATION_URL: url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDANA',
    AWS_SECRET_ACCESS_KEY: secret,
  });
  const vsoc = (args: readonly string[], secret = 'secret') =>
    runVsoc(['remediation', ...args], { env: envOf(secret) });
  const planSeen = async () => (JSON.parse((await vsoc(['show', id, '--json'])).stdout) as { plan: string }).plan;
  const status = async () => (await bench.state.find(id))?.remediation.status;

  it('lists what waits, for people and for programs', async () => {
    const shown = await vsoc(['list', '--status', 'requested']);
    const json = await vsoc(['list', '--json']);

    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, new RegExp(`${id}.*requested.*dynamodb-deletion-protection`));
    const { remediations } = JSON.parse(json.stdout) as { remediations: { id: string }[] };
    assert.deepEqual(
      remediations.map((each) => each.id),
      [id],
    );
  });

  it('shows what would be done, how risky that is, how to undo it, and the hash to approve it by', async () => {
    const { stdout } = await vsoc(['show', id]);

    assert.match(stdout, /for +T1485, virtual-soc\/technique\/v1\/T1485\//);
    assert.match(stdout, /does +Turns on deletion protection of the table \(risk: low\)/);
    assert.match(stdout, /before +\{"DeletionProtectionEnabled":false\}/);
    assert.match(stdout, /call +dynamodb:UpdateTable \{/);
    assert.match(stdout, new RegExp(`undo +vsoc remediation undo ${id}`));
    assert.match(stdout, /plan +[0-9a-f]{12}\n/);
  });

  it('approves the plan that is named, in the name of the signer, and refuses what cannot be done', async () => {
    const plan = await planSeen();
    const approved = await vsoc(['approve', id, '--plan', plan, '--json']);
    const again = await vsoc(['approve', id, '--plan', plan]);

    assert.equal((JSON.parse(approved.stdout) as { outcome: string }).outcome, 'applied');
    assert.equal(again.code, 1);
    assert.match(again.stdout, /^refused: it is applied/);
    const found = await bench.state.find(id);
    assert.equal(found?.remediation.approvals[0]?.who, ANA.userArn);
  });

  it('approves no other plan than the one that is named', async () => {
    const { code, stdout } = await vsoc(['approve', id, '--plan', '0123456789ab']);

    assert.equal(code, 1);
    assert.match(stdout, /^refused: its plan is [0-9a-f]{12} by now/);
    assert.equal(await status(), 'requested');
  });

  it('shows what is approved with --yes, beside the result', async () => {
    const { code, stdout, stderr } = await vsoc(['approve', id, '--yes', '--json']);

    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as { outcome: string }).outcome, 'applied');
    assert.match(stderr, /call +dynamodb:UpdateTable/);
  });

  it('says that nothing was approved where there is a new plan, and exits with 1', async () => {
    await bench.database.owner.query(`UPDATE state.remediation SET before = '{"DeletionProtectionEnabled": null}'`);

    const { code, stdout } = await vsoc(['approve', id, '--yes']);

    assert.match(stdout, /^replanned: /);
    assert.equal(code, 1);
  });

  it('approves nothing where nobody can be asked, and sends nothing', async () => {
    const { code, stderr } = await vsoc(['approve', id]);

    assert.equal(code, 2);
    assert.match(stderr, /^vsoc: Nobody can be asked here\. Give --plan/);
    assert.deepEqual(asked, []);
  });

  it('takes no hash that is none', async () => {
    const { code, stderr } = await vsoc(['approve', id, '--plan', 'all']);

    assert.equal(code, 2);
    assert.match(stderr, /12 digits/);
  });

  it('says where there are more than it lists', async () => {
    await bench.database.owner.query(
      `INSERT INTO state.remediation (remediation_id, action_id, account_id, region, resource_id, subject, source_key, technique_id,
        product_arn, status, requested_by, created_at, updated_at)
      SELECT 'r-' || lpad(to_hex(n), 20, '0'), action_id, account_id, region, resource_id || n, subject, source_key, technique_id,
        product_arn, 'alerted', requested_by, created_at, updated_at FROM state.remediation, generate_series(1, 3) n`,
    );

    const some = await vsoc(['list', '--limit', '2']);
    const all = await vsoc(['list', '--limit', '4', '--json']);

    assert.match(some.stdout, /the newest 2; there are more/);
    const { remediations, more } = JSON.parse(all.stdout) as { remediations: unknown[]; more: boolean };
    assert.deepEqual([remediations.length, more], [4, false]);
  });

  for (const [what, args, message] of [
    ['a status that there is not', ['list', '--status', 'foo'], /Allowed choices are planned, requested/],
    ['a limit that is too high', ['list', '--limit', '501'], /1 to 500/],
    ['an id that is none', ['show', 'nope'], /r-0123456789abcdef0123/],
    ['no URL at all', ['list', '--url', ''], /set VSOC_REMEDIATION_URL/],
  ] as const) {
    it(`takes ${what} for bad usage, and asks nobody`, async () => {
      const { code, stderr } = await vsoc(args);

      assert.equal(code, 2);
      assert.match(stderr, message);
      assert.deepEqual(asked, []);
    });
  }

  it('says how to sign in where there are no credentials', async () => {
    const { code, stderr } = await runVsoc(['remediation', 'list'], {
      env: { VSOC_REMEDIATION_URL: url, AWS_REGION: 'eu-west-1', AWS_EC2_METADATA_DISABLED: 'true', HOME: '/nowhere' },
    });

    assert.equal(code, 1);
    assert.match(stderr, /no AWS credentials here\. Sign in/);
  });

  it('undoes with --yes, and where nobody can be asked nothing otherwise', async () => {
    await vsoc(['approve', id, '--yes']);
    bench.services.answers = {
      ...bench.services.answers,
      'dynamodb:DescribeTable': { Table: { TableStatus: 'ACTIVE', DeletionProtectionEnabled: true } },
    };
    asked.length = 0;
    const { code, stderr } = await vsoc(['undo', id]);

    assert.equal(code, 2);
    assert.match(stderr, /^vsoc: Nobody can be asked here\. Give --yes/);
    assert.deepEqual(asked, []);

    const undone = await vsoc(['undo', id, '--yes']);
    assert.equal(undone.code, 0, undone.stdout);
    assert.match(undone.stderr, /after +\{"DeletionProtectionEnabled":true\}/);
    assert.equal(await status(), 'undone');
    bench.services.answers = {
      ...bench.services.answers,
      'dynamodb:DescribeTable': { Table: { TableStatus: 'ACTIVE', DeletionProtectionEnabled: false } },
    };
  });

  describe('at a terminal', () => {
    const former: NodeJS.ProcessEnv = {};
    before(() => {
      for (const [name, value] of Object.entries(envOf('secret'))) {
        former[name] = process.env[name];
        process.env[name] = value;
      }
    });
    after(() => {
      for (const [name, value] of Object.entries(former)) {
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
      }
    });

    /** Approves, and gives this answer when it is asked. Undefined: the input ends. */
    const approve = async (answer: string | undefined) => {
      const input = Object.assign(new PassThrough(), { isTTY: true });
      const output = Object.assign(new PassThrough(), { isTTY: true });
      const shown = text(output);
      const code = remediationCommand('approve', id, { url }, { input, output });
      input.end(answer);
      const ended = await code;
      output.end();
      return { code: ended, shown: await shown };
    };

    it('shows the plan and asks before it is approved', async () => {
      const { code, shown } = await approve('y\n');

      assert.equal(code, 0);
      assert.match(shown, /call +dynamodb:UpdateTable[^]*Let this be done\? \[y\/N\]/);
      assert.equal(await status(), 'applied');
    });

    for (const answer of ['n\n', '\n', 'yesterday\n', undefined]) {
      it(`takes ${JSON.stringify(answer) ?? 'the end of input'} for no`, async () => {
        const { code, shown } = await approve(answer);

        assert.equal(code, 1);
        assert.match(shown, /Nothing was approved/);
        assert.deepEqual(asked, ['show']);
        assert.equal(await status(), 'requested');
      });
    }

    it('takes yes in any case', async () => {
      const terminal: Terminal = { input: new PassThrough().end('YES\n'), output: new PassThrough() };

      assert.equal(await agrees('Really?', terminal), true);
    });
  });

  it('says what is missing where AWS does not let the caller in', async () => {
    const { code, stderr } = await vsoc(['list'], 'wrong');

    assert.equal(code, 1);
    assert.match(stderr, /lambda:InvokeFunctionUrl/);
  });

  it('sends no signed request in the clear', async () => {
    const { code, stderr } = await vsoc(['list', '--url', 'http://example.com/']);

    assert.equal(code, 2);
    assert.match(stderr, /has to begin with https/);
  });
});

/** Whether a request is signed with this secret for Lambda. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function isSigned(request: IncomingMessage, body: string, secret: string): boolean {
  const match =
    /^AWS4-HMAC-SHA256 Credential=AKIDANA\/(\d{8})\/([\w-]+)\/lambda\/aws4_request, SignedHeaders=([\w;-]+), Signature=(\w+)$/.exec(
      request.headers.authorization ?? '',
    );
  if (!match) return false;
  const [, day = '', region = '', names = '', signature = ''] = match;
  const hash = (content: string) => createHash('sha256').update(content).digest('hex');
  const hmac = (key: string | Buffer, content: string) => createHmac('sha256', key).update(content).digest();
  const headers = names.split(';').map((name) => `${name}:${String(request.headers[name])}\n`);
  const canonical = ['POST', request.url ?? '', '', headers.join(''), names, hash(body)].join('\n');
  const scope = `${day}/${region}/lambda/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', String(request.headers['x-amz-date']), scope, hash(canonical)].join('\n');
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), 'lambda'), 'aws4_request');
  return hmac(key, toSign).toString('hex') === signature;
}
