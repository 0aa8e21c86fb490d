import assert from 'node:assert/strict';
import { admit, type History } from '../../../lambda/remediation/admission.ts';
import { configurationSchema } from '../../../lambda/remediation/configuration.ts';
import type { Remediation, Status } from '../../../lambda/remediation/record.ts';

const NOW = new Date('2026-11-08T12:00:00.000Z');
const TERMS = configurationSchema.parse({ version: 1, breakGlass: [], limits: { failuresPerHour: 3 } });
const OFF = { isOn: false };
const ON = { isOn: true };

const minutesAgo = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000).toISOString();

function recorded(status: Status, more: Partial<Remediation> = {}): Remediation {
  return {
    id: 'r-0123456789abcdef0123',
    actionId: 's3-bucket-versioning',
    subject: {
      resourceId: 'arn:aws:s3:::invoices',
      accountId: '444455556666',
      region: 'eu-west-1',
      partition: 'aws',
      names: {},
      observedAt: minutesAgo(90),
    },
    sourceKey: '',
    techniqueId: 'T1485',
    productArn: '',
    status,
    before: OFF,
    after: ON,
    calls: [],
    reason: null,
    requestedBy: 'automatic',
    approvals: [],
    createdAt: minutesAgo(60),
    updatedAt: minutesAgo(60),
    endedAt: null,
    expiresAt: null,
    ...more,
  };
}

const NONE: History = {
  open: undefined,
  last: undefined,
  reversals: 0,
  startsInAnHour: 0,
  startsOfAccountInAnHour: 0,
  failuresOfAccountInAnHour: 0,
  failingAccountsInAnHour: 0,
};
const decided = (
  history: Partial<History>,
  before: object = OFF,
  aspiration: 'applying' | 'planned' = 'applying',
  more: { endsByItself?: boolean; subject?: { observedAt: string } } = {},
) =>
  admit(
    { before: before as never, subject: { observedAt: minutesAgo(90) }, ...more },
    aspiration,
    { ...NONE, ...history },
    TERMS,
    NOW,
  );

describe('admit', () => {
  it('takes for no reversal what ends by itself, and does it again only for what was seen since', () => {
    const last = recorded('applied', { updatedAt: minutesAgo(60) });
    const again = (observedMinutesAgo: number) => {
      const subject = { observedAt: minutesAgo(observedMinutesAgo) };
      const { outcome, isReversal } = decided({ last, reversals: 1 }, OFF, 'applying', { endsByItself: true, subject });
      return [outcome, isReversal];
    };

    assert.deepEqual(again(90), ['unchanged', false]);
    assert.deepEqual(again(60), ['unchanged', false]);
    assert.deepEqual(again(30), ['applying', false]);
  });

  it('takes for a reversal only what is as it was before the change', () => {
    const last = recorded('applied');

    assert.equal(decided({ last }).isReversal, true);
    // What was applied is there still: the standard has risen, or the threat goes on.
    assert.deepEqual([decided({ last }, ON).outcome, decided({ last }, ON).isReversal], ['applying', false]);
    // Another weakness of the same resource.
    assert.equal(decided({ last }, { isOn: false, other: 1 }).isReversal, false);
  });

  it('looks again at what seems reverted a moment after the change, in every mode', () => {
    const last = recorded('applied', { updatedAt: minutesAgo(2) });

    for (const aspiration of ['applying', 'planned'] as const) {
      const { outcome, isReversal } = decided({ last }, OFF, aspiration);
      assert.deepEqual([outcome, isReversal], ['settling', false]);
    }
    assert.equal(decided({ last: recorded('applied', { updatedAt: minutesAgo(6) }) }).outcome, 'applying');
  });

  it('gives up where the third reversal in seven days would follow', () => {
    assert.equal(decided({ last: recorded('applied'), reversals: 1 }).outcome, 'stopped');
    assert.equal(decided({ last: recorded('applied'), reversals: 1 }, { isOn: false, other: 1 }).outcome, 'applying');
  });

  it('waits where the action fails in one account, or in several', () => {
    assert.deepEqual(
      [{ failuresOfAccountInAnHour: 3 }, { failingAccountsInAnHour: 3 }, { failuresOfAccountInAnHour: 2 }].map(
        (history) => decided(history).outcome,
      ),
      ['requested', 'requested', 'applying'],
    );
  });

  it('asks before it does again what was undone', () => {
    assert.match(decided({ last: recorded('undone') }).reason ?? '', /it was undone before/);
  });
});
