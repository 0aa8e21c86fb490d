/**
 * The data of the report: what its script shows behind a cell, as compact JSON. Rows are arrays and long texts stand in lists
 * that rows point into, since 10,000 findings have to fit into 2 MB. `report.js` reads it.
 */
import { createHash } from 'node:crypto';
import type { AttackMatrix } from '../../lambda/core/attack-matrix.ts';
import type { Language } from '../../lambda/core/catalogue.ts';
import { STANDARDS } from '../../lambda/core/catalogue.ts';
import { type RuleToFix } from '../../lambda/core/fix-first.ts';
import type { MatrixCatalogue } from '../../lambda/core/matrix-catalogue.ts';
import { type SecurityHubTarget, findingsLink } from '../../lambda/core/security-hub-target.ts';
import { SEVERITY_LABELS } from '../../lambda/core/severity.ts';
import {
  type AccountRegion,
  type OpenTechnique,
  TECHNIQUE_STATES,
  placeKey,
} from '../../lambda/core/technique-state.ts';

/** What a report is made of. */
export interface ReportInput {
  readonly language: Language;
  readonly target: SecurityHubTarget;
  readonly catalogue: MatrixCatalogue;
  readonly matrix: AttackMatrix;
  readonly open: readonly OpenTechnique[];
  /** Id and title of the source findings, by source key. */
  readonly sources: ReadonlyMap<string, { readonly id: string; readonly title: string }>;
  /** In their order. */
  readonly fixFirst: readonly RuleToFix[];
  /** Time of the newest finding, ISO 8601. */
  readonly asOf: string | undefined;
}

/** The data, and what did not fit. */
export interface ReportData {
  /** JSON that may stand in an HTML element: no `<` in it. */
  readonly json: string;
  /** Source findings that are counted and not listed. */
  readonly sourcesLeftOut: number;
}

/** Characters of a title or an id that are shown; Security Hub allows fewer of a title and no more of an Id. */
const MAX_TITLE = 256;
const MAX_SHOWN_ID = 512;
/** No Region's code is longer. */
const MAX_SHOWN_REGION = 32;
/** Accounts and Regions whose states can be filtered by, those with most open first. */
const MAX_PLACES = 400;
/** Rows of the list of rules to fix. */
const MAX_RULES = 100;

/**
 * Builds the data within so many bytes. Sources come worst first, and those that do not fit are left out and counted; what
 * is no source (names, states, rules) always stays.
 */
export function reportData(input: ReportInput, maxBytes: number): ReportData {
  const { language, target, catalogue, matrix, open, fixFirst, asOf } = input;
  const { index } = catalogue;
  const techniques = [...catalogue.techniques.values()];
  const techniqueIndex = new Map(techniques.map(({ id }, position) => [id, position]));
  const tacticIndex = new Map(index.tactics.map(({ id }, position) => [id, position]));
  const placesWithStates = placesByFindings(matrix, open).slice(0, MAX_PLACES);
  const mitigations = listOf<readonly [string, string, string]>();
  const platforms = listOf<string>();
  const providers = listOf<string>();
  // What findings bring along: each is in the data once, and counts against the limit with the first source that needs it.
  const heads = listOf<string>();
  const titles = listOf<string>();
  const resources = listOf<readonly [number, string]>();
  const rules = listOf<readonly [number, string, string]>();
  const places = listOf<readonly [string, string]>();
  const growing = [heads, titles, resources, rules, places];

  const headAt = (head: string) => heads.at(head, () => head);
  const ruleAt = (provider: string, ruleKey: string) =>
    rules.at(`${provider}\n${ruleKey}`, () => {
      const { kind } = catalogue.linksOf(provider, ruleKey);
      return [providers.at(provider, () => provider), cut(ruleKey, MAX_TITLE), kind];
    });
  const placeAt = (place: AccountRegion) =>
    places.at(placeKey(place), () => [place.accountId, cut(place.region, MAX_SHOWN_REGION)]);
  for (const { place } of placesWithStates) placeAt(place);
  // Providers are few, and have to be known before the first source.
  for (const { provider } of open) providers.at(provider, () => provider);

  const techniqueRows = techniques.map((technique) => {
    const states = matrix.states.statesOf(technique.id);
    return [
      technique.id,
      technique.name.en,
      technique.name.es,
      technique.isCloud ? 1 : 0,
      technique.platforms.map((platform) => platforms.at(platform, () => platform)),
      technique.tactics.map(({ id }) => tacticIndex.get(id)),
      technique.mitigations.map(({ id, name }) => mitigations.at(id, () => [id, name.en, name.es])),
      STANDARDS.map((standard) => technique.controls[standard].join(' ')),
      technique.unlinked
        ? [technique.unlinked.reason, technique.unlinked.explanation.en, technique.unlinked.explanation.es]
        : 0,
      matrix.states
        .blindReasonsOf(technique.id)
        .map(({ why, provider, ruleKey, places: where }) => [
          why,
          provider === undefined ? '' : index.nameOf(provider),
          cut(ruleKey ?? '', MAX_TITLE),
          where.length,
        ]),
      TECHNIQUE_STATES.indexOf(matrix.states.stateOf(technique.id)),
      runLengths(placesWithStates.map(({ at }) => states[at] ?? 'no-evidence')),
    ];
  });
  const shownRules = fixFirst.slice(0, MAX_RULES);
  const frame = {
    language,
    link: findingsLink(target, []),
    hub: [target.accountId, target.region],
    asOf: asOf ?? '',
    release: index.attackRelease,
    severities: SEVERITY_LABELS,
    states: TECHNIQUE_STATES,
    standards: STANDARDS,
    tactics: index.tactics.map(({ id, name, url }) => [id, name.en, name.es, url]),
    techniques: techniqueRows,
    mitigations: mitigations.items,
    platforms: platforms.items,
    adversaries: catalogue.adversaries.map(({ id, name, aliases, techniqueIds }) => [
      id,
      name,
      aliases.join(', '),
      techniqueIds.map((techniqueId) => techniqueIndex.get(techniqueId)),
    ]),
    placesWithStates: placesWithStates.length,
    placesLeftOut: matrix.states.places.length - placesWithStates.length,
    fixFirst: shownRules.map((rule) => [
      ruleAt(rule.provider, rule.ruleKey),
      rule.closes,
      rule.techniqueIds.map((id) => techniqueIndex.get(id)),
      SEVERITY_LABELS.indexOf(rule.severity),
      rule.accounts,
      rule.resources,
      rule.findings,
      rule.advice.en ?? '',
      rule.advice.es ?? '',
    ]),
    rulesLeftOut: fixFirst.length - shownRules.length,
    providers: providers.items.map((provider) => [provider, index.nameOf(provider)]),
    total: [matrix.total.pairs, matrix.total.findings, matrix.total.techniques, matrix.total.suppressed],
  };

  const fillable = () => ({
    heads: heads.items,
    titles: titles.items,
    resources: resources.items,
    rules: rules.items,
    places: places.items,
  });
  const sourceRows: unknown[] = [];
  let sourcesLeftOut = 0;
  let left = maxBytes - jsonBytes({ ...frame, ...fillable(), sources: [], sourcesLeftOut: open.length });
  for (const [sourceKey, own] of sourcesWorstFirst(open)) {
    const [first] = own;
    if (!first) continue;
    const source = input.sources.get(sourceKey) ?? { id: sourceKey, title: first.ruleKey };
    const before = growing.map((list) => list.items.length);
    const id = split(cut(source.id, MAX_SHOWN_ID));
    const title = cut(source.title, MAX_TITLE);
    const row = [
      placeAt(first),
      ruleAt(first.provider, first.ruleKey),
      SEVERITY_LABELS.indexOf(first.severity),
      titles.at(title, () => title),
      headAt(id.head),
      id.tail,
      first.resourceIds.map((resourceId) =>
        // By its whole name, since two may be alike as far as they are shown.
        resources.at(sha256(resourceId), () => {
          const shown = split(cut(resourceId, MAX_SHOWN_ID));
          return [headAt(shown.head), shown.tail];
        }),
      ),
      own.map(techniqueLink),
    ];
    const added = growing.map((list, position) => list.items.slice(before[position]));
    const bytes = jsonBytes(row) + jsonBytes(added);
    if (bytes > left) {
      for (const [position, list] of growing.entries()) list.cut(before[position] ?? 0);
      sourcesLeftOut += 1;
      continue;
    }
    left -= bytes;
    sourceRows.push(row);
  }
  return { json: scriptSafe({ ...frame, ...fillable(), sources: sourceRows, sourcesLeftOut }), sourcesLeftOut };

  /** Index of the technique; then the tactics where they are not all of its own; then 1 where it is suppressed. */
  function techniqueLink({ techniqueId, tacticIds, isSuppressed }: OpenTechnique): unknown {
    const technique = catalogue.techniques.get(techniqueId);
    const position = techniqueIndex.get(techniqueId) ?? -1;
    const isWhole = technique?.tactics.length === tacticIds.length;
    if (isWhole && !isSuppressed) return position;
    const tactics = isWhole ? 0 : tacticIds.map((id) => tacticIndex.get(id));
    return isSuppressed ? [position, tactics, 1] : [position, tactics];
  }
}

/** JSON in which nothing can end the element that it stands in. */
export function scriptSafe(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(scriptSafe(value));
}

/** Rows that others point to by their position. */
interface List<Row> {
  readonly items: readonly Row[];
  /** The position of what has this key; where it is new, its row is made and added. */
  readonly at: (key: string, make: () => Row) => number;
  /** Forgets what was added behind this length. */
  readonly cut: (length: number) => void;
}

function listOf<Row>(): List<Row> {
  const items: Row[] = [];
  const keys: string[] = [];
  const positions = new Map<string, number>();
  return {
    items,
    at: (key, make) => {
      const known = positions.get(key);
      if (known !== undefined) return known;
      const row = make();
      positions.set(key, items.length);
      keys.push(key);
      return items.push(row) - 1;
    },
    cut: (length) => {
      items.length = length;
      for (const key of keys.splice(length)) positions.delete(key);
    },
  };
}

/** Sources by their worst severity; then by key, so that equal state gives equal bytes. */
function sourcesWorstFirst(open: readonly OpenTechnique[]): [string, OpenTechnique[]][] {
  const sources = new Map<string, OpenTechnique[]>();
  for (const found of open) {
    const own = sources.get(found.sourceKey);
    if (own) own.push(found);
    else sources.set(found.sourceKey, [found]);
  }
  const rank = ([, [first]]: [string, OpenTechnique[]]) => SEVERITY_LABELS.indexOf(first?.severity ?? 'INFORMATIONAL');
  return [...sources].sort((a, b) => rank(b) - rank(a) || (a[0] < b[0] ? -1 : 1));
}

/** Places with their position in the matrix, those with most technique findings first. */
function placesByFindings({ states }: AttackMatrix, open: readonly OpenTechnique[]) {
  const counts = new Map<string, number>();
  for (const found of open) counts.set(placeKey(found), (counts.get(placeKey(found)) ?? 0) + 1);
  return states.places
    .map((place, at) => ({ place, at, findings: counts.get(placeKey(place)) ?? 0 }))
    .sort((a, b) => b.findings - a.findings || a.at - b.at);
}

/** `[state, count, state, count, …]` */
function runLengths(states: readonly (typeof TECHNIQUE_STATES)[number][]): number[] {
  const runs: number[] = [];
  for (const state of states) {
    const number = TECHNIQUE_STATES.indexOf(state);
    if (runs.at(-2) === number) runs[runs.length - 1] = (runs.at(-1) ?? 0) + 1;
    else runs.push(number, 1);
  }
  return runs;
}

/** An id in two: most begin alike, and what differs comes last. */
function split(id: string): { head: string; tail: string } {
  const at = Math.max(id.lastIndexOf('/'), id.lastIndexOf(':')) + 1;
  return { head: id.slice(0, at), tail: id.slice(at) };
}

function cut(text: string, length: number): string {
  const whole = text.toWellFormed();
  return whole.length > length ? `${whole.slice(0, length - 1).toWellFormed()}…` : whole;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
