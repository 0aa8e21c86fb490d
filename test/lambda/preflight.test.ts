import assert from 'node:assert/strict';
import type { CdkCustomResourceEvent, CdkCustomResourceResponse } from 'aws-lambda';
import { type LocalSecurityHub, startSecurityHub } from '../../local/security-hub/server.ts';
import {
  type Answer,
  AwsError,
  type AwsStandIn,
  resourceEvent,
  setEnvironment,
  startAws,
} from '../support/aws-stand-in.ts';

const ACCOUNT = '444455556666';
const REGION = 'eu-west-1';

const PROPERTIES = { StackName: 'SC-soc', FindingFormat: 'cspm', EnableSecurityHub: 'no', Answers: ['vpc-1'] };

const AGGREGATOR = `arn:aws:securityhub:${REGION}:${ACCOUNT}:finding-aggregator/1`;

const refuse = (code: string) => () => {
  throw new AwsError(code, `${code}.`, 403);
};

/** A delegated administrator in its home Region. */
const READY: Readonly<Record<string, Answer>> = {
  DescribeHub: () => ({ HubArn: 'arn', ControlFindingGenerator: 'SECURITY_CONTROL' }),
  GetAdministratorAccount: () => ({}),
  DescribeOrganizationConfiguration: () => ({ AutoEnable: true }),
  ListFindingAggregators: () => ({ FindingAggregators: [{ FindingAggregatorArn: AGGREGATOR }] }),
  GetFindingAggregator: () => ({ FindingAggregationRegion: REGION }),
  ListRules: () => ({ Rules: [] }),
};

const ON_EVERY_FINDING = JSON.stringify({
  source: ['aws.securityhub'],
  'detail-type': ['Security Hub Findings - Imported'],
});

describe('the preflight', () => {
  let aws: AwsStandIn;
  let restore: () => void;
  let handler: (event: CdkCustomResourceEvent) => Promise<CdkCustomResourceResponse>;

  before(async () => {
    aws = await startAws();
    restore = setEnvironment({
      ...aws.env,
      HUB_ACCOUNT_ID: ACCOUNT,
      HUB_REGION: REGION,
      POWERTOOLS_LOG_LEVEL: 'SILENT',
    });
    ({ handler } = await import('../../lambda/preflight.lambda.ts'));
  });

  beforeEach(() => {
    aws.answers = READY;
    aws.calls.length = 0;
  });

  after(async () => {
    restore();
    await aws.close();
  });

  const create = async (properties: Record<string, unknown> = {}) => {
    const { Data } = await handler(resourceEvent('Create', { ...PROPERTIES, ...properties }));
    return Data as { Facts: string; Warnings: string };
  };

  it('passes in the home Region of the delegated administrator, and reports what it found', async () => {
    assert.deepEqual(await create(), {
      Facts:
        "Security Hub (CSPM) is on; the account is the organisation's administrator; eu-west-1 is the home Region; " +
        'control findings are consolidated.',
      Warnings: 'none',
    });
  });

  it('fails where Security Hub is off, and says how to turn it on', async () => {
    aws.answers = { ...READY, DescribeHub: refuse('InvalidAccessException') };

    await assert.rejects(create(), {
      message:
        'Security Hub (CSPM) is off in account 444455556666, Region eu-west-1, and only it takes our findings. Turn it on, ' +
        'or answer yes to EnableSecurityHub.',
    });
  });

  it('passes where Security Hub is off and will be turned on, and says what it could not see', async () => {
    aws.answers = { ...READY, DescribeHub: refuse('InvalidAccessException') };

    const { Facts, Warnings } = await create({ EnableSecurityHub: 'yes' });

    assert.match(Facts, /is off and will be turned on/);
    assert.match(Warnings, /could not be looked at/);
  });

  it('fails in a member account, and names its administrator', async () => {
    aws.answers = { ...READY, GetAdministratorAccount: () => ({ Administrator: { AccountId: '111122223333' } }) };

    await assert.rejects(create(), /is a member of Security Hub; its administrator is 111122223333\./);
  });

  it('passes for an administrator of invited members', async () => {
    aws.answers = {
      ...READY,
      DescribeOrganizationConfiguration: refuse('InvalidAccessException'),
      ListMembers: () => ({ Members: [{ AccountId: '111122223333' }] }),
    };

    assert.match((await create()).Facts, /administrator of the members it has invited/);
  });

  it('passes in a standalone account with a warning', async () => {
    aws.answers = {
      ...READY,
      DescribeOrganizationConfiguration: refuse('InvalidAccessException'),
      ListMembers: () => ({ Members: [] }),
    };

    assert.match((await create()).Warnings, /^Account 444455556666 administers no other in Security Hub/);
  });

  it('fails outside the home Region, and names it', async () => {
    aws.answers = { ...READY, GetFindingAggregator: () => ({ FindingAggregationRegion: 'us-east-1' }) };

    await assert.rejects(create(), /^Error: The home Region of Security Hub is us-east-1, and this is eu-west-1\./);
  });

  it('passes without aggregation with a warning', async () => {
    aws.answers = { ...READY, ListFindingAggregators: () => ({ FindingAggregators: [] }) };

    assert.match((await create()).Warnings, /no Region but eu-west-1/);
  });

  it('reports control findings that come once for each standard', async () => {
    aws.answers = { ...READY, DescribeHub: () => ({ HubArn: 'arn', ControlFindingGenerator: 'STANDARD_CONTROL' }) };

    assert.match((await create()).Facts, /control findings are one for each standard\.$/);
  });

  it('warns of event rules of any page that would fire on our findings', async () => {
    const page = (Name: string) => ({ Name, State: 'ENABLED', EventPattern: ON_EVERY_FINDING });
    aws.answers = {
      ...READY,
      ListRules: ({ NextToken }) =>
        NextToken === undefined ? { Rules: [page('tickets')], NextToken: 'two' } : { Rules: [page('chat')] },
    };

    const { Warnings } = await create();

    assert.match(Warnings, /^These event rules would fire on our findings too: tickets, chat\. .*virtual-soc\//);
  });

  it('does not warn of rules of its own stack, or switched off', async () => {
    const EventPattern = ON_EVERY_FINDING;
    aws.answers = {
      ...READY,
      ListRules: () => ({
        Rules: [
          { Name: 'SC-soc-own-findings', State: 'ENABLED', EventPattern },
          { Name: 'old', State: 'DISABLED', EventPattern },
          { Name: 'nightly', State: 'ENABLED', ScheduleExpression: 'rate(1 day)' },
        ],
      }),
    };

    assert.equal((await create()).Warnings, 'none');
  });

  it('fails where findings of the new Security Hub are asked for and it is off', async () => {
    aws.answers = { ...READY, DescribeSecurityHubV2: refuse('ResourceNotFoundException') };

    await assert.rejects(create({ FindingFormat: 'v2' }), /^Error: The new Security Hub \(V2\) is off.*cspm/);
  });

  it('warns where findings of the new Security Hub are asked for and CSPM may have others', async () => {
    aws.answers = { ...READY, DescribeSecurityHubV2: () => ({ HubV2Arn: 'arn' }) };

    assert.match((await create({ FindingFormat: 'v2' })).Warnings, /^FindingFormat is v2/);
  });

  it('fails with the service and its reason where one does not answer', async () => {
    aws.answers = { ...READY, ListRules: refuse('AccessDeniedException') };

    await assert.rejects(create(), /^Error: EventBridge does not answer ListRules \(AccessDeniedException\)/);
  });

  it('looks again on update', async () => {
    aws.answers = { ...READY, DescribeHub: refuse('InvalidAccessException') };

    await assert.rejects(Promise.resolve(handler(resourceEvent('Update', PROPERTIES, 'preflight-other'))), /is off/);
  });

  it('does not fail a rollback to what it has passed with', async () => {
    const { PhysicalResourceId } = await handler(resourceEvent('Create', PROPERTIES));
    aws.answers = { ...READY, DescribeHub: refuse('InvalidAccessException') };

    const { Data } = await handler(resourceEvent('Update', PROPERTIES, PhysicalResourceId));

    assert.match(Data?.['Warnings'] as string, /is off/);
  });

  it('succeeds on delete without a call', async () => {
    assert.deepEqual(await handler(resourceEvent('Delete', PROPERTIES, 'preflight-1')), {
      PhysicalResourceId: 'preflight-1',
    });
    assert.deepEqual(aws.calls, []);
  });

  it('keeps what it says within an output of CloudFormation', async () => {
    const rule = (index: number) => ({
      Name: `${index}${'x'.repeat(600)}`,
      State: 'ENABLED',
      EventPattern: ON_EVERY_FINDING,
    });
    aws.answers = { ...READY, ListRules: () => ({ Rules: [rule(1), rule(2), rule(3)] }) };

    assert.ok(Buffer.byteLength((await create()).Warnings) <= 1024);
  });
});

describe('the preflight with the local Security Hub', () => {
  let hub: LocalSecurityHub;
  let restore: () => void;

  before(async () => {
    hub = await startSecurityHub({ account: ACCOUNT, region: REGION, enabled: false });
    restore = setEnvironment({
      AWS_ENDPOINT_URL_SECURITYHUB: hub.url,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    });
  });

  after(async () => {
    restore();
    await hub.close();
  });

  it('tells a hub that is off from one that is on', async () => {
    const { preflightQuestions } = await import('../../lambda/preflight-questions.ts');
    const { securityHubSwitch } = await import('../../lambda/enable-services-switches.ts');
    const questions = preflightQuestions(REGION);

    const off = await questions.hub();
    await securityHubSwitch(REGION, false).turnOn();

    assert.equal(off, undefined);
    assert.deepEqual(await questions.hub(), { controlFindings: 'consolidated' });
  });
});
