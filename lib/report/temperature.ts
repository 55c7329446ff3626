/** @file Calibration of logits by one number (Guo et al., "On Calibration of Modern Neural Networks", 2017). */
import type { Labels } from '../data/classes.js';
import { type Matrix, type MatrixLike, toMatrix } from '../data/matrix.js';
import { GnvproError } from '../errors.js';
import { truthOf } from './classification.js';
import { largest } from './probabilities.js';

/** Of log a. */
const tolerance = 1e-10;

/**
 * The inverse temperature a > 0 for which the mean cross entropy of the logits a·S is least: one number of the whole
 * set, so that no prediction changes its class. Take logits of data that the training has not seen.
 *
 * `targets`: classes 0 … t − 1 of the rows, or N × t soft targets.
 *
 * @throws GnvproError ERR_CONVERGENCE where no a is best, as when every top class is the true one; and as
 *   `classificationMetrics` does
 */
export function fitTemperature(logits: MatrixLike, targets: Labels): number {
  const S = toMatrix(logits, 'logits');
  const C = truthOf(
    targets,
    Array.from({ length: S.shape[1] }, (_, j) => j),
    S,
  );
  checkMinimum(S, C);
  return Math.exp(minimiser((u) => derivatives(S, C, Math.exp(u))));
}

interface Derivatives {
  readonly first: number;
  readonly second: number;
}

/**
 * Of the mean of log Σ exp(a s) − a cᵀs by u = log a. With m = max s, all sums are over s − m ≤ 0: the mean of
 * pᵀ(s − m) − cᵀ(s − m), and the variance of s under p.
 */
function derivatives({ data: s, shape: [samples, t] }: Matrix, { data: c }: Matrix, a: number): Derivatives {
  let [first, second] = [0, 0];
  for (let begin = 0; begin < s.length; begin += t) {
    const most = largest(s, begin, begin + t);
    let [sum, mean, square, given] = [0, 0, 0, 0];
    for (let i = begin; i < begin + t; i++) {
      const x = s[i] - most;
      const p = Math.exp(a * x);
      sum += p;
      mean += p * x;
      square += p * x * x;
      given += c[i] * x;
    }
    mean /= sum;
    first += mean - given;
    second += square / sum - mean * mean;
  }
  return { first: (a * first) / samples, second: (a * first + a * a * second) / samples };
}

/**
 * The cross entropy is convex in a. It has a minimum at some a > 0 where it falls at a = 0 and grows for a → ∞: where
 * the logits favour the targets on average, but some target is not at the top of its row.
 */
function checkMinimum({ data: s, shape: [, t] }: Matrix, { data: c }: Matrix): void {
  let [below, favour] = [0, 0];
  for (let begin = 0; begin < s.length; begin += t) {
    const most = largest(s, begin, begin + t);
    for (let i = begin; i < begin + t; i++) {
      below += c[i] * (most - s[i]);
      favour += (c[i] - 1 / t) * (s[i] - most);
    }
  }
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

/** The root of a derivative that is negative on its left and positive on its right: Newton inside of a bracket. */
function minimiser(at: (u: number) => Derivatives): number {
  let { low, high } = bracket((u) => at(u).first < 0);
  let u = (low + high) / 2;
  for (let change = high - low; high - low > tolerance; ) {
    const { first, second } = at(u);
    if (first === 0) return u;
    if (first < 0) low = u;
    else high = u;
    const newton = u - first / second;
    const useful = second > 0 && newton > low && newton < high && Math.abs(newton - u) < 0.5 * Math.abs(change);
    const next = useful ? newton : (low + high) / 2;
    change = next - u;
    u = next;
    if (Math.abs(change) <= 0.1 * tolerance) break;
  }
  return u;
}

/** Steps of growing length from u = 0 to where the sign changes. */
function bracket(isFalling: (u: number) => boolean): { low: number; high: number } {
  const falling = isFalling(0);
  let from = 0;
  // exp(700) is about the largest number there is.
  for (let length = 1; Math.abs(from) < 700; length *= 2) {
    const to = falling ? from + length : from - length;
    if (isFalling(to) !== falling) return { low: Math.min(from, to), high: Math.max(from, to) };
    from = to;
  }
  throw noMinimum('logits of the size of numbers', falling ? 'ones too small for' : 'ones too large for');
}
