import assert from 'node:assert/strict';
import { sqsEvent } from '../../local/event-queue.ts';
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
    assert.ok(enrichment.openTechniques().length > 0);
    assert.ok(enrichment.findings('tactic').length > 0);
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
