/**
 * The pages of the dashboard's custom widget: the matrix, what is behind one of its cells, and tables of what hurts most.
 * Static HTML. What a click asks for holds ids of ATT&CK only, never text of a finding.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_about.html
 */
import { escape } from 'html-escaper';
import { attackMatrix, type AttackMatrix, worstSeverity } from '../core/attack-matrix.ts';
import { adversaryExposure } from '../core/campaign-exposure.ts';
import type { Language } from '../core/catalogue.ts';
import { fixFirst } from '../core/fix-first.ts';
import { groupBy } from '../core/group-by.ts';
import type { MatrixCatalogue } from '../core/matrix-catalogue.ts';
import { findingsLink, OWN_GENERATOR_PREFIX, type SecurityHubTarget } from '../core/security-hub-target.ts';
import { SEVERITY_LABELS, type SeverityLabel } from '../core/severity.ts';
import { type Evidence, type OpenTechnique, TECHNIQUE_STATES, techniqueStates } from '../core/technique-state.ts';
import { MATRIX_STYLE } from './matrix-style.ts';
import { MATRIX_WORDS } from './matrix-words.ts';
import { renderMatrix } from './static-matrix.ts';
import { WIDGET_WORDS } from './widget-words.ts';

export const WIDGET_VIEWS = ['matrix', 'technique', 'accounts', 'resources', 'fix-first', 'campaigns'] as const;

/** What to show. */
export interface WidgetRequest {
  readonly view: (typeof WIDGET_VIEWS)[number];
  /** Id of the technique, for the view `technique`. */
  readonly technique?: string;
}

export interface WidgetContext {
  readonly evidence: Evidence;
  readonly catalogue: MatrixCatalogue;
  readonly language: Language;
  readonly target: SecurityHubTarget;
  /** ARN of the function that a click calls again. */
  readonly endpoint: string;
}

/**
 * Bytes of HTML. CloudWatch states no limit of its own; Lambda's is 6 MB of JSON, in which each `"` takes two bytes and
 * each letter beyond ASCII up to six. A browser lays this much out at once.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const MAX_WIDGET_BYTES = 1_000_000;

/** Rows of a table. */
const MOST_ROWS = 10;

/** Renders one view. */
export function renderWidget(request: WidgetRequest, context: WidgetContext): string {
  switch (request.view) {
    case 'matrix':
      return matrixPage(context);
    case 'technique':
      return techniquePage(request.technique ?? '', context);
    case 'accounts':
      return busiest(context, WIDGET_WORDS[context.language].account, ({ accountId }) => [accountId]);
    case 'resources':
      return busiest(context, WIDGET_WORDS[context.language].resource, ({ resourceIds }) => resourceIds);
    case 'fix-first':
      return fixFirstPage(context);
    case 'campaigns':
      return campaignsPage(context);
  }
}

function matrixPage({ evidence, catalogue, language, endpoint }: WidgetContext): string {
  const matrix = attackMatrix(evidence, catalogue);
  const legend = legendOf(matrix, language);
  const frame = `<style>${MATRIX_STYLE}.vm-c{cursor:pointer}</style>${legend}`;
  const { html } = renderMatrix(matrix, {
    language,
    maxBytes: MAX_WIDGET_BYTES - Buffer.byteLength(frame),
    around: (cell, technique) => cell + call(endpoint, { view: 'technique', technique }),
  });
  return frame + html;
}

/** An action belongs to the element right before it. Its JSON holds nothing that HTML could take for its own. */
function call(endpoint: string, request: WidgetRequest): string {
  const parameters = JSON.stringify(request);
  return `<cwdb-action action="call" display="popup" endpoint="${escape(endpoint)}">${parameters}</cwdb-action>`;
}

function legendOf({ total, byState }: AttackMatrix, language: Language): string {
  const words = MATRIX_WORDS[language];
  const states = TECHNIQUE_STATES.map((state) => `${words.states[state]}: ${byState[state]}`).join(' · ');
  const severities = SEVERITY_LABELS.toReversed()
    .filter((label) => total.bySeverity[label] > 0)
    .map((label) => `${words.severities[label]}: ${total.bySeverity[label]}`)
    .join(' · ');
  const open = words.underTactic(total.pairs, total.techniques);
  return `<p>${escape([open, severities].filter(Boolean).join(' · '))}<br>${escape(states)}</p>`;
}

function techniquePage(id: string, { evidence, catalogue, language, target }: WidgetContext): string {
  const words = WIDGET_WORDS[language];
  const technique = catalogue.techniques.get(id);
  if (!technique) return `<p>${escape(words.unknownTechnique)}</p>`;
  const states = techniqueStates(evidence, catalogue);
  const own = evidence.open.filter(({ techniqueId }) => techniqueId === id);
  const open = own.filter(({ isSuppressed }) => !isSuppressed);
  const inStates = states.statesOf(id);
  const counts = TECHNIQUE_STATES.map((state) => [state, inStates.filter((found) => found === state).length] as const);
  const blind = states
    .blindReasonsOf(id)
    .map(({ why, provider, ruleKey, places }) => {
      const cause = [provider, ruleKey].filter((part) => part !== undefined).join(' ');
      return `<li>${escape(`${words.blind[why]}${cause && `: ${cause}`} (${words.places(places.length)})`)}</li>`;
    })
    .join('');
  const link = findingsLink(target, [
    ['GeneratorId', 'EQUALS', `${OWN_GENERATOR_PREFIX}technique/${id}`],
    ['RecordState', 'EQUALS', 'ACTIVE'],
  ]);
  return [
    `<h2>${escape(`${id} ${technique.name[language]}`)}</h2>`,
    `<p>${anchor(link, words.inSecurityHub)} · ${anchor(technique.url, 'ATT&CK')}</p>`,
    `<p>${escape(
      counts
        .filter(([, count]) => count > 0)
        .map(([state, count]) => `${MATRIX_WORDS[language].states[state]}: ${words.places(count)}`)
        .join(' · '),
    )}</p>`,
    blind && `<ul>${blind}</ul>`,
    table(
      [words.rule, words.severity, words.account, words.resource],
      mostSevere(open)
        .slice(0, MOST_ROWS)
        .map(({ provider, ruleKey, severity, accountId, region, resourceIds }) => [
          `${provider} ${ruleKey}`,
          MATRIX_WORDS[language].severities[severity],
          `${accountId} ${region}`,
          resourceIds.join(', '),
        ]),
    ),
    open.length > MOST_ROWS && `<p>${escape(words.more(open.length - MOST_ROWS))}</p>`,
    own.length > open.length && `<p>${escape(words.suppressed(own.length - open.length))}</p>`,
  ]
    .filter(Boolean)
    .join('');
}

/** What has most pairs of technique and resource open, the most severe first. */
function busiest(
  { evidence, language }: WidgetContext,
  heading: string,
  keysOf: (open: OpenTechnique) => readonly string[],
): string {
  const words = WIDGET_WORDS[language];
  const keyed = evidence.open
    .filter(({ isSuppressed }) => !isSuppressed)
    .flatMap((open) => keysOf(open).map((key) => ({ key, open })));
  const ranked = [...groupBy(keyed, ({ key }) => key)]
    .map(([key, rows]) => {
      const pairs = new Set(
        rows.flatMap(({ open: { techniqueId, accountId, resourceIds } }) =>
          (resourceIds.includes(key) ? [key] : resourceIds).map((id) => `${techniqueId}/${accountId}/${id}`),
        ),
      );
      const severity = worstSeverity(rows.map(({ open }) => open.severity)) ?? 'INFORMATIONAL';
      const techniques = new Set(rows.map(({ open }) => open.techniqueId)).size;
      return { key, severity, pairs: pairs.size, techniques };
    })
    .sort(
      (a, b) =>
        rank(b.severity) - rank(a.severity) || b.pairs - a.pairs || b.techniques - a.techniques || order(a.key, b.key),
    );
  return table(
    [heading, words.severity, words.open, words.techniques],
    ranked
      .slice(0, MOST_ROWS)
      .map(({ key, severity, pairs, techniques }) => [
        key,
        MATRIX_WORDS[language].severities[severity],
        String(pairs),
        String(techniques),
      ]),
  );
}

function fixFirstPage({ evidence, catalogue, language }: WidgetContext): string {
  const words = WIDGET_WORDS[language];
  return table(
    [words.rule, words.closes, words.severity, words.accounts, words.advice],
    fixFirst(evidence.open, catalogue)
      .slice(0, MOST_ROWS)
      .map(({ provider, ruleKey, closes, severity, accounts, advice }) => [
        `${provider} ${ruleKey}`,
        String(closes),
        MATRIX_WORDS[language].severities[severity],
        String(accounts),
        advice[language] ?? '',
      ]),
  );
}

function campaignsPage({ evidence, catalogue, language }: WidgetContext): string {
  const words = WIDGET_WORDS[language];
  const states = techniqueStates(evidence, catalogue);
  return table(
    [words.adversary, words.stepsOpen, MATRIX_WORDS[language].states.blind, words.steps],
    adversaryExposure(states, catalogue)
      .slice(0, MOST_ROWS)
      .map(({ adversary, open, byState, steps }) => [
        `${adversary.id} ${adversary.name}`,
        String(open),
        String(byState.blind),
        String(steps.length),
      ]),
  );
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: 'th' | 'td', texts: readonly string[]) =>
    texts.map((text) => `<${tag}>${escape(text)}</${tag}>`).join('');
  const body = rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('');
  return `<table><thead><tr>${cells('th', headings)}</tr></thead><tbody>${body}</tbody></table>`;
}

function anchor(url: string, text: string): string {
  return `<a href="${escape(url)}" target="_blank" rel="noopener">${escape(text)}</a>`;
}

function mostSevere(open: readonly OpenTechnique[]): OpenTechnique[] {
  return [...open].sort((a, b) => rank(b.severity) - rank(a.severity) || order(a.sourceKey, b.sourceKey));
}

function rank(severity: SeverityLabel): number {
  return SEVERITY_LABELS.indexOf(severity);
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
