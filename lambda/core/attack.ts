/** ATT&CK's ids, in one place. https://attack.mitre.org/ */

/** `T1078` or `T1078.004`. */
export const TECHNIQUE_ID = /^T\d{4}(?:\.\d{3})?$/;
/** `TA0006`. */
export const TACTIC_ID = /^TA\d{4}$/;
/** `M1032`. */
export const MITIGATION_ID = /^M\d{4}$/;
/** `C0027`. */
export const CAMPAIGN_ID = /^C\d{4}$/;
/** `G0016`. */
export const GROUP_ID = /^G\d{4}$/;

/** `T1078` of `T1078.004`; `undefined` for a technique that is no sub-technique. */
export function parentTechniqueId(techniqueId: string): string | undefined {
  const dot = techniqueId.indexOf('.');
  return dot < 0 ? undefined : techniqueId.slice(0, dot);
}
