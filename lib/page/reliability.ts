/** @file Whether probabilities of classes are true: how often the top class is right, by how probable it was. */
import * as Plot from '@observablehq/plot';
import type { ReliabilityBin } from '../metrics/reliability.js';
import type { Reliability } from './document.js';
import { figure, section } from './figure.js';
import { type Html, html } from './html.js';
import { numberText } from './numbers.js';
import { plot } from './plot.js';
import { dataTable } from './resultTable.js';
import { chanceText, percent, shareCurve } from './shares.js';

/** A bin that has samples. */
interface Filled extends ReliabilityBin {
  readonly confidence: number;
  readonly accuracy: number;
}

export function reliabilitySection({ of, bins, error, notes }: Reliability): Html {
  const filled = bins.filter((bin): bin is Filled => bin.confidence !== null && bin.accuracy !== null);
  const table = dataTable({
    label: 'Probability of the top class, and how often it is right',
    columns: ['probability', 'samples', 'mean probability', 'right', 'by chance'],
    rows: filled.map(({ from, to, samples, confidence, accuracy }) => [
      `${(100 * from).toFixed(1)} to ${percent(to)}`,
      countText(samples),
      percent(confidence),
      percent(accuracy),
      chanceText(confidence, samples),
    ]),
  });
  return section(
    'Whether the probabilities are true',
    html`<p>The expected calibration error of ${of} is ${percent(error, 2)}: the mean distance between how probable the top class was and how often it was right.</p>
<div class="figures">${curve(filled, error)}${counts(bins)}</div>
${table}
<p class="note">By chance: where the share lies in 95 of 100 cases if the probabilities are right, for as many independent samples.</p>${notes.map((note) => html`<p class="note">${note}</p>`)}`,
  );
}

/** Sums of weights are no integers. */
function countText(samples: number): string {
  return samples.toLocaleString('en-US', { maximumFractionDigits: 2 });
}

function curve(filled: readonly Filled[], error: number): Html {
  const told = filled.map(({ confidence, accuracy, samples }) => {
    return `${percent(accuracy, 0)} of ${countText(samples)} at ${percent(confidence, 0)}`;
  });
  const drawn = shareCurve({
    description: `Share of right top classes against their probability: ${told.join(', ')}. Expected calibration error ${percent(error, 2)}.`,
    xLabel: 'mean probability of the top class',
    yLabel: 'right',
    points: filled.map(({ confidence, accuracy, samples }) => ({ expected: confidence, share: accuracy, samples })),
  });
  return figure(
    drawn,
    html`How often the top class is right, by its probability; larger dots are more samples. Below the dashed diagonal the model is too sure, above it not sure enough; the thick uprights are chance.`,
  );
}

/** As high as the figure beside it. */
const height = 436;

function counts(bins: readonly ReliabilityBin[]): Html {
  const most = bins.reduce((a, b) => (b.samples > a.samples ? b : a));
  const drawn = plot({
    description: `Samples by the probability of their top class: most, ${countText(most.samples)}, from ${percent(most.from, 0)} to ${percent(most.to, 0)}.`,
    height,
    x: {
      label: 'probability of the top class',
      domain: [-0.03, 1.03],
      ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
      tickFormat: (tick: number) => percent(tick, 0),
    },
    y: { label: 'samples', grid: true, ticks: 5, nice: true, tickFormat: (tick: number) => numberText(tick) },
    marks: [
      Plot.rectY(bins, { x1: 'from', x2: 'to', y: 'samples', fill: 'var(--series-1)', fillOpacity: 0.75, inset: 0.5 }),
      Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.5 }),
    ],
  });
  return figure(drawn, html`Samples of each bin.`);
}
