import assert from 'node:assert/strict';
import { recentSensors } from '../../lambda/adapters/sensor-state.ts';
import { sqsEvent } from '../../local/event-queue.ts';
import { startAws } from '../support/aws-stand-in.ts';
import { type Enrichment, TARGET, startEnrichment } from '../support/enrichment.ts';
import { invoke } from '../support/entry-point.ts';
import { configFinding, findingEvent } from '../support/source-findings.ts';
import { startSts } from '../support/sts.ts';

describe('the functions, each in a process of its own', () => {
  let enrichment: Enrichment;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    enrichment = await startEnrichment();
    env = {
      HUB_ACCOUNT_ID: TARGET.accountId,
      HUB_REGION: TARGET.region,
      DATABASE_URL: enrichment.database.readerUrl,
      AWS_ENDPOINT_URL_SECURITYHUB: enrichment.hub.url,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      POWERTOOLS_METRICS_NAMESPACE: 'VirtualSOC',
    };
  });

  after(() => enrichment.close());

  it('enrich, roll up, note workflow changes and reconcile, with the rights of the enrichment role', async () => {
    const batch = sqsEvent([
      { id: 'good', body: JSON.stringify(findingEvent(configFinding())) },
      { id: 'bad', body: 'no JSON' },
    ]);

    const enriched = await invoke('enrich-finding.lambda.ts', env, batch);
    const echo = enrichment.events.filter(({ detail }) => JSON.stringify(detail).includes('virtual-soc/technique'));
    const noted = await invoke(
      'workflow-change.lambda.ts',
      env,
      sqsEvent(echo.map((event, index) => ({ id: String(index), body: JSON.stringify(event) }))),
    );
    const rolledUp = await invoke('roll-up-tactics.lambda.ts', env, {});
    const reconciled = await invoke('reconcile.lambda.ts', env, {});

    assert.match(enriched.stdout, /ANSWER \{"batchItemFailures":\[\{"itemIdentifier":"bad"\}\]\}/, enriched.stderr);
    assert.match(noted.stdout, /ANSWER \{"batchItemFailures":\[\]\}/, noted.stderr);
    assert.deepEqual([rolledUp.code, reconciled.code], [0, 0], rolledUp.stderr + reconciled.stderr);
    assert.match(reconciled.stdout, /"AttackReleaseAge":\d+\b/);
    assert.ok(enrichment.openTechniques().length > 0);
    assert.ok(enrichment.findings('tactic').length > 0);
  });

  it('reconcile looks at sensors where it is told to, and does its work where it cannot', async () => {
    const aws = await startAws();
    const told = { ...env, READ_SENSORS: 'yes', AWS_ENDPOINT_URL_CONFIG_SERVICE: aws.env['AWS_ENDPOINT_URL'] };

    const refused = await invoke('reconcile.lambda.ts', told, {});
    aws.answers = {
      DescribeConfigurationAggregators: () => ({
        ConfigurationAggregators: [
          { ConfigurationAggregatorName: 'org', OrganizationAggregationSource: { AllAwsRegions: true } },
        ],
      }),
      SelectAggregateResourceConfig: () => ({ Results: [] }),
      DescribeConfigurationAggregatorSourcesStatus: () => ({
        AggregatedSourceStatusList: [
          { SourceId: '444455556666', SourceType: 'ACCOUNT', AwsRegion: 'eu-west-1', LastUpdateStatus: 'SUCCEEDED' },
        ],
      }),
    };
    const read = await invoke('reconcile.lambda.ts', told, {});

    await aws.close();
    assert.deepEqual([refused.code, read.code], [0, 0], refused.stderr + read.stderr);
    assert.match(refused.stdout + refused.stderr, /sensors are not known/);
    assert.deepEqual(
      (await recentSensors(enrichment.database.reader, new Date())).map(({ accountId, isOn }) => [accountId, isOn]),
      [['444455556666', false]],
    );
  });

  it('write to owners where the setting says so, and to the hub where STS refuses', async () => {
    const sts = await startSts(() => true);
    const owner = { ...env, PUBLISH_TO: 'owner', MEMBER_ROLE_NAME: 'soc', AWS_ENDPOINT_URL_STS: sts.endpoint };
    const batch = sqsEvent([{ id: '0', body: JSON.stringify(findingEvent(configFinding({ Id: 'owned' }))) }]);

    const enriched = await invoke('enrich-finding.lambda.ts', owner, batch);
    const reconciled = await invoke('reconcile.lambda.ts', owner, {});

    sts.server.close();
    assert.match(enriched.stdout, /ANSWER \{"batchItemFailures":\[\]\}/, enriched.stderr);
    assert.match(enriched.stdout, /TechniqueFindingsInHubInstead/);
    assert.equal(sts.requests[0]?.get('RoleArn'), 'arn:aws:iam::444455556666:role/virtual-soc/soc');
    assert.equal(reconciled.code, 0, reconciled.stderr);
    assert.ok(
      enrichment.findings('technique').some(({ RelatedFindings }) => RelatedFindings.some(({ Id }) => Id === 'owned')),
    );
  });

  it('tell every quarter of an hour how much is open, by tactic and by severity', async () => {
    const findings = ['LOW', 'CRITICAL'].map((Label) =>
      configFinding({
        Id: `trend-${Label}`,
        Severity: { Label },
        Resources: [{ Type: 'Other', Id: `trend-${Label}` }],
      }),
    );
    await enrichment.deliver(...findings);

    const within = await invoke('roll-up-tactics.lambda.ts', env, { time: '2026-11-01T12:14:00Z' });
    const quarter = await invoke('roll-up-tactics.lambda.ts', env, { time: '2026-11-01T12:15:00Z' });

    const told = (printed: string) => printed.split('\n').filter((line) => line.includes('"OpenTechniques"'));
    const told15 = told(quarter.stdout).map((line) => JSON.parse(line) as Record<string, unknown>);
    const tactics = new Map(
      enrichment
        .findings('tactic')
        .map(({ Title, ProductFields }) => [Title.slice(0, 6), Number(ProductFields['mitre/count/pairs'])]),
    );
    assert.deepEqual(told(within.stdout), []);
    assert.deepEqual(
      new Map(told15.flatMap(({ tactic, OpenTechniques }) => (tactic === undefined ? [] : [[tactic, OpenTechniques]]))),
      tactics,
    );
    assert.deepEqual(
      told15.flatMap(({ severity }) => severity ?? []),
      ['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'],
    );
    assert.ok(told15.some(({ severity, OpenTechniques }) => severity === 'CRITICAL' && Number(OpenTechniques) > 0));
  });

  it('log counts and reasons, and neither a finding nor a password', async () => {
    const secret = configFinding({
      Id: 'secret-id',
      Title: 'secret-title',
      Resources: [{ Type: 'Other', Id: 'secret-resource' }],
    });
    const password = new URL(enrichment.database.readerUrl).password;

    const { stdout, stderr } = await invoke(
      'enrich-finding.lambda.ts',
      env,
      sqsEvent([{ id: '0', body: JSON.stringify(findingEvent(secret)) }]),
    );

    const printed = stdout + stderr;
    assert.match(printed, /"FindingsReceived":1|FindingsReceived/);
    for (const word of ['secret-title', 'secret-resource', 'secret-id', password])
      assert.ok(!printed.includes(word), word);
  });

  it('name the settings that are missing, and show no value', async () => {
    const { code, stderr } = await invoke(
      'enrich-finding.lambda.ts',
      { ...env, HUB_ACCOUNT_ID: 'twelve', DATABASE_URL: undefined },
      {},
    );

    assert.notEqual(code, 0);
    assert.match(stderr, /HUB_ACCOUNT_ID: must be an account id of 12 digits; DATABASE_URL/);
    assert.doesNotMatch(stderr, /twelve/);
  });
});
