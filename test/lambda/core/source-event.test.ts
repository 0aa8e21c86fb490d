import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseFinding } from '../../../lambda/core/finding.ts';
import { parseInstant } from '../../../lambda/core/instant.ts';
import { compareEvents, sourceEvent } from '../../../lambda/core/source-event.ts';
import { configFinding } from '../../support/source-findings.ts';

function event(changes: Record<string, unknown>, eventAt = 0n) {
  const result = parseFinding(configFinding(changes));
  assert.ok('finding' in result);
  return sourceEvent(result.finding, eventAt);
}

describe('sourceEvent', () => {
  it('gives copies of one finding from two buses the same key', () => {
    assert.equal(event({}, 1n).sourceKey, event({}, 2n).sourceKey);
  });

  it('gives findings of two accounts with one Id different keys', () => {
    assert.notEqual(event({}).sourceKey, event({ AwsAccountId: '777788889999' }).sourceKey);
  });
});

describe('compareEvents', () => {
  it('orders by UpdatedAt as an instant, not as text', () => {
    const earlier = event({ UpdatedAt: '2026-11-01T12:00:00+05:00' });
    const later = event({ UpdatedAt: '2026-11-01T10:00:00Z' });

    assert.ok(compareEvents(later, earlier) > 0);
  });

  it('falls back on ProcessedAt, then on the time of the envelope', () => {
    assert.ok(
      compareEvents(event({ ProcessedAt: '2026-11-01T10:00:02Z' }), event({ ProcessedAt: '2026-11-01T10:00:01Z' })) > 0,
    );
    assert.ok(compareEvents(event({}, 2n), event({}, 1n)) > 0);
  });

  it('lets open beat closed on a full tie', () => {
    assert.ok(compareEvents(event({}), event({ Compliance: { Status: 'PASSED' } })) > 0);
  });

  it('is a total order: any permutation has the same newest event', () => {
    const variants = fc.record({
      UpdatedAt: fc.constantFrom('2026-11-01T10:00:00Z', '2026-11-01T11:00:00+01:00', '2026-11-01T10:00:01Z'),
      ProcessedAt: fc.constantFrom('2026-11-01T10:00:02Z', '2026-11-01T10:00:03Z'),
      Compliance: fc.constantFrom({ Status: 'FAILED' }, { Status: 'PASSED' }),
      Description: fc.string(),
    });
    const newest = (events: ReturnType<typeof event>[]) =>
      events.reduce((a, b) => (compareEvents(b, a) > 0 ? b : a)).json;

    fc.assert(
      fc.property(
        fc
          .array(variants, { minLength: 1, maxLength: 6 })
          .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([list, shuffled]) =>
          newest(list.map((changes) => event(changes))) === newest(shuffled.map((changes) => event(changes))),
      ),
    );
  });

  it('reads instants of the envelope with the same parser', () => {
    assert.equal(parseInstant('2026-11-01T10:00:00Z'), 1793527200000000000n);
  });
});
