import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseTimestamp, storedTimestamp } from '../../../local/security-hub/timestamp.ts';

describe('parseTimestamp', () => {
  it('reads UTC with and without a fraction', () => {
    const whole = parseTimestamp('2019-01-31T23:00:00Z');
    const fraction = parseTimestamp('2019-01-31T23:00:00.5Z');

    assert.equal(whole, Date.UTC(2019, 0, 31, 23));
    assert.equal(fraction, Date.UTC(2019, 0, 31, 23) + 500);
  });

  it('reads both notations of an offset', () => {
    const expected = Date.UTC(2024, 0, 4, 13, 25, 10);

    assert.equal(parseTimestamp('2024-01-04T15:25:10+02:00'), expected);
    assert.equal(parseTimestamp('2024-01-04T10:55:10-0230'), expected);
  });

  it('rounds nanoseconds to milliseconds, carrying where needed', () => {
    assert.equal(parseTimestamp('2024-10-31T23:00:00.123456789Z'), Date.UTC(2024, 9, 31, 23) + 123);
    assert.equal(parseTimestamp('2024-10-31T23:00:00.9996Z'), Date.UTC(2024, 9, 31, 23, 0, 1));
  });

  it('refuses what Security Hub does not list', () => {
    const refused = [
      '',
      '2024-01-04',
      '2024-01-04 15:25:10Z',
      '2024-01-04T15:25:10',
      '2024-01-04T15:25:10z',
      '2024-01-04T15:25:10+02',
      '2024-01-04T15:25:10.1234567890Z',
      '2024-01-04T15:25:10.Z',
      '2024-01-04T24:00:00Z',
      '2024-01-04T15:60:00Z',
      '2024-01-04T15:25:60Z',
      '2024-02-30T15:25:10Z',
      '2023-02-29T15:25:10Z',
      '2024-13-01T15:25:10Z',
      '2024-01-04T15:25:10+18:01',
      '2024-01-04T15:25:10+02:60',
      ' 2024-01-04T15:25:10Z',
    ];

    const accepted = refused.filter((text) => parseTimestamp(text) !== undefined);

    assert.deepEqual(accepted, []);
  });

  it('reads back every instant that ISO 8601 writes', () => {
    const date = fc.date({
      min: new Date('1970-01-01T00:00:00Z'),
      max: new Date('2999-12-31T23:59:59Z'),
      noInvalidDate: true,
    });

    fc.assert(fc.property(date, (instant) => parseTimestamp(instant.toISOString()) === instant.getTime()));
  });
});

describe('storedTimestamp', () => {
  it('leaves a timestamp of millisecond precision as it was sent', () => {
    const sent = ['2019-01-31T23:00:00Z', '2019-01-31T23:00:00.120Z', '2019-01-31T23:00:00.120+02:00'];

    assert.deepEqual(sent.map(storedTimestamp), sent);
  });

  it('writes a finer one in milliseconds', () => {
    assert.equal(storedTimestamp('2024-10-31T23:00:00.123456789Z'), '2024-10-31T23:00:00.123Z');
  });
});
