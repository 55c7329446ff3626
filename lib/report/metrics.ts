/** @file How well predictions P meet targets T (both N × t, row-major, original units). */
import { GnvproError } from '../errors.js';

/** Of ‖p − t‖ / ‖t‖ over the samples. Rows of targets that are all 0 have no relative error and are left out. */
export interface RelativeErrors {
  readonly mean: number;
  /** With n − 1 in the denominator; NaN for fewer than two samples. */
  readonly standardDeviation: number;
  readonly min: number;
  readonly max: number;
  /** Rows of targets that are all 0. */
  readonly leftOut: number;
}

/** NaN stands for what is not defined, e.g. R² of constant targets. */
export interface Metrics {
  readonly samples: number;
  readonly relativeError: RelativeErrors;
  /** ‖P − T‖_F / ‖T‖_F */
  readonly globalRelativeError: number;
  /** Root of the mean of (p − t)² over all N·t entries. */
  readonly rmse: number;
  /** 1 − SS_res / SS_tot over all columns, SS_tot about the column means. */
  readonly r2: number;
}

/**
 * Both arrays hold rows of `cols` numbers.
 *
 * @throws GnvproError ERR_SHAPE when they do not, or differ in length
 */
export function metrics(predicted: Float64Array, truth: Float64Array, cols: number): Metrics {
  if (!(cols >= 1) || truth.length % cols !== 0 || predicted.length !== truth.length) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected predictions and targets of as many rows of ${cols} but received ${predicted.length} and ${truth.length} numbers.`,
    );
  }
  const residual = squaredDistance(predicted, truth);
  return {
    samples: truth.length / cols,
    relativeError: relativeErrors(predicted, truth, cols),
    globalRelativeError: ratio(Math.sqrt(residual), Math.sqrt(sumOfSquares(truth))),
    rmse: Math.sqrt(residual / truth.length),
    r2: 1 - ratio(residual, variation(truth, cols)),
  };
}

/** A metric that is given its rows piece by piece, in order. */
export interface RunningMetric {
  add(predicted: Float64Array, truth: Float64Array, cols: number): void;
  readonly value: number;
}

/** The root of the mean of (p − t)² over all entries. */
export class RootMeanSquareError implements RunningMetric {
  #squares = 0;
  #count = 0;

  add(predicted: Float64Array, truth: Float64Array): void {
    this.#squares = squaredDistance(predicted, truth, this.#squares);
    this.#count += truth.length;
  }

  get value(): number {
    return Math.sqrt(this.#squares / this.#count);
  }
}

/** The mean over the samples of ‖p − t‖ / ‖t‖, without rows of targets that are all 0. */
export class MeanRelativeError implements RunningMetric {
  #sum = 0;
  #count = 0;

  add(predicted: Float64Array, truth: Float64Array, cols: number): void {
    const errors = rowErrors(predicted, truth, cols);
    for (const error of errors) this.#sum += error;
    this.#count += errors.length;
  }

  get value(): number {
    return this.#sum / this.#count;
  }
}

export function relativeErrors(predicted: Float64Array, truth: Float64Array, cols: number): RelativeErrors {
  const errors = rowErrors(predicted, truth, cols);
  const rows = truth.length / cols;
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  const squares = errors.reduce((sum, error) => sum + (error - mean) ** 2, 0);
  return {
    mean,
    standardDeviation: errors.length > 1 ? Math.sqrt(squares / (errors.length - 1)) : Number.NaN,
    min: errors.length > 0 ? errors.reduce((a, b) => Math.min(a, b)) : Number.NaN,
    max: errors.length > 0 ? errors.reduce((a, b) => Math.max(a, b)) : Number.NaN,
    leftOut: rows - errors.length,
  };
}

function rowErrors(predicted: Float64Array, truth: Float64Array, cols: number): number[] {
  const errors: number[] = [];
  for (let start = 0; start < truth.length; start += cols) {
    const target = truth.subarray(start, start + cols);
    const norm = Math.sqrt(sumOfSquares(target));
    if (norm > 0) errors.push(Math.sqrt(squaredDistance(predicted.subarray(start, start + cols), target)) / norm);
  }
  return errors;
}

function ratio(part: number, whole: number): number {
  return whole > 0 ? part / whole : Number.NaN;
}

function squaredDistance(a: Float64Array, b: Float64Array, sum = 0): number {
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
}

function sumOfSquares(a: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] ** 2;
  return sum;
}

/** The sum of squares about the column means; relative to the first row, so that a constant column gives exactly 0. */
function variation(data: Float64Array, cols: number): number {
  const rows = data.length / cols;
  let sum = 0;
  for (let j = 0; j < cols; j++) {
    let mean = 0;
    for (let i = j; i < data.length; i += cols) mean += (data[i] - data[j]) / rows;
    for (let i = j; i < data.length; i += cols) sum += (data[i] - data[j] - mean) ** 2;
  }
  return sum;
}
