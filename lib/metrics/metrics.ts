/** @file How well predictions P meet targets T (both N × t, row-major, original units). */

import { columnMoments } from '../data/moments.js';
import { readWeights, relativeWeights, type SampleWeights, sumOfWeights } from '../data/weights.js';
import { GnvproError } from '../errors.js';
import { noCancel } from '../job/cancel.js';
import { driveSync, type Steps } from '../job/job.js';
import type { Rows } from '../job/rows.js';
import { CompensatedSums, SquareSum } from '../linalg/sums.js';
import { checkOptions } from '../validate/check.js';
import type { Tally } from './tally.js';

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
  const tally = driveSync(tallyOfNumbers({ data: truth, shape: [rows, cols] }, weights));
  tally.add(predicted, truth, 0);
  return tally.value;
}

/** For predictions of these targets. */
export function* tallyOfNumbers(
  truth: Rows,
  weights: SampleWeights,
  cancelFlag: Int32Array = noCancel(),
): Steps<Tally<Metrics>> {
  const { deviation } = yield* columnMoments(truth, weights, cancelFlag);
  return new MetricsTally(truth.shape, deviation, weights);
}

class MetricsTally implements Tally<Metrics> {
  readonly #cols: number;
  readonly #samples: number;
  readonly #relative: SampleWeights;
  readonly #total: number;
  readonly #variation: SquareSum;
  readonly #residual = new SquareSum();
  readonly #size = new SquareSum();
  readonly #errors = new RelativeErrorTally();

  /** `deviation`: of each column of the targets. */
  constructor(
    [rows, cols]: readonly [rows: number, cols: number],
    deviation: Float64Array,
    readonly weights: SampleWeights,
  ) {
    this.#cols = cols;
    this.#relative = relativeWeights(weights);
    this.#total = sumOfWeights(this.#relative, rows);
    this.#variation = new SquareSum().add(deviation, 0, cols, this.#total);
    this.#samples = sumOfWeights(weights, rows);
  }

  add(predicted: Float64Array, truth: Float64Array, begin: number): void {
    const end = begin + truth.length / this.#cols;
    const relative = this.#relative?.subarray(begin, end) ?? null;
    squaresOf(difference(predicted, truth), this.#cols, relative, this.#residual);
    squaresOf(truth, this.#cols, relative, this.#size);
    this.#errors.add(predicted, truth, this.#cols, this.weights?.subarray(begin, end) ?? null);
  }

  get value(): Metrics {
    const [residual, size, variation] = [this.#residual, this.#size, this.#variation];
    return {
      samples: this.#samples,
      relativeError: this.#errors.value,
      globalRelativeError: size.isZero ? Number.NaN : residual.rootRelativeTo(size),
      rmse: residual.rootMean(this.#total * this.#cols),
      r2: variation.isZero ? Number.NaN : 1 - residual.relativeTo(variation),
    };
  }
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

/** The deviation by West's update (Comm. ACM 22(9), 1979): every error against the mean of those before it. */
class RelativeErrorTally {
  readonly #sums = new CompensatedSums(2); // of the errors and of their weights
  readonly #squares = new SquareSum();
  #mean = 0;
  #weight = 0;
  #leftOut = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  add(predicted: Float64Array, truth: Float64Array, cols: number, weights: SampleWeights): void {
    this.#leftOut += eachRowError(predicted, truth, cols, weights, (error, weight) => {
      this.#sums.add(0, weight * error);
      this.#sums.add(1, weight);
      this.#min = Math.min(this.#min, error);
      this.#max = Math.max(this.#max, error);
      this.#spread(error, weight);
    });
  }

  #spread(error: number, weight: number): void {
    const before = this.#weight;
    const change = error - this.#mean;
    this.#weight += weight;
    this.#mean += change * (weight / this.#weight);
    if (before > 0) this.#squares.add([change], 0, 1, weight * (before / this.#weight));
  }

  get value(): RelativeErrors {
    const [sum, count] = this.#sums.values;
    return {
      mean: sum / count,
      standardDeviation: count > 1 ? this.#squares.rootMean(count - 1) : Number.NaN,
      min: count > 0 ? this.#min : Number.NaN,
      max: count > 0 ? this.#max : Number.NaN,
      leftOut: this.#leftOut,
    };
  }
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
