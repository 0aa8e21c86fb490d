import assert from 'node:assert/strict';
import { faultDice, type Fault, type FaultDice } from '../../../local/security-hub/faults.ts';

function strikes(dice: FaultDice, fault: Fault, times: number): boolean[] {
  return Array.from({ length: times }, () => dice.strikes(fault));
}

describe('faultDice', () => {
  it('never strikes without a rate and always with certainty', () => {
    const dice = faultDice({ throttle: 1 });

    assert.deepEqual(strikes(dice, 'throttle', 3), [true, true, true]);
    assert.deepEqual(strikes(dice, 'partialFailure', 3), [false, false, false]);
  });

  it('strikes about as often as asked', () => {
    const hits = strikes(faultDice({ partialFailure: 0.2, seed: 7 }), 'partialFailure', 10_000).filter(Boolean).length;

    assert.ok(hits > 1800 && hits < 2200, `${hits} of 10000`);
  });

  it('repeats itself with the same seed only', () => {
    const first = strikes(faultDice({ throttle: 0.5, seed: 1 }), 'throttle', 64);
    const again = strikes(faultDice({ throttle: 0.5, seed: 1 }), 'throttle', 64);
    const other = strikes(faultDice({ throttle: 0.5, seed: 2 }), 'throttle', 64);

    assert.deepEqual(again, first);
    assert.notDeepEqual(other, first);
  });

  it('keeps the faults apart', () => {
    const alone = strikes(faultDice({ throttle: 0.5 }), 'throttle', 64);
    const dice = faultDice({ throttle: 0.5, serverErrorBefore: 0.5 });
    const together = Array.from({ length: 64 }, () => {
      dice.strikes('serverErrorBefore');
      return dice.strikes('throttle');
    });

    assert.deepEqual(together, alone);
  });

  it('refuses rates that are no probabilities', () => {
    assert.throws(() => faultDice({ throttle: 1.5 }), /throttle must be between 0 and 1, not 1.5/);
    assert.throws(() => faultDice({ partialFailure: NaN }), RangeError);
    assert.throws(() => faultDice({ delayMilliseconds: -1 }), /delayMilliseconds/);
  });
});
