/** @file Linear least squares by the singular value decomposition: the baseline, and the start taken from data. */
import type { Backend } from '../backend/backend.js';
import { perform, type Steps } from '../backend/job.js';

/** Singular values below this share of the largest are treated as zero. */
const cutoff = 1e-6;

/**
 * The d × t map M of least norm that minimises ‖(X − x̄)M − (T − t̄)‖_F, row-major; X is N × d, T is N × t.
 * Columns are centred, so that a constant term is implied.
 */
export function* leastSquaresMap(
  backend: Backend,
  X: Float64Array,
  T: Float64Array,
  samples: number,
): Steps<{ map: Float64Array; inputMean: Float64Array; targetMean: Float64Array }> {
  const d = X.length / samples;
  const t = T.length / samples;
  const inputMean = columnMeans(X, d);
  const targetMean = columnMeans(T, t);
  const [Xc, Tc] = [centred(X, inputMean), centred(T, targetMean)]; // before the job, after which T may have changed
  const { U, s, Vt } = yield* perform(backend.svd(samples, d, Xc));
  const r = s.length;
  const coefficients = transposeMultiply(U, Tc, samples, r, t);
  for (let k = 0; k < r; k++) {
    const factor = s[k] > cutoff * s[0] ? 1 / s[k] : 0;
    for (let j = 0; j < t; j++) coefficients[k * t + j] *= factor;
  }
  return { map: transposeMultiply(Vt, coefficients, r, d, t), inputMean, targetMean };
}

export function columnMeans(data: Float64Array, cols: number): Float64Array {
  const rows = data.length / cols;
  const means = new Float64Array(cols);
  for (let start = 0; start < data.length; start += cols) {
    for (let j = 0; j < cols; j++) means[j] += data[start + j] / rows;
  }
  return means;
}

function centred(data: Float64Array, means: Float64Array): Float64Array {
  const cols = means.length;
  return data.map((value, i) => value - means[i % cols]);
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
