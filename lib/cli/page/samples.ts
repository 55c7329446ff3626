/** @file What a page shows of single samples: predictions, output fields, and the map of an image. */
import { type ClassName, topColumn } from '../../data/classes.js';
import type { Matrix } from '../../data/matrix.js';
import { listed, unitOf } from '../../data/names.js';
import { GnvproError } from '../../errors.js';
import { norm } from '../../linalg/vector.js';
import { metrics } from '../../metrics/metrics.js';
import type { CallOptions } from '../../model/callOptions.js';
import type { Model } from '../../model/model.js';
import type { Field, Outputs, SegmentationMap } from '../../page/document.js';
import { extent, numberText } from '../../page/numbers.js';
import { percent } from '../numbers.js';
import { barsOf, type Certainty, type NoisySamples, shareWithin } from './calibration.js';
import { counted } from './facts.js';

/** Rows × columns. */
export type GridSize = readonly [rows: number, columns: number];

const [mostPoints, mostOutputs] = [5000, 100];

export interface OutputOptions {
  readonly title: string;
  readonly names?: readonly string[] | null;
  /** Of all outputs; by default each has that of its name. */
  readonly unit?: string;
  readonly sampleWeights?: Float64Array | undefined;
  /** Of the model that predicted; then outputs have error bars. */
  readonly certainty?: Certainty | null;
}

/**
 * The errors of each output and its points, evenly spread over the samples; of very many outputs, those of the least R².
 * It is said of which outputs their mean would do as well.
 */
export function outputsOf(truth: Matrix, predicted: Matrix, options: OutputOptions): Outputs {
  const { title, names = null, unit, sampleWeights, certainty = null } = options;
  const [samples, count] = truth.shape;
  const all = Array.from({ length: count }, (_, j) => {
    const [t, p] = [columnOf(truth, j), columnOf(predicted, j)];
    const { rmse, r2 } = metrics(p, t, 1, { sampleWeights });
    const name = names?.[j] ?? `output ${j}`;
    return { j, name, unit: unit || unitOf(name), t, p, rmse, r2 };
  });
  const rank = ({ r2 }: { r2: number }) => (Number.isNaN(r2) ? 1 : r2); // all values are one
  const worst = [...all].sort((a, b) => rank(a) - rank(b)).slice(0, mostOutputs);
  const each = count > mostOutputs ? all.filter((output) => worst.includes(output)) : all;
  const poor = count > 1 ? each.filter(({ r2 }) => r2 <= 0).map(({ name }) => name) : [];
  const perOutput = Math.ceil(mostPoints / each.length);
  const points = Math.min(samples, perOutput);
  return {
    title: points < samples ? `${title}, ${counted(points, 'sample')} of ${samples.toLocaleString('en-US')}` : title,
    columns: ['RMSE', 'R²', 'largest error', 'true values', ...(certainty === null ? [] : ['within error bars'])],
    each: each.map(({ j, name, unit, t, p, rmse, r2 }) => ({
      name,
      unit,
      errors: [
        ...[numberText(rmse), numberText(r2, 4), numberText(mostApart(t, p)), rangeText(t)],
        ...(certainty === null ? [] : [percent(shareWithin(certainty, j, count))]),
      ],
      points: Array.from({ length: points }, (_, k) => {
        const n = Math.floor((k * samples) / points);
        return [t[n], p[n]] as const;
      }),
      ...(certainty !== null && { bars: barsOf(certainty, j, count, each.length) }),
    })),
    notes: [
      ...(poor.length > 0 ? [`Of these outputs the model is no better than their mean: ${listed(poor)}.`] : []),
      ...(certainty === null ? [] : [barsNote(certainty)]),
      ...(each.length < count ? [`Shown are the ${each.length} of ${count} outputs that have the least R².`] : []),
    ],
  };
}

function barsNote({ rows, of }: Certainty): string {
  const some = rows.length < of ? ` Counted are ${rows.length} samples of ${of.toLocaleString('en-US')}.` : '';
  return `Error bars are predictions ± 1.96 total standard deviations, of model and noise together: true ones hold 95 % of the targets.${some}`;
}

function columnOf({ data, shape: [rows, cols] }: Matrix, j: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, n) => data[n * cols + j]);
}

function mostApart(t: Float64Array, p: Float64Array): number {
  return t.reduce((most, value, n) => Math.max(most, Math.abs(p[n] - value)), 0);
}

function rangeText(values: Float64Array): string {
  return (extent(values) ?? [Number.NaN, Number.NaN]).map((value) => numberText(value)).join(' to ');
}

/** Fewer outputs say little as a curve. */
const leastOutputs = 8;

/** The sample of the median error, and the worst. `grid` is what the outputs are; by default a curve. */
export function fieldsOf(truth: Matrix, predicted: Matrix, grid: GridSize | undefined, unit: string): Field[] {
  const [samples, outputs] = truth.shape;
  if (grid === undefined && outputs < leastOutputs) return [];
  const [rows, columns] = grid ?? [1, outputs];
  if (rows * columns !== outputs) {
    throw new GnvproError(
      'ERR_OPTION',
      `Expected rows × columns of ${outputs} outputs for --field but received ${rows}x${columns}.`,
    );
  }
  checkPixels(outputs, '--field');
  const row = ({ data }: Matrix, n: number) => data.subarray(n * outputs, (n + 1) * outputs);
  const order = Array.from({ length: samples }, (_, n) => ({
    n,
    error: distance(row(predicted, n), row(truth, n)),
  })).sort((a, b) => a.error - b.error);
  const chosen = [
    { ...order[(samples - 1) >> 1], title: 'The sample of the median error' },
    ...(samples > 1 ? [{ ...order[samples - 1], title: 'The sample of the largest error' }] : []),
  ];
  return chosen.map(({ n, title }) => ({
    title: `${title}, number ${n}`,
    rows,
    columns,
    truth: [...row(truth, n)],
    predicted: [...row(predicted, n)],
    unit,
  }));
}

/** ‖p − t‖ / ‖t‖; the norm of the difference where there is nothing to relate it to. */
function distance(p: Float64Array, t: Float64Array): number {
  return norm(p.map((value, j) => value - t[j])) / (norm(t) || 1);
}

/** A page holds several pictures, each pixel by pixel. */
const mostPixels = 2 ** 24;

function checkPixels(pixels: number, option: string): void {
  if (pixels <= mostPixels) return;
  throw new GnvproError('ERR_OPTION', `Expected at most ${mostPixels} pixels for ${option} but received ${pixels}.`);
}

/** Samples whose targets may be numbers of classes. */
export interface LabelledSamples extends NoisySamples {
  /** What the numbers in one column of targets stand for; null where the targets are shares of the classes. */
  readonly classes: readonly ClassName[] | null;
  readonly sampleWeights?: Float64Array | undefined;
}

/** Classes for every row of the image that the inputs of the job are. */
export async function mapOf(
  model: Model,
  image: LabelledSamples,
  [rows, columns]: GridSize,
  call: CallOptions,
): Promise<SegmentationMap> {
  const classes = model.classes as readonly ClassName[];
  const pixels = image.inputs.shape[0];
  if (rows * columns !== pixels) {
    throw new GnvproError(
      'ERR_OPTION',
      `Expected rows × columns of ${pixels} rows of inputs for --map but received ${rows}x${columns}.`,
    );
  }
  checkPixels(pixels, '--map');
  const predicted = await model.predictClasses(image.inputs, call);
  return {
    width: columns,
    height: rows,
    classes: classes.map(String),
    truth: truthOf(image, classes),
    predicted: predicted.map((name) => classes.indexOf(name)),
  };
}

/** The numbers of the classes as the model counts them; −1 for one that it does not know. */
export function truthOf({ targets, classes: names }: LabelledSamples, classes: readonly ClassName[]): number[] {
  if (names === null) return Array.from({ length: targets.shape[0] }, (_, n) => topColumn(targets, n));
  const texts = classes.map(String); // of one file alone, names may be read as integers
  return Array.from(targets.data, (j) => texts.indexOf(String(names[j])));
}
