/** @file How objective, validation and gradient fall, against work units and against seconds. */
import * as Plot from '@observablehq/plot';
import {
  type Abscissa,
  bestSoFar,
  byMethod,
  type CurvePoint,
  curveOf,
  curveOnBatches,
  type MethodTraces,
  medianCurve,
  type Ordinate,
} from './curves.js';
import type { ReportDocument, Trace } from './document.js';
import { figure, section } from './figure.js';
import { type Html, html } from './html.js';
import { extent, numberText } from './numbers.js';
import { axis, plot } from './plot.js';
import { type LineStyle, legend, lineSample, lineStyle } from './styles.js';

interface Drawing {
  readonly x: Abscissa;
  readonly y: Ordinate;
  /** The label of the axis. */
  readonly label: string;
  readonly caption: string;
}

const abscissae = {
  workUnits: { label: 'work units', words: 'work units, passes of the network over all training samples' },
  seconds: { label: 'seconds', words: 'seconds of wall time' },
} as const;

export function convergenceSection({ traces, metric }: ReportDocument): Html | null {
  const methods = byMethod(traces);
  if (methods.length === 0) return null;
  const validated = traces.some((trace) => curveOf(trace, 'workUnits', 'validation').length > 0);
  const quantities: Omit<Drawing, 'x'>[] = [
    { y: 'objective', label: 'objective', caption: 'Objective on the training samples' },
    ...(validated
      ? [{ y: 'validation' as const, label: metric.label, caption: `Validation, ${metric.label}, the best so far` }]
      : []),
    { y: 'gradientNorm', label: 'norm of the gradient', caption: 'Norm of the gradient of what each method minimises' },
  ];
  const figures = (x: Abscissa) =>
    html`<div class="figures by-${x}">${quantities.map((quantity) => draw({ ...quantity, x }, methods))}</div>`;
  return section('Convergence', html`${keyOf(methods)}${choice}${figures('workUnits')}${figures('seconds')}`);
}

/** The style shows one of both. */
const choice = html`<p class="note ask">Against <label><input type="radio" name="cost" checked> work units</label> <label><input type="radio" name="cost" class="in-seconds"> seconds</label></p>`;

/** One legend for all figures, and what thin and thick lines are. */
function keyOf(methods: readonly MethodTraces[]): Html {
  const entries = methods.map(({ method, traces }, k) => {
    return { sample: lineSample(lineStyle(k)), name: `${method}${countOf(traces)}` };
  });
  const several = methods.some(({ traces }) => traces.length > 1);
  const all = methods.flatMap(({ traces }) => traces);
  const note = several
    ? 'Thin lines are single runs, thick ones their median at equal cost.'
    : 'Crosses are rejected steps. Of the validation, the thin line is every iteration, the thick one the best so far.';
  const onBatches =
    !several && all.some(({ points }) => points.some(({ isOfBatch }) => isOfBatch))
      ? ' Of a training on parts of the samples, thin lines are of the part at hand, thick ones of all samples.'
      : '';
  return html`${legend(entries)}<p class="note">${note}${onBatches} A line keeps a value until the next iteration. Axes are logarithmic where the values allow it.</p>`;
}

/** All runs of a search have one seed. */
function countOf(traces: readonly Trace[]): string {
  if (traces.length === 1) return '';
  const seeds = new Set(traces.map(({ seed }) => seed));
  return `, ${traces.length} ${seeds.size === traces.length ? 'seeds' : 'runs'}`;
}

interface Lines {
  readonly style: LineStyle;
  readonly thin: readonly (readonly CurvePoint[])[];
  readonly thick: readonly CurvePoint[];
  readonly rejected: readonly CurvePoint[];
}

function linesOf(methods: readonly MethodTraces[], { x, y }: Drawing): Lines[] {
  return methods.map(({ traces }, k) => {
    const raw = traces.map((trace) => curveOf(trace, x, y));
    const curves = y === 'validation' ? raw.map(bestSoFar) : raw;
    const single = traces.length === 1;
    const rejected = traces.map(({ points, ...trace }) => ({ ...trace, points: points.filter((p) => !p.accepted) }));
    return {
      style: lineStyle(k),
      thin: single ? (y === 'validation' ? raw : traces.map((trace) => curveOnBatches(trace, x, y))) : curves,
      thick: medianCurve(curves),
      rejected: single && y !== 'validation' ? rejected.flatMap((trace) => curveOf(trace, x, y)) : [],
    };
  });
}

function draw(drawing: Drawing, methods: readonly MethodTraces[]): Html {
  const { x, label, caption } = drawing;
  const { label: xLabel, words } = abscissae[x];
  const lines = linesOf(methods, drawing);
  const all = lines.flatMap(({ thin, thick }) => [...thin.flat(), ...thick]);
  const ranges = [extent(all.map(([at]) => at)), extent(all.map(([, value]) => value))];
  const [across, up] = ranges;
  const text = html`${caption}, against ${words}.`;
  if (across === null || up === null) return figure(html`<p class="empty">There is no finite value to draw.</p>`, text);
  const ends = lines.flatMap(({ thick }, k) =>
    thick.length === 0 ? [] : [`${methods[k].method} ends at ${numberText(thick[thick.length - 1][1])}`],
  );
  const drawn = plot({
    description: `${caption} against ${xLabel}: ${ends.join(', ')}.`,
    x: axis({ label: xLabel, range: across, log: true }),
    y: axis({ label, range: up, log: up[0] > 0 }),
    marks: [Plot.frame({ strokeOpacity: 0.25 }), ...lines.flatMap(marksOf)],
  });
  return figure(drawn, text);
}

/** Marks of a method: thin lines below its thick one, and some markers on that. */
function marksOf({ style: { colour, dash, symbol }, thin, thick, rejected }: Lines): Plot.Markish[] {
  const line = (points: readonly CurvePoint[], options: Plot.LineOptions) =>
    Plot.line(points, { stroke: colour, curve: 'step-after', ...options });
  return [
    ...thin.map((points) => line(points, { strokeWidth: 1, strokeOpacity: 0.35 })),
    line(thick, { strokeWidth: 2.25, strokeDasharray: dash, strokeLinecap: 'butt' }),
    Plot.dot(rejected, { stroke: colour, symbol: 'times', r: 3, strokeWidth: 1.25 }),
    Plot.dot(spread(thick), { fill: colour, symbol, r: 3.5, stroke: 'var(--page)', strokeWidth: 0.75 }),
  ];
}

const markers = 6;

/** The last point, and a few before it at about equal distances on a logarithmic axis. */
function spread(points: readonly CurvePoint[]): CurvePoint[] {
  if (points.length === 0) return [];
  const last = points[points.length - 1];
  const ratio = (last[0] / points[0][0]) ** (1 / markers);
  const chosen: CurvePoint[] = [];
  for (const point of points) {
    const far = (from: CurvePoint, to: CurvePoint) => to[0] >= from[0] * ratio * 0.999;
    if ((chosen.length === 0 || far(chosen[chosen.length - 1], point)) && (point === last || far(point, last)))
      chosen.push(point);
  }
  return chosen.at(-1) === last ? chosen : [...chosen, last];
}
