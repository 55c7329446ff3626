/** @file Calibration of logits by one number (Guo et al., "On Calibration of Modern Neural Networks", 2017). */
import type { Labels } from '../data/classes.js';
import { type Matrix, type MatrixLike, toMatrix } from '../data/matrix.js';
import { readWeights, relativeWeights, sumOfWeights } from '../data/weights.js';
import { GnvproError } from '../errors.js';
import { checkOptions } from '../validate/check.js';
import { truthOf } from './classification.js';
import { largest } from './probabilities.js';

/** Newton's step in log a after which what is left, of the order of its square, is rounding. */
const lastStep = 1e-7;
/** exp(709) is about the largest number there is. */
const mostLog = 709;

/**
 * The inverse temperature a > 0 for which the mean cross entropy of the logits a·S is least: one number of the whole
 * set, so that no prediction changes its class. Take logits of data that the training has not seen.
 *
 * `targets`: classes 0 … t − 1 of the rows, or N × t soft targets. `sampleWeights`: N numbers of at least 0 (default 1
 * each).
 *
 * @throws GnvproError ERR_CONVERGENCE where no a is best, as when every top class is the true one; and as
 *   `classificationMetrics` does
 */
export function fitTemperature(
  logits: MatrixLike,
  targets: Labels,
  options: { readonly sampleWeights?: ArrayLike<number> | null } = {},
): number {
  checkOptions(options, ['sampleWeights'], 'fitTemperature');
  const S = toMatrix(logits, 'logits');
  const C = truthOf(
    targets,
    Array.from({ length: S.shape[1] }, (_, j) => j),
    S,
  );
  const weights =
    relativeWeights(readWeights(options.sampleWeights, S.shape[0])) ?? new Float64Array(S.shape[0]).fill(1);
  checkMinimum(S, C, weights);
  const rows = belowLargest(S, C, weights);
  return Math.exp(minimiser((u) => derivatives(rows, Math.exp(u))));
}

interface Derivatives {
  readonly first: number;
  readonly second: number;
}

/** What does not depend on a. */
interface Rows {
  /** s − max s of the row, N × t. */
  readonly shifted: Float64Array;
  readonly columns: number;
  /** Weights of the rows. */
  readonly weights: Float64Array;
  /** Σ ω cᵀ(s − max s) */
  readonly given: number;
}

function belowLargest({ data: s, shape: [, t] }: Matrix, { data: c }: Matrix, weights: Float64Array): Rows {
  const shifted = new Float64Array(s.length);
  let given = 0;
  weights.forEach((weight, n) => {
    const [begin, end] = [n * t, (n + 1) * t];
    const most = largest(s, begin, end);
    for (let i = begin; i < end; i++) {
      shifted[i] = s[i] - most;
      given += weight * c[i] * shifted[i];
    }
  });
  return { shifted, columns: t, weights, given };
}

/**
 * Derivatives of the mean of log Σ exp(a s) − a cᵀs by u = log a. With m = max s, all sums are over s − m ≤ 0: the mean
 * of pᵀ(s − m) − cᵀ(s − m), and the variance of s under p.
 */
function derivatives({ shifted, columns: t, weights, given }: Rows, a: number): Derivatives {
  let [first, second] = [-given, 0];
  weights.forEach((weight, n) => {
    let [sum, mean, square] = [0, 0, 0];
    for (let i = n * t; i < (n + 1) * t; i++) {
      const x = shifted[i];
      const p = Math.exp(a * x);
      sum += p;
      mean += p * x;
      square += p * x * x;
    }
    mean /= sum;
    first += weight * mean;
    second += weight * (square / sum - mean * mean);
  });
  const samples = sumOfWeights(weights, weights.length);
  return { first: (a * first) / samples, second: (a * first + a * a * second) / samples };
}

/**
 * The cross entropy is convex in a. It has a minimum at some a > 0 where it falls at a = 0 and grows for a → ∞: where
 * the logits favour the targets on average, but some target is not at the top of its row.
 */
function checkMinimum({ data: s, shape: [, t] }: Matrix, { data: c }: Matrix, weights: Float64Array): void {
  let [below, favour] = [0, 0];
  weights.forEach((weight, n) => {
    const [begin, end] = [n * t, (n + 1) * t];
    const most = largest(s, begin, end);
    for (let i = begin; i < end; i++) {
      below += weight * c[i] * (most - s[i]);
      favour += weight * (c[i] - 1 / t) * (s[i] - most);
    }
  });
  if (below === 0)
    throw noMinimum('some targets that are not at the top of their rows', 'none: the larger, the better');
  if (!(favour > 0)) throw noMinimum('logits that favour the targets', 'some that do not: the smaller, the better');
}

function noMinimum(expected: string, received: string): GnvproError {
  return new GnvproError(
    'ERR_CONVERGENCE',
    `Expected ${expected}, to fit a temperature, but received ${received} the inverse temperature.`,
  );
}

/**
 * The root of a derivative that is negative on its left and positive on its right, from u = 0: Newton's steps, bisection
 * where they are no use, and steps of growing length until the root is between two points.
 */
function minimiser(at: (u: number) => Derivatives): number {
  let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  let [u, change, reach] = [0, Number.POSITIVE_INFINITY, 1];
  for (;;) {
    const { first, second } = at(u);
    if (first === 0) return u;
    if (first < 0) low = u;
    else high = u;
    const enclosed = high - low < Number.POSITIVE_INFINITY;
    const newton = -first / second;
    const most = enclosed ? 0.5 * Math.abs(change) : reach;
    if (second > 0 && u + newton > low && u + newton < high && Math.abs(newton) <= most) change = newton;
    else change = enclosed ? (low + high) / 2 - u : Math.sign(-first) * reach;
    if (Math.abs(change) <= lastStep) return u + change;
    if (!enclosed) reach *= 2;
    if (Math.abs(u) === mostLog) {
      throw noMinimum('logits of the size of numbers', u > 0 ? 'ones too small for' : 'ones too large for');
    }
    u = Math.max(-mostLog, Math.min(mostLog, u + change));
  }
}
