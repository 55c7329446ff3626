/** @file The confusion matrix, with recall and precision at its borders. */
import type { Confusion } from './document.js';
import { scroller, section } from './figure.js';
import { type Html, html } from './html.js';

export function confusionSection({ classes, counts }: Confusion): Html {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const rows = counts.map((row, i) => {
    const total = sum(row);
    const cells = row.map((count, j) => cell(count, total === 0 ? 0 : count / total, i === j));
    return html`<tr><th scope="row">${classes[i]}</th>${cells}<td class="border">${percent(row[i], total)}</td></tr>\n`;
  });
  const precision = classes.map(
    (_, j) => html`<td class="border">${percent(counts[j][j], sum(counts.map((row) => row[j])))}</td>`,
  );
  const hits = sum(counts.map((row, i) => row[i]));
  const all = percent(hits, sum(counts.map(sum)));
  return section(
    'Confusion matrix',
    html`<p class="note">Rows are true classes, columns predicted ones; shaded by the share of the row.</p>${scroller(
      'Confusion matrix',
      html`<table class="confusion"><thead><tr><th scope="col">true ╲ predicted</th>${classes.map((name) => html`<th scope="col">${name}</th>`)}<th scope="col" class="border">recall</th></tr></thead>
<tbody>${rows}</tbody>
<tfoot><tr><th scope="row">precision</th>${precision}<td class="border"><strong>${all}</strong></td></tr></tfoot></table>`,
    )}`,
  );
}

/** Hits and misses have a colour each; the number tells all by itself. */
function cell(count: number, share: number, hit: boolean): Html {
  const kind = `${hit ? 'hit' : 'miss'}${share > 0.5 ? ' strong' : ''}`;
  return html`<td class="${kind}" style="--share:${share.toFixed(3)}">${count === 0 ? html`<span class="nil">0</span>` : Number(count.toPrecision(9))}</td>`;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;
}
