import assert from 'node:assert/strict';
import { listField, textField } from '../../../lambda/core/product-fields.ts';

describe('listField', () => {
  it('joins a list with semicolons', () => {
    assert.deepEqual(listField('key', ['a', 'b']), { key: 'a;b' });
  });

  it('gives no field for an empty list, since Security Hub refuses empty values', () => {
    assert.deepEqual(listField('key', []), {});
  });

  it('cuts a long list at an item and says how many are left', () => {
    const items = Array.from({ length: 500 }, (_, index) => `control-${index}`);

    const fields = listField('key', items);

    const kept = (fields['key'] ?? '').split(';');
    assert.ok((fields['key'] ?? '').length <= 2048);
    assert.deepEqual(kept, items.slice(0, kept.length));
    assert.equal(kept.length + Number(fields['key/left']), 500);
  });

  it('fills a value to the last character', () => {
    assert.deepEqual(listField('key', ['a'.repeat(1023), 'b'.repeat(1024)]), {
      key: `${'a'.repeat(1023)};${'b'.repeat(1024)}`,
    });
  });
});

describe('textField', () => {
  it('cuts a long value and leaves out an empty one', () => {
    assert.equal(textField('key', 'x'.repeat(3000))['key']?.length, 2048);
    assert.deepEqual(textField('key', ' '), {});
  });
});
