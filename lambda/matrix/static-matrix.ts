/**
 * The matrix as static HTML: no script, no address to load anything from, every text escaped. What CloudWatch takes as a custom
 * widget, and what the report is before its script has run.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_security.html
 */
import { escape } from 'html-escaper';
import type { AttackMatrix, MatrixCell, MatrixColumn } from '../core/attack-matrix.ts';
import type { Language } from '../core/catalogue.ts';
import { SEVERITY_LABELS } from '../core/severity.ts';
import { MATRIX_WORDS, STATE_SIGNS } from './matrix-words.ts';

/** How to render. */
export interface MatrixRendering {
  readonly language: Language;
  /** Cells become buttons with `data-technique` and `data-tactic`, for a script. @default false */
  readonly interactive?: boolean;
  /** Bytes (UTF-8) that the HTML may have. @default no limit */
  readonly maxBytes?: number;
  /**
   * Put around or behind each cell, for a widget's actions. Gets ids of ATT&CK only, which are safe wherever they are put.
   * @default the cell as it is
   */
  readonly around?: (cellHtml: string, techniqueId: string, tacticId: string) => string;
}

/** The HTML, and what a limit has left out of it. */
export interface RenderedMatrix {
  /** An element of the class `vm`, styled by `MATRIX_STYLE`. It says itself what was left out. */
  readonly html: string;
  /** Cells, sub-techniques included. */
  readonly leftOut: number;
}

/** A technique with its sub-techniques under one tactic, rendered. */
interface Family {
  readonly column: number;
  readonly cell: MatrixCell;
  /** With its sub-techniques, or else alone. */
  readonly choices: readonly { readonly html: string; readonly bytes: number; readonly cells: number }[];
}

/**
 * Renders the matrix. Under a limit the cells with most open come first; sub-techniques are left out before their technique.
 * The tactics and their counts always stay.
 */
export function renderMatrix(matrix: AttackMatrix, rendering: MatrixRendering): RenderedMatrix {
  const { maxBytes = Infinity } = rendering;
  const words = MATRIX_WORDS[rendering.language];
  const families = matrix.columns.flatMap((column, index) =>
    column.cells.map((cell): Family => {
      const alone = familyHtml({ ...cell, subTechniques: [] }, column, rendering);
      const whole = familyHtml(cell, column, rendering);
      const cells = 1 + cell.subTechniques.length;
      const choice = (html: string, count: number) => ({ html, bytes: Buffer.byteLength(html), cells: count });
      return {
        column: index,
        cell,
        choices: cells > 1 ? [choice(whole, cells), choice(alone, 1)] : [choice(whole, 1)],
      };
    }),
  );
  const all = families.reduce((sum, { choices }) => sum + (choices[0]?.cells ?? 0), 0);

  // The frame with the longest statement that there can be.
  let left = maxBytes - Buffer.byteLength(frame(matrix, () => '', rendering, words.leftOut(all, maxBytes / 1000)));
  const kept = new Map<Family, string>();
  let shown = 0;
  for (const family of [...families].sort(mostOpenFirst)) {
    const fitting = family.choices.find(({ bytes }) => bytes <= left);
    if (!fitting) continue;
    left -= fitting.bytes;
    shown += fitting.cells;
    kept.set(family, fitting.html);
  }
  const cellsOf = (column: number) =>
    families.map((family) => (family.column === column ? (kept.get(family) ?? '') : '')).join('');
  const statement = shown < all ? words.leftOut(all - shown, Math.floor(maxBytes / 1000)) : '';
  return { html: frame(matrix, cellsOf, rendering, statement), leftOut: all - shown };
}

function frame(
  { columns }: AttackMatrix,
  cellsOf: (column: number) => string,
  { language }: MatrixRendering,
  statement: string,
): string {
  const words = MATRIX_WORDS[language];
  const lists = columns.map(({ tactic, pairs, techniques }, index) => {
    const title = `<h3>${escape(tactic.name[language])}</h3>`;
    const sum = `<p class="vm-sum">${escape(words.underTactic(pairs, techniques))}</p>`;
    return `<li data-tactic="${escape(tactic.id)}">${title}${sum}<ul class="vm-cells">${cellsOf(index)}</ul></li>`;
  });
  const left = statement === '' ? '' : `<p class="vm-left">${escape(statement)}</p>`;
  return `<div class="vm">${left}<ol class="vm-cols">${lists.join('')}</ol></div>`;
}

function familyHtml(cell: MatrixCell, column: MatrixColumn, rendering: MatrixRendering): string {
  const { subTechniques } = cell;
  const words = MATRIX_WORDS[rendering.language];
  const subs = subTechniques.map((sub) => `<li>${cellHtml(sub, column, rendering)}</li>`).join('');
  const folded =
    subs === ''
      ? ''
      : `<details><summary>${escape(words.subTechniques(subTechniques.length))}` +
        `<span class="vm-h"> ${escape(cell.technique.id)}</span></summary><ul class="vm-cells">${subs}</ul></details>`;
  return `<li>${cellHtml(cell, column, rendering)}${folded}</li>`;
}

function cellHtml(cell: MatrixCell, { tactic }: MatrixColumn, rendering: MatrixRendering): string {
  const { language, interactive = false, around = (html) => html } = rendering;
  const { technique, pairs, worstSeverity, worstState } = cell;
  const words = MATRIX_WORDS[language];
  const name = technique.name[language];
  // Below its technique the first half of a sub-technique's name says nothing new.
  const shortName = technique.parentId === undefined ? name : name.slice(name.indexOf(': ') + 1).trim();
  const severity = worstSeverity === undefined ? words.nothingOpen : words.severities[worstSeverity];
  const classes = `vm-c vm-s-${worstState}${worstSeverity === undefined ? '' : ` vm-${worstSeverity}`}`;
  const title = `${technique.id} ${name}: ${words.states[worstState]}, ${severity}`;
  const content =
    `<span class="vm-t"><span class="vm-id">${escape(technique.id)}</span>` +
    `<span><span class="vm-sg" aria-hidden="true">${STATE_SIGNS[worstState]}</span>` +
    `<span class="vm-ct">${pairs > 0 ? ` ${pairs}` : ''}</span></span></span>` +
    `<span class="vm-n">${escape(shortName)}</span>` +
    `<span class="vm-h"> ${escape(words.states[worstState])}, ${escape(severity)}</span>`;
  const data = interactive ? ` data-technique="${escape(technique.id)}" data-tactic="${escape(tactic.id)}"` : '';
  const html = interactive
    ? `<button type="button" class="${classes}" title="${escape(title)}"${data}>${content}</button>`
    : `<div class="${classes}" title="${escape(title)}">${content}</div>`;
  return around(html, technique.id, tactic.id);
}

function mostOpenFirst(a: Family, b: Family): number {
  const rank = ({ cell: { worstSeverity } }: Family) =>
    worstSeverity === undefined ? -1 : SEVERITY_LABELS.indexOf(worstSeverity);
  return rank(b) - rank(a) || b.cell.pairs - a.cell.pairs || a.column - b.column || byId(a, b);
}

function byId({ cell: { technique: a } }: Family, { cell: { technique: b } }: Family): number {
  return a.id < b.id ? -1 : 1;
}
