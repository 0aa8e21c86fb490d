import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MAX_NOTE_TEXT_LENGTH } from '../../../lambda/core/asff-limits.ts';
import { ACTIONS, isReversible } from '../../../lambda/remediation/actions.ts';
import { composeNote } from '../../../lambda/remediation/note.ts';
import { type EventKind, type NotedRemediation, type Status, STATUSES } from '../../../lambda/remediation/record.ts';

const BUCKET = 'arn:aws:s3:::invoices';
const ID = 'r-0123456789abcdef0123';
const made = (changes: Partial<NotedRemediation> = {}): NotedRemediation => ({
  id: ID,
  actionId: 's3-bucket-versioning',
  status: 'applied',
  accountId: '444455556666',
  region: 'eu-west-1',
  resourceId: BUCKET,
  calls: [{ service: 's3', operation: 'PutBucketVersioning' }],
  kind: 'application',
  actor: 'automatic',
  reason: null,
  ...changes,
});

describe('composeNote', () => {
  it('says of one remediation everything, and what to do first', () => {
    assert.equal(
      composeNote([made({ reason: 'interrupted after the change was made' })]),
      `Virtual SOC has done this: s3-bucket-versioning (s3:PutBucketVersioning). Undo: vsoc remediation undo ${ID}. ` +
        `On ${BUCKET}. By automatic. Reason: interrupted after the change was made.`,
    );
  });

  it('cuts the reason, and never what to do', () => {
    const text = composeNote([
      made({ status: 'requested', kind: 'request', resourceId: `arn:${'n'.repeat(2000)}`, reason: 'x'.repeat(600) }),
    ]);

    assert.equal(text.length, MAX_NOTE_TEXT_LENGTH);
    assert.match(text, new RegExp(`\\. Approve: vsoc remediation approve ${ID}\\. On arn:n+….* Reason: x+…$`));
  });

  it('says how to approve as long as it waits, whatever has happened last', () => {
    for (const kind of ['request', 'approval', 'plan', 'stop'] as const) {
      assert.match(composeNote([made({ status: 'requested', kind })]), /approve r-0123456789abcdef0123/, kind);
    }
  });

  it('names each call once', () => {
    const call = { service: 'ec2', operation: 'RevokeSecurityGroupIngress' };

    assert.match(composeNote([made({ calls: [call, call] })]), / \(ec2:RevokeSecurityGroupIngress\)\. /);
  });

  it('says of several a sentence each, with what to do', () => {
    assert.equal(
      composeNote([
        made({ id: 'r-2', actionId: 'iam-user-isolation-group', status: 'requested', kind: 'request' }),
        made({ id: 'r-1', actionId: 'iam-user-quarantine' }),
      ]),
      'Virtual SOC asks to do this: iam-user-isolation-group on invoices. Approve: vsoc remediation approve r-2. ' +
        'It has done this: iam-user-quarantine on invoices. Undo: vsoc remediation undo r-1.',
    );
  });

  it('says where to find the others that have no room', () => {
    const id = (index: number) => `r-${String(index).padStart(20, '0')}`;
    const text = composeNote(
      Array.from({ length: 12 }, (_each, index) => made({ id: id(index), resourceId: `${BUCKET}-${index}` })),
    );

    assert.match(
      text,
      new RegExp(`^Virtual SOC has done this: s3-bucket-versioning on invoices-0\\. Undo: .* ${id(0)}\\. It has`),
    );
    assert.match(text, new RegExp(` ${id(3)}\\. And 8 more: vsoc remediation list --account 444455556666\\.$`));
  });

  it('tells of no undo where there is none', () => {
    assert.doesNotMatch(composeNote([made({ actionId: 'cloudtrail-logging' })]), /undo/);
  });

  it('leaves out what was superseded on the same resource, unless it can still be answered', () => {
    const failed = made({ id: 'r-3', status: 'failed', kind: 'failure', reason: 'denied' });
    const applied = made({ id: 'r-2' });
    const expired = made({ id: 'r-1', status: 'expired', kind: 'expiry' });

    assert.match(composeNote([failed, expired]), /^Virtual SOC could not do this: .* Reason: denied\.$/);
    assert.equal(
      composeNote([failed, applied, expired]),
      'Virtual SOC could not do this: s3-bucket-versioning on invoices. Reason: denied. ' +
        'It has done this: s3-bucket-versioning on invoices. Undo: vsoc remediation undo r-2.',
    );
  });

  it('is never too long, and always holds the command of the newest that has one', () => {
    const text = fc.string({ unit: 'binary', maxLength: 700 });
    const kind = fc.constantFrom<EventKind>('plan', 'request', 'application', 'undo-refusal', 'reversal', 'alert');
    const remediation: fc.Arbitrary<NotedRemediation> = fc.record({
      id: fc.stringMatching(/^r-[0-9a-f]{20}$/),
      actionId: fc.constantFrom(...ACTIONS.map(({ id }) => id)),
      status: fc.constantFrom<Status>(...STATUSES),
      accountId: fc.constant('444455556666'),
      region: fc.constant('eu-west-1'),
      resourceId: fc.oneof(text, fc.constantFrom('a', 'b')),
      calls: fc.array(fc.record({ service: text, operation: text }), { maxLength: 3 }),
      kind,
      actor: text,
      reason: fc.option(text),
    });
    fc.assert(
      fc.property(fc.array(remediation, { minLength: 1, maxLength: 12 }), (remediations) => {
        const note = composeNote(remediations);
        const newest = remediations.find(
          ({ actionId, status }) =>
            status === 'requested' || status === 'stopped' || (status === 'applied' && isReversible(actionId)),
        );

        assert.ok(note.length <= MAX_NOTE_TEXT_LENGTH, `${note.length}`);
        assert.ok(note.startsWith('Virtual SOC '), note);
        if (newest) {
          const verb = newest.status === 'applied' ? 'undo' : 'approve';
          assert.ok(note.includes(`vsoc remediation ${verb} ${newest.id}.`), note);
        }
      }),
    );
  });
});
