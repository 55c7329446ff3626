/** @file Linear least squares by QR and the singular value decomposition of R: the baseline, and the start taken from data. */
import type { Backend } from '../../backend/backend.js';
import { columnsIn, type Numbers } from '../../data/stored.js';
import type { SampleWeights } from '../../data/weights.js';
import { noCancel } from '../../job/cancel.js';
import { perform, type Steps } from '../../job/job.js';
import { SquareSum } from '../../linalg/sums.js';

/** t̂ = targetMean + (x − inputMean) · map */
export interface AffineMap {
  /** d × t, row-major */
  readonly map: Float64Array;
  readonly inputMean: Float64Array;
  readonly targetMean: Float64Array;
}

/**
 * The d × t map M that minimises Σ ω ‖(x − x̄)M − (t − t̄)‖²; X is N × d, T is N × t. Columns are centred, so that a
 * constant term is implied. Where columns are dependent, M is of least norm in units of their deviations, so that units
 * decide neither which columns are dependent nor what is predicted. X, T and weights may not change meanwhile.
 */
export function* leastSquaresMap(
  backend: Backend,
  X: Numbers,
  T: Numbers,
  samples: number,
  weights: SampleWeights = null,
  cancelFlag = noCancel(),
): Steps<AffineMap> {
  const [d, t] = [columnsIn(X, samples), columnsIn(T, samples)];
  // With X − x̄ = Q R₁ and T − t̄ = Q R₂ + (what no map reaches), M minimises ‖R₁M − R₂‖.
  const { R, inputs, targets } = yield* perform(backend.centredQr(samples, X, T, weights, cancelFlag));
  const lengths = columnLengths(R, d, d + t);
  const R1 = Float64Array.from({ length: d * d }, (_, k) => R[(k % d) * (d + t) + Math.floor(k / d)] / lengths[k % d]);
  const R2 = Float64Array.from({ length: d * t }, (_, k) => R[(d + (k % t)) * (d + t) + Math.floor(k / t)]);
  const { U, s, Vt } = yield* perform(backend.svd(d, d, R1));
  const coefficients = transposeMultiply(U, R2, d, d, t);
  // All columns of R₁ have length 1: what is below is rounding.
  const cutoff = Math.max(samples, d) * Number.EPSILON * s[0];
  for (let k = 0; k < d; k++) {
    for (let j = 0; j < t; j++) coefficients[k * t + j] *= s[k] > cutoff ? 1 / s[k] : 0;
  }
  const map = transposeMultiply(Vt, coefficients, d, d, t).map((value, k) => {
    const [i, j] = [Math.floor(k / t), k % t];
    return inUnits(value / lengths[i], targets.unit[j], inputs.unit[i]);
  });
  // At the nearest number to x̄, not at x̄ itself.
  const targetMean = targets.mean.map((mean, j) => {
    let rest = targets.rest[j];
    for (let i = 0; i < d; i++) rest -= inputs.rest[i] * map[i * t + j];
    return mean + rest;
  });
  return { map, inputMean: inputs.mean, targetMean };
}

/** Of the first `count` columns, 1 for what is 0. */
function columnLengths(R: Float64Array, count: number, rows: number): Float64Array {
  return Float64Array.from(
    { length: count },
    (_, j) => new SquareSum().add(R, j * rows, j * rows + j + 1).rootMean(1) || 1,
  );
}

/** value · above / below, in the order that keeps what is between near 1. */
function inUnits(value: number, above: number, below: number): number {
  return below < 1 ? (value * above) / below : (value / below) * above;
}

/** AᵀB for A rows × m, B rows × n. */
function transposeMultiply(A: Float64Array, B: Float64Array, rows: number, m: number, n: number): Float64Array {
  const C = new Float64Array(m * n);
  for (let k = 0; k < rows; k++) {
    for (let i = 0; i < m; i++) {
      const a = A[k * m + i];
      for (let j = 0; j < n; j++) C[i * n + j] += a * B[k * n + j];
    }
  }
  return C;
}
