import assert from 'node:assert/strict';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecurityHubClient } from '@aws-sdk/client-securityhub';
import { EventsRefused, mirrorTargets } from '../../../lambda/adapters/remediation-mirror.ts';
import { mirrorRemediation } from '../../../lambda/remediation/mirror.ts';
import { remediate } from '../../../lambda/remediation/remediate.ts';
import { HUB, MEMBER, type RemediationBench, message, startRemediation } from '../../support/remediation.ts';
import { ServiceError } from '../../support/service-stand-in.ts';

const BUCKET = 'arn:aws:s3:::invoices';
const BUS = 'arn:aws:events:eu-west-1:111122223333:event-bus/security';
const ACCEPTED = {
  'events:PutEvents': { FailedEntryCount: 0, Entries: [{ EventId: '1' }] },
  'securityhub:BatchUpdateFindings': { ProcessedFindings: [], UnprocessedFindings: [] },
};

describe('mirrorRemediation', () => {
  let bench: RemediationBench;
  let securityHub: SecurityHubClient;
  let eventBridge: EventBridgeClient;

  before(async () => {
    bench = await startRemediation();
    const configuration = { ...bench.services.client, region: 'eu-west-1' };
    securityHub = new SecurityHubClient(configuration);
    eventBridge = new EventBridgeClient(configuration);
  });
  after(() => {
    securityHub.destroy();
    eventBridge.destroy();
    return bench.close();
  });
  beforeEach(() => bench.reset());

  const mirror = () => mirrorRemediation(bench.state, mirrorTargets(securityHub, eventBridge, BUS), () => bench.now);
  const applyOne = async () => {
    bench.services.answers = { ...ACCEPTED, 's3:GetBucketVersioning': {}, 's3:PutBucketVersioning': {} };
    const id = await bench.addFinding({
      ruleKey: 's3-bucket-versioning-enabled',
      finding: { Resources: [{ Type: 'AwsS3Bucket', Id: BUCKET }] },
    });
    const configuration = { assignments: [{ actions: ['s3-bucket-versioning'], mode: 'automatic' }] };
    assert.deepEqual((await remediate([message(id)], bench.dependencies(configuration))).outcomes, { applied: 1 });
    bench.services.calls.length = 0;
    return id;
  };

  it('sends each event to the bus, and the newest as the note of the finding', async () => {
    const finding = await applyOne();
    const [{ id } = { id: '' }] = await bench.state.list({}, 1);

    assert.equal(await mirror(), 2);

    const [events, notes] = bench.services.calls;
    assert.equal(events?.call, 'events:PutEvents');
    const entries = events?.input['Entries'] as Record<string, string>[];
    assert.deepEqual(
      entries.map(({ Source, DetailType, EventBusName }) => [Source, DetailType, EventBusName]),
      [1, 2].map(() => ['virtual-soc', 'Virtual SOC Remediation', BUS]),
    );
    assert.deepEqual(JSON.parse(entries[1]?.['Detail'] ?? ''), {
      remediationId: id,
      kind: 'application',
      status: 'applied',
      action: 's3-bucket-versioning',
      account: MEMBER,
      region: 'eu-west-1',
      resource: BUCKET,
      technique: 'T1485',
      finding,
      actor: 'automatic',
      at: '2026-11-01T12:00:00.000Z',
      reason: null,
      undo: `vsoc remediation undo ${id}`,
    });
    assert.equal(notes?.call, 'securityhub:BatchUpdateFindings');
    assert.deepEqual(notes?.input, {
      FindingIdentifiers: [{ Id: finding, ProductArn: HUB.productArn }],
      Note: {
        Text:
          `Virtual SOC has done this: s3-bucket-versioning (s3:PutBucketVersioning) on ${BUCKET}. By automatic. ` +
          `Undo: vsoc remediation undo ${id}.`,
        UpdatedBy: 'virtual-soc/remediation',
      },
    });
  });

  it('tells each thing once', async () => {
    await applyOne();
    await mirror();
    bench.services.calls.length = 0;

    assert.equal(await mirror(), 0);
    assert.deepEqual(bench.services.calls, []);
  });

  it('tells each thing once where several functions are at it', async () => {
    await applyOne();

    const told = await Promise.all([mirror(), mirror(), mirror()]);

    assert.deepEqual(told.toSorted(), [0, 0, 2]);
    assert.equal(bench.services.calls.filter(({ call }) => call === 'events:PutEvents').length, 1);
  });

  it('tells it the next time where the bus has not taken it', async () => {
    await applyOne();
    bench.services.answers = {
      ...ACCEPTED,
      'events:PutEvents': { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }, { EventId: '1' }] },
    };
    await assert.rejects(mirror(), EventsRefused);

    bench.services.answers = ACCEPTED;
    assert.equal(await mirror(), 2);
  });

  it('tells it the next time where Security Hub does not answer', async () => {
    await applyOne();
    bench.services.answers = {
      ...ACCEPTED,
      'securityhub:BatchUpdateFindings': new ServiceError('InternalException', 500),
    };
    await assert.rejects(mirror());

    bench.services.answers = ACCEPTED;
    assert.equal(await mirror(), 2);
  });

  it('does not wait for a finding that Security Hub no longer has', async () => {
    await applyOne();
    bench.services.answers = {
      ...ACCEPTED,
      'securityhub:BatchUpdateFindings': {
        ProcessedFindings: [],
        UnprocessedFindings: [{ FindingIdentifier: { Id: 'x', ProductArn: 'y' }, ErrorCode: 'FindingNotFound' }],
      },
    };

    assert.equal(await mirror(), 2);
  });
});
