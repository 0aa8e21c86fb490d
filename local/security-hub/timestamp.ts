/**
 * Timestamps as Security Hub accepts them.
 *
 * Source: https://docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html ("Timestamps").
 */

/** `2019-01-31T23:00:00Z`, up to nine fraction digits, `Z`, `+HH:MM` or `+HHMM`. A bare `+HH` is not on the list. */
const FORMAT = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):?(\d\d))$/;

/** Length of a UTC timestamp with three fraction digits: a shorter one needs no rounding. */
const LONGEST_MILLISECONDS = '2019-01-31T23:00:00.123Z'.length;

/** The largest offset from UTC that Security Hub takes, in minutes. */
const MAXIMUM_OFFSET_MINUTES = 18 * 60;

/**
 * Reads a timestamp as milliseconds since 1970; finer fractions are rounded, as Security Hub does.
 *
 * @returns `undefined` when the text is not one of the accepted formats or names no real instant (30 February).
 */
export function parseTimestamp(text: string): number | undefined {
  const match = FORMAT.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, sign, offsetHours, offsetMinutes] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const date = new Date(midnight);
  // Date.UTC rolls 30 February over into March, and years below 100 into the 1900s.
  const rolledOver =
    date.getUTCFullYear() !== Number(year) ||
    date.getUTCMonth() !== Number(month) - 1 ||
    date.getUTCDate() !== Number(day);
  if (rolledOver) return undefined;
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  const local = midnight + seconds * 1000 + milliseconds(fraction);
  if (sign === undefined) return local;
  const offset = Number(offsetHours) * 60 + Number(offsetMinutes);
  if (Number(offsetMinutes) > 59 || offset > MAXIMUM_OFFSET_MINUTES) return undefined;
  return sign === '+' ? local - offset * 60_000 : local + offset * 60_000;
}

/**
 * The timestamp as Security Hub keeps it: untouched, or rounded to milliseconds (and then in UTC) when it was finer.
 *
 * @param text a timestamp that {@link parseTimestamp} accepts
 */
export function storedTimestamp(text: string): string {
  if (text.length <= LONGEST_MILLISECONDS) return text;
  const instant = parseTimestamp(text);
  const fraction = FORMAT.exec(text)?.[7] ?? '';
  if (instant === undefined || fraction.length <= 3) return text;
  return new Date(instant).toISOString();
}

function milliseconds(fraction: string | undefined): number {
  if (fraction === undefined) return 0;
  if (fraction.length <= 3) return Number(fraction.padEnd(3, '0'));
  return Math.round(Number(fraction) / 10 ** (fraction.length - 3));
}
