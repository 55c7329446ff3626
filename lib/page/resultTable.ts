/** @file The table of results, numbers to the right. */
import type { ResultTable } from './document.js';
import { scroller, section } from './figure.js';
import { type Html, html } from './html.js';

export function tableSection({ columns, rows, notes }: ResultTable): Html {
  const numeric = columns.map((_, j) => rows.every((row) => isNumeric(row[j] ?? '')));
  const side = (j: number) => (numeric[j] ? 'number' : 'text');
  const head = columns.map((name, j) => html`<th scope="col" class="${side(j)}">${name}</th>`);
  const body = rows.map((row) => html`<tr>${row.map((cell, j) => cellOf(cell, j, side(j)))}</tr>\n`);
  const below = notes.map((note) => html`<p class="note">${note}</p>`);
  return section(
    'Results',
    html`${scroller('Results', html`<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`)}${below}`,
  );
}

function cellOf(cell: string, j: number, side: string): Html {
  return j === 0 ? html`<th scope="row" class="${side}">${cell}</th>` : html`<td class="${side}">${cell}</td>`;
}

/** Whether a cell is a number, with a sign, a unit or a spread: `1.2 %`, `0.5 ± 0.1`, `3·10⁻⁴`, `–`. */
function isNumeric(cell: string): boolean {
  return /^(?:[<>≤≥~−+-]?\s*[\d.,]|[–∞-]|NaN|$)/.test(cell.trim());
}
