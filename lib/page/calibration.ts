/** @file Whether error bars are true: standardized residuals, and how many targets lie within the intervals. */
import * as Plot from '@observablehq/plot';
import type { Calibration } from './document.js';
import { figure, section } from './figure.js';
import { type Html, html } from './html.js';
import { numberText } from './numbers.js';
import { plot } from './plot.js';
import { dataTable } from './resultTable.js';
import { chanceText, percent, shareCurve } from './shares.js';

export function calibrationSection(calibration: Calibration): Html {
  const { of, samples, values, coverage, notes } = calibration;
  const title = 'Whether the error bars are true';
  const said = notes.map((note) => html`<p class="note">${note}</p>`);
  if (values === 0) return section(title, html`<p class="empty">There is no finite residual to draw.</p>${said}`);
  const table = dataTable({
    label: 'Targets within the intervals',
    columns: ['interval', 'total standard deviations', 'targets within', 'by chance'],
    rows: coverage.map(({ level, share, bound }) => [
      percent(level, 0),
      `± ${numberText(bound)}`,
      percent(share),
      chanceText(level, samples),
    ]),
  });
  return section(
    title,
    html`<p>${verdict(calibration)}</p>
<div class="figures">${residuals(calibration)}${curve(calibration)}</div>
${table}
<p class="note">Of ${of}${values > samples ? ', all outputs together' : ''}. By chance: where the share lies in 95 of 100 cases if the model is right, for as many independent samples${values > samples ? '; the outputs of a sample, which may err together, count as one' : ''}.</p>${said}`,
  );
}

function verdict({ of, coverage, mean, standardDeviation, values }: Calibration): string {
  const within = coverage
    .filter(({ level }) => level === 0.95)
    .map(({ share }) => `${percent(share)} of the targets lie within the intervals of 95 %. `);
  return (
    `${within.join('')}The standardized residuals, (true − predicted) / total standard deviation, of ${of} ` +
    `(${values.toLocaleString('en-US')} values) have the mean ${numberText(mean)} and the deviation ${numberText(standardDeviation)}; ` +
    'with true error bars these are 0 and 1. A deviation above 1 means that error bars are too short, below 1 too long.'
  );
}

/** Both axes of the figure beside it are of one length. */
const height = 436;

function residuals({ bars, beyond, values, mean, standardDeviation }: Calibration): Html {
  const [from, to] = [bars[0].from, bars[bars.length - 1].to];
  const heights = bars.map((bar) => ({ ...bar, density: bar.count / (values * (bar.to - bar.from)) }));
  const normal = Array.from({ length: 81 }, (_, k) => {
    const x = from + ((to - from) * k) / 80;
    return [x, Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI)] as const;
  });
  const drawn = plot({
    description: `Histogram of ${values} standardized residuals: mean ${numberText(mean)}, deviation ${numberText(standardDeviation)}; the line is the normal density of mean 0 and deviation 1.`,
    height,
    x: { label: 'standardized residual', domain: [from, to], ticks: 5, tickFormat: (tick: number) => numberText(tick) },
    y: { label: 'density', grid: true, ticks: 5, nice: true, tickFormat: (tick: number) => numberText(tick) },
    marks: [
      Plot.rectY(heights, {
        x1: 'from',
        x2: 'to',
        y: 'density',
        fill: 'var(--series-1)',
        fillOpacity: 0.75,
        inset: 0.5,
      }),
      Plot.line(normal, { stroke: 'var(--series-2)', strokeWidth: 2 }),
      Plot.ruleX([0], { stroke: 'currentColor', strokeOpacity: 0.6, strokeDasharray: '5 4' }),
      Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.5 }),
    ],
  });
  const rest = beyond === 0 ? '' : ` The outermost bars hold ${beyond} that lie beyond.`;
  return figure(
    drawn,
    html`Standardized residuals: mean ${numberText(mean)}, deviation ${numberText(standardDeviation)}. The line is the standard normal density, which they have if the error bars are true.${rest}`,
  );
}

function curve({ curve, coverage, samples }: Calibration): Html {
  const told = coverage.map(({ level, share }) => `${percent(share)} within that of ${percent(level, 0)}`).join(', ');
  const drawn = shareCurve({
    description: `Share of the targets within central intervals: ${told}.`,
    xLabel: 'interval',
    yLabel: 'targets within',
    points: curve.map(({ level, share }) => ({ expected: level, share, samples })),
  });
  return figure(
    drawn,
    html`Share of the targets within central intervals. On the dashed diagonal it is what the model says, above it error bars are too long, below too short; the thick uprights are chance.`,
  );
}
