/** A small seeded source of random numbers: the same seed gives the same faults and the same event ids. */

/** Draws the next number, at least 0 and below 1. */
export type Random = () => number;

/**
 * Mulberry32, a public-domain generator of 32-bit numbers: enough for dice, useless for secrets.
 *
 * @param seed any integer; only its low 32 bits count
 */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A version 4 UUID made of the next four draws. */
export function randomUuid(random: Random): string {
  const word = () => Math.floor(random() * 2 ** 32);
  const hex = [word(), (word() & 0xffff0fff) | 0x4000, (word() & 0x3fffffff) | 0x80000000, word()]
    .map((value) => (value >>> 0).toString(16).padStart(8, '0'))
    .join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
