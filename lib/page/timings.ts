/** @file Where the time went: seconds, and their shares as stacked bars. */
import type { ReportDocument, Timing } from './document.js';
import { section } from './figure.js';
import { type Html, html } from './html.js';
import { numberText } from './numbers.js';
import { dataTable } from './resultTable.js';
import { swatch } from './styles.js';

const parts = [
  { key: 'network', name: 'network' },
  { key: 'projection', name: 'projection' },
  { key: 'krylov', name: 'Krylov space' },
  { key: 'dense', name: 'dense solver' },
  { key: 'other', name: 'other' },
] as const;

type Part = (typeof parts)[number];

/** A table, and below each row its numbers as a bar. */
export function timingSection({ timings, timingNote }: Pick<ReportDocument, 'timings' | 'timingNote'>): Html {
  const totals = timings.map(totalOf);
  const used = parts.filter(({ key }) => timings.some((timing) => timing[key] > 0));
  const most = Math.max(...totals);
  const drawn = dataTable({
    label: 'Seconds by part',
    columns: ['seconds', ...used.map(({ name }) => name), 'together'],
    rows: timings.map((timing, i) => [
      timing.method,
      ...[...used.map(({ key }) => timing[key]), totals[i]].map((seconds) => numberText(seconds)),
    ]),
    mark: (j) => (j > 0 && j <= used.length ? swatch(colourOf(used[j - 1])) : null),
    below: (i) => bar(timings[i], totals[i], most),
  });
  const note = html`<p class="note">Seconds of wall time by part${timingNote === undefined ? '' : `, ${timingNote}`}.</p>`;
  return section('Where the time went', html`${drawn}${note}`);
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
  return html`<div class="bar" aria-hidden="true">${pieces}</div>`;
}
