import assert from 'node:assert/strict';
import { randomUuid, seededRandom } from '../../../local/security-hub/random.ts';

describe('seededRandom', () => {
  it('gives numbers from 0 up to 1, the same for the same seed', () => {
    const first = seededRandom(42);
    const second = seededRandom(42);
    const numbers = Array.from({ length: 1000 }, first);

    assert.ok(numbers.every((number) => number >= 0 && number < 1));
    assert.deepEqual(Array.from({ length: 1000 }, second), numbers);
  });
});

describe('randomUuid', () => {
  it('makes different UUIDs of version 4', () => {
    const random = seededRandom(1);
    const uuids = Array.from({ length: 1000 }, () => randomUuid(random));

    assert.equal(new Set(uuids).size, 1000);
    assert.deepEqual(
      uuids.filter((uuid) => !/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(uuid)),
      [],
    );
  });
});
