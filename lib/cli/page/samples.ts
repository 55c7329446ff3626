/** @file What a page shows of single samples: predictions, output fields, and the map of an image. */
import { type ClassName, topColumn } from '../../data/classes.js';
import type { Matrix } from '../../data/matrix.js';
import type { Samples } from '../../data/samples.js';
import { GnvproError } from '../../errors.js';
import { norm } from '../../linalg/vector.js';
import type { CallOptions, Model } from '../../model/model.js';
import type { Field, Predictions, SegmentationMap } from '../../page/document.js';

/** Rows × columns. */
export type GridSize = readonly [rows: number, columns: number];

const mostPoints = 5000;

/** Points of all outputs of all samples, or of so many of them, evenly spread. */
export function predictionPoints({ data: truth }: Matrix, { data: predicted }: Matrix): Predictions['points'] {
  const points = Math.min(truth.length, mostPoints);
  return Array.from({ length: points }, (_, k) => {
    const i = Math.floor((k * truth.length) / points);
    return [truth[i], predicted[i]] as const;
  });
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
export interface LabelledSamples extends Samples {
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
function truthOf({ targets, classes: names }: LabelledSamples, classes: readonly ClassName[]): number[] {
  if (names === null) return Array.from({ length: targets.shape[0] }, (_, n) => topColumn(targets, n));
  const texts = classes.map(String); // of one file alone, names may be read as integers
  return Array.from(targets.data, (j) => texts.indexOf(String(names[j])));
}
