import assert from 'node:assert/strict';
import { describeTechniques, LONGEST_DESCRIPTION } from '../../stacksets/rule-description.ts';

const ids = (count: number) => Array.from({ length: count }, (_, index) => `T1${String(index).padStart(3, '0')}.001`);

describe('describeTechniques', () => {
  it('names every technique where there is room', () => {
    assert.equal(describeTechniques(['T1078.004', 'T1552.001']), 'ATT&CK T1078.004, T1552.001');
  });

  it('cuts at an id and says how many are left, within what AWS takes', () => {
    for (let count = 1; count <= 120; count += 1) {
      const text = describeTechniques(ids(count));

      const named = text.match(/T\d{4}\.\d{3}/g)?.length ?? 0;
      assert.ok(text.length <= LONGEST_DESCRIPTION, text);
      assert.match(text, named === count ? /\d$/ : new RegExp(` and ${count - named} more$`));
    }
  });

  it('says so where there is none', () => {
    assert.match(describeTechniques([]), /^No technique/);
  });
});
