/**
 * The use case: a batch of messages in, technique findings out. Follows the write protocol that makes concurrent
 * batches, crashes and redeliveries end in the same state: record (T1), import, confirm (T2). What was recorded but not
 * confirmed is sent again by the next event of the same source, by redelivery or by reconciliation.
 */
import { type AsffFinding, type FindingContent, type WorkflowStatus, withTimes } from './core/asff-finding.ts';
import type { CatalogueIndex, MappedRule, MappedTechnique, UnmappedReason } from './core/catalogue-index.ts';
import { type IgnoredReason, type ReadFinding, readEvent } from './core/finding-message.ts';
import { mapFinding } from './core/map-finding.ts';
import { type SourceEvent, compareEvents } from './core/source-event.ts';
import { HUB, type OwnerPlace, type Place, type PublishTo, ownerPlace } from './core/publish-target.ts';
import { readStoredFinding } from './core/stored-finding.ts';
import {
  type BuiltTechniqueFinding,
  type EnrichmentContext,
  techniqueFindingId,
  techniqueFindingsOf,
} from './core/technique-finding.ts';
import { importPlainer } from './import-plainer.ts';
import {
  NOTHING_ELSEWHERE,
  type Outgoing,
  type PlacesReport,
  type PublishTargets,
  isElsewhere,
  publishToPlaces,
} from './publish-to-places.ts';
import { RefusedInput, withoutContent } from './refused-input.ts';

/** A message of the queue: an EventBridge event as JSON text. */
export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
}

/** The newest event of one source in a batch, with what it maps to. */
export interface SourceChange {
  readonly event: SourceEvent;
  readonly provider: string;
  readonly ruleKey: string;
  readonly unmappedReason: UnmappedReason | undefined;
  /** Techniques that the source names and the catalogue does not know. */
  readonly unknownTechniques: readonly string[];
  /** Empty for a closed or unmapped source. */
  readonly techniques: readonly BuiltTechnique[];
  /** Where its technique findings are written. @default the hub */
  readonly owner?: OwnerPlace | undefined;
}

/** A technique finding built from the source at hand. */
export interface BuiltTechnique extends BuiltTechniqueFinding {
  readonly mapped: MappedTechnique;
}

/** A recorded technique finding that Security Hub does not have yet. */
export interface PendingTechnique {
  readonly sourceKey: string;
  readonly techniqueId: string;
  readonly recordState: 'ACTIVE' | 'ARCHIVED';
  readonly revision: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly tacticIds: readonly string[];
  readonly effect: MappedTechnique['effect'];
  readonly score: MappedTechnique['score'];
  /** What an analyst made of the finding, or of the one that it takes the place of. */
  readonly workflowStatus: WorkflowStatus;
  /** The source finding as JSON; null where the batch itself carries it. */
  readonly finding: string | null;
  /** Where it is written. @default the hub */
  readonly place?: Place | null;
  /** Places where an earlier revision may still be open. @default none */
  readonly leftIn?: readonly Place[] | null;
  /** Whether its place has this revision, so that only the places it has left have to be seen to. @default false */
  readonly isSent?: boolean;
  /** Whether somebody may have sent it to its place before. @default true */
  readonly mayBeThere?: boolean;
}

/** What the use case needs of the database. */
export interface FindingState {
  /** T1. `stale-catalogue` where the catalogue in the database is not the one named: nothing was written. */
  record(batch: {
    readonly changes: readonly SourceChange[];
    readonly unchecked: readonly SourceChange[];
    readonly catalogueVersion: string;
    readonly enrichedWith: string;
    readonly now: Date;
  }): Promise<readonly PendingTechnique[] | 'stale-catalogue'>;
  /** T2: Security Hub has these revisions. */
  confirm(techniques: readonly Pick<PendingTechnique, 'sourceKey' | 'techniqueId' | 'revision'>[]): Promise<void>;
}

/** Why Security Hub did not take a finding. */
export interface ImportFailure {
  readonly id: string;
  readonly code: string;
}

/** What the use case needs of Security Hub. */
export interface FindingImport {
  /** Imports all; returns those refused for good or after the last retry. Throws where no call got through. */
  importFindings(findings: readonly AsffFinding[]): Promise<readonly ImportFailure[]>;
}

/** The catalogue in memory. */
export interface CatalogueReader {
  /** As last read. */
  current(): Promise<CatalogueIndex>;
  /** Read again if the database has another version by now. */
  latest(): Promise<CatalogueIndex>;
  /** Read again. */
  reload(): Promise<CatalogueIndex>;
}

export interface EnrichFindingDependencies {
  readonly catalogue: CatalogueReader;
  readonly state: FindingState;
  readonly securityHub: FindingImport;
  readonly target: EnrichmentContext['target'];
  readonly language: EnrichmentContext['language'];
  /** Where technique findings go. @default 'hub' */
  readonly publishTo?: PublishTo;
  /** The owners' accounts. Needed once anything is, or was, written there. */
  readonly targets?: PublishTargets;
  readonly now: () => Date;
}

/** What became of a batch. Counts are of this batch only; what is open stands in the database. */
export interface EnrichmentReport {
  readonly messages: number;
  readonly findings: number;
  readonly ignored: Readonly<Partial<Record<IgnoredReason, number>>>;
  readonly rejected: readonly { readonly messageId: string; readonly problem: string }[];
  readonly unmapped: readonly {
    readonly provider: string;
    readonly ruleKey: string;
    readonly reason: UnmappedReason;
  }[];
  readonly unchecked: number;
  readonly imported: number;
  readonly archived: number;
  readonly importFailures: readonly ImportFailure[];
  /** What happened beside the hub. */
  readonly elsewhere: PlacesReport;
  /** Messages to be delivered again, with the reason. */
  readonly failed: ReadonlyMap<string, string>;
}

/** How often a batch is redone because the catalogue changed under it. Two loads in a row are already unusual. */
const MAX_CATALOGUE_RELOADS = 5;

/**
 * Enriches a batch. A message that cannot be read fails alone, and so does one that database or Security Hub refuse: the
 * batch is then done again in halves. Throws only where the whole batch has to come again: the database or Security Hub
 * did not answer.
 */
export async function enrichFindings(
  messages: readonly QueueMessage[],
  dependencies: EnrichFindingDependencies,
): Promise<EnrichmentReport> {
  try {
    return await enrichBatch(messages, dependencies);
  } catch (error) {
    if (!(error instanceof RefusedInput)) throw error;
    const [only] = messages;
    if (messages.length === 1 && only) {
      return { ...EMPTY_REPORT, messages: 1, findings: 1, failed: new Map([[only.messageId, error.message]]) };
    }
    const middle = Math.ceil(messages.length / 2);
    return joined(
      await enrichFindings(messages.slice(0, middle), dependencies),
      await enrichFindings(messages.slice(middle), dependencies),
    );
  }
}

const EMPTY_REPORT: EnrichmentReport = {
  messages: 0,
  findings: 0,
  ignored: {},
  rejected: [],
  unmapped: [],
  unchecked: 0,
  imported: 0,
  archived: 0,
  importFailures: [],
  elsewhere: NOTHING_ELSEWHERE,
  failed: new Map(),
};

function joined(a: EnrichmentReport, b: EnrichmentReport): EnrichmentReport {
  const reasons = [...new Set([...Object.keys(a.ignored), ...Object.keys(b.ignored)])] as IgnoredReason[];
  return {
    messages: a.messages + b.messages,
    findings: a.findings + b.findings,
    ignored: Object.fromEntries(reasons.map((reason) => [reason, (a.ignored[reason] ?? 0) + (b.ignored[reason] ?? 0)])),
    rejected: [...a.rejected, ...b.rejected],
    unmapped: [...a.unmapped, ...b.unmapped],
    unchecked: a.unchecked + b.unchecked,
    imported: a.imported + b.imported,
    archived: a.archived + b.archived,
    importFailures: [...a.importFailures, ...b.importFailures],
    elsewhere: {
      fellBack: a.elsewhere.fellBack + b.elsewhere.fellBack,
      stranded: a.elsewhere.stranded + b.elsewhere.stranded,
      refused: [...a.elsewhere.refused, ...b.elsewhere.refused],
      unreachable: [...a.elsewhere.unreachable, ...b.elsewhere.unreachable],
    },
    failed: new Map([...a.failed, ...b.failed]),
  };
}

async function enrichBatch(
  messages: readonly QueueMessage[],
  dependencies: EnrichFindingDependencies,
): Promise<EnrichmentReport> {
  const read = readMessages(messages);
  const newest = newestBySource(read.events.map(({ event }) => event));
  const { pending, changes, unbuilt } = await record(newest, dependencies);
  const { failures, withheld, elsewhere } = await deliver(pending, changes, dependencies);

  const failed = new Map(read.rejected.map(({ messageId, problem }) => [messageId, problem]));
  const codes = new Map(failures.map(({ sourceKey, code }) => [sourceKey, code]));
  for (const { messageId, event } of read.events) {
    const code = codes.get(event.sourceKey);
    if (code) failed.set(messageId, `import refused: ${code}`);
    const defect = unbuilt.get(event.sourceKey);
    if (defect) failed.set(messageId, defect);
  }
  const refused = new Set(failures.map(({ id }) => id));
  const accepted = pending.filter((row) => !refused.has(findingIdOf(row)) && !withheld.has(findingIdOf(row)));
  return {
    messages: messages.length,
    findings: read.findings,
    ignored: read.ignored,
    rejected: read.rejected,
    unmapped: changes.flatMap(({ event, provider, ruleKey, unmappedReason: reason }) =>
      reason && event.lifeCycle === 'open' ? [{ provider, ruleKey, reason }] : [],
    ),
    unchecked: newest.unchecked.length,
    imported: accepted.filter((row) => row.recordState === 'ACTIVE').length,
    archived: accepted.filter((row) => row.recordState === 'ARCHIVED').length,
    importFailures: failures,
    elsewhere,
    failed,
  };
}

function readMessages(messages: readonly QueueMessage[]) {
  const events: { messageId: string; event: SourceEvent }[] = [];
  const rejected: { messageId: string; problem: string }[] = [];
  const ignored: Partial<Record<IgnoredReason, number>> = {};
  let findings = 0;
  for (const { messageId, body } of messages) {
    for (const read of readBody(body)) {
      findings += 1;
      if (read.outcome === 'event') events.push({ messageId, event: read.event });
      else if (read.outcome === 'ignored') ignored[read.reason] = (ignored[read.reason] ?? 0) + 1;
      else rejected.push({ messageId, problem: read.problem });
    }
  }
  return { events, rejected, ignored, findings };
}

function readBody(body: string): ReadFinding[] {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return [{ outcome: 'rejected', problem: 'the message is not JSON' }];
  }
  return readEvent(value);
}

interface NewestEvents {
  readonly decided: readonly SourceEvent[];
  readonly unchecked: readonly SourceEvent[];
}

/** One winner for each source: a key twice in one upsert fails. WARNING and NOT_AVAILABLE compete among themselves. */
function newestBySource(events: readonly SourceEvent[]): NewestEvents {
  const newestOf = (candidates: readonly SourceEvent[]) => {
    const newest = new Map<string, SourceEvent>();
    for (const event of candidates) {
      const known = newest.get(event.sourceKey);
      if (!known || compareEvents(event, known) > 0) newest.set(event.sourceKey, event);
    }
    return [...newest.values()].sort((a, b) => (a.sourceKey < b.sourceKey ? -1 : 1));
  };
  return {
    decided: newestOf(events.filter((event) => event.lifeCycle !== 'unknown')),
    unchecked: newestOf(events.filter((event) => event.lifeCycle === 'unknown')),
  };
}

interface Recorded {
  readonly pending: readonly PendingTechnique[];
  readonly changes: readonly SourceChange[];
  /** Sources of which no technique finding could be built: a defect, which must not harm the others of the batch. */
  readonly unbuilt: ReadonlyMap<string, string>;
}

async function record(newest: NewestEvents, dependencies: EnrichFindingDependencies): Promise<Recorded> {
  if (newest.decided.length + newest.unchecked.length === 0) return { pending: [], changes: [], unbuilt: new Map() };
  let catalogue = await dependencies.catalogue.current();
  for (let reloads = 0; reloads <= MAX_CATALOGUE_RELOADS; reloads += 1) {
    const { target, language, publishTo = HUB } = dependencies;
    const context = { catalogue, target, language, publishTo };
    const decided = sourceChanges(newest.decided, context);
    const unchecked = sourceChanges(newest.unchecked, context);
    const pending = await dependencies.state.record({
      changes: decided.changes,
      unchecked: unchecked.changes,
      catalogueVersion: catalogue.version,
      enrichedWith: enrichedWith(context),
      now: dependencies.now(),
    });
    const unbuilt = new Map([...decided.unbuilt, ...unchecked.unbuilt]);
    if (pending !== 'stale-catalogue') return { pending, changes: decided.changes, unbuilt };
    catalogue = await dependencies.catalogue.reload();
  }
  throw new Error(`the catalogue changed ${MAX_CATALOGUE_RELOADS} times during one batch`);
}

function sourceChanges(events: readonly SourceEvent[], context: EnrichmentContext) {
  const changes: SourceChange[] = [];
  const unbuilt = new Map<string, string>();
  for (const event of events) {
    try {
      changes.push(sourceChange(event, context));
    } catch (error) {
      unbuilt.set(event.sourceKey, `no technique finding can be built of it (${withoutContent(error).message})`);
    }
  }
  return { changes, unbuilt };
}

/** Names everything but the source that decides what a technique finding says; reconciliation redoes what differs. */
export function enrichedWith({ catalogue, language, target, publishTo = HUB }: EnrichmentContext): string {
  return `${catalogue.version}/${language}/${target.productArn}${publishTo === 'owner' ? '/owner' : ''}`;
}

/** Maps an event and, where it opens its source, builds the technique findings. */
export function sourceChange(event: SourceEvent, context: EnrichmentContext): SourceChange {
  const { rule, unknownTechniques } = mapFinding(event.finding, context.catalogue);
  const change = { event, provider: rule.provider, unknownTechniques };
  if (rule.outcome === 'unmapped') {
    return { ...change, ruleKey: rule.ruleKey, unmappedReason: rule.reason, techniques: [] };
  }
  const mapped = { ...change, ruleKey: rule.ruleKeys.join(';'), unmappedReason: undefined };
  if (event.lifeCycle !== 'open') return { ...mapped, techniques: [] };
  const build = techniqueFindingsOf(event.finding, event.sourceKey, rule, context);
  return {
    ...mapped,
    ...(context.publishTo === 'owner' ? { owner: ownerPlace(event.finding, context.target) } : {}),
    techniques: rule.techniques.map((technique) => ({ mapped: technique, ...build(technique, 'ACTIVE') })),
  };
}

/** Why a technique finding is not in Security Hub, and of which source it is. */
export interface SourceFailure extends ImportFailure {
  readonly sourceKey: string;
}

type PublishDependencies = Pick<
  EnrichFindingDependencies,
  'catalogue' | 'state' | 'securityHub' | 'target' | 'language' | 'targets'
>;

/** Sends what is pending and confirms what was taken; returns what was not and has to come again. */
export async function publish(
  pending: readonly PendingTechnique[],
  changes: readonly SourceChange[],
  dependencies: PublishDependencies,
): Promise<readonly SourceFailure[]> {
  return (await deliver(pending, changes, dependencies)).failures;
}

/** What became of what was sent. */
export interface Delivered {
  readonly failures: readonly SourceFailure[];
  /** Ids of findings that were not sent, and need not come again. */
  readonly withheld: ReadonlySet<string>;
  readonly elsewhere: PlacesReport;
}

/** As {@link publish}, with what happened beside the hub. */
export async function deliver(
  pending: readonly PendingTechnique[],
  changes: readonly SourceChange[],
  dependencies: PublishDependencies,
): Promise<Delivered> {
  if (pending.length === 0) return { failures: [], withheld: new Set(), elsewhere: NOTHING_ELSEWHERE };
  const context = { ...dependencies, catalogue: await dependencies.catalogue.current() };
  const built = new Map(changes.map((change) => [change.event.sourceKey, change]));
  const sending: Outgoing[] = [];
  const failures: SourceFailure[] = [];
  for (const row of pending) {
    try {
      const content = contentOf(row, built.get(row.sourceKey), context);
      const finding = withTimes(content, row.createdAt, row.updatedAt);
      // Security Hub takes it for a new finding and ignores it for one that it has.
      const isNews = row.workflowStatus !== 'NEW';
      sending.push({ row, finding: isNews ? { ...finding, Workflow: { Status: row.workflowStatus } } : finding });
    } catch (error) {
      // A defect of one kept source finding must not keep the others of its batch from Security Hub.
      const code = `CannotBeBuilt (${withoutContent(error).message})`;
      failures.push({ id: findingIdOf(row), code, sourceKey: row.sourceKey });
    }
  }
  const { codes, withheld, elsewhere } = pending.some(isElsewhere)
    ? await sendToPlaces(sending, dependencies)
    : await sendToHub(sending, dependencies);
  for (const { row, finding } of sending) {
    const code = codes.get(finding.Id);
    if (code !== undefined) failures.push({ id: finding.Id, code, sourceKey: row.sourceKey });
  }
  const ownedElsewhere = ({ row, finding }: Outgoing) =>
    !isElsewhere(row) &&
    row.recordState === 'ACTIVE' &&
    built.get(row.sourceKey)?.owner !== undefined &&
    !codes.has(finding.Id);
  const fellBack = elsewhere.fellBack + sending.filter(ownedElsewhere).length;
  return { failures, withheld, elsewhere: { ...elsewhere, fellBack } };
}

/** Imports, then T2. `codes` are of the findings that were refused, by their Ids. */
async function sendToHub(sending: readonly Outgoing[], { securityHub, state }: PublishDependencies) {
  const refused = await importPlainer(
    sending.map(({ finding }) => finding),
    securityHub,
  );
  const codes = new Map(refused.map(({ id, code }) => [id, code]));
  await state.confirm(sending.filter(({ finding }) => !codes.has(finding.Id)).map(({ row }) => row));
  return { codes, withheld: new Set<string>(), elsewhere: NOTHING_ELSEWHERE };
}

async function sendToPlaces(sending: readonly Outgoing[], { targets, target }: PublishDependencies) {
  if (!targets)
    throw new Error('technique findings are written in their owners’ accounts, and this program has no way there');
  const { failures, withheld, report } = await publishToPlaces(sending, targets, target);
  return { codes: failures, withheld, elsewhere: report };
}

/** What a recorded technique finding says: as built in this batch, or built again from the source kept in the database. */
export function contentOf(
  row: PendingTechnique,
  change: SourceChange | undefined,
  context: EnrichmentContext,
): FindingContent {
  // A finding from the database means that this batch's event lost against it: what was built from the event is old.
  const current = row.finding === null ? change : undefined;
  const built = current?.techniques.find(({ mapped }) => mapped.technique.id === row.techniqueId);
  if (built && row.recordState === 'ACTIVE') return built.content;
  const source = row.finding === null ? current?.event.finding : readStoredFinding(row.finding);
  if (!source) throw new Error(`no source finding is kept for ${findingIdOf(row)}`);
  const { rule } = mapFinding(source, context.catalogue);
  const mapped =
    rule.outcome === 'mapped' ? rule.techniques.find(({ technique }) => technique.id === row.techniqueId) : undefined;
  const build = techniqueFindingsOf(
    source,
    row.sourceKey,
    rule.outcome === 'mapped' ? rule : unlinkedRule(rule.provider, rule.ruleKey),
    context,
  );
  return build(mapped ?? unlinkedTechnique(row, context.catalogue), row.recordState).content;
}

function findingIdOf(row: Pick<PendingTechnique, 'sourceKey' | 'techniqueId'>): string {
  return techniqueFindingId(row.techniqueId, row.sourceKey);
}

/** Stands in for a rule that the catalogue no longer maps, while its technique findings are archived. */
function unlinkedRule(provider: string, ruleKey: string): MappedRule {
  return {
    outcome: 'mapped',
    provider,
    ruleKeys: [ruleKey],
    kind: 'posture',
    advice: { en: undefined, es: undefined },
    requirements: [],
    techniques: [],
  };
}

/** A link that is gone, as far as the database remembers it. */
function unlinkedTechnique(row: PendingTechnique, catalogue: CatalogueIndex): MappedTechnique {
  const successor = catalogue.resolveTechnique(row.techniqueId);
  const technique = catalogue.techniques.get(row.techniqueId) ?? {
    id: row.techniqueId,
    name: successor
      ? { en: `(now ${successor.id} ${successor.name.en})`, es: `(ahora ${successor.id} ${successor.name.es})` }
      : { en: '(withdrawn by ATT&CK)', es: '(retirada por ATT&CK)' },
    tactics: [],
    mitigations: [],
    campaignIds: [],
    controls: { nist: [], cis: [], pci: [], c5: [], ens: [], iso: [] },
  };
  const tactics = catalogue.tactics.filter(({ id }) => row.tacticIds.includes(id));
  return { technique, tactics, effect: row.effect, score: row.score, rationale: '' };
}
