/** @file The Cholesky factorisation A = LLᵀ (Golub & Van Loan, section 4.2). */
import { type Matrix, matrix } from './matrix.js';

/** L, lower triangular; null where A is not positive definite. */
export function cholesky(A: Matrix): Matrix | null {
  const n = A.rows;
  const L = matrix(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = A.data[i * n + j];
      for (let k = 0; k < j; k++) sum -= L.data[i * n + k] * L.data[j * n + k];
      if (i > j) L.data[i * n + j] = sum / L.data[j * n + j];
      else if (sum > 0) L.data[i * n + i] = Math.sqrt(sum);
      else return null;
    }
  }
  return L;
}

/** L⁻¹ b */
export function forwardSolve(L: Matrix, b: Float64Array): Float64Array {
  const n = L.rows;
  const x = b.slice();
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] -= L.data[i * n + k] * x[k];
    x[i] /= L.data[i * n + i];
  }
  return x;
}

/** (LLᵀ)⁻¹ b */
export function choleskySolve(L: Matrix, b: Float64Array): Float64Array {
  const n = L.rows;
  const x = forwardSolve(L, b);
  for (let i = n - 1; i >= 0; i--) {
    x[i] /= L.data[i * n + i];
    for (let k = 0; k < i; k++) x[k] -= L.data[i * n + k] * x[i];
  }
  return x;
}

/** L⁻¹ */
export function lowerInverse(L: Matrix): Matrix {
  return inverseBy((unit) => forwardSolve(L, unit), L.rows);
}

/** (LLᵀ)⁻¹ */
export function choleskyInverse(L: Matrix): Matrix {
  return inverseBy((unit) => choleskySolve(L, unit), L.rows);
}

/** Column j is the solution for the j-th unit vector. */
function inverseBy(solve: (b: Float64Array) => Float64Array, n: number): Matrix {
  const inverse = matrix(n, n);
  for (let j = 0; j < n; j++) {
    const unit = new Float64Array(n);
    unit[j] = 1;
    solve(unit).forEach((x, i) => {
      inverse.data[i * n + j] = x;
    });
  }
  return inverse;
}
