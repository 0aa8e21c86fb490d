/** Faults on request: what a real service does on a bad day, at a rate and with a seed. */

import { seededRandom, type Random } from './random.ts';

/** How often things go wrong. Rates are probabilities, 0 to 1; what is left out does not happen. */
export interface FaultRates {
  /** Calls refused with ThrottlingException, although the quota allows them. Nothing was processed. */
  readonly throttle?: number;
  /** Calls answered with a 500 before anything was processed. */
  readonly serverErrorBefore?: number;
  /** Calls fully processed whose answer is lost: the client sees a 500. */
  readonly serverErrorAfter?: number;
  /** Findings of an import or an update that fail alone, with the code `InternalFailure`. */
  readonly partialFailure?: number;
  /** How long every call waits before it is processed, in milliseconds. */
  readonly delayMilliseconds?: number;
  /** Makes the faults repeatable: the same calls in the same order meet the same faults. Default 1. */
  readonly seed?: number;
}

/** The probabilities among the fault rates. */
export type Fault = 'throttle' | 'serverErrorBefore' | 'serverErrorAfter' | 'partialFailure';

/** Draws faults at the given rates. */
export interface FaultDice {
  readonly delayMilliseconds: number;
  /** Whether the fault strikes this time. */
  strikes(fault: Fault): boolean;
}

/** The faults, in an order that fixes the seed of each. */
const FAULTS: readonly Fault[] = ['throttle', 'serverErrorBefore', 'serverErrorAfter', 'partialFailure'];

/**
 * Dice for the given rates. Each fault draws from a sequence of its own, so that switching one on does not move the
 * others.
 *
 * @throws RangeError when a rate is not a probability, or the delay is negative
 */
export function faultDice(rates: FaultRates): FaultDice {
  const { delayMilliseconds = 0, seed = 1 } = rates;
  if (!(delayMilliseconds >= 0)) throw new RangeError(`delayMilliseconds must be 0 or more, not ${delayMilliseconds}.`);
  const dice = new Map<Fault, Random>();
  for (const [index, fault] of FAULTS.entries()) {
    const rate = rates[fault] ?? 0;
    if (!(rate >= 0 && rate <= 1)) throw new RangeError(`Fault rate ${fault} must be between 0 and 1, not ${rate}.`);
    dice.set(fault, seededRandom(seed * FAULTS.length + index));
  }
  return {
    delayMilliseconds,
    strikes(fault) {
      const rate = rates[fault] ?? 0;
      return rate > 0 && (dice.get(fault)?.() ?? 1) < rate;
    },
  };
}
