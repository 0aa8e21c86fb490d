/**
 * The ATT&CK techniques and tactics that a finding names itself: GuardDuty's attack sequences, and products that fill
 * `finding_info.attacks` of OCSF.
 *
 * https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Indicator.html
 * https://schema.ocsf.io/objects/attack
 */
import { z } from 'zod';
import type { SourceFinding } from './finding.ts';

/** Labels as the finding has them. */
export interface AttackLabels {
  /** Each an id, a name, or both (`T1071.004 - Application Layer Protocol: DNS`), in the order of the finding. */
  readonly techniques: readonly string[];
  /** Ids or names. */
  readonly tactics: readonly string[];
}

// A finding that is damaged in here is still a finding: what cannot be read counts as not there.
const texts = z.array(z.string()).catch([]);
const indicators = z.array(z.object({ Key: z.string(), Values: texts })).catch([]);
const sequence = z.object({
  Detection: z.object({
    Sequence: z.object({
      SequenceIndicators: indicators.default([]),
      Signals: z.array(z.object({ SignalIndicators: indicators.default([]) })).catch([]),
    }),
  }),
});
const named = z.object({ uid: z.string().optional(), name: z.string().optional() }).optional().catch(undefined);
const ocsf = z.object({
  finding_info: z.object({
    attacks: z
      .array(
        z.object({
          technique: named,
          sub_technique: named,
          tactic: named,
          tactics: z.array(named).optional().catch(undefined),
        }),
      )
      .catch([]),
  }),
});

/** `TTPs/<tactic>/<technique id>`: the classifier of a type may be an id. */
const LABELLED_TYPE = /^TTPs\/([^/]+)\/(T\d{4}(?:\.\d{3})?)$/;

/** Reads the labels of a finding in either format. Empty lists where it has none. */
export function attackLabelsOf({ original, types }: Pick<SourceFinding, 'original' | 'types'>): AttackLabels {
  const techniques: (string | undefined)[] = [];
  const tactics: (string | undefined)[] = [];
  const asff = sequence.safeParse(original);
  if (asff.success) {
    const { SequenceIndicators, Signals } = asff.data.Detection.Sequence;
    for (const { Key, Values } of [...SequenceIndicators, ...Signals.flatMap((signal) => signal.SignalIndicators)]) {
      if (Key === 'ATTACK_TECHNIQUE') techniques.push(...Values);
      if (Key === 'ATTACK_TACTIC') tactics.push(...Values);
    }
  }
  const event = ocsf.safeParse(original);
  for (const attack of event.success ? event.data.finding_info.attacks : []) {
    const technique = attack.sub_technique ?? attack.technique;
    techniques.push(technique?.uid ?? technique?.name);
    for (const tactic of [attack.tactic, ...(attack.tactics ?? [])]) tactics.push(tactic?.uid ?? tactic?.name);
  }
  for (const type of types) {
    const [, tactic, technique] = LABELLED_TYPE.exec(type) ?? [];
    techniques.push(technique);
    tactics.push(tactic);
  }
  return { techniques: distinct(techniques), tactics: distinct(tactics) };
}

function distinct(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.filter((value): value is string => value !== undefined && value.trim() !== ''))];
}
