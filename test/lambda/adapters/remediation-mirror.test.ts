import assert from 'node:assert/strict';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecurityHubClient } from '@aws-sdk/client-securityhub';
import { NoteNotTaken, mirrorTargets } from '../../../lambda/adapters/remediation-mirror.ts';
import { BATCH, EventsRefused, mirrorRemediation } from '../../../lambda/remediation/mirror.ts';
import { planHash } from '../../../lambda/remediation/plan-hash.ts';
import { controlRemediation } from '../../../lambda/remediation/remediation-control.ts';
import { remediate } from '../../../lambda/remediation/remediate.ts';
import { HUB, MEMBER, type RemediationBench, message, startRemediation } from '../../support/remediation.ts';
import { ServiceError } from '../../support/service-stand-in.ts';

const BUCKET = 'arn:aws:s3:::invoices';
const BUS = 'arn:aws:events:eu-west-1:111122223333:event-bus/security';
const TAKEN = { FailedEntryCount: 0, Entries: [{ EventId: '1' }] };
const WRITTEN = { ProcessedFindings: [], UnprocessedFindings: [] };
const ACCEPTED = { 'events:PutEvents': TAKEN, 'securityhub:BatchUpdateFindings': WRITTEN };
const refusing = (ErrorCode: string) => ({
  ProcessedFindings: [],
  UnprocessedFindings: [{ FindingIdentifier: { Id: 'x', ProductArn: 'y' }, ErrorCode }],
});
const ANA = { accountId: HUB.accountId, userArn: `arn:aws:iam::${HUB.accountId}:user/ana` };
const A_DAY = 24 * 60;

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

  const mirror = (limits: { batches?: number } = {}) =>
    mirrorRemediation(bench.state, mirrorTargets(securityHub, eventBridge, BUS), () => bench.now, limits);
  const versioning = (mode: string) => ({ assignments: [{ actions: ['s3-bucket-versioning'], mode }] });
  const addBucket = (bucket = BUCKET, techniqueId = 'T1485') =>
    bench.addFinding({
      ruleKey: 's3-bucket-versioning-enabled',
      techniqueId,
      finding: { Resources: [{ Type: 'AwsS3Bucket', Id: bucket }] },
    });
  const planOf = async (...findings: string[]) => {
    bench.services.answers = { ...ACCEPTED, 's3:GetBucketVersioning': {}, 's3:PutBucketVersioning': {} };
    await remediate(
      findings.map((id) => message(id)),
      bench.dependencies(versioning('plan')),
    );
    bench.services.calls.length = 0;
  };
  const approve = async (id: string) => {
    const plan = planHash((await bench.state.find(id))?.remediation ?? assert.fail(id));
    return controlRemediation({ command: 'approve', id, plan }, ANA, bench.control(versioning('approve')));
  };
  const planMany = async (count: number) => {
    const findings: string[] = [];
    for (let index = 0; index < count; index += 1) findings.push(await addBucket(`${BUCKET}-${index}`));
    await planOf(...findings);
  };
  const applyOne = async () => {
    bench.services.answers = { ...ACCEPTED, 's3:GetBucketVersioning': {}, 's3:PutBucketVersioning': {} };
    const id = await addBucket();
    assert.deepEqual((await remediate([message(id)], bench.dependencies(versioning('automatic')))).outcomes, {
      applied: 1,
    });
    bench.services.calls.length = 0;
    return id;
  };
  const callsOf = (call: string) => bench.services.calls.filter((made) => made.call === call);
  const entries = () =>
    callsOf('events:PutEvents').flatMap(({ input }) => input['Entries'] as Record<string, string>[]);
  const notes = () =>
    callsOf('securityhub:BatchUpdateFindings').map(({ input }) => ({
      id: (input['FindingIdentifiers'] as { Id: string }[])[0]?.Id,
      text: (input['Note'] as { Text: string }).Text,
    }));

  it('sends each event to the bus, and the newest as the note of the finding', async () => {
    const finding = await applyOne();
    const [{ id } = { id: '' }] = await bench.state.list({}, 1);

    assert.deepEqual(await mirror(), { events: 2, notes: 1 });

    const [events, note] = bench.services.calls;
    assert.equal(events?.call, 'events:PutEvents');
    assert.deepEqual(
      entries().map(({ Source, DetailType, EventBusName }) => [Source, DetailType, EventBusName]),
      [1, 2].map(() => ['virtual-soc', 'Virtual SOC Remediation', BUS]),
    );
    assert.deepEqual(JSON.parse(entries()[1]?.['Detail'] ?? ''), {
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
      planOnly: false,
      message:
        `Virtual SOC has done this: s3-bucket-versioning (s3:PutBucketVersioning). Undo: vsoc remediation undo ${id}. ` +
        `On ${BUCKET}. By automatic. In account ${MEMBER}, eu-west-1, for T1485, at 2026-11-01T12:00:00.000Z.`,
    });
    assert.equal(note?.call, 'securityhub:BatchUpdateFindings');
    assert.deepEqual(note?.input, {
      FindingIdentifiers: [{ Id: finding, ProductArn: HUB.productArn }],
      Note: {
        Text:
          `Virtual SOC has done this: s3-bucket-versioning (s3:PutBucketVersioning). ` +
          `Undo: vsoc remediation undo ${id}. On ${BUCKET}. By automatic.`,
        UpdatedBy: 'virtual-soc/remediation',
      },
    });
  });

  it('tells whom to mail from what is only planned, with the reason, and how to undo by hand what we cannot', async () => {
    bench.services.answers = ACCEPTED;
    const finding = await addBucket();
    bench.withoutRole.add(MEMBER);
    for (const mode of ['plan', 'approve']) {
      await remediate([message(finding)], bench.dependencies(versioning(mode)));
      bench.later(A_DAY + 1);
    }
    bench.withoutRole.clear();
    bench.services.answers = {
      ...ACCEPTED,
      'cloudtrail:GetTrailStatus': { IsLogging: false },
      'cloudtrail:ListTags': { ResourceTagList: [] },
      'cloudtrail:StartLogging': {},
    };
    const trail = await bench.addFinding({
      ruleKey: 'cloudtrail-enabled',
      techniqueId: 'T1685',
      finding: { Resources: [{ Type: 'AwsCloudTrailTrail', Id: `arn:aws:cloudtrail:eu-west-1:${MEMBER}:trail/main` }] },
    });
    const trails = { assignments: [{ actions: ['cloudtrail-logging'], mode: 'automatic' }] };
    await remediate([message(trail)], bench.dependencies(trails));

    await mirror();

    const told = entries().map(({ Detail }) => JSON.parse(Detail ?? '') as Record<string, unknown>);
    assert.deepEqual(
      told.map(({ kind, planOnly, undo }) => [kind, planOnly, undo]),
      [
        ['failure', true, null],
        ['failure', false, null],
        ['start', false, null],
        ['application', false, null],
      ],
    );
    assert.match(
      String(told[1]?.['message']),
      /could not do this.*Reason: the account does not let Virtual SOC remediate/,
    );
    assert.match(String(told[3]?.['message']), /It cannot be undone by us: .*aws cloudtrail stop-logging/);
    for (const { message: text } of told) assert.doesNotMatch(String(text), /["\\\n]/);
  });

  it('tells each thing once', async () => {
    await applyOne();
    await mirror();
    bench.services.calls.length = 0;

    assert.deepEqual(await mirror(), { events: 0, notes: 0 });
    assert.deepEqual(bench.services.calls, []);
  });

  it('tells each thing once where several functions are at it', async () => {
    await applyOne();

    const told = await Promise.all([mirror(), mirror(), mirror()]);

    assert.deepEqual(told.map(({ events }) => events).toSorted(), [0, 0, 2]);
    assert.equal(callsOf('events:PutEvents').length, 1);
    assert.equal(notes().length, 1);
  });

  it('tells the next time what the bus has not taken, and no more', async () => {
    await applyOne();
    bench.services.answers = {
      ...ACCEPTED,
      'events:PutEvents': { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }, { EventId: '1' }] },
    };
    await assert.rejects(mirror(), EventsRefused);

    bench.services.answers = ACCEPTED;
    bench.services.calls.length = 0;
    assert.deepEqual(await mirror(), { events: 1, notes: 0 });
    assert.equal((JSON.parse(entries()[0]?.['Detail'] ?? '') as { kind: string }).kind, 'start');
  });

  it('sends the later events past one that the bus does not take', async () => {
    await planMany(BATCH + 3);
    let taken = 0;
    bench.services.answers = {
      ...ACCEPTED,
      'events:PutEvents': () => {
        const sent = callsOf('events:PutEvents').at(-1)?.input['Entries'] as { Detail: string }[];
        const isRefused = ({ Detail }: { Detail: string }) => Detail.includes(`${BUCKET}-0"`);
        taken += sent.filter((entry) => !isRefused(entry)).length;
        return {
          FailedEntryCount: sent.filter(isRefused).length,
          Entries: sent.map((entry) => (isRefused(entry) ? { ErrorCode: 'MalformedDetail' } : { EventId: '1' })),
        };
      },
    };

    await assert.rejects(mirror(), EventsRefused);
    await assert.rejects(mirror(), EventsRefused);

    assert.equal(taken, BATCH + 2);
  });

  it('writes notes where the bus does not answer', async () => {
    await applyOne();
    bench.services.answers = { ...ACCEPTED, 'events:PutEvents': new ServiceError('InternalException', 500) };

    await assert.rejects(mirror());

    assert.equal(notes().length, 1);
  });

  it('sends no event again because a note could not be written', async () => {
    await applyOne();
    bench.services.answers = {
      ...ACCEPTED,
      'securityhub:BatchUpdateFindings': new ServiceError('InvalidInputException'),
    };
    for (let run = 0; run < 3; run += 1) await assert.rejects(mirror());

    assert.equal(entries().length, 2);
  });

  it('writes the note the next time where Security Hub does not answer', async () => {
    await applyOne();
    bench.services.answers = {
      ...ACCEPTED,
      'securityhub:BatchUpdateFindings': new ServiceError('InternalException', 500),
    };
    await assert.rejects(mirror());

    bench.services.answers = ACCEPTED;
    assert.deepEqual(await mirror(), { events: 0, notes: 1 });
  });

  it('writes the note the next time where Security Hub does not take it for a passing reason', async () => {
    await applyOne();
    bench.services.answers = { ...ACCEPTED, 'securityhub:BatchUpdateFindings': refusing('ConcurrentUpdateError') };
    await assert.rejects(mirror(), NoteNotTaken);

    bench.services.answers = ACCEPTED;
    assert.deepEqual(await mirror(), { events: 0, notes: 1 });
  });

  it('does not wait for a finding that Security Hub no longer has', async () => {
    await applyOne();
    bench.services.answers = { ...ACCEPTED, 'securityhub:BatchUpdateFindings': refusing('FindingNotFound') };
    await mirror();

    await mirror();

    assert.equal(notes().length, 1);
  });

  it('writes all other notes past one that fails', async () => {
    await planMany(BATCH + 3);
    bench.services.answers = {
      ...ACCEPTED,
      'securityhub:BatchUpdateFindings': () =>
        notes().at(-1)?.text.includes(`${BUCKET}-0.`) ? new ServiceError('InvalidInputException') : WRITTEN,
    };

    await assert.rejects(mirror());
    await assert.rejects(mirror());

    assert.equal(new Set(notes().map(({ id }) => id)).size, BATCH + 3);
    assert.equal(entries().length, BATCH + 3);
  });

  it('leaves Security Hub alone after some failures in a row, and begins with the others the next time', async () => {
    await planMany(7);
    bench.services.answers = {
      ...ACCEPTED,
      'securityhub:BatchUpdateFindings': new ServiceError('InvalidInputException'),
    };

    await assert.rejects(mirror());
    assert.equal(notes().length, 3);

    await assert.rejects(mirror());
    assert.equal(new Set(notes().map(({ id }) => id)).size, 6);
  });

  it('gives a note up that has failed for a day, and says so for a day', async () => {
    await applyOne();
    bench.services.answers = {
      ...ACCEPTED,
      'securityhub:BatchUpdateFindings': new ServiceError('InvalidInputException'),
    };
    await assert.rejects(mirror());
    assert.equal(await bench.state.untold(bench.now), 0);

    bench.later(A_DAY + 1);
    assert.equal(await bench.state.untold(bench.now), 1);
    await assert.rejects(mirror());
    bench.services.calls.length = 0;
    await mirror();

    assert.deepEqual(bench.services.calls, []);
    assert.equal(await bench.state.untold(bench.now), 1);
    bench.later(A_DAY + 1);
    assert.equal(await bench.state.untold(bench.now), 0);
  });

  it('gives no note up that has waited for a day and failed once', async () => {
    await applyOne();
    bench.later(3 * A_DAY);
    bench.services.answers = {
      ...ACCEPTED,
      'securityhub:BatchUpdateFindings': new ServiceError('InternalException', 500),
    };
    await assert.rejects(mirror());

    bench.services.answers = ACCEPTED;
    assert.deepEqual(await mirror(), { events: 0, notes: 1 });
  });

  it('counts what has waited for longer than an hour', async () => {
    await applyOne();

    bench.later(60);
    assert.equal(await bench.state.untold(bench.now), 0);
    bench.later(1);
    assert.equal(await bench.state.untold(bench.now), 3);

    await mirror();
    assert.equal(await bench.state.untold(bench.now), 0);
  });

  it('does as much as it is told to, and the rest the next time', async () => {
    await planMany(2 * BATCH + 1);

    assert.deepEqual(await mirror({ batches: 1 }), { events: BATCH, notes: BATCH });
    assert.deepEqual(await mirror(), { events: BATCH + 1, notes: BATCH + 1 });
  });

  it('writes the note of each technique finding that a change answers', async () => {
    const one = await addBucket(BUCKET, 'T1485');
    const two = await addBucket(BUCKET, 'T1490');
    await planOf(one, two);

    await mirror();

    assert.deepEqual(
      notes().map(({ id }) => id),
      [one, two],
    );
    assert.equal(new Set(notes().map(({ text }) => text)).size, 1);
    assert.equal(entries().length, 1);
  });

  it('writes all of them anew when more happens', async () => {
    const findings = [await addBucket(BUCKET, 'T1485'), await addBucket(BUCKET, 'T1490')];
    await planOf(...findings);
    await mirror();
    bench.services.calls.length = 0;
    await remediate([message(findings[1] ?? '')], bench.dependencies(versioning('approve')));
    const [{ id } = { id: '' }] = await bench.state.list({}, 1);
    await approve(id);

    await mirror();

    assert.deepEqual(
      notes()
        .map((note) => note.id)
        .toSorted(),
      findings.toSorted(),
    );
    for (const { text } of notes()) assert.match(text, /has done this: .* Undo: vsoc remediation undo/);
  });

  it('says of an alert that is known already on the finding of another technique too', async () => {
    bench.services.answers = ACCEPTED;
    const root = {
      ruleKey: 'iam-root-access-key-check',
      finding: { Resources: [{ Type: 'AwsAccount', Id: `AWS::::Account:${MEMBER}` }] },
    };
    const findings = [
      await bench.addFinding({ ...root, techniqueId: 'T1078' }),
      await bench.addFinding({ ...root, techniqueId: 'T1552' }),
    ];
    bench.services.answers = {
      ...ACCEPTED,
      'iam:GetAccountSummary': { SummaryMap: { entry: [{ key: 'AccountAccessKeysPresent', value: 1 }] } },
    };
    await remediate(
      findings.map((id) => message(id)),
      bench.dependencies({ assignments: [{ actions: ['root-access-key-alert'], mode: 'plan' }] }),
    );

    await mirror();

    assert.deepEqual(
      notes().map(({ id }) => id),
      findings,
    );
    assert.equal(entries().length, 1);
  });

  it('keeps in the note what one action says when another has something to say', async () => {
    bench.services.answers = {
      ...ACCEPTED,
      'iam:GetUser': { User: { UserName: 'alice', Arn: `arn:aws:iam::${MEMBER}:user/alice`, UserId: 'x' } },
      'iam:ListAttachedUserPolicies': { IsTruncated: false, AttachedPolicies: '' },
      'iam:ListGroupsForUser': { Groups: '', IsTruncated: false },
      'iam:GetGroup': { Group: { GroupName: 'virtual-soc-isolation' }, Users: '', IsTruncated: false },
    };
    const finding = await bench.addFinding({
      provider: 'guardduty',
      ruleKey: 'UnauthorizedAccess:IAMUser/TorIPCaller',
      techniqueId: 'T1078',
      finding: {
        ProductArn: 'arn:aws:securityhub:eu-west-1::product/aws/guardduty',
        Resources: [{ Type: 'AwsIamUser', Id: `arn:aws:iam::${MEMBER}:user/alice` }],
      },
    });
    const actions = ['iam-user-quarantine', 'iam-user-isolation-group'];
    await remediate([message(finding)], bench.dependencies({ assignments: [{ actions, mode: 'plan' }] }));

    await mirror();

    const [{ text } = { text: '' }, ...others] = notes();
    assert.deepEqual(others, []);
    for (const action of actions) assert.ok(text.includes(action), text);
  });

  it('writes no note again that would say the same, since each comes back as an event', async () => {
    const finding = await addBucket();
    await planOf(finding);
    await mirror();
    // As after an event that changes nothing that the note says.
    await bench.database.owner.query('UPDATE state.remediation_note SET due_since = now(), revision = revision + 1');
    bench.services.calls.length = 0;

    await mirror();
    await planOf(finding);
    await mirror();

    assert.deepEqual(bench.services.calls, []);
  });

  it('writes the note where the finding is published by now', async () => {
    const finding = await addBucket();
    await planOf(finding);
    await mirror();
    await bench.database.owner.query(
      `UPDATE state.technique_finding SET written_account = '${MEMBER}', written_region = 'eu-west-1'`,
    );
    const owner = { accountId: MEMBER, productArn: HUB.productArn.replaceAll(HUB.accountId, MEMBER) };
    await remediate([message(finding, owner)], bench.dependencies(versioning('plan')));
    bench.services.calls.length = 0;

    await mirror();

    const [note] = callsOf('securityhub:BatchUpdateFindings');
    assert.deepEqual(note?.input['FindingIdentifiers'], [{ Id: finding, ProductArn: owner.productArn }]);
  });

  it('has no older note take the place of a newer one', async () => {
    const finding = await addBucket();
    bench.services.answers = { ...ACCEPTED, 's3:GetBucketVersioning': {}, 's3:PutBucketVersioning': {} };
    const dependencies = bench.dependencies(versioning('approve'));
    await remediate([message(finding)], dependencies);
    const [{ id } = { id: '' }] = await bench.state.list({}, 1);
    const written: string[] = [];
    const texts = (slow: Promise<void>) => ({
      putEvents: () => Promise.resolve(new Map<number, string>()),
      writeNote: async ({ text }: { text: string }) => {
        await slow;
        written.push(text);
        return 'written' as const;
      },
    });
    let begun!: () => void;
    let release!: () => void;
    const hasBegun = new Promise<void>((resolve) => (begun = resolve));
    const gate = new Promise<void>((resolve) => (release = resolve));
    const slow = texts(gate);
    const one = mirrorRemediation(
      bench.state,
      { ...slow, writeNote: (note) => (begun(), slow.writeNote(note)) },
      () => bench.now,
    );
    await hasBegun;

    await approve(id);
    await mirrorRemediation(bench.state, texts(Promise.resolve()), () => bench.now);
    release();
    await one;

    assert.equal(written.length, 2);
    assert.match(written[0] ?? '', /asks to do this/);
    assert.match(written[1] ?? '', /has done this/);
  });
});
