import assert from 'node:assert/strict';
import { fullBucket, takeToken, type TokenBucket, type TokenRate } from '../../../local/security-hub/token-bucket.ts';

const RATE: TokenRate = { perSecond: 10, burst: 30 };

/** Calls as many times as asked at one moment and counts the calls that got through. */
function callAll(bucket: TokenBucket, count: number, at: number): { bucket: TokenBucket; passed: number } {
  let passed = 0;
  for (let call = 0; call < count; call += 1) {
    const result = takeToken(bucket, RATE, at);
    bucket = result.bucket;
    if (result.taken) passed += 1;
  }
  return { bucket, passed };
}

describe('takeToken', () => {
  it('lets a burst through and then refuses', () => {
    const { passed } = callAll(fullBucket(RATE, 0), 40, 0);

    assert.equal(passed, 30);
  });

  it('gives back ten tokens in a second', () => {
    const { bucket } = callAll(fullBucket(RATE, 0), 30, 0);

    const early = callAll(bucket, 40, 99);
    const later = callAll(bucket, 40, 1000);

    assert.equal(early.passed, 0);
    assert.equal(later.passed, 10);
  });

  it('never holds more than the burst', () => {
    const { passed } = callAll(fullBucket(RATE, 0), 100, 3_600_000);

    assert.equal(passed, 30);
  });

  it('charges nothing for a refused call', () => {
    const { bucket } = callAll(fullBucket(RATE, 0), 1000, 0);

    const { passed } = callAll(bucket, 2, 100);

    assert.equal(passed, 1);
  });

  it('gives nothing for a clock that runs backwards', () => {
    const { bucket } = callAll(fullBucket(RATE, 1000), 30, 1000);

    const { passed } = callAll(bucket, 1, 0);

    assert.equal(passed, 0);
  });
});
