/**
 * report.html: the matrix, and what is behind it, in one file that loads nothing. The matrix is there before and without the
 * script; the script adds filters, search and the panel.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { escape } from 'html-escaper';
import { SEVERITY_LABELS } from '../../lambda/core/severity.ts';
import { TECHNIQUE_STATES } from '../../lambda/core/technique-state.ts';
import { MATRIX_STYLE } from '../../lambda/matrix/matrix-style.ts';
import { MATRIX_WORDS, STATE_SIGNS } from '../../lambda/matrix/matrix-words.ts';
import { renderMatrix } from '../../lambda/matrix/static-matrix.ts';
import { type ReportInput, reportData, scriptSafe } from './report-data.ts';
import { REPORT_WORDS, type ReportWord, wordsForScript } from './report-words.ts';

/** Bytes of the whole file: small enough for an e-mail. */
const MAX_REPORT_BYTES = 2_000_000;

/**
 * The report as HTML (UTF-8). Equal input gives equal bytes: it holds no time but that of the newest finding. Beyond 2 MB the
 * findings of least severity are left out, and the page says how many.
 */
export async function reportHtml(input: ReportInput): Promise<string> {
  const script = await readFile(new URL('report.js', import.meta.url), 'utf8');
  const style = `${MATRIX_STYLE}\n${await readFile(new URL('report.css', import.meta.url), 'utf8')}`;
  const matrix = renderMatrix(input.matrix, { language: input.language, interactive: true });
  const around = page(input, { script, style, matrix: matrix.html, data: '' });
  const data = reportData(input, MAX_REPORT_BYTES - Buffer.byteLength(around));
  return page(input, { script, style, matrix: matrix.html, data: data.json });
}

interface Parts {
  readonly script: string;
  readonly style: string;
  readonly matrix: string;
  readonly data: string;
}

/** A field of the filters. */
type Filter = Extract<
  ReportWord,
  'search' | 'account' | 'region' | 'provider' | 'severity' | 'platform' | 'state' | 'adversary'
>;

function page({ language, catalogue }: ReportInput, { script, style, matrix, data }: Parts): string {
  const words = REPORT_WORDS[language];
  const word = (key: ReportWord) => escape(words[key]);
  const text = (tag: string, key: ReportWord, attributes = '') =>
    `<${tag}${attributes} data-word="${key}">${word(key)}</${tag}>`;
  const select = (key: Filter) => `<label>${text('span', key)}<select id="${key}"></select></label>`;
  const head = (...keys: ReportWord[]) =>
    `<thead><tr>${keys.map((key) => text('th', key, ' scope="col"')).join('')}</tr></thead>`;
  const button = (id: string, key: ReportWord) => text('button', key, ` type="button" id="${id}"`);
  const table = (id: string, caption: ReportWord, header: string) =>
    `<div class="table" tabindex="0" role="region" aria-label="${word(caption)}" data-label="${caption}">` +
    `<table>${header}<tbody id="${id}"></tbody></table></div>`;
  // Everything that may run or load is named by its hash; the rest is refused, should an escape ever be missing.
  const policy = `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escape(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${word('title')}</title>
<style>${style}</style>
</head>
<body>
<header>
<a class="skip" href="#below" data-word="skip">${word('skip')}</a>
${text('h1', 'heading')}
<p id="about"></p>
<p class="note" id="needs-script">${word('needsScript')}</p>
<div id="tools" hidden>
<fieldset class="filters">${text('legend', 'filters')}
<label>${text('span', 'search')}<input type="search" id="search" autocomplete="off"></label>
${(['account', 'region', 'provider', 'severity', 'platform', 'state', 'adversary'] as const).map(select).join('\n')}
<label class="inline"><input type="checkbox" id="open-only">${text('span', 'openOnly')}</label>
${button('reset', 'reset')}${button('unfold', 'unfold')}${button('fold', 'fold')}
<label>${text('span', 'language')}<select id="language"><option value="en" lang="en">English</option><option value="es" lang="es">Español</option></select></label>
<label>${text('span', 'theme')}<select id="theme">${text('option', 'themeSystem', ' value=""')}${text('option', 'themeLight', ' value="light"')}${text('option', 'themeDark', ' value="dark"')}</select></label>
</fieldset>
<p id="result" role="status"></p>
<p id="states-note" class="hint" hidden>${text('span', 'statesNote')}</p>
<p id="places-note" class="note" hidden></p>
</div>
<p id="left-out-note" class="note" hidden></p>
</header>
<main>
${text('h2', 'matrix')}
${text('p', 'matrixHint', ' class="hint"')}
${legend(language, text)}
<p id="no-result" class="note" hidden>${text('span', 'noResult')}</p>
<div class="matrix" id="matrix" tabindex="0" role="region" aria-label="${word('matrix')}" data-label="matrix">${matrix}</div>
<div id="lists" hidden>
${text('h2', 'fixFirst', ' id="below"')}
${text('p', 'fixFirstHint')}
${table('fix-first-rows', 'fixFirst', head('rank', 'rule', 'closes', 'techniquesHead', 'severity', 'accountsHead', 'resourcesHead', 'findingsHead'))}
<p id="fix-first-empty" hidden>${text('span', 'nothingToFix')}</p>
<p id="fix-first-more" class="note" hidden></p>
${text('h2', 'campaigns')}
${text('p', 'campaignsHint')}
<label><input type="checkbox" id="all-adversaries"> ${text('span', 'allAdversaries')}</label>
${table('adversary-rows', 'campaigns', head('name', 'openSteps', 'otherSteps', 'showSteps'))}
</div>
</main>
<aside id="panel" hidden aria-label="${word('panel')}" data-label="panel">
<div class="top"><h2 id="panel-title" tabindex="-1"></h2>${button('close', 'close')}</div>
<div id="panel-body"></div>
</aside>
<footer><p>MITRE ATT&amp;CK v${escape(catalogue.index.attackRelease)}. ${escape(catalogue.index.copyright)}</p></footer>
<script type="application/json" id="words">${scriptSafe(wordsForScript())}</script>
<script type="application/json" id="data">${data}</script>
<script>${script}</script>
</body>
</html>
`;
}

function legend(
  language: ReportInput['language'],
  text: (tag: string, key: ReportWord, attributes?: string) => string,
): string {
  const words = MATRIX_WORDS[language];
  const severities = SEVERITY_LABELS.toReversed().map(
    (label) =>
      `<li><span class="swatch vm-${label}" aria-hidden="true">1</span> <span data-severity="${SEVERITY_LABELS.indexOf(label)}">${escape(words.severities[label])}</span></li>`,
  );
  const states = TECHNIQUE_STATES.map(
    (state, index) =>
      `<li><span class="swatch vm-s-${state}" aria-hidden="true">${STATE_SIGNS[state]}</span> <span data-state="${index}">${escape(words.states[state])}</span></li>`,
  );
  return (
    `<section aria-label="${escape(REPORT_WORDS[language].legend)}" data-label="legend">` +
    `${text('p', 'legendSeverity')}<ul class="vm legend">${severities.join('')}</ul>` +
    `${text('p', 'legendState')}<ul class="vm legend">${states.join('')}</ul></section>`
  );
}

function hashOf(source: string): string {
  return `'sha256-${createHash('sha256').update(source).digest('base64')}'`;
}
