import assert from 'node:assert/strict';
import { runInNewContext } from 'node:vm';
import { resourcesOf, synthesis, SYNTHESIS_TIMEOUT } from '../portfolio/synthesis.ts';

interface MetricQuery {
  readonly Id: string;
  readonly Expression?: string;
  readonly MetricStat?: { readonly Period: number };
}

/** The alarm as CloudWatch evaluates it: over windows that end now, of which all have to be below the threshold. */
interface MissingAlarm {
  readonly expression: string;
  readonly windows: number;
  readonly hoursOfAWindow: number;
  readonly threshold: number;
}

/** When the database was made, and when the function has run, in hours. */
interface History {
  readonly database: number;
  readonly runs: readonly number[];
}

/** Of the functions of CloudWatch's metric math those that the expression uses; a window without data is undefined. */
const MATH = {
  FILL: (value: number | undefined, otherwise: number) => value ?? otherwise,
  IF: (condition: boolean, then: number, otherwise: number) => (condition ? then : otherwise),
};

function isInAlarm(alarm: MissingAlarm, now: number, { database, runs }: History): boolean {
  const { expression, windows, hoursOfAWindow, threshold } = alarm;
  return Array.from({ length: windows }, (_, index) => {
    const to = now - index * hoursOfAWindow;
    const from = to - hoursOfAWindow;
    const samples = Math.floor(Math.max(0, to - Math.max(from, database)) * 60);
    const ran = runs.filter((hour) => hour > from && hour <= to).length;
    const data = { database: samples === 0 ? undefined : samples, runs: ran === 0 ? undefined : ran };
    return runInNewContext(expression, { ...MATH, ...data }) as number;
  }).every((value) => value < threshold);
}

describe('the alarm that reconcile is missing', () => {
  let alarm: MissingAlarm;

  before(function () {
    this.timeout(SYNTHESIS_TIMEOUT);
    const [properties] = resourcesOf(synthesis().product, 'AWS::CloudWatch::Alarm')
      .filter(([id]) => id.startsWith('AlarmsReconcileMissing'))
      .map(([, { Properties }]) => Properties);
    const metrics = properties?.['Metrics'] as MetricQuery[];
    const periods = new Set(metrics.flatMap(({ MetricStat }) => MetricStat?.Period ?? []));
    assert.deepEqual([...periods], [86_400]);
    assert.equal(properties?.['ComparisonOperator'], 'LessThanThreshold');
    assert.equal(properties['TreatMissingData'], 'notBreaching');
    assert.equal(properties['DatapointsToAlarm'], properties['EvaluationPeriods']);
    alarm = {
      expression: metrics.find(({ Expression }) => Expression !== undefined)?.Expression ?? '',
      windows: properties['EvaluationPeriods'] as number,
      hoursOfAWindow: 24,
      threshold: properties['Threshold'] as number,
    };
  });

  /** Half an hour after the database the functions are there; the rule fires a day later, and then once a day. */
  const days = (count: number) => Array.from({ length: count }, (_, day) => 24.5 + day * 24.01);
  const alarmsFrom = (history: History, from: number, to: number) =>
    Array.from({ length: (to - from) * 6 }, (_, step) => from + step / 6).filter((now) =>
      isInAlarm(alarm, now, history),
    );

  it('keeps silent from the launch on, while it runs once a day', () => {
    assert.deepEqual(alarmsFrom({ database: 0, runs: days(10) }, 0, 240), []);
  });

  it('fires where it has never run, on the second day after the launch', () => {
    const [first = Infinity] = alarmsFrom({ database: 0, runs: [] }, 0, 72);

    assert.ok(first > 26 && first <= 48, String(first));
  });

  it('fires two days after its last run', () => {
    const runs = days(5);
    const [first = Infinity] = alarmsFrom({ database: 0, runs }, 0, 240);

    assert.ok(first - (runs.at(-1) ?? 0) <= 48.5, String(first));
  });

  it('ends with a run by hand', () => {
    assert.deepEqual(alarmsFrom({ database: 0, runs: [60] }, 60, 84), []);
  });
});
