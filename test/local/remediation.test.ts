import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { type Server, createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { remediationControlHandler } from '../../lambda/remediation-control-handler.ts';
import { remediate } from '../../lambda/remediation/remediate.ts';
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

  before(async () => {
    bench = await startRemediation();
    bench.services.answers = {
      'dynamodb:DescribeTable': { Table: { TableStatus: 'ACTIVE', DeletionProtectionEnabled: false } },
      'dynamodb:UpdateTable': {},
    };
    const finding = await bench.addFinding({
      ruleKey: 'dynamodb-table-deletion-protection-enabled',
      finding: { Resources: [{ Type: 'AwsDynamoDbTable', Id: TABLE }] },
    });
    await remediate([message(finding)], bench.dependencies(CONFIGURATION));
    id = (await bench.state.list({}, 1))[0]?.id ?? '';

    // What Lambda does before a function behind a URL with IAM authentication is called.
    const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const handle = remediationControlHandler(bench.dependencies(CONFIGURATION), { logger });
    server = createServer((request, response) => {
      void text(request).then(async (body) => {
        if (!isSigned(request, body, 'secret')) {
          response.writeHead(403, { 'content-type': 'application/json' }).end('{"Message":"Forbidden"}');
          return;
        }
        const answer = await handle({ body, requestContext: { authorizer: { iam: ANA } } });
        response.writeHead(answer.statusCode, answer.headers).end(answer.body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await bench.close();
  });

  const vsoc = (args: readonly string[], secret = 'secret') =>
    runVsoc(['remediation', ...args], {
      env: {
        VSOC_REMEDIATION_URL: url,
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'AKIDANA',
        AWS_SECRET_ACCESS_KEY: secret,
      },
    });

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

  it('shows before and after, approves in the name of the signer, and refuses what cannot be done', async () => {
    const shown = await vsoc(['show', id]);
    const approved = await vsoc(['approve', id, '--json']);
    const again = await vsoc(['approve', id]);

    assert.match(shown.stdout, /before +\{"DeletionProtectionEnabled":false\}/);
    assert.equal((JSON.parse(approved.stdout) as { outcome: string }).outcome, 'applied');
    assert.equal(again.code, 1);
    assert.match(again.stdout, /^refused: it is applied/);
    const found = await bench.state.find(id);
    assert.equal(found?.remediation.approvals[0]?.who, ANA.userArn);
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
