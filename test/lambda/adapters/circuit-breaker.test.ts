import assert from 'node:assert/strict';
import { QueryTypes } from 'sequelize';
import {
  FAILURES_TO_OPEN,
  OPEN_MINUTES,
  OUTAGE_HOURS,
  REFUSED_MINUTES,
  admitPlaces,
  columnsOfAnswers,
  noteAnswers,
} from '../../../lambda/adapters/circuit-breaker.ts';
import { sharedImportBudget } from '../../../lambda/adapters/import-budget.ts';
import { HUB, type Place } from '../../../lambda/core/publish-target.ts';
import type { Answer } from '../../../lambda/publish-to-places.ts';
import { type TestDatabase, createDatabase } from '../../support/database.ts';
import { NOON } from '../../support/enrichment.ts';
import { ALPHA, BETA } from '../../support/owner-accounts.ts';

const FAILED: Answer = { kind: 'unreachable', code: 'TimeoutError' };
const REFUSED: Answer = { kind: 'refused', code: 'AccessDenied' };
const REACHED: Answer = { kind: 'reached' };

describe('the circuit breakers', () => {
  let database: TestDatabase;
  let now: Date;

  before(async () => {
    database = await createDatabase();
  });

  beforeEach(async () => {
    now = NOON;
    await database.owner.query('TRUNCATE state.publish_target, state.import_budget');
  });

  after(() => database.drop());

  const pass = (minutes: number) => (now = new Date(now.getTime() + minutes * 60_000));
  const terms = (burst = 30) => ({
    rate: 10,
    burst,
    bucketOf: (place: Place) => place,
    beyond: (bucket: string) => sharedImportBudget(database.reader, bucket, 10, burst),
  });
  const ask = async (place: Place = ALPHA) =>
    (await admitPlaces(database.reader, new Map([[place, 1]]), now, terms())).admissions.get(place);
  const note = async (answer: Answer, place: Place = ALPHA) => {
    const sql = `WITH ${noteAnswers(2, '$1')} SELECT 1 AS done`;
    const bind = [now.toISOString(), ...columnsOfAnswers(new Map([[place, answer]]))];
    await database.reader.query(sql, { type: QueryTypes.SELECT, bind });
  };
  const fail = async (times: number) => {
    for (let time = 0; time < times; time += 1) await note(FAILED);
  };

  it('admit what nothing is known against, and what has failed too seldom', async () => {
    await fail(FAILURES_TO_OPEN - 1);

    assert.deepEqual([await ask(ALPHA), await ask(BETA)], ['admitted', 'admitted']);
  });

  it('open after failures in a row, and only then', async () => {
    await fail(FAILURES_TO_OPEN - 1);
    await note(REACHED);
    await fail(FAILURES_TO_OPEN - 1);
    const before = await ask();
    await fail(1);

    assert.deepEqual([before, await ask(), await ask(BETA)], ['admitted', 'unreachable', 'admitted']);
  });

  it('let one batch try after some minutes, and open again where it fails', async () => {
    await fail(FAILURES_TO_OPEN);
    pass(OPEN_MINUTES - 1);
    const early = await ask();
    pass(2);
    const asked = await Promise.all([ask(), ask(), ask()]);
    await fail(1);

    assert.equal(early, 'unreachable');
    assert.deepEqual(asked.sort(), ['probe', 'unreachable', 'unreachable']);
    assert.equal(await ask(), 'unreachable');
  });

  it('close on the first answer and leave nothing behind', async () => {
    await fail(FAILURES_TO_OPEN);
    await note(REACHED);

    assert.equal(await ask(), 'admitted');
    assert.deepEqual(await database.owner.query('SELECT FROM state.publish_target', { type: QueryTypes.SELECT }), []);
  });

  it('keep who refused shut for longer', async () => {
    await note(REFUSED);
    const at = [await ask()];
    pass(OPEN_MINUTES + 1);
    at.push(await ask());
    pass(REFUSED_MINUTES);
    at.push(await ask());

    assert.deepEqual(at, ['refused', 'refused', 'probe']);
  });

  it('take who has not answered for a day for one that refuses', async () => {
    await fail(FAILURES_TO_OPEN);
    pass(OUTAGE_HOURS * 60 + 1);
    await fail(1);

    assert.equal(await ask(), 'refused');
  });

  it('never shut the hub', async () => {
    for (let time = 0; time < FAILURES_TO_OPEN; time += 1) await note(FAILED, HUB);

    assert.equal(await ask(HUB), 'admitted');
  });

  it('take no budget of a place that is shut', async () => {
    await note(REFUSED);

    await admitPlaces(
      database.reader,
      new Map([
        [ALPHA, 3],
        [BETA, 2],
      ]),
      now,
      terms(),
    );

    const rows = await database.owner.query<{ hub: string; tokens: number }>(
      'SELECT hub, tokens FROM state.import_budget',
      {
        type: QueryTypes.SELECT,
      },
    );
    assert.deepEqual(rows, [{ hub: BETA, tokens: 28 }]);
  });

  it('take the budget of each place by itself, and make only its own calls wait', async () => {
    await admitPlaces(database.reader, new Map([[ALPHA, 5]]), now, terms(5));
    const admitted = await admitPlaces(
      database.reader,
      new Map([
        [ALPHA, 5],
        [BETA, 5],
      ]),
      now,
      terms(5),
    );
    const timed = async (place: Place) => {
      const started = performance.now();
      await admitted.budgetOf(place).reserve(5);
      return performance.now() - started;
    };

    const [alpha, beta] = await Promise.all([timed(ALPHA), timed(BETA)]);

    assert.ok(alpha > 350, String(alpha));
    assert.ok(beta < 200, String(beta));
  });

  it('say so where a budget is spent for longer than a function waits, and refuse its calls', async () => {
    await database.owner.query(
      `INSERT INTO state.import_budget (hub, tokens, refilled_at) VALUES ('${ALPHA}', -199.5, clock_timestamp())`,
    );

    const admitted = await admitPlaces(
      database.reader,
      new Map([
        [ALPHA, 5],
        [BETA, 1],
      ]),
      now,
      terms(),
    );

    assert.deepEqual([admitted.admissions.get(ALPHA), admitted.admissions.get(BETA)], ['throttled', 'admitted']);
    await assert.rejects(admitted.budgetOf(ALPHA).reserve(1), { name: 'ImportBudgetExhausted' });
  });

  it('pay in parts for more calls than the bucket holds', async () => {
    const admitted = await admitPlaces(database.reader, new Map([[ALPHA, 7]]), now, terms(5));

    const started = performance.now();
    await admitted.budgetOf(ALPHA).reserve(7);

    assert.ok(performance.now() - started > 150);
  });
});
