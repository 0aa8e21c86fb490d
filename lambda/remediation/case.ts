/**
 * What remediation is for, after the tactics of ATT&CK. Each case has a queue and a function of its own, so that a thousand
 * findings about deletion protection do not keep a stolen access key waiting.
 */
import type { Action } from './action.ts';

export const CASES = ['credential-access', 'impact', 'privilege-escalation', 'exposure', 'defense-impairment'] as const;
export type Case = (typeof CASES)[number];

/** The actions of a case. Each action is of one, so that nothing is taken up twice. */
export function actionsOf(actions: readonly Action[], wanted: Case): readonly Action[] {
  return actions.filter((action) => action.case === wanted);
}

/** ATT&CK ids that actions answer, without the sub-techniques that these stand for; sorted. */
export function techniquesOf(actions: readonly Pick<Action, 'techniques'>[]): readonly string[] {
  return [...new Set(actions.flatMap(({ techniques }) => techniques))].sort();
}
