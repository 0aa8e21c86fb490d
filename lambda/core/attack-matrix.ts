/**
 * The ATT&CK matrix of what is open: columns of tactics, techniques with their sub-techniques, counts and states. Plain data
 * that a report, a dashboard or a test can read alike.
 */
import type { Tactic } from './catalogue-index.ts';
import type { MatrixCatalogue, MatrixTechnique } from './matrix-catalogue.ts';
import { SEVERITY_LABELS, type SeverityLabel } from './severity.ts';
import {
  type Evidence,
  type OpenTechnique,
  type TechniqueState,
  type TechniqueStates,
  TECHNIQUE_STATES,
  techniqueStates,
  worstState,
} from './technique-state.ts';

/**
 * How much is open. A pair is a technique and a resource of an account: five findings about one bucket are one pair. Whatever
 * an analyst suppressed is in `suppressed` and nowhere else.
 */
export interface OpenCount {
  readonly pairs: number;
  /** Pairs by the highest severity of each. */
  readonly bySeverity: Readonly<Record<SeverityLabel, number>>;
  /** The highest; undefined where nothing is open. */
  readonly severity: SeverityLabel | undefined;
  /** Technique findings. */
  readonly findings: number;
  /** Technique findings. */
  readonly suppressed: number;
  readonly accounts: number;
  readonly resources: number;
}

/** A technique under one tactic. */
export interface MatrixCell extends OpenCount {
  readonly technique: MatrixTechnique;
  /** Of the technique itself, over all accounts and Regions: the worst. */
  readonly state: TechniqueState;
  /** In how many accounts and Regions it has which state. */
  readonly places: Readonly<Record<TechniqueState, number>>;
  /** The worst of the technique and its sub-techniques here: what a cell shows while they are folded. */
  readonly worstSeverity: SeverityLabel | undefined;
  readonly worstState: TechniqueState;
  readonly subTechniques: readonly MatrixCell[];
}

/** A tactic. Its counts are of everything under it; a technique counts in each of its tactics. */
export interface MatrixColumn extends OpenCount {
  readonly tactic: Tactic;
  /** Techniques and sub-techniques with something open. */
  readonly techniques: number;
  readonly cells: readonly MatrixCell[];
}

/** The whole matrix. */
export interface AttackMatrix {
  /** All tactics, in the order of the matrix. */
  readonly columns: readonly MatrixColumn[];
  /** Everything once, however many tactics it counts in. */
  readonly total: OpenCount & { readonly techniques: number };
  /** Techniques and sub-techniques of the cloud matrix by their state over all accounts and Regions. */
  readonly byState: Readonly<Record<TechniqueState, number>>;
  readonly states: TechniqueStates;
}

/**
 * Builds the matrix. Techniques outside the cloud matrix are in it where something of theirs is open or suppressed, and where
 * a sub-technique of theirs is in it.
 */
export function attackMatrix(evidence: Evidence, catalogue: MatrixCatalogue): AttackMatrix {
  const states = techniqueStates(evidence, catalogue);
  const counts = new Map<string, Counting>();
  const counting = (key: string) => {
    const known = counts.get(key) ?? startCounting();
    counts.set(key, known);
    return known;
  };
  const countedUnder = (key: string) => counts.get(key)?.counted();
  for (const open of evidence.open) {
    for (const tacticId of new Set(open.tacticIds)) {
      counting(tacticId).add(open);
      counting(`${tacticId}/${open.techniqueId}`).add(open);
    }
    counting('').add(open);
  }

  const cellOf = (tactic: Tactic, technique: MatrixTechnique): MatrixCell | undefined => {
    const count = countedUnder(`${tactic.id}/${technique.id}`);
    const subTechniques = (catalogue.subTechniqueIds.get(technique.id) ?? []).flatMap((id) => {
      const sub = catalogue.techniques.get(id);
      return sub?.tactics.some(({ id: tacticId }) => tacticId === tactic.id) ? (cellOf(tactic, sub) ?? []) : [];
    });
    if (!technique.isCloud && count === undefined && subTechniques.length === 0) return undefined;
    const { techniques: _itself, ...own } = count ?? NOTHING;
    const state = states.stateOf(technique.id);
    const inPlaces = states.statesOf(technique.id);
    // What is linked through sub-techniques only has no state of its own to be worse than theirs.
    const speaks = technique.unlinked?.reason !== 'through-sub-techniques' || subTechniques.length === 0;
    return {
      ...own,
      technique,
      state,
      places: byStates((wanted) => inPlaces.filter((found) => found === wanted).length),
      worstSeverity: worstSeverity([own.severity, ...subTechniques.map((sub) => sub.worstSeverity)]),
      worstState: worstState([...(speaks ? [state] : []), ...subTechniques.map((sub) => sub.worstState)]),
      subTechniques,
    };
  };

  const all = [...catalogue.techniques.values()];
  const cloud = all.filter(({ isCloud }) => isCloud);
  return {
    columns: catalogue.index.tactics.map((tactic) => {
      const isUnder = ({ tactics }: MatrixTechnique) => tactics.some(({ id }) => id === tactic.id);
      const under = all.filter(isUnder);
      return {
        ...(countedUnder(tactic.id) ?? NOTHING),
        tactic,
        cells: under
          // A sub-technique stands by itself where its technique is not under this tactic.
          .filter(({ parentId }) => parentId === undefined || !under.some(({ id }) => id === parentId))
          .flatMap((technique) => cellOf(tactic, technique) ?? []),
      };
    }),
    total: countedUnder('') ?? NOTHING,
    byState: byStates((wanted) => cloud.filter(({ id }) => states.stateOf(id) === wanted).length),
    states,
  };
}

/** Counts technique findings as they come. */
interface Counting {
  readonly add: (open: OpenTechnique) => void;
  readonly counted: () => OpenCount & { readonly techniques: number };
}

function startCounting(): Counting {
  /** Highest severity of each pair. */
  const pairs = new Map<string, number>();
  const techniqueIds = new Set<string>();
  const accounts = new Set<string>();
  const resources = new Set<string>();
  let findings = 0;
  let suppressed = 0;
  return {
    add: ({ techniqueId, accountId, resourceIds, severity, isSuppressed }) => {
      if (isSuppressed) {
        suppressed += 1;
        return;
      }
      const rank = SEVERITY_LABELS.indexOf(severity);
      findings += 1;
      techniqueIds.add(techniqueId);
      accounts.add(accountId);
      for (const resourceId of resourceIds) {
        resources.add(resourceId);
        const pair = `${techniqueId}/${accountId}/${resourceId}`;
        pairs.set(pair, Math.max(rank, pairs.get(pair) ?? 0));
      }
    },
    counted: () => {
      const ranks = SEVERITY_LABELS.map(() => 0);
      for (const rank of pairs.values()) ranks[rank] = (ranks[rank] ?? 0) + 1;
      return {
        pairs: pairs.size,
        bySeverity: Object.fromEntries(SEVERITY_LABELS.map((label, rank) => [label, ranks[rank] ?? 0])) as Record<
          SeverityLabel,
          number
        >,
        severity: SEVERITY_LABELS.findLast((_, rank) => (ranks[rank] ?? 0) > 0),
        findings,
        suppressed,
        accounts: accounts.size,
        resources: resources.size,
        techniques: techniqueIds.size,
      };
    },
  };
}

const NOTHING = startCounting().counted();

function byStates(count: (state: TechniqueState) => number): Record<TechniqueState, number> {
  return Object.fromEntries(TECHNIQUE_STATES.map((state) => [state, count(state)])) as Record<TechniqueState, number>;
}

/** The highest of several; undefined of none. */
export function worstSeverity(severities: readonly (SeverityLabel | undefined)[]): SeverityLabel | undefined {
  return SEVERITY_LABELS.findLast((label) => severities.includes(label));
}
