import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatInstant, parseInstant } from '../../../lambda/core/instant.ts';

describe('parseInstant', () => {
  it('reads every spelling of one moment as the same instant', () => {
    const spellings = [
      '2026-11-20T08:30:00Z',
      '2026-11-20T08:30:00.000000000Z',
      '2026-11-20T09:30:00+01:00',
      '2026-11-20T03:30:00-0500',
    ];

    const instants = new Set(spellings.map(parseInstant));

    assert.equal(instants.size, 1);
  });

  it('keeps nine digits apart', () => {
    const earlier = parseInstant('2026-11-20T08:30:00.123456788Z');
    const later = parseInstant('2026-11-20T08:30:00.123456789Z');

    assert.ok(earlier !== undefined && later !== undefined && later - earlier === 1n);
  });

  it('refuses what is no timestamp or no day', () => {
    const wrong = [
      '',
      'yesterday',
      '2026-11-20',
      '2026-02-30T00:00:00Z',
      '2026-11-20T25:00:00Z',
      '2026-11-20T08:30:00',
      '2026-11-20T08:30:00.1234567890Z',
      '0080-11-20T08:30:00Z',
    ];

    assert.deepEqual(
      wrong.map(parseInstant),
      wrong.map(() => undefined),
    );
  });

  it('reads back what formatInstant writes, to the millisecond', () => {
    const dates = fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true });

    fc.assert(
      fc.property(dates, (date) => formatInstant(parseInstant(date.toISOString()) ?? -1n) === date.toISOString()),
    );
  });
});
