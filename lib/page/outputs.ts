/** @file Output by output: predicted against true values, and the distribution of the errors. */
import * as Plot from '@observablehq/plot';
import { SquareSum } from '../linalg/sums.js';
import { histogramOf } from '../metrics/histogram.js';
import type { Output, Outputs } from './document.js';
import { figure, section } from './figure.js';
import { type Html, html } from './html.js';
import { extent, numberText } from './numbers.js';
import { axis, plot, uprights } from './plot.js';
import { dataTable } from './resultTable.js';

/** More than these are not shown at once: the table of their errors is then the choice. */
const mostPanels = 4;

/** A panel for each output that has points, and where there are several a row of errors. */
export function outputsSection({ title, columns, each, notes }: Outputs): Html {
  const drawn = each.some(({ points }) => points.length > 0);
  const many = drawn && each.length > mostPanels;
  const panels = each.map((output, j) => {
    const heading = each.length > 1 ? html`<h3>${output.name}</h3>` : null;
    return html`<div class="panel" id="output-${j}">${heading}${panel(output)}</div>`;
  });
  const errors = dataTable({
    label: 'Errors by output',
    columns: ['output', ...columns],
    rows: each.map(({ name, errors }) => [name, ...errors]),
    ...(many && { href: (j: number) => `#output-${j}` }),
  });
  return section(
    title,
    html`${drawn ? html`<div class="${many ? 'choice' : 'all'}">${panels}</div>` : null}
${notes.map((note) => html`<p class="note">${note}</p>`)}
${many ? html`<p class="note ask">Choose an output to see it above.</p>` : null}
${drawn && each.length === 1 ? null : errors}`,
  );
}

function panel({ unit, points, bars = [] }: Output): Html {
  const finite = points.filter(([truth, predicted]) => Number.isFinite(truth) && Number.isFinite(predicted));
  const range = extent(finite.flat());
  if (range === null) return html`<p class="empty">There is no finite prediction to draw.</p>`;
  const left = points.length - finite.length;
  const note =
    left === 0 ? null : html`<p class="note">${left} of ${points.length} values are not finite and are left out.</p>`;
  return html`<div class="figures">${scatter(finite, barsWithin(bars, range), unit)}${histogram(finite, unit)}</div>${note}`;
}

/** Both axes are then of one length. */
const squareHeight = 436;

type Points = Output['points'];

type Bars = NonNullable<Output['bars']>;

/** What is very unsure must not press all points into one: longer bars end half a range beyond the points. */
function barsWithin(bars: Bars, [low, high]: readonly [number, number]): { bars: Bars; range: [number, number] } {
  const finite = bars.filter((bar) => bar.every(Number.isFinite));
  const longest = finite.reduce((most, [, from, to]) => Math.max(most, to - from), 0);
  const room = (high - low) / 2 || longest;
  const cut = finite.map(
    ([truth, from, to]) => [truth, Math.max(from, low - room), Math.min(to, high + room)] as const,
  );
  return { bars: cut, range: extent([low, high, ...cut.flat()]) as [number, number] };
}

function scatter(points: Points, { bars, range }: ReturnType<typeof barsWithin>, unit: string): Html {
  const withBars = bars.length === 0 ? '' : `, and ${bars.length} error bar${bars.length === 1 ? '' : 's'}`;
  const drawn = plot({
    description: `Predicted against true values, ${points.length} points and the diagonal${withBars}.`,
    height: squareHeight,
    x: axis({ label: withUnit('true', unit), range, log: false }),
    y: axis({ label: withUnit('predicted', unit), range, log: false }),
    marks: [
      Plot.frame({ strokeOpacity: 0.25 }),
      Plot.line([range[0], range[1]], {
        x: (value: number) => value,
        y: (value: number) => value,
        stroke: 'currentColor',
        strokeOpacity: 0.6,
        strokeDasharray: '5 4',
      }),
      Plot.line(uprights(bars), { stroke: 'var(--series-2)', strokeOpacity: 0.7, strokeWidth: 1.2 }),
      Plot.dot(points, {
        r: points.length > 1000 ? 1.4 : 2.2,
        fill: 'var(--series-1)',
        fillOpacity: points.length > 1000 ? 0.4 : 0.6,
      }),
    ],
  });
  const about = bars.length === 0 ? '' : ` Upright lines are predictions ± 1.96 total standard deviations.`;
  return figure(drawn, html`Predicted against true values. On the dashed diagonal they are equal.${about}`);
}

/** A multiple of the root mean square: one error far out must not press all others into one bar. */
const reach = 5;

function histogram(points: Points, unit: string): Html {
  const errors = points.map(([truth, predicted]) => predicted - truth);
  const [low, high] = extent(errors) as [number, number];
  const rms = new SquareSum().add(errors, 0, errors.length).rootMean(errors.length);
  const most = Math.min(Math.max(-low, high), reach * rms) || 1;
  const beyond = errors.filter((error) => Math.abs(error) > most).length;
  const bars = histogramOf(errors, most);
  const drawn = plot({
    description: `Histogram of the errors: from ${numberText(low)} to ${numberText(high)}, root mean square ${numberText(rms)}.`,
    height: squareHeight,
    x: axis({ label: withUnit('predicted − true', unit), range: [-most, most], log: false }),
    y: { label: 'values', grid: true, tickFormat: (tick: number) => numberText(tick), ticks: 5, nice: true },
    marks: [
      Plot.rectY(bars, { x1: 'from', x2: 'to', y: 'count', fill: 'var(--series-1)', fillOpacity: 0.75, inset: 0.5 }),
      Plot.ruleX([0], { stroke: 'currentColor', strokeOpacity: 0.6, strokeDasharray: '5 4' }),
      Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.5 }),
    ],
  });
  const rest = beyond === 0 ? '' : ` The outermost bars hold ${beyond} that lie beyond.`;
  return figure(
    drawn,
    html`The errors; their root mean square is ${numberText(rms)}${unit === '' ? '' : ` ${unit}`}.${rest}`,
  );
}

export function withUnit(name: string, unit: string): string {
  return unit === '' ? name : `${name} (${unit})`;
}
