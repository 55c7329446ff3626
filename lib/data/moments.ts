/**
 * @file Means and deviations of columns, right to rounding for any number of rows, any offset and numbers of any size.
 * native/statistics/moments.cc is the same in C++.
 */
import { noCancel } from '../job/cancel.js';
import type { Steps } from '../job/job.js';
import { type Rows, someRows } from '../job/rows.js';
import { inSlices } from '../job/slices.js';
import { CompensatedSums, unitOf } from '../linalg/sums.js';
import { relativeWeights, type SampleWeights, sumOfWeights } from './weights.js';

/** Moments of each column. */
export interface Moments {
  /** The nearest number to the mean; of a constant column its entries. */
  readonly mean: Float64Array;
  /** The mean less that number. */
  readonly rest: Float64Array;
  /** √(Σ ω (x − mean)² / Σ ω); 0 for a column that is constant up to rounding. */
  readonly deviation: Float64Array;
  /** The largest entry less the smallest; Infinity beyond the largest number. */
  readonly range: Float64Array;
}

/** A share of the largest entry: a column of no larger range differs by rounding only. */
const roundingRange = 8 * Number.EPSILON;

/** Rows of weight 0 have no part, whatever they hold. */
export function* columnMoments(m: Rows, weights: SampleWeights = null, cancelFlag = noCancel()): Steps<Moments> {
  const relative = relativeWeights(weights);
  const weighted = { m, weights: relative, total: sumOfWeights(relative, m.shape[0]) };
  const { least, most, about } = yield* extents(weighted, cancelFlag);
  const units = least.map((x, j) => unitOf(x === most[j] ? x : Math.max(most[j] / 2 - x / 2, Number.MIN_VALUE)));
  // Numbers of a column, in units of half its range and about its mean, are at most 4.
  const near = about.map((x, j) => x / units[j]);
  const { offset, square } = yield* meanSquares(weighted, near, units, cancelFlag);
  const range = least.map((x, j) => most[j] - x);
  const constant = Array.from(least, (x, j) => isConstant(x, most[j]));
  const mean = near.map((x, j) => (range[j] === 0 ? least[j] : (x + offset[j]) * units[j]));
  const rest = near.map((x, j) => (constant[j] ? 0 : (x - mean[j] / units[j] + offset[j]) * units[j]));
  const deviation = square.map((x, j) => (constant[j] ? 0 : Math.sqrt(Math.max(0, x - offset[j] ** 2)) * units[j]));
  return { mean, rest, deviation, range };
}

/** The largest entry of each column less the smallest; 0 where they differ by rounding only. */
export function* columnRanges(m: Rows, weights: SampleWeights, cancelFlag: Int32Array): Steps<Float64Array> {
  const { least, most } = yield* extents({ m, weights, total: sumOfWeights(weights, m.shape[0]) }, cancelFlag);
  return least.map((x, j) => (isConstant(x, most[j]) ? 0 : most[j] - x));
}

/** Whether the least and the largest entry differ by rounding only. */
function isConstant(least: number, most: number): boolean {
  return most - least <= roundingRange * Math.max(Math.abs(least), Math.abs(most));
}

interface Weighted {
  readonly m: Rows;
  readonly weights: SampleWeights;
  /** The sum of the weights. */
  readonly total: number;
}

/** The least and the largest entry of each column, and the mean but for rounding of its size. */
function* extents({ m, weights, total }: Weighted, cancelFlag: Int32Array) {
  const cols = m.shape[1];
  const least = new Float64Array(cols).fill(Number.POSITIVE_INFINITY);
  const most = new Float64Array(cols).fill(Number.NEGATIVE_INFINITY);
  const sums = new CompensatedSums(cols);
  const share = 0.5 / unitOf(total); // a power of two at which no sum is above the largest entry
  yield* eachRow(m, weights, cancelFlag, (data, start, weight) => {
    for (let j = 0; j < cols; j++) {
      const x = data[start + j];
      if (x < least[j]) least[j] = x;
      if (x > most[j]) most[j] = x;
      sums.add(j, share * weight * x);
    }
  });
  return { least, most, about: sums.values.map((sum) => sum / (share * total)) };
}

/** The means of x − from and of its square, in units, `from` too. */
function* meanSquares(
  { m, weights, total }: Weighted,
  from: Float64Array,
  units: Float64Array,
  cancelFlag: Int32Array,
) {
  const factors = units.map((unit) => 1 / unit);
  const [sums, squares] = [new CompensatedSums(from.length), new CompensatedSums(from.length)];
  yield* eachRow(m, weights, cancelFlag, (data, start, weight) => {
    for (let j = 0; j < from.length; j++) {
      const difference = data[start + j] * factors[j] - from[j];
      sums.add(j, weight * difference);
      squares.add(j, weight * difference * difference);
    }
  });
  return { offset: sums.values.map((sum) => sum / total), square: squares.values.map((sum) => sum / total) };
}

/** `work` on the rows of weight above 0, in slices between which the event loop gets its turn. */
export function* eachRow(
  m: Rows,
  weights: SampleWeights,
  cancelFlag: Int32Array,
  work: (data: Float64Array, start: number, weight: number) => void,
): Steps<void> {
  const [rows, cols] = m.shape;
  yield* inSlices(rows, cols, cancelFlag, (begin, end) => {
    const some = someRows(m, begin, end);
    for (let n = begin; n < end; n++) {
      const weight = weights === null ? 1 : weights[n];
      if (weight > 0) work(some, (n - begin) * cols, weight);
    }
  });
}
