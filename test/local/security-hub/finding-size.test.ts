import assert from 'node:assert/strict';
import { isTooLarge } from '../../../local/security-hub/finding-size.ts';

/** A value whose JSON has exactly this many bytes. */
function ofBytes(bytes: number): object {
  return { text: 'x'.repeat(bytes - '{"text":""}'.length) };
}

describe('isTooLarge', () => {
  it('draws the line after 240,000 bytes', () => {
    assert.equal(isTooLarge(ofBytes(240_000)), false);
    assert.equal(isTooLarge(ofBytes(240_001)), true);
  });

  it('counts bytes, not characters, and what JSON escapes', () => {
    assert.equal(isTooLarge(['é'.repeat(119_998)]), false);
    assert.equal(isTooLarge(['é'.repeat(119_999)]), true);
    assert.equal(isTooLarge(['\u0001'.repeat(40_000)]), true);
  });
});
