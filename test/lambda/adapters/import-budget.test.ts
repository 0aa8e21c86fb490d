import assert from 'node:assert/strict';
import { QueryTypes } from 'sequelize';
import { ImportBudgetExhausted, sharedImportBudget } from '../../../lambda/adapters/import-budget.ts';
import { type TestDatabase, createDatabase } from '../../support/database.ts';

describe('sharedImportBudget', () => {
  let database: TestDatabase;

  before(async () => {
    database = await createDatabase();
  });

  after(() => database.drop());

  const tokens = async (hub: string) => {
    const [row] = await database.reader.query<{ tokens: number }>(
      'SELECT tokens FROM state.import_budget WHERE hub = $1',
      {
        type: QueryTypes.SELECT,
        bind: [hub],
      },
    );
    return row?.tokens ?? NaN;
  };

  it('lets a burst pass and then makes callers wait for their share of the rate', async () => {
    const budget = sharedImportBudget(database.reader, 'rate', 50, 5);
    const started = performance.now();

    for (let call = 0; call < 15; call += 1) await budget.reserve(1);

    // Ten calls beyond the burst at 50 a second; slower is fine, faster would be throttled.
    assert.ok(performance.now() - started >= 180);
  });

  it('is one budget for all who share the database', async () => {
    const [one, other] = [
      sharedImportBudget(database.reader, 'shared', 1, 30),
      sharedImportBudget(database.reader, 'shared', 1, 30),
    ];

    await Promise.all([one.reserve(10), other.reserve(12)]);

    const left = await tokens('shared');
    assert.ok(left >= 8 && left < 10, String(left));
  });

  it('keeps a budget for each hub', async () => {
    await sharedImportBudget(database.reader, 'a', 1, 30).reserve(30);

    await sharedImportBudget(database.reader, 'b', 1, 30).reserve(30);

    assert.ok((await tokens('b')) >= 0);
  });

  it('serves a request that is larger than the bucket', async () => {
    await sharedImportBudget(database.reader, 'large', 1000, 5).reserve(12);

    assert.ok((await tokens('large')) <= 5);
  });

  it('refuses rather than wait for longer than a function lives, and takes nothing then', async () => {
    const budget = sharedImportBudget(database.reader, 'empty', 0.01, 1);
    await budget.reserve(1);

    await assert.rejects(budget.reserve(1), ImportBudgetExhausted);

    assert.ok((await tokens('empty')) >= 0);
  });
});
