/** @file How well predictions P meet targets T (both N × t, row-major, original units). */

import { columnMoments } from '../data/moments.js';
import { readWeights, relativeWeights, type SampleWeights, sumOfWeights } from '../data/weights.js';
import { GnvproError } from '../errors.js';
import { driveSync } from '../job/job.js';
import { CompensatedSums, SquareSum } from '../linalg/sums.js';
import { checkOptions } from '../validate/check.js';

/** Statistics of ‖p − t‖ / ‖t‖ over the samples. Rows of targets that are all 0 have none and are left out. */
export interface RelativeErrors {
  readonly mean: number;
  /** The deviation with n − 1 in the denominator; NaN for fewer than two samples. */
  readonly standardDeviation: number;
  readonly min: number;
  readonly max: number;
  /** Rows of targets that are all 0. */
  readonly leftOut: number;
}

/** NaN stands for what is not defined, e.g. R² of constant targets. A sample of weight ω counts as ω samples. */
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

export interface MetricsOptions {
  /** N numbers of at least 0 (default 1 each). */
  readonly sampleWeights?: ArrayLike<number> | null;
}

/**
 * Both arrays hold rows of `cols` numbers, of any size: no square overflows or vanishes.
 *
 * @throws GnvproError ERR_SHAPE when they do not, or differ in length; ERR_OPTION
 */
export function metrics(
  predicted: Float64Array,
  truth: Float64Array,
  cols: number,
  options: MetricsOptions = {},
): Metrics {
  checkOptions(options, ['sampleWeights'], 'metrics');
  if (!(cols >= 1) || truth.length % cols !== 0 || predicted.length !== truth.length) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected predictions and targets of as many rows of ${cols} but received ${predicted.length} and ${truth.length} numbers.`,
    );
  }
  const rows = truth.length / cols;
  const weights = readWeights(options.sampleWeights, rows);
  const relative = relativeWeights(weights);
  const total = sumOfWeights(relative, rows);
  const residual = squaresOf(difference(predicted, truth), cols, relative);
  const { deviation } = driveSync(columnMoments({ data: truth, shape: [rows, cols] }, weights));
  const variation = new SquareSum().add(deviation, 0, cols, total);
  const size = squaresOf(truth, cols, relative);
  return {
    samples: sumOfWeights(weights, rows),
    relativeError: relativeErrors(predicted, truth, cols, weights),
    globalRelativeError: size.isZero ? Number.NaN : residual.rootRelativeTo(size),
    rmse: residual.rootMean(total * cols),
    r2: variation.isZero ? Number.NaN : 1 - residual.relativeTo(variation),
  };
}

/** A metric that is given its rows piece by piece, in order, with their weights. */
export interface RunningMetric {
  add(predicted: Float64Array, truth: Float64Array, cols: number, weights: SampleWeights): void;
  readonly value: number;
}

/** The root of the mean of (p − t)² over all entries. */
export class RootMeanSquareError implements RunningMetric {
  #squares = new SquareSum();
  #count = 0;

  add(predicted: Float64Array, truth: Float64Array, cols: number, weights: SampleWeights = null): void {
    squaresOf(difference(predicted, truth), cols, weights, this.#squares);
    this.#count += cols * sumOfWeights(weights, truth.length / cols);
  }

  get value(): number {
    return this.#squares.rootMean(this.#count);
  }
}

/** The mean over the samples of ‖p − t‖ / ‖t‖, without rows of targets that are all 0. */
export class MeanRelativeError implements RunningMetric {
  readonly #sums = new CompensatedSums(2); // of the errors and of their weights

  add(predicted: Float64Array, truth: Float64Array, cols: number, weights: SampleWeights = null): void {
    eachRowError(predicted, truth, cols, weights, (error, weight) => {
      this.#sums.add(0, weight * error);
      this.#sums.add(1, weight);
    });
  }

  get value(): number {
    return this.#sums.values[0] / this.#sums.values[1];
  }
}

function relativeErrors(
  predicted: Float64Array,
  truth: Float64Array,
  cols: number,
  weights: SampleWeights,
): RelativeErrors {
  const rows = truth.length / cols;
  const [errors, counts] = [new Float64Array(rows), new Float64Array(rows)];
  const sums = new CompensatedSums(2);
  let found = 0;
  const leftOut = eachRowError(predicted, truth, cols, weights, (error, weight) => {
    errors[found] = error;
    counts[found++] = weight;
    sums.add(0, weight * error);
    sums.add(1, weight);
  });
  const [sum, count] = sums.values;
  const mean = sum / count;
  const of = errors.subarray(0, found);
  return {
    mean,
    standardDeviation:
      count > 1
        ? squaresOf(
            of.map((error) => error - mean),
            1,
            counts.subarray(0, found),
          ).rootMean(count - 1)
        : Number.NaN,
    min: found > 0 ? of.reduce((a, b) => Math.min(a, b)) : Number.NaN,
    max: found > 0 ? of.reduce((a, b) => Math.max(a, b)) : Number.NaN,
    leftOut,
  };
}

/** Calls `found` for the rows that have a relative error, and counts the others. */
function eachRowError(
  predicted: Float64Array,
  truth: Float64Array,
  cols: number,
  weights: SampleWeights,
  found: (error: number, weight: number) => void,
): number {
  const residual = difference(predicted, truth);
  let leftOut = 0;
  for (let n = 0; n * cols < truth.length; n++) {
    const [begin, end] = [n * cols, (n + 1) * cols];
    const weight = weights === null ? 1 : weights[n];
    const size = new SquareSum().add(truth, begin, end);
    if (size.isZero) leftOut += weight;
    else if (weight > 0) found(new SquareSum().add(residual, begin, end).rootRelativeTo(size), weight);
  }
  return leftOut;
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((x, i) => x - b[i]);
}

/** Added to `into`. */
function squaresOf(data: Float64Array, cols: number, weights: SampleWeights, into = new SquareSum()): SquareSum {
  if (weights === null) return into.add(data, 0, data.length);
  weights.forEach((weight, n) => {
    if (weight > 0) into.add(data, n * cols, (n + 1) * cols, weight);
  });
  return into;
}
