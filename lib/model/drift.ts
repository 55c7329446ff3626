/**
 * @file Whether samples are what a model expects, all of them jointly: χ² = rᵀ(C + Ω⁻¹)⁻¹ r, their deviations r and the
 * covariance C of its outputs in units of the noise.
 */
import { GnvproError } from '../errors.js';
import type { Steps } from '../job/job.js';
import { inSlices } from '../job/slices.js';
import { cholesky, forwardSolve, lowerInverse } from '../linalg/cholesky.js';
import { chiSquareTail } from '../linalg/gamma.js';
import { product } from '../linalg/matmul.js';
import { addScaled, type Matrix, matrix, scaleRows } from '../linalg/matrix.js';
import { dot } from '../linalg/vector.js';
import type { Directions, Work } from './directions.js';
import { factorsOf } from './factors.js';

export interface Drift {
  /** About as large as `degreesOfFreedom` for samples that are as the model expects. */
  readonly chiSquare: number;
  /** Samples × outputs; those of weight 0 are none. */
  readonly degreesOfFreedom: number;
  /** How probable a χ² at least as large is, if the samples are as the model expects. */
  readonly pValue: number;
  /** Whether it is below the `level`. */
  readonly isDrift: boolean;
}

export interface Deviations {
  /** r, samples × t, in units of the noise. */
  readonly residuals: Float64Array;
  /** Ω; null for 1 each. */
  readonly weights: Float64Array | null;
  readonly level: number;
}

export function* driftOf(directions: Directions, work: Work, { residuals, weights, level }: Deviations): Steps<Drift> {
  const { samples, outputs, D, B } = yield* factorsOf(directions, work);
  const X = withColumn(D, residuals);
  if (weights !== null) {
    const roots = weights.map(Math.sqrt);
    scaleRows(B, roots);
    scaleRows(matrix(samples, outputs * X.cols, X.data), roots);
  }
  const chiSquare = yield* quadraticForm(B, X, outputs, work[3]);
  const degreesOfFreedom = samples * outputs;
  const pValue = chiSquareTail(chiSquare, degreesOfFreedom);
  return { chiSquare, degreesOfFreedom, pValue, isDrift: pValue < level };
}

/**
 * rᵀ(K⁻¹ + DDᵀ)⁻¹ r = rᵀKr − rᵀKD (I + DᵀKD)⁻¹ DᵀKr with K⁻¹ = (I + BBᵀ) ⊗ I, X = [D r] (Woodbury). As
 * I + BᵀB = LLᵀ makes K = (I − MMᵀ) ⊗ I, M = BL⁻ᵀ, the products by K are XᵀX less those of MᵀX, output by output.
 */
function* quadraticForm(B: Matrix, X: Matrix, outputs: number, cancelFlag: Int32Array): Steps<number> {
  const M = product(B, lowerInverse(positive(plusIdentity(product(B, B, { ta: true })))), { tb: true });
  const square = matrix(X.cols, X.cols);
  const shared = matrix(M.cols, outputs * X.cols);
  yield* inSlices(B.rows, outputs * X.cols, cancelFlag, (begin, end) => {
    const some = rowsOf(X, begin * outputs, end * outputs);
    const side = matrix(end - begin, outputs * X.cols, some.data);
    addScaled(square, 1, product(some, some, { ta: true }));
    addScaled(shared, 1, product(rowsOf(M, begin, end), side, { ta: true }));
  });
  const G = matrix(M.cols * outputs, X.cols, shared.data);
  addScaled(square, -1, product(G, G, { ta: true }));
  const q = X.cols - 1;
  const A = matrix(q, q);
  for (let i = 0; i < q; i++) A.data.set(square.data.subarray(i * X.cols, i * X.cols + q), i * q);
  const last = square.data.subarray(q * X.cols, (q + 1) * X.cols);
  const told = forwardSolve(positive(plusIdentity(A)), last.slice(0, q));
  const left = last[q] - dot(told, told);
  if (!Number.isFinite(left)) throw overflow();
  return Math.max(0, left);
}

/** [D r] */
function withColumn({ rows, cols, data }: Matrix, column: Float64Array): Matrix {
  const result = matrix(rows, cols + 1);
  for (let i = 0; i < rows; i++) {
    result.data.set(data.subarray(i * cols, (i + 1) * cols), i * (cols + 1));
    result.data[i * (cols + 1) + cols] = column[i];
  }
  return result;
}

/** Rows begin … end − 1, the same memory. */
function rowsOf({ cols, data }: Matrix, begin: number, end: number): Matrix {
  return matrix(end - begin, cols, data.subarray(begin * cols, end * cols));
}

function plusIdentity(A: Matrix): Matrix {
  for (let i = 0; i < A.rows; i++) A.data[i * (A.cols + 1)] += 1;
  return A;
}

/** L of I + a square: not positive definite only where numbers overflow. */
function positive(A: Matrix): Matrix {
  const L = cholesky(A);
  if (L === null) throw overflow();
  return L;
}

function overflow(): GnvproError {
  return new GnvproError('ERR_NONFINITE', 'Expected samples whose χ² is finite, but these numbers overflow.');
}
