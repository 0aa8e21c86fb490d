import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { callBudget } from '../../local/call-budget.ts';

describe('callBudget', () => {
  const elapsed = async (work: () => Promise<unknown>) => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };

  it('lets a burst through at once and then holds the rate, whoever asks', async () => {
    const budget = callBudget(50, 5);

    const burst = await elapsed(() => budget.reserve(5));
    const ten = await elapsed(() => Promise.all(Array.from({ length: 10 }, () => budget.reserve(1))));

    assert.ok(burst < 20, `${burst} ms`);
    assert.ok(ten >= 195, `${ten} ms`);
  });

  it('serves more calls than the burst in parts', async () => {
    const budget = callBudget(100, 5);

    const took = await elapsed(() => budget.reserve(20));

    assert.ok(took >= 145, `${took} ms`);
  });
});
