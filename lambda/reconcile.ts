/**
 * The use case of the daily reconciliation: brings the database and Security Hub together again. Each step can stop
 * where its time is up and go on the next day; none of them changes what a second run would find right.
 */
import type { AsffFinding } from './core/asff-finding.ts';
import { ACTIVE_RETENTION_DAYS, REFRESH_AFTER_DAYS } from './core/asff-limits.ts';
import { readFinding } from './core/finding-message.ts';
import { NO_INSTANT } from './core/instant.ts';
import { isOcsfFinding } from './core/ocsf-finding.ts';
import { inLanes } from './core/in-lanes.ts';
import { type OwnerPlace, regionPatterns } from './core/publish-target.ts';
import type { SecurityHubTarget } from './core/security-hub-target.ts';
import { sourceEvent } from './core/source-event.ts';
import { readStoredFinding } from './core/stored-finding.ts';
import { type EnrichmentContext, parseTechniqueFindingId, techniqueFindingId } from './core/technique-finding.ts';
import {
  type EnrichFindingDependencies,
  type FindingState,
  type PendingTechnique,
  type QueueMessage,
  type SourceChange,
  deliver,
  enrichFindings,
  enrichedWith,
  publish,
  sourceChange,
} from './enrich-finding.ts';
import { type Answer, PlaceRefused } from './publish-to-places.ts';

/** Days for which a closed source is remembered, so that a late older event cannot reopen it. */
export const REMEMBER_CLOSED_DAYS = 90;

/** Sources worked on at one time. */
const SOURCES_PER_STEP = 200;
/** Values of one filter. https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_GetFindings.html */
const IDS_PER_QUERY = 20;

/** One of our technique findings as Security Hub has it. */
export interface HubFinding {
  readonly id: string;
  readonly recordState: 'ACTIVE' | 'ARCHIVED';
  /** The whole finding, ready to be sent again. */
  readonly finding: AsffFinding;
}

/** What reconciliation reads from Security Hub, at no more than one call a second. */
export interface HubReader {
  /** Our technique findings with UpdatedAt between two times (ISO 8601, both included), a page at a time. */
  ownFindings(from: string, to: string): AsyncIterable<readonly HubFinding[]>;
  /** Our tactic findings, all of them. */
  tacticFindings(): Promise<readonly HubFinding[]>;
  /** The source findings with these Ids, at most 20, as Security Hub has them now. */
  sourceFindings(ids: readonly string[]): Promise<readonly unknown[]>;
}

/** An open source as the database keeps it. */
export interface KeptSource {
  readonly sourceKey: string;
  readonly findingId: string;
  readonly contentHash: string;
  readonly finding: string;
}

/** A stretch of time in which the database has some technique findings. ISO 8601, both ends included. */
export interface TimeSlice {
  readonly from: string;
  readonly to: string;
  readonly findings: readonly {
    readonly sourceKey: string;
    readonly techniqueId: string;
    readonly recordState: string;
  }[];
}

/** What reconciliation needs of the database beyond the write protocol. */
export interface ReconcileState {
  /** Open sources whose technique findings were built with another catalogue, language or target. */
  outdated(enrichedWith: string, after: string, limit: number): Promise<readonly KeptSource[]>;
  /** T1 for a source whose own event is unchanged: lines its technique findings up with what they should be now. */
  realign(batch: Parameters<FindingState['record']>[0]): Promise<readonly PendingTechnique[] | 'stale-catalogue'>;
  /**
   * Open sources with a technique finding that is not where it belongs: with its owner where owners are written to and let
   * us in, otherwise in the hub. `owners` undefined: nothing is written to owners.
   */
  misplaced(owners: Owners | undefined, after: string, limit: number, now: Date): Promise<readonly KeptSource[]>;
  /** Places of owners that something is written in or left in, or that refused, after the one given. */
  places(after: string, limit: number): Promise<readonly OwnerPlace[]>;
  /** Has those of some places that refused tried again by the next batch that has something for them. */
  releaseRefused(places: readonly OwnerPlace[], now: Date): Promise<void>;
  /** Of what was released and has still not let anybody in: takes for shut where findings are, and forgets the others. */
  shutReleased(now: Date): Promise<void>;
  /** One source of each place that refused and is to be tried again, of places after the one given, with an open technique finding in the hub. */
  probes(after: string, limit: number, now: Date): Promise<readonly (KeptSource & { readonly place: string })[]>;
  /** Technique findings that left a copy in another place which is not archived yet, after the key given. */
  leftBehind(after: TechniqueKey, limit: number): Promise<readonly PendingTechnique[]>;
  /** How many technique findings have a copy that stays open in an account which does not let us in. */
  stranded(): Promise<number>;
  /** Forgets copies that are out of reach since before a time: Security Hub has deleted them. */
  forgetStranded(before: Date): Promise<void>;
  /** Technique findings that Security Hub does not have, of sources after the key given. */
  unsent(after: string, limit: number): Promise<readonly TechniqueKey[]>;
  /** The next slice of sent technique findings by UpdatedAt, up to `until`; undefined once all were seen. */
  nextSlice(until: Date): Promise<TimeSlice | undefined>;
  sliceDone(slice: TimeSlice): Promise<void>;
  /** The Ids of those that are in the database at all. */
  known(ids: readonly TechniqueKey[]): Promise<ReadonlySet<string>>;
  /** Marks technique findings as changed, so that they are sent again; only ACTIVE ones older than `olderThan` where given. */
  touch(keys: readonly TechniqueKey[], now: Date, olderThan?: Date): Promise<readonly PendingTechnique[]>;
  /** Open sources with a technique finding not updated since a time. */
  unrefreshed(
    since: Date,
    after: string,
    limit: number,
  ): Promise<readonly (KeptSource & { readonly techniqueIds: readonly string[] })[]>;
  /** Closes sources that are gone from Security Hub, unless an event of theirs came meanwhile. */
  closeGone(sources: readonly KeptSource[], now: Date): Promise<readonly PendingTechnique[]>;
  /** Marks tactic findings that are not in Security Hub as the database has them; the next roll-up sends them. */
  touchTactics(inHub: readonly HubFinding[], now: Date): Promise<number>;
  /** Forgets some closed sources not seen since a time, and returns how many: 0 when there are no more. */
  forgetClosed(before: Date): Promise<number>;
}

/** How owners that can be written to are known in a query. */
export interface Owners {
  readonly hub: SecurityHubTarget;
  readonly regionPatterns: readonly string[];
}

export interface TechniqueKey {
  readonly sourceKey: string;
  readonly techniqueId: string;
}

export interface ReconcileDependencies extends EnrichFindingDependencies {
  readonly reconcileState: ReconcileState;
  readonly hub: HubReader;
  /** False when the run should end: what is left is done by the next one. */
  readonly hasTime: () => boolean;
}

/** What one run did. */
export interface ReconcileReport {
  readonly realigned: number;
  /** Sources whose technique findings went to another account or Region because a role appeared or vanished. */
  readonly moved: number;
  /** Technique findings of which a copy stays open where we are not let in, at the end of the run. */
  readonly stranded: number;
  readonly resent: number;
  readonly healed: number;
  readonly orphansArchived: number;
  readonly refreshed: number;
  readonly sourceGone: number;
  readonly forgotten: number;
  readonly importFailures: number;
  readonly complete: boolean;
}

/** Reconciles until done or out of time. Throws where the database or Security Hub does not answer. */
export async function reconcile(dependencies: ReconcileDependencies): Promise<ReconcileReport> {
  const report = {
    realigned: 0,
    moved: 0,
    stranded: 0,
    resent: 0,
    healed: 0,
    orphansArchived: 0,
    refreshed: 0,
    sourceGone: 0,
    forgotten: 0,
    importFailures: 0,
  };
  // Refreshing comes before comparing: what it misses is deleted, while drift only waits another day.
  const steps = [
    realignOutdated,
    tryPlaces,
    archiveLeftBehind,
    resendUnsent,
    moveMisplaced,
    refreshOld,
    forgetClosed,
    healTactics,
    healDrift,
    countStranded,
  ];
  for (const step of steps) {
    const done = await step(dependencies);
    for (const [name, count] of Object.entries(done)) report[name as keyof typeof report] += count;
  }
  return { ...report, complete: dependencies.hasTime() };
}

type Step = (
  dependencies: ReconcileDependencies,
) => Promise<Partial<Record<keyof Omit<ReconcileReport, 'complete'>, number>>>;

/** After a change of catalogue, language or target: archives what is no longer linked, opens what is new, once. */
const realignOutdated: Step = async (dependencies) => {
  const { done, importFailures } = await realignAll(dependencies, (after, enriched) =>
    dependencies.reconcileState.outdated(enriched, after, SOURCES_PER_STEP),
  );
  return { realigned: done, importFailures };
};

/** Places asked for their credentials at one time. */
const PLACES_AT_ONCE = 8;

/**
 * Finds out which owners let us in. Of a place that has refused and whose role is there now, one source goes first, so that
 * one which still refuses costs one finding and not all of them.
 */
const tryPlaces: Step = async (dependencies) => {
  const { reconcileState, targets, publishTo, hasTime, now } = dependencies;
  if (!targets) return {};
  for (let after = ''; hasTime();) {
    const places = await reconcileState.places(after, SOURCES_PER_STEP);
    if (places.length === 0) break;
    const answers = new Map<OwnerPlace, Answer>();
    await inLanes(places, PLACES_AT_ONCE, async (place) => {
      try {
        await targets.reach(place);
      } catch (error) {
        if (error instanceof PlaceRefused) answers.set(place, { kind: 'refused', code: error.code });
      }
    });
    await targets.settle([], answers);
    await reconcileState.releaseRefused(
      places.filter((place) => !answers.has(place)),
      now(),
    );
    after = places.at(-1) ?? after;
  }
  if (publishTo !== 'owner') return {};
  let place = '';
  const { done, importFailures } = await realignAll(dependencies, async () => {
    const probes = await reconcileState.probes(place, SOURCES_PER_STEP, now());
    place = probes.at(-1)?.place ?? place;
    return probes;
  });
  return { moved: done, importFailures };
};

/** After a role appeared or vanished: takes technique findings to their owner, or back to the hub. */
const moveMisplaced: Step = async (dependencies) => {
  const { reconcileState, publishTo, target, now } = dependencies;
  const owners = publishTo === 'owner' ? { hub: target, regionPatterns: regionPatterns(target) } : undefined;
  await reconcileState.shutReleased(now());
  const { done, importFailures } = await realignAll(dependencies, (after) =>
    reconcileState.misplaced(owners, after, SOURCES_PER_STEP, now()),
  );
  return { moved: done, importFailures };
};

/** Lines up the sources of each page until there are no more; pages are asked for by the key they come after. */
async function realignAll(
  dependencies: ReconcileDependencies,
  page: (after: string, enriched: string) => Promise<readonly KeptSource[]>,
): Promise<{ done: number; importFailures: number }> {
  let done = 0;
  let importFailures = 0;
  let after = '';
  while (dependencies.hasTime()) {
    const catalogue = await dependencies.catalogue.reload();
    const context = { ...dependencies, catalogue };
    const sources = await page(after, enrichedWith(context));
    if (sources.length === 0) break;
    const changes = sources.flatMap((source) => changeOf(source, context));
    const pending = await dependencies.reconcileState.realign({
      changes: changes.toSorted((a, b) => (a.event.sourceKey < b.event.sourceKey ? -1 : 1)),
      unchecked: [],
      catalogueVersion: catalogue.version,
      enrichedWith: enrichedWith(context),
      now: dependencies.now(),
    });
    if (pending === 'stale-catalogue') continue;
    importFailures += (await publish(pending, changes, dependencies)).length;
    done += sources.length;
    after = sources.at(-1)?.sourceKey ?? after;
  }
  return { done, importFailures };
}

/** Archives copies that could not be archived when their finding moved. */
const archiveLeftBehind: Step = async (dependencies) => {
  const { reconcileState, hasTime, now } = dependencies;
  await reconcileState.forgetStranded(new Date(now().getTime() - ACTIVE_RETENTION_DAYS * 86_400_000));
  let importFailures = 0;
  let after: TechniqueKey = { sourceKey: '', techniqueId: '' };
  while (hasTime()) {
    const left = await reconcileState.leftBehind(after, SOURCES_PER_STEP);
    const last = left.at(-1);
    if (!last) break;
    importFailures += (await publish(left, [], dependencies)).length;
    after = last;
  }
  return { importFailures };
};

const countStranded: Step = async ({ reconcileState }) => ({ stranded: await reconcileState.stranded() });

/** Nothing for a source whose kept finding cannot be read: it must not keep the others from being realigned. */
function changeOf(source: KeptSource, context: EnrichmentContext): SourceChange[] {
  try {
    const event = sourceEvent(readStoredFinding(source.finding), NO_INSTANT);
    const { sourceKey, contentHash } = source;
    return [sourceChange({ ...event, sourceKey, contentHash, lifeCycle: 'open' }, context)];
  } catch {
    return [];
  }
}

const resendUnsent: Step = async (dependencies) => {
  let resent = 0;
  let importFailures = 0;
  let after = '';
  while (dependencies.hasTime()) {
    const unsent = await dependencies.reconcileState.unsent(after, SOURCES_PER_STEP);
    if (unsent.length === 0) break;
    const pending = await dependencies.reconcileState.touch(unsent, dependencies.now());
    const { failures, withheld } = await deliver(pending, [], dependencies);
    resent += pending.length - failures.length - withheld.size;
    importFailures += failures.length;
    after = unsent.at(-1)?.sourceKey ?? after;
  }
  return { resent, importFailures };
};

/** GetFindings shows an import after some minutes only: what was sent since then is compared the next day. */
const SETTLING_MILLISECONDS = 15 * 60_000;

/** Compares, slice by slice of UpdatedAt, what was sent with what Security Hub has. */
const healDrift: Step = async (dependencies) => {
  const { reconcileState, hub, now } = dependencies;
  let healed = 0;
  let orphansArchived = 0;
  let importFailures = 0;
  const until = new Date(now().getTime() - SETTLING_MILLISECONDS);
  while (dependencies.hasTime()) {
    const slice = await reconcileState.nextSlice(until);
    if (!slice) break;
    const inSlice = new Set(slice.findings.map((row) => techniqueFindingId(row.techniqueId, row.sourceKey)));
    const recordStates = new Map<string, string>();
    for await (const page of hub.ownFindings(slice.from, slice.to)) {
      for (const { id, recordState } of page) recordStates.set(id, recordState);
      const archivedHere = await archiveOrphans(page, inSlice, dependencies);
      orphansArchived += archivedHere.archived;
      importFailures += archivedHere.refused;
    }
    const drifted = slice.findings.filter((row) => {
      const recordState = recordStates.get(techniqueFindingId(row.techniqueId, row.sourceKey));
      return recordState === undefined ? row.recordState === 'ACTIVE' : recordState !== row.recordState;
    });
    const failures = await publish(await reconcileState.touch(drifted, now()), [], dependencies);
    healed += drifted.length - failures.length;
    importFailures += failures.length;
    await reconcileState.sliceDone(slice);
  }
  return { healed, orphansArchived, importFailures };
};

/** Archives those of a page that the database does not know: nobody else would ever close them. */
async function archiveOrphans(
  page: readonly HubFinding[],
  inSlice: ReadonlySet<string>,
  { reconcileState, securityHub, now }: ReconcileDependencies,
): Promise<{ archived: number; refused: number }> {
  const strangers = page.filter(({ id, recordState }) => recordState === 'ACTIVE' && !inSlice.has(id));
  if (strangers.length === 0) return { archived: 0, refused: 0 };
  const known = await reconcileState.known(strangers.flatMap(({ id }) => parseTechniqueFindingId(id) ?? []));
  const orphans = strangers.filter(({ id }) => !known.has(id));
  const refused = await securityHub.importFindings(orphans.map(({ finding }) => archived(finding, now())));
  return { archived: orphans.length - refused.length, refused: refused.length };
}

/** There are at most fifteen: one call tells whether each is as it was sent. */
const healTactics: Step = async ({ reconcileState, hub, now }) => ({
  healed: await reconcileState.touchTactics(await hub.tacticFindings(), now()),
});

/** Closed as it is, and newer than what Security Hub has, which it would otherwise ignore. */
export function archived(finding: AsffFinding, now: Date): AsffFinding {
  const updatedAt = Math.max(now.getTime(), Date.parse(finding.UpdatedAt) + 1);
  return { ...finding, RecordState: 'ARCHIVED', UpdatedAt: new Date(updatedAt).toISOString() };
}

/** Sends open findings again before Security Hub deletes them, as long as their source is still there. */
const refreshOld: Step = async (dependencies) => {
  const { reconcileState, hub, now } = dependencies;
  let refreshed = 0;
  let sourceGone = 0;
  let importFailures = 0;
  let after = '';
  while (dependencies.hasTime()) {
    const since = new Date(now().getTime() - REFRESH_AFTER_DAYS * 86_400_000);
    const old = await reconcileState.unrefreshed(since, after, IDS_PER_QUERY);
    if (old.length === 0) break;
    after = old.at(-1)?.sourceKey ?? after;
    // The new Security Hub's findings are not in this API: they are taken as still there, since closing fails open.
    const askable = old.filter(({ finding }) => !isOcsfFinding(JSON.parse(finding)));
    const ids = [...new Set(askable.map(({ findingId }) => findingId))];
    const found = ids.length > 0 ? await hub.sourceFindings(ids) : [];
    const present = new Set(found.flatMap(keyOf));
    const gone = askable.filter(({ sourceKey }) => !present.has(sourceKey));
    const kept = old.filter((source) => !gone.includes(source));

    // What Security Hub says now goes the usual way first: an event may have been lost, and closed is closed.
    const heard = await enrichFindings(found.map(asMessage), dependencies);
    const closed = await reconcileState.closeGone(gone, now());
    const keys = kept.flatMap(({ sourceKey, techniqueIds }) =>
      techniqueIds.map((techniqueId) => ({ sourceKey, techniqueId })),
    );
    const touched = await reconcileState.touch(keys, now(), since);
    const failures = await publish([...closed, ...touched], [], dependencies);
    importFailures += failures.length + heard.importFailures.length;
    refreshed += kept.length;
    sourceGone += gone.length;
  }
  return { refreshed, sourceGone, importFailures };
};

function keyOf(value: unknown): string[] {
  const read = readFinding(value);
  return read.outcome === 'event' ? [read.event.sourceKey] : [];
}

/** A finding read from Security Hub, as the event that would have brought it. */
function asMessage(finding: unknown): QueueMessage {
  const event = { 'detail-type': 'Security Hub Findings - Imported', detail: { findings: [finding] } };
  return { messageId: 'reconcile', body: JSON.stringify(event) };
}

const forgetClosed: Step = async ({ reconcileState, hasTime, now }) => {
  const before = new Date(now().getTime() - REMEMBER_CLOSED_DAYS * 86_400_000);
  let forgotten = 0;
  while (hasTime()) {
    const some = await reconcileState.forgetClosed(before);
    if (some === 0) break;
    forgotten += some;
  }
  return { forgotten };
};
