/** @file A report document with everything in it, from formulas. */
import { coverageOf } from '../../lib/metrics/coverage.js';
import { histogramOf } from '../../lib/metrics/histogram.js';
import { reliabilityOf } from '../../lib/metrics/reliability.js';
import type { Calibration, ReportDocument, Trace } from '../../lib/page/document.js';

/** An objective that falls, with every fifth step rejected. */
export function trace(method: string, seed: number, iterations = 30): Trace {
  const points = Array.from({ length: iterations + 1 }, (_, k) => {
    const accepted = k === 0 || k % 5 !== 4;
    const last = accepted ? k : k - 1;
    return {
      workUnits: 2 + 20 * k,
      seconds: 0.01 * (1 + seed) + 0.02 * k,
      objective: Math.exp(-0.2 * last) * (1 + 0.1 * seed),
      gradientNorm: Math.exp(-0.3 * last),
      validation: accepted ? 0.01 + Math.exp(-0.2 * last) + 0.002 * (k % 3) : null,
      accepted,
    };
  });
  return { method, seed, points };
}

const wave = (i: number, shift: number) => Math.sin(0.7 * i + shift) * 10 + i;

/** Residuals of 30 samples of two outputs. */
export function calibration(changes: Partial<Calibration> = {}): Calibration {
  const residuals = Array.from({ length: 60 }, (_, i) => 1.3 * Math.sin(2.1 * i) + (i === 7 ? 6 : 0));
  return {
    of: '30 test samples',
    samples: 30,
    values: 60,
    mean: 0.12,
    standardDeviation: 1.25,
    bars: histogramOf(residuals, 5),
    beyond: 1,
    coverage: coverageOf(residuals),
    curve: coverageOf(residuals, [0.2, 0.4, 0.6, 0.8, 0.99]),
    notes: ['What is to be said of the residuals.'],
    ...changes,
  };
}

/** Of 2 × 3 pixels: red, green and blue rise from one to the next. */
const pixels = (first: number) => Array.from({ length: 18 }, (_, i) => first + 13 * i);

export function fullDocument(changes: Partial<ReportDocument> = {}): ReportDocument {
  const truth = Array.from({ length: 24 }, (_, i) => wave(i, 0));
  const predicted = Array.from({ length: 24 }, (_, i) => wave(i, 0.02));
  const labels = Array.from({ length: 60 }, (_, i) => (i % 7 === 0 ? -1 : i % 3));
  return {
    title: 'Two methods on a made-up problem',
    summary: ['The first paragraph.', 'The second paragraph.'],
    facts: [
      { label: 'processor', value: 'one that was made up' },
      { label: 'threads', value: '2' },
    ],
    options: { optimizer: { type: 'gnvpro' }, seed: 3 },
    metric: { label: 'mean relative error' },
    traces: [trace('GNvpro', 0), trace('GNvpro', 1), trace('GNvpro', 2), trace('L-BFGS', 0, 60)],
    timings: [
      { method: 'GNvpro', network: 1, projection: 0.5, krylov: 0.25, dense: 0, other: 0.25 },
      { method: 'L-BFGS', network: 0.5, projection: 0.5, krylov: 0, dense: 0, other: 0 },
    ],
    timingNote: 'means over the seeds',
    table: {
      columns: ['method', 'test error', 'seconds'],
      rows: [
        ['GNvpro', '0.14 % ± 0.01', '2.0'],
        ['L-BFGS', '0.31 % ± 0.02', '1.0'],
      ],
      notes: ['Mean ± standard deviation.'],
    },
    choice: { took: 'GNvpro', why: 'it was best in the trial.' },
    outputs: {
      title: 'Predicted against true',
      columns: ['RMSE', 'R²'],
      each: Array.from({ length: 6 }, (_, j) => ({
        name: `yield ${j} [mg]`,
        unit: 'mg',
        errors: [`0.${j}1`, '0.999'],
        points: truth.map((value, i) => [value + j, predicted[i] + j] as const),
        bars: truth.map((value, i) => [value + j, predicted[i] + j - 2, predicted[i] + j + 2] as const),
      })),
      notes: ['What is to be said of the outputs.'],
    },
    calibration: calibration(),
    fields: [
      { title: 'A grid', rows: 4, columns: 6, truth, predicted, unit: 'mg' },
      { title: 'A curve', rows: 1, columns: 24, truth, predicted, unit: '' },
    ],
    confusion: {
      classes: ['corn', 'oats', 'hay'],
      counts: [
        [8, 2, 0],
        [1, 9, 0],
        [0, 0, 0],
      ],
    },
    reliability: {
      of: '20 test samples',
      bins: reliabilityOf([0.4, 0.45, 0.62, 0.7, 0.95, 0.97, 0.99], [0, 1, 1, 0, 1, 1, 1]),
      error: 0.1234,
      notes: ['What is to be said of the probabilities.'],
    },
    map: {
      width: 10,
      height: 6,
      classes: ['corn', 'oats', 'hay'],
      truth: labels,
      predicted: labels.map((label, i) => (i === 1 ? 2 : label)),
    },
    images: {
      of: '4 test samples',
      height: 2,
      width: 3,
      channels: 3,
      range: [0, 255],
      groups: [
        {
          title: 'Wrong: 1',
          isWrong: true,
          each: [{ number: 3, pixels: pixels(0), predicted: 'oats', truth: 'hay' }],
        },
        {
          title: 'Right: 1 of 3',
          isWrong: false,
          each: [{ number: 0, pixels: pixels(9), predicted: 'hay', truth: 'hay' }],
        },
      ],
      notes: ['What is to be said of the images.'],
    },
    kernels: {
      layer: 'conv2d(2)',
      height: 2,
      width: 2,
      channels: 1,
      most: 2,
      each: [
        { name: 'filter 0', values: [-2, 0, 2, 1] },
        { name: 'filter 1', values: [0, 0, 0, -1] },
      ],
      notes: ['What is to be said of the filters.'],
    },
    missing: ['Something could not be shown.'],
    ...changes,
  };
}
