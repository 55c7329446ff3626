/** @file Where the time went: stacked bars, and the same as a table. */
import type { ReportDocument, Timing } from './document.js';
import { figure, scroller, section } from './figure.js';
import { type Html, html } from './html.js';
import { numberText } from './numbers.js';
import { legend, swatch } from './styles.js';

const parts = [
  { key: 'network', name: 'network' },
  { key: 'projection', name: 'projection' },
  { key: 'krylov', name: 'Krylov space' },
  { key: 'dense', name: 'dense solver' },
  { key: 'other', name: 'other' },
] as const;

type Part = (typeof parts)[number];

export function timingSection({ timings, timingNote }: Pick<ReportDocument, 'timings' | 'timingNote'>): Html {
  const totals = timings.map(totalOf);
  const used = parts.filter(({ key }) => timings.some((timing) => timing[key] > 0));
  const most = Math.max(...totals);
  const bars = timings.map((timing, row) => bar(timing, totals[row], most));
  const caption = html`Seconds of wall time by part${timingNote === undefined ? '' : `, ${timingNote}`}.`;
  return section(
    'Where the time went',
    html`${legend(used.map((part) => ({ sample: swatch(colourOf(part)), name: part.name })))}${figure(html`<div class="bars" aria-hidden="true">${bars}</div>`, caption)}${table(timings, totals, used)}`,
  );
}

const colourOf = ({ key }: Part) => `var(--part-${numberOf(key)})`;
const numberOf = (key: Part['key']) => parts.findIndex((part) => part.key === key) + 1;

function totalOf(timing: Timing): number {
  return parts.reduce((sum, { key }) => sum + positive(timing[key]), 0);
}

/** What is negative or no number has no length. */
function positive(seconds: number): number {
  return seconds > 0 && Number.isFinite(seconds) ? seconds : 0;
}

/** Narrower pieces have no room for their share. */
const leastLabelled = 0.08;

/** A bar that is not of the plotting library: such bars are as wide as the screen and keep the size of their text. */
function bar(timing: Timing, total: number, most: number): Html {
  const pieces = parts.map(({ key }) => {
    const seconds = positive(timing[key]);
    if (seconds === 0) return html``;
    const share = seconds / most;
    const label = share < leastLabelled ? '' : `${((100 * seconds) / total).toFixed(0)} %`;
    return html`<span class="part-${numberOf(key)}" style="width:${(100 * share).toFixed(3)}%">${label}</span>`;
  });
  return html`<div class="bar-name"><span>${timing.method}</span> <small>${numberText(total)} s</small></div><div class="bar">${pieces}</div>`;
}

function table(timings: readonly Timing[], totals: readonly number[], used: readonly Part[]): Html {
  const rows = timings.map(
    (timing, row) =>
      html`<tr><th scope="row">${timing.method}</th>${used.map(({ key }) => html`<td>${numberText(timing[key])}</td>`)}<td>${numberText(totals[row])}</td></tr>\n`,
  );
  return scroller(
    'Seconds by part',
    html`<table><thead><tr><th scope="col">seconds</th>${used.map(({ name }) => html`<th scope="col">${name}</th>`)}<th scope="col">together</th></tr></thead><tbody>${rows}</tbody></table>`,
  );
}
