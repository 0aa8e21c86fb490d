/** Prints figures: a table for people, one JSON object a line for programs. */
import Table from 'cli-table3';
import { type Figure, type Target, isMet } from './figure.ts';

/** One figure as a line of JSON. */
export function figureLine({ name, value, unit, target, details }: Figure): string {
  const judged = target ? { target, met: isMet(value, target) } : {};
  return JSON.stringify({
    name,
    value: rounded(value),
    unit,
    ...(target || details ? { details: { ...judged, ...details } } : {}),
  });
}

/** All figures, in columns. */
export function figureTable(figures: readonly Figure[]): string {
  const table = new Table({
    head: ['figure', 'value', 'unit', 'target', ''],
    colAligns: ['left', 'right', 'left', 'right', 'left'],
    style: { head: [], border: [] },
  });
  for (const { name, value, unit, target } of figures) {
    const met = isMet(value, target);
    table.push([name, shown(value), unit, describe(target), met === undefined ? '' : met ? 'met' : 'MISSED']);
  }
  return table.toString();
}

function describe(target: Target | undefined): string {
  if (target === undefined) return '';
  return 'atLeast' in target ? `≥ ${shown(target.atLeast)}` : `≤ ${shown(target.atMost)}`;
}

function shown(value: number): string {
  return rounded(value).toLocaleString('en-GB', { maximumFractionDigits: 4 });
}

/** Four significant digits: more would be noise. Whole numbers stay whole. */
function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(4));
}
