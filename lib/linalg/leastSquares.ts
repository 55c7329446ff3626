/** @file Linear least squares by QR and the singular value decomposition of R: the baseline, and the start taken from data. */
import type { Backend } from '../backend/backend.js';
import { noCancel } from '../backend/cancel.js';
import { perform, type Steps } from '../backend/job.js';

/** Singular values below this share of the largest are treated as zero. */
const cutoff = 1e-6;

/**
 * The d × t map M of least norm that minimises ‖(X − x̄)M − (T − t̄)‖_F, row-major; X is N × d, T is N × t.
 * Columns are centred, so that a constant term is implied. X and T may not change meanwhile.
 */
export function* leastSquaresMap(
  backend: Backend,
  X: Float64Array,
  T: Float64Array,
  samples: number,
  cancelFlag = noCancel(),
): Steps<{ map: Float64Array; inputMean: Float64Array; targetMean: Float64Array }> {
  const d = X.length / samples;
  const t = T.length / samples;
  // With X − x̄ = Q R₁ and T − t̄ = Q R₂ + (what no map reaches), M minimises ‖R₁M − R₂‖.
  const { R, inputMean, targetMean } = yield* perform(backend.centredQr(samples, X, T, cancelFlag));
  const entry = (i: number, j: number) => R[j * (d + t) + i];
  const R1 = Float64Array.from({ length: d * d }, (_, k) => entry(Math.floor(k / d), k % d));
  const R2 = Float64Array.from({ length: d * t }, (_, k) => entry(Math.floor(k / t), d + (k % t)));
  const { U, s, Vt } = yield* perform(backend.svd(d, d, R1));
  const coefficients = transposeMultiply(U, R2, d, d, t);
  for (let k = 0; k < d; k++) {
    const factor = s[k] > cutoff * s[0] ? 1 / s[k] : 0;
    for (let j = 0; j < t; j++) coefficients[k * t + j] *= factor;
  }
  return { map: transposeMultiply(Vt, coefficients, d, d, t), inputMean, targetMean };
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
