/** @file Tables of results: numbers to the right; on a telephone a block a row, each number below its heading. */
import type { ResultTable } from './document.js';
import { scroller, section } from './figure.js';
import { type Html, html } from './html.js';

export function resultSection({ columns, rows, notes }: ResultTable): Html {
  const below = notes.map((note) => html`<p class="note">${note}</p>`);
  return section('Results', html`${dataTable({ label: 'Results', columns, rows })}${below}`);
}

interface DataTable extends Omit<ResultTable, 'notes'> {
  /** What it holds, for those who do not see it. */
  readonly label: string;
  /** A sample of the colour of a column, say. */
  readonly mark?: (column: number) => Html | null;
  /** Where the head of a row leads. */
  readonly href?: (row: number) => string;
  /** What is under a row, over the whole width. */
  readonly below?: (row: number) => Html;
}

/** The first column heads the rows. */
export function dataTable({ label, columns, rows, mark, href, below }: DataTable): Html {
  const side = columns.map((_, j) => (rows.every((row) => isNumeric(row[j] ?? '')) ? 'number' : 'text'));
  const head = columns.map((name, j) => html`<th scope="col" class="${side[j]}">${mark?.(j) ?? null}${name}</th>`);
  const body = rows.map(([name, ...cells], i) => {
    const title = href === undefined ? html`${name}` : html`<a href="${href(i)}">${name}</a>`;
    const values = cells.map((cell, j) => html`<td class="${side[j + 1]}" data-label="${columns[j + 1]}">${cell}</td>`);
    const under = below && html`<tr class="below"><td colspan="${columns.length}">${below(i)}</td></tr>`;
    return html`<tr><th scope="row" class="${side[0]}">${title}</th>${values}</tr>${under ?? null}\n`;
  });
  return scroller(label, html`<table class="data"><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`);
}

/** Whether a cell is a number, with a sign, a unit or a spread: `1.2 %`, `0.5 ± 0.1`, `3·10⁻⁴`, `–`. */
function isNumeric(cell: string): boolean {
  return /^(?:[<>≤≥~−+±-]?\s*[\d.,]|[–∞-]|NaN|$)/.test(cell.trim());
}
