import assert from 'node:assert/strict';
import { completeSeverity, isConsistentSeverity, labelOf } from '../../../local/security-hub/severity.ts';

describe('labelOf', () => {
  it('follows the ranges that AWS documents', () => {
    const labels = [0, 1, 39, 40, 69, 70, 89, 90, 100].map(labelOf);

    assert.deepEqual(labels, [
      'INFORMATIONAL',
      'LOW',
      'LOW',
      'MEDIUM',
      'MEDIUM',
      'HIGH',
      'HIGH',
      'CRITICAL',
      'CRITICAL',
    ]);
  });
});

describe('completeSeverity', () => {
  it('derives the number from the label', () => {
    assert.deepEqual(completeSeverity({ Label: 'HIGH' }), { Label: 'HIGH', Normalized: 70 });
  });

  it('derives the label from the number', () => {
    assert.deepEqual(completeSeverity({ Normalized: 39 }), { Label: 'LOW', Normalized: 39 });
  });

  it('keeps the original word and drops the retired number of the product', () => {
    const severity = completeSeverity({ Label: 'LOW', Original: 'minor', Product: 2 });

    assert.deepEqual(severity, { Label: 'LOW', Normalized: 1, Original: 'minor' });
  });
});

describe('isConsistentSeverity', () => {
  it('compares only what is given', () => {
    assert.equal(isConsistentSeverity({ Label: 'LOW' }), true);
    assert.equal(isConsistentSeverity({ Label: 'LOW', Normalized: 39 }), true);
    assert.equal(isConsistentSeverity({ Label: 'LOW', Normalized: 40 }), false);
  });
});
