/** @file Eigenvalues and vectors of a symmetric matrix by cyclic Jacobi rotations (Golub & Van Loan, section 8.5). */
import { type Matrix, matrix } from './matrix.js';

export interface Eigen {
  /** Ascending. */
  readonly values: Float64Array;
  /** Row i is the eigenvector of values[i]: S = Vᵀ diag(values) V. */
  readonly vectors: Matrix;
}

const maxSweeps = 60;

export function symmetricEigen(S: Matrix): Eigen {
  const n = S.rows;
  const A = S.data.slice();
  const V = new Float64Array(n * n);
  for (let i = 0; i < n; i++) V[i * n + i] = 1;
  for (let sweep = 0, rotated = true; rotated && sweep < maxSweeps; sweep++) {
    rotated = false;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) if (annihilate(A, V, n, p, q)) rotated = true;
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => A[i * n + i] - A[j * n + j]);
  const vectors = matrix(n, n);
  for (const [k, i] of order.entries()) vectors.data.set(V.subarray(i * n, (i + 1) * n), k * n);
  return { values: Float64Array.from(order, (i) => A[i * n + i]), vectors };
}

/** Makes entry (p, q) zero by a rotation in that plane; false if it is negligible beside the diagonal. */
function annihilate(A: Float64Array, V: Float64Array, n: number, p: number, q: number): boolean {
  const [pp, qq, pq] = [A[p * n + p], A[q * n + q], A[p * n + q]];
  if (!(Math.abs(pq) > Number.EPSILON * Math.sqrt(Math.abs(pp)) * Math.sqrt(Math.abs(qq)))) return false;
  const tau = (qq - pp) / (2 * pq);
  const tangent = (tau < 0 ? -1 : 1) / (Math.abs(tau) + Math.hypot(1, tau));
  const cosine = 1 / Math.hypot(1, tangent);
  const sine = cosine * tangent;
  for (let k = 0; k < n; k++) rotate(A, p * n + k, q * n + k, cosine, sine);
  for (let k = 0; k < n; k++) rotate(A, k * n + p, k * n + q, cosine, sine);
  for (let k = 0; k < n; k++) rotate(V, p * n + k, q * n + k, cosine, sine);
  A[p * n + q] = 0;
  A[q * n + p] = 0;
  return true;
}

function rotate(A: Float64Array, i: number, j: number, cosine: number, sine: number): void {
  const x = A[i];
  A[i] = cosine * x - sine * A[j];
  A[j] = sine * x + cosine * A[j];
}
