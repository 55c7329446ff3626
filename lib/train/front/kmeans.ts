/** @file Spherical k-means (Coates & Ng, Learning feature representations with k-means, 2012): centres of length 1. */
import type { Steps } from '../../job/job.js';
import type { Random } from '../../random.js';

/** X Dᵀ for rows of X, N × n, and the centres D, k × n. */
export type Scores = (X: Float64Array, D: Float64Array) => Steps<Float64Array>;

/**
 * Each row of X goes to the centre whose product with it is largest, of either sign; a centre becomes the sum of its rows,
 * each times that product, and of itself, on length 1. Begins with random directions. `parts`: the rows of X, some at a time.
 */
export function* sphericalMeans(
  parts: () => Iterable<Float64Array>,
  [count, entries]: readonly [count: number, entries: number],
  iterations: number,
  random: Random,
  scores: Scores,
): Steps<Float64Array> {
  let D = Float64Array.from({ length: count * entries }, () => random.normal());
  toLengthOne(D, entries);
  for (let i = 0; i < iterations; i++) {
    const sums = D.slice();
    for (const X of parts()) addToNearest(X, yield* scores(X, D), [count, entries], sums);
    toLengthOne(sums, entries);
    D = sums;
  }
  return D;
}

function addToNearest(
  X: Float64Array,
  products: Float64Array,
  [count, entries]: readonly [count: number, entries: number],
  sums: Float64Array,
): void {
  for (let n = 0; n * entries < X.length; n++) {
    let best = n * count;
    for (let k = best + 1; k < (n + 1) * count; k++) if (Math.abs(products[k]) > Math.abs(products[best])) best = k;
    const centre = (best - n * count) * entries;
    for (let j = 0; j < entries; j++) sums[centre + j] += products[best] * X[n * entries + j];
  }
}

/** The rows of D; one of zeros stays. */
export function toLengthOne(D: Float64Array, entries: number): void {
  for (let begin = 0; begin < D.length; begin += entries) {
    const row = D.subarray(begin, begin + entries);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    if (length > 0) for (let j = 0; j < entries; j++) row[j] /= length;
  }
}
