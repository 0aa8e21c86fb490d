import assert from 'node:assert/strict';
import { attackReleaseAge } from '../../../lambda/core/attack-release.ts';

describe('attackReleaseAge', () => {
  for (const [now, days] of [
    ['2026-08-05T23:59:59.999Z', 0],
    ['2026-08-06T00:00:00.000Z', 1],
    ['2027-08-05T12:00:00.000Z', 365],
  ] as const) {
    it(`counts whole days: ${days} at ${now}`, () => {
      assert.equal(attackReleaseAge({ attackModified: '2026-08-05' }, new Date(now)), days);
    });
  }

  it('is never below 0, so that a clock that is behind does not look like a fault of the catalogue', () => {
    assert.equal(attackReleaseAge({ attackModified: '2026-08-05' }, new Date('2026-01-01T00:00:00Z')), 0);
  });
});
