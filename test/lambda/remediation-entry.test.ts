import assert from 'node:assert/strict';
import { sqsEvent } from '../../local/event-queue.ts';
import { invoke } from '../support/entry-point.ts';
import { functionUrlEvent } from '../support/function-url.ts';
import { HUB, MEMBER, type RemediationBench, message, startRemediation } from '../support/remediation.ts';
import { ServiceError } from '../support/service-stand-in.ts';

const TABLE = `arn:aws:dynamodb:eu-west-1:${MEMBER}:table/orders`;
const CONFIGURATION = `
version: 1
breakGlass: []
assignments:
  - { actions: [dynamodb-deletion-protection], mode: automatic, organizationalUnits: [r-ab12] }
`;

const request = (body: unknown) =>
  functionUrlEvent(JSON.stringify(body), {
    accountId: HUB.accountId,
    userArn: `arn:aws:iam::${HUB.accountId}:user/ana`,
  });

describe('the functions of remediation, each in a process of its own', () => {
  let bench: RemediationBench;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    bench = await startRemediation();
    bench.services.answers = {
      's3:GetObject': { text: CONFIGURATION },
      'sts:AssumeRole': {
        Credentials: {
          AccessKeyId: 'ASIAMEMBER',
          SecretAccessKey: 'secret',
          SessionToken: 'token',
          Expiration: '2099-01-01T00:00:00Z',
        },
      },
      'organizations:ListParents': { Parents: [{ Id: 'r-ab12', Type: 'ROOT' }] },
      'dynamodb:DescribeTable': { Table: { TableStatus: 'ACTIVE', DeletionProtectionEnabled: false } },
      'dynamodb:UpdateTable': {},
      'events:PutEvents': { FailedEntryCount: 0, Entries: [] },
      'securityhub:BatchUpdateFindings': { ProcessedFindings: [], UnprocessedFindings: [] },
    };
    env = {
      HUB_ACCOUNT_ID: HUB.accountId,
      HUB_REGION: HUB.region,
      DATABASE_URL: bench.database.readerUrl,
      REMEDIATION_CONFIGURATION: 's3://governance/remediation.yaml',
      REMEDIATION_BUS: 'security',
      AWS_ENDPOINT_URL: bench.services.endpoint,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_REGION: 'eu-west-1',
      POWERTOOLS_METRICS_NAMESPACE: 'VirtualSOC',
    };
  });
  after(() => bench.close());

  it('remediate, answer people, and settle, with the rights of the enrichment role', async () => {
    const finding = await bench.addFinding({
      ruleKey: 'dynamodb-table-deletion-protection-enabled',
      finding: { Resources: [{ Type: 'AwsDynamoDbTable', Id: TABLE }] },
    });
    const { body } = message(finding);

    const remediated = await invoke('remediate.lambda.ts', env, sqsEvent([{ id: 'one', body }]));
    const calls = bench.services.calls.map(({ call }) => call);
    const listed = await invoke('remediation-control.lambda.ts', env, request({ command: 'list' }));
    const settled = await invoke('settle-remediation.lambda.ts', env, {});

    assert.match(remediated.stdout, /ANSWER \{"batchItemFailures":\[\]\}/, remediated.stderr);
    assert.deepEqual(calls, [
      's3:GetObject',
      'organizations:ListParents',
      'sts:AssumeRole',
      'dynamodb:DescribeTable',
      'dynamodb:ListTagsOfResource',
      'sts:AssumeRole',
      'dynamodb:DescribeTable',
      'dynamodb:ListTagsOfResource',
      'dynamodb:UpdateTable',
      'events:PutEvents',
      'securityhub:BatchUpdateFindings',
    ]);
    assert.match(listed.stdout, /ANSWER \{"statusCode":200.*applied/, listed.stderr);
    assert.match(settled.stdout, /ANSWER null/, settled.stderr);
    assert.match(settled.stdout, /"RemediationsUntold":0\b/);
  });

  it('count what could not be told for an hour, and settle all the same', async () => {
    await bench.database.owner.query(
      `UPDATE state.remediation_event SET mirrored_at = NULL, at = now() - interval '61 minutes'`,
    );
    bench.services.answers = {
      ...bench.services.answers,
      'events:PutEvents': { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }, { EventId: '1' }] },
    };

    const settled = await invoke('settle-remediation.lambda.ts', env, {});

    assert.match(settled.stdout, /ANSWER null/, settled.stderr);
    assert.match(settled.stdout, /"RemediationsUntold":1\b/);
    assert.match(settled.stderr, /the bus has not taken an event \(InternalFailure\)/);
  });

  it('answer people and settle where the configuration cannot be read, and approve nothing', async () => {
    const [{ id } = { id: '' }] = await bench.state.list({}, 1);
    const broken = { ...env, REMEDIATION_CONFIGURATION: 's3://governance/gone.yaml' };
    const former = bench.services.answers;
    bench.services.answers = { ...former, 's3:GetObject': new ServiceError('NoSuchKey', 404) };

    const listed = await invoke('remediation-control.lambda.ts', broken, request({ command: 'list' }));
    await bench.database.owner.query(`UPDATE state.remediation SET status = 'planned'`);
    const planned = await invoke('remediation-control.lambda.ts', broken, request({ command: 'plan', id }));
    await bench.database.owner.query(`UPDATE state.remediation SET status = 'applied'`);
    const settled = await invoke('settle-remediation.lambda.ts', broken, {});
    bench.services.answers = former;

    assert.match(listed.stdout, /ANSWER \{"statusCode":200.*applied/, listed.stderr);
    assert.match(planned.stdout, /ANSWER \{"statusCode":409.*cannot be used: NoSuchKey from S3/, planned.stderr);
    assert.match(settled.stdout, /ANSWER null/, settled.stderr);
  });

  it('name each setting that is missing, and start without none of them', async () => {
    const { code, stderr } = await invoke('remediate.lambda.ts', { ...env, REMEDIATION_CONFIGURATION: 'on' }, {});

    assert.notEqual(code, 0);
    assert.match(stderr, /REMEDIATION_CONFIGURATION: must be s3:/);
  });
});
