/**
 * Timestamps as instants: nanoseconds since 1970-01-01T00:00:00Z in a bigint.
 *
 * Security Hub accepts `Z`, `±HH:MM` and `±HHMM`, with up to nine fraction digits, so two spellings of one moment must
 * compare equal and text order is not time order.
 * https://docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html
 */
export type Instant = bigint;

/** Earlier than every real instant: stands for "the finding does not say". */
export const NO_INSTANT: Instant = 0n;

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;
const TIMESTAMP = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(?:Z|([+-])(\d{2}):?(\d{2}))$/;

/** Nanoseconds must fit into the 64 bits that the database keeps; no finding of Security Hub is later. */
const LAST_MILLISECOND = Date.UTC(2261, 11, 31);

/** The spelling that Security Hub itself uses. */
const USUAL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** Parses an ISO 8601 timestamp as ASFF allows it; `undefined` where the text is no such timestamp or no such day. */
export function parseInstant(text: string): Instant | undefined {
  return USUAL.test(text) ? parseUsual(text) : parseAny(text);
}

/** A tenth of the time of the general way, and nearly every timestamp is spelled so. */
function parseUsual(text: string): Instant | undefined {
  const milliseconds = Date.parse(text);
  // 30 February may roll over into March; a date that does not survive the round trip does not exist.
  if (Number.isNaN(milliseconds) || new Date(milliseconds).toISOString() !== text) return undefined;
  return instantOfMilliseconds(milliseconds);
}

function parseAny(text: string): Instant | undefined {
  const match = TIMESTAMP.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHour = '0', offsetMinute = '0'] = match;
  const seconds = Number(second);
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), seconds));
  // Date.UTC also takes the years 0 to 99 for 1900 to 1999.
  if (date.getUTCDate() !== Number(day) || date.getUTCMonth() !== Number(month) - 1) return undefined;
  if (date.getUTCFullYear() !== Number(year)) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || seconds > 59) return undefined;
  if (Number(offsetHour) > 23 || Number(offsetMinute) > 59) return undefined;
  const offset = (Number(offsetHour) * 60 + Number(offsetMinute)) * 60_000 * (sign === '-' ? -1 : 1);
  const whole = instantOfMilliseconds(date.getTime() - offset);
  return whole === undefined ? undefined : whole + BigInt(fraction.padEnd(9, '0'));
}

/** The instant of a count of milliseconds since 1970, as OCSF and `Date` use; `undefined` outside the years that can be kept. */
export function instantOfMilliseconds(milliseconds: number): Instant | undefined {
  if (!(milliseconds >= 0 && milliseconds <= LAST_MILLISECOND)) return undefined;
  return BigInt(Math.trunc(milliseconds)) * NANOSECONDS_PER_MILLISECOND;
}

/** ISO 8601 in UTC with milliseconds, the precision Security Hub keeps. */
export function formatInstant(instant: Instant): string {
  return new Date(Number(instant / NANOSECONDS_PER_MILLISECOND)).toISOString();
}
