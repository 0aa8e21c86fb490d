/**
 * Sends technique findings where they belong when that is not only the hub: each group to its account and Region, copies
 * that a move has left behind archived first, and to the hub instead where an account does not let us in. An outage
 * delays, it never moves: only a refusal does.
 */
import type { AsffFinding } from './core/asff-finding.ts';
import { MAX_FINDINGS_PER_IMPORT } from './core/asff-limits.ts';
import { groupBy } from './core/group-by.ts';
import { inLanes } from './core/in-lanes.ts';
import { HUB, type OwnerPlace, type Place, retarget, targetOf } from './core/publish-target.ts';
import type { SecurityHubTarget } from './core/security-hub-target.ts';
import type { FindingImport, PendingTechnique } from './enrich-finding.ts';
import { importPlainer } from './import-plainer.ts';
import { RefusedInput } from './refused-input.ts';

/**
 * Whether a place may be tried now: `probe` after a refusal or outage, by one batch at a time; `unreachable` and `refused`
 * while its circuit breaker is open; `throttled` where its import budget is spent.
 */
export type Admission = 'admitted' | 'probe' | 'unreachable' | 'refused' | 'throttled';

/** How a place answered. `reached` closes its circuit breaker. */
export type Answer =
  | { readonly kind: 'reached' }
  | { readonly kind: 'unreachable'; readonly code: string }
  | { readonly kind: 'refused'; readonly code: string };

/** What became of one technique finding, for T2. */
export interface Settlement {
  readonly row: PendingTechnique;
  /** Whether the place it belongs to has taken the revision. */
  readonly isConfirmed: boolean;
  /** Places it had left where it is archived now. */
  readonly archivedIn: readonly Place[];
  /** Whether a copy stays open in a place that does not let us in. */
  readonly isStranded: boolean;
}

/** What one batch may do, and its way to each place. */
export interface Admitted {
  admissionOf(place: Place): Admission;
  /**
   * The import of a place. Throws {@link PlaceRefused} where it does not let us in, anything else where it does not answer.
   */
  at(place: Place): FindingImport;
}

/** What this needs of the accounts, and of the database to know about them. */
export interface PublishTargets {
  /** Takes the import budget of all places at once, in calls, and asks their circuit breakers. One statement. */
  admit(calls: ReadonlyMap<Place, number>): Promise<Admitted>;
  /** Makes sure of the credentials for a place. Throws as `at` does. */
  reach(place: OwnerPlace): Promise<void>;
  /**
   * Takes findings back to the hub whose place has refused them, before they are sent there; notes the refusal. Returns
   * those that nobody has changed meanwhile.
   */
  fallBack(
    rows: readonly PendingTechnique[],
    answers: ReadonlyMap<Place, Answer>,
  ): Promise<readonly PendingTechnique[]>;
  /** T2, and what was learnt about the places. One statement. */
  settle(settlements: readonly Settlement[], answers: ReadonlyMap<Place, Answer>): Promise<void>;
}

/** A place does not let us in: its role is missing or refuses, or Security Hub is off there. Its own error is the cause. */
export class PlaceRefused extends Error {
  override readonly name = 'PlaceRefused';
  readonly code: string;
  /** Whether some of what was to be sent may have been taken before. */
  readonly mayHaveWritten: boolean;

  constructor(code: string, mayHaveWritten = false, options?: ErrorOptions) {
    super(`an account does not let us in (${code})`, options);
    this.code = code;
    this.mayHaveWritten = mayHaveWritten;
  }
}

/** Codes by which Security Hub, inside an answer, says that it is off or not for us. */
const REFUSAL_CODES = new Set(['InvalidAccess', 'InvalidAccessException', 'AccessDenied', 'AccessDeniedException']);

/** What happened beside the hub. */
export interface PlacesReport {
  /** Technique findings written in the hub because their owner did not let us in. */
  readonly fellBack: number;
  /** Findings of which a copy stays open where we are not let in. */
  readonly stranded: number;
  /** Owners that refused, or did not answer, in this batch. */
  readonly refused: readonly { readonly place: Place; readonly code: string }[];
  readonly unreachable: readonly { readonly place: Place; readonly code: string }[];
}

export const NOTHING_ELSEWHERE: PlacesReport = { fellBack: 0, stranded: 0, refused: [], unreachable: [] };

/** A technique finding as it would be sent to the hub. */
export interface Outgoing {
  readonly row: PendingTechnique;
  readonly finding: AsffFinding;
}

export interface PlacedOutcome {
  /** By the Ids of findings: why each was not taken, and has to come again. */
  readonly failures: ReadonlyMap<string, string>;
  /** Ids of findings that were not sent and need not come again. */
  readonly withheld: ReadonlySet<string>;
  readonly report: PlacesReport;
}

/** Whether this has to be done: a finding belongs elsewhere, or has left something behind. */
export function isElsewhere({ place, leftIn }: PendingTechnique): boolean {
  return (place ?? HUB) !== HUB || (leftIn ?? []).length > 0;
}

/**
 * Places worked on at one time: as many as a batch has messages, so that the batch takes no longer than the slowest of them,
 * also when a whole Region does not answer.
 */
const PLACES_AT_ONCE = 100;

/**
 * Publishes. Throws where the database or the hub does not answer, or refuses a whole call as malformed; what the others
 * took is noted before.
 */
export async function publishToPlaces(
  outgoing: readonly Outgoing[],
  targets: PublishTargets,
  hub: SecurityHubTarget,
): Promise<PlacedOutcome> {
  const streams = [...groupBy(outgoing, streamOf).values()];
  const delivery = new Delivery(targets, hub, await targets.admit(callsOf(streams)));
  await inLanes(streams, PLACES_AT_ONCE, (stream) => delivery.stream(stream));
  await delivery.fallBack();
  return delivery.settle();
}

/** Findings that go one way: to the same place, from the same places. */
function streamOf({ row }: Outgoing): string {
  return [row.place ?? HUB, ...(row.leftIn ?? [])].join(' ');
}

function callsOf(streams: readonly (readonly Outgoing[])[]): Map<Place, number> {
  const calls = new Map<Place, number>();
  const add = (place: Place, findings: number) =>
    calls.set(place, (calls.get(place) ?? 0) + Math.ceil(findings / MAX_FINDINGS_PER_IMPORT));
  for (const stream of streams) {
    const first = stream[0]?.row;
    const unsent = stream.filter(({ row }) => !(row.isSent ?? false));
    if (unsent.length > 0) add(first?.place ?? HUB, unsent.length);
    for (const left of first?.leftIn ?? []) add(left, stream.length);
  }
  return calls;
}

/** What came of some findings at one place. */
type Delivered = { readonly kind: 'answered'; readonly failures: ReadonlyMap<string, string> } | Closed;

/** Why nothing of it was taken. */
type Closed = Exclude<Answer, { readonly kind: 'reached' }> & { readonly mayHaveWritten?: boolean };

/** A finding whose copies elsewhere are dealt with. */
interface Ready {
  readonly outgoing: Outgoing;
  readonly archivedIn: readonly Place[];
  readonly isStranded: boolean;
}

/** One batch on its way: what was learnt so far. */
class Delivery {
  readonly #targets: PublishTargets;
  readonly #hub: SecurityHubTarget;
  readonly #admitted: Admitted;
  readonly #answers = new Map<Place, Answer>();
  readonly #settlements: Settlement[] = [];
  readonly #failures = new Map<string, string>();
  readonly #withheld = new Set<string>();
  readonly #refused: Ready[] = [];
  #fellBack = 0;
  /** What ends the batch once all that is known has been noted. */
  #error: Error | undefined;

  constructor(targets: PublishTargets, hub: SecurityHubTarget, admitted: Admitted) {
    this.#targets = targets;
    this.#hub = hub;
    this.#admitted = admitted;
  }

  /**
   * Archives in the places left, then writes in the new one. After a refusal or outage one finding goes ahead, so that not
   * all are archived for a place that would not take them.
   */
  async stream(stream: readonly Outgoing[]): Promise<void> {
    const place = stream[0]?.row.place ?? HUB;
    const left = stream[0]?.row.leftIn ?? [];
    if (left.length === 0 || this.#admitted.admissionOf(place) !== 'probe') return this.#move(stream, place);
    await this.#move(stream.slice(0, 1), place);
    await this.#move(stream.slice(1), place);
  }

  async #move(stream: readonly Outgoing[], place: Place): Promise<void> {
    if (stream.length === 0) return;
    const left = stream[0]?.row.leftIn ?? [];
    const isWriting = stream.some(({ row }) => !(row.isSent ?? false));
    // Nothing is archived for the sake of a place that would not take it.
    const closed = isWriting && left.length > 0 ? await this.#look(place) : undefined;
    if (closed) {
      for (const outgoing of stream) this.#notWritten({ outgoing, archivedIn: [], isStranded: false }, closed);
      return;
    }

    const archiving = await Promise.all(
      left.map(async (from) => ({ from, delivered: await this.#deliver(from, stream.map(archivedCopy)) })),
    );
    const ready: Ready[] = [];
    for (const outgoing of stream) {
      const archivedIn: Place[] = [];
      let isStranded = false;
      let failure: string | undefined;
      for (const { from, delivered } of archiving) {
        const code = delivered.kind === 'answered' ? delivered.failures.get(outgoing.finding.Id) : delivered.code;
        if (delivered.kind === 'refused' || isRefusal(code, from)) isStranded = true;
        else if (code === undefined) archivedIn.push(from);
        else failure = code;
      }
      if (failure === undefined) ready.push({ outgoing, archivedIn, isStranded });
      else {
        this.#failures.set(outgoing.finding.Id, failure);
        this.#note(outgoing.row, { archivedIn, isStranded });
      }
    }
    for (const { outgoing, ...archived } of ready.filter(({ outgoing: { row } }) => row.isSent ?? false)) {
      this.#note(outgoing.row, archived);
      if (archived.isStranded) this.#withheld.add(outgoing.finding.Id);
    }
    await this.#write(
      ready.filter(({ outgoing: { row } }) => !(row.isSent ?? false)),
      place,
    );
  }

  async #write(ready: readonly Ready[], place: Place): Promise<void> {
    if (ready.length === 0) return;
    const delivered = await this.#deliver(
      place,
      ready.map(({ outgoing }) => outgoing.finding),
    );
    for (const each of ready) {
      const { outgoing, ...archived } = each;
      if (delivered.kind !== 'answered') {
        this.#notWritten(each, delivered);
        continue;
      }
      const code = delivered.failures.get(outgoing.finding.Id);
      if (code !== undefined && isRefusal(code, place)) {
        this.#notWritten(each, { kind: 'refused', code });
        continue;
      }
      if (code !== undefined) this.#failures.set(outgoing.finding.Id, code);
      this.#note(outgoing.row, { isConfirmed: code === undefined, ...archived });
    }
  }

  /** A place did not take a finding: an open one goes to the hub where it refuses, and comes again where it does not answer. */
  #notWritten(each: Ready, { kind, code, mayHaveWritten = false }: Closed): void {
    const { outgoing, ...archived } = each;
    const { row, finding } = outgoing;
    if (kind === 'unreachable') {
      this.#failures.set(finding.Id, code);
      this.#note(row, archived);
    } else if (row.recordState === 'ACTIVE') {
      const mayBeThere = mayHaveWritten || (row.mayBeThere ?? true);
      this.#refused.push({ ...each, outgoing: { finding, row: { ...row, mayBeThere } } });
    } else {
      // It cannot be closed there, and nobody would look for a closed copy elsewhere.
      this.#withheld.add(finding.Id);
      this.#note(row, { ...archived, isStranded: true });
    }
  }

  #note(row: PendingTechnique, settlement: Partial<Omit<Settlement, 'row'>>): void {
    this.#settlements.push({ row, isConfirmed: false, archivedIn: [], isStranded: false, ...settlement });
  }

  /** Whether a place would let us in at all, as far as that can be known without writing. */
  async #look(place: Place): Promise<Closed | undefined> {
    const closed = this.#closed(place);
    if (closed || place === HUB) return closed;
    try {
      await this.#targets.reach(place);
      return undefined;
    } catch (error) {
      return this.#learn(place, error);
    }
  }

  #closed(place: Place): Closed | undefined {
    if (place === HUB) return undefined;
    // One that has refused since this batch was admitted will do so again.
    const answer = this.#answers.get(place);
    if (answer?.kind === 'refused') return answer;
    const admission = this.#admitted.admissionOf(place);
    if (admission === 'refused') return { kind: 'refused', code: 'TargetRefused' };
    if (admission === 'unreachable') return { kind: 'unreachable', code: 'TargetUnreachable' };
    if (admission === 'throttled') return { kind: 'unreachable', code: 'ImportBudgetExhausted' };
    return admission === 'probe' && answer?.kind === 'unreachable' ? answer : undefined;
  }

  async #deliver(place: Place, findings: readonly AsffFinding[]): Promise<Delivered> {
    const closed = this.#closed(place);
    if (closed) return closed;
    const target = targetOf(place, this.#hub);
    const placed = place === HUB ? findings : findings.map((finding) => retarget(finding, target));
    try {
      const failures = new Map(
        (await importPlainer(placed, this.#admitted.at(place))).map(({ id, code }) => [id, code]),
      );
      const refusal = [...failures.values()].find((code) => REFUSAL_CODES.has(code));
      if (place !== HUB && refusal !== undefined) this.#learn(place, new PlaceRefused(refusal));
      if (this.#answers.get(place)?.kind !== 'refused') this.#answers.set(place, { kind: 'reached' });
      return { kind: 'answered', failures };
    } catch (error) {
      return this.#learn(place, error);
    }
  }

  /** What an error says about a place. That of the hub, or about a finding, ends the batch after everything is noted. */
  #learn(place: Place, error: unknown): Closed {
    if (place === HUB || error instanceof RefusedInput) {
      this.#error ??= error instanceof Error ? error : new Error(String(error));
      return { kind: 'unreachable', code: 'BatchFailed' };
    }
    const code = error instanceof PlaceRefused ? error.code : nameOf(error);
    const answer: Closed =
      error instanceof PlaceRefused
        ? { kind: 'refused', code, mayHaveWritten: error.mayHaveWritten }
        : { kind: 'unreachable', code };
    // A budget that is spent says nothing about the place.
    if (code === 'ImportBudgetExhausted') return answer;
    if (answer.kind === 'refused' || !this.#answers.has(place)) this.#answers.set(place, answer);
    return answer;
  }

  /** Recorded before it is sent, like everything else: a crash must not leave an open copy that nobody knows of. */
  async fallBack(): Promise<void> {
    if (this.#refused.length === 0) return;
    const taken = await this.#targets.fallBack(
      this.#refused.map(({ outgoing }) => outgoing.row),
      this.#answers,
    );
    const rows = new Map(taken.map((row) => [keyOf(row), row]));
    const ready = this.#refused.flatMap(({ outgoing: { row: before, finding }, archivedIn, isStranded }) => {
      const row = rows.get(keyOf(before));
      // Somebody has recorded a newer revision, and sends that.
      if (!row) {
        this.#withheld.add(finding.Id);
        return [];
      }
      const times = { CreatedAt: row.createdAt.toISOString(), UpdatedAt: row.updatedAt.toISOString() };
      const left = (row.leftIn ?? []).some((place) => !archivedIn.includes(place));
      return [{ outgoing: { row, finding: { ...finding, ...times } }, archivedIn, isStranded: isStranded || left }];
    });
    await this.#write(ready, HUB);
    this.#fellBack = ready.filter(({ outgoing }) => !this.#failures.has(outgoing.finding.Id)).length;
  }

  async settle(): Promise<PlacedOutcome> {
    await this.#targets.settle(this.#settlements, this.#answers);
    if (this.#error) throw this.#error;
    const answered = (kind: 'refused' | 'unreachable') =>
      [...this.#answers].flatMap(([place, answer]) => (answer.kind === kind ? [{ place, code: answer.code }] : []));
    return {
      failures: this.#failures,
      withheld: this.#withheld,
      report: {
        fellBack: this.#fellBack,
        stranded: this.#settlements.filter(({ isStranded }) => isStranded).length,
        refused: answered('refused'),
        unreachable: answered('unreachable'),
      },
    };
  }
}

/**
 * A finding as it has to be closed in a place that it has left. With equal times, so that it is also taken where there is
 * none: a slower batch that still sends an older revision there is then ignored.
 */
function archivedCopy({ row, finding }: Outgoing): AsffFinding {
  const { Workflow: _workflow, ...content } = finding;
  const isDecided = row.workflowStatus !== 'NEW';
  return {
    ...content,
    ...(isDecided ? { Workflow: { Status: row.workflowStatus } } : {}),
    RecordState: 'ARCHIVED',
    CreatedAt: finding.UpdatedAt,
  };
}

/** Whether a code says that a place is closed to us. What the hub says is a failure like any other. */
function isRefusal(code: string | undefined, place: Place): boolean {
  return place !== HUB && code !== undefined && REFUSAL_CODES.has(code);
}

function keyOf({ sourceKey, techniqueId }: PendingTechnique): string {
  return `${techniqueId}/${sourceKey}`;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Unknown';
}
