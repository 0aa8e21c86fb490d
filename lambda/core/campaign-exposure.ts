/** How far the steps of campaigns and groups could be gone today. */
import type { Adversary, MatrixCatalogue } from './matrix-catalogue.ts';
import { TECHNIQUE_STATES, type TechniqueState, type TechniqueStates, worstState } from './technique-state.ts';

/** One step: a technique of the cloud matrix. */
export interface AdversaryStep {
  readonly techniqueId: string;
  /** The worst of the technique and its sub-techniques: who uses T1078 may use any of them. */
  readonly state: TechniqueState;
}

/** A campaign or group, against what is known here. */
export interface AdversaryExposure {
  readonly adversary: Adversary;
  readonly steps: readonly AdversaryStep[];
  /** Steps that are open today: observed or exposed. */
  readonly open: number;
  readonly byState: Readonly<Record<TechniqueState, number>>;
}

/**
 * Ranks campaigns and groups by how much of their cloud steps is open, as a share; on a tie the one with more open steps
 * comes first, then the lower id.
 */
export function adversaryExposure(states: TechniqueStates, catalogue: MatrixCatalogue): AdversaryExposure[] {
  const stateOfStep = (id: string): TechniqueState => {
    const subTechniques = catalogue.subTechniqueIds.get(id) ?? [];
    const isOwnWord = catalogue.techniques.get(id)?.unlinked?.reason !== 'through-sub-techniques';
    const family = [...(isOwnWord || subTechniques.length === 0 ? [id] : []), ...subTechniques];
    return worstState(family.map(states.stateOf));
  };
  return catalogue.adversaries
    .map((adversary): AdversaryExposure => {
      const steps = adversary.techniqueIds.map((techniqueId) => ({ techniqueId, state: stateOfStep(techniqueId) }));
      const count = (wanted: TechniqueState) => steps.filter(({ state }) => state === wanted).length;
      return {
        adversary,
        steps,
        open: count('observed') + count('exposed'),
        byState: Object.fromEntries(TECHNIQUE_STATES.map((state) => [state, count(state)])) as Record<
          TechniqueState,
          number
        >,
      };
    })
    .sort(
      (a, b) =>
        b.open / b.steps.length - a.open / a.steps.length ||
        b.open - a.open ||
        (a.adversary.id < b.adversary.id ? -1 : 1),
    );
}
