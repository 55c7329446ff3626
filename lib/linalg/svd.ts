/** @file Singular value decomposition: QR first, then one-sided Jacobi rotations of the small R (Hestenes 1958). */

import { type Matrix, matrix, scaled, transposed } from './matrix.js';
import { householderQr } from './qr.js';
import { dot, norm } from './vector.js';

export interface Svd {
  /** rows × cols. Columns are left singular vectors; zero where the singular value is zero. */
  readonly U: Matrix;
  /** cols values, descending. */
  readonly s: Float64Array;
  /** cols × cols, orthogonal. */
  readonly V: Matrix;
}

const maxSweeps = 60;

/** A = U diag(s) Vᵀ; meant for tall matrices, right for all. */
export function svd(A: Matrix): Svd {
  const qr = householderQr(A);
  const size = safeSize(qr.R.data);
  const { U, s, V } = jacobiSvd(scaled(qr.R, 1 / size));
  return { U: qr.applyQ(U), s: s.map((si) => size * si), V };
}

/** What to divide by so that no square overflows or vanishes: a power of two, and 1 for ordinary numbers. */
function safeSize(values: Float64Array): number {
  const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  if (!(largest > 0 && largest < Number.POSITIVE_INFINITY) || (largest > 1e-100 && largest < 1e100)) return 1;
  return 2 ** Math.max(-1000, Math.floor(Math.log2(largest)));
}

/** The same of a square matrix, directly. A = U diag(s) Vᵀ: columns of A are rotated until they are orthogonal, A V = U diag(s). */
function jacobiSvd(A: Matrix): Svd {
  const n = A.cols;
  const columns = rowsOf(transposed(A));
  const rotations = rowsOf(identity(n));
  for (let sweep = 0, rotated = true; rotated && sweep < maxSweeps; sweep++) {
    rotated = false;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) if (orthogonalise(columns, rotations, p, q)) rotated = true;
    }
  }
  const lengths = columns.map(norm);
  const order = lengths.map((_, i) => i).sort((i, j) => lengths[j] - lengths[i]);
  const left = order.map((i) => columns[i].map((x) => (lengths[i] > 0 ? x / lengths[i] : 0)));
  return {
    U: transposed(stack(left, A.rows)),
    s: Float64Array.from(order, (i) => lengths[i]),
    V: transposed(
      stack(
        order.map((i) => rotations[i]),
        n,
      ),
    ),
  };
}

/** Rotates columns p and q until they are orthogonal; false if they were, to rounding. */
function orthogonalise(columns: Float64Array[], rotations: Float64Array[], p: number, q: number): boolean {
  const pp = dot(columns[p], columns[p]);
  const qq = dot(columns[q], columns[q]);
  const pq = dot(columns[p], columns[q]);
  if (!(Math.abs(pq) > columns.length * Number.EPSILON * Math.sqrt(pp) * Math.sqrt(qq))) return false;
  const zeta = (qq - pp) / (2 * pq);
  const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  rotate(columns[p], columns[q], tangent);
  rotate(rotations[p], rotations[q], tangent);
  return true;
}

function rotate(x: Float64Array, y: Float64Array, tangent: number): void {
  const cosine = 1 / Math.hypot(1, tangent);
  const sine = cosine * tangent;
  for (let i = 0; i < x.length; i++) {
    const xi = x[i];
    x[i] = cosine * xi - sine * y[i];
    y[i] = sine * xi + cosine * y[i];
  }
}

function identity(n: number): Matrix {
  const I = matrix(n, n);
  for (let i = 0; i < n; i++) I.data[i * n + i] = 1;
  return I;
}

function rowsOf({ rows, cols, data }: Matrix): Float64Array[] {
  return Array.from({ length: rows }, (_, i) => data.subarray(i * cols, (i + 1) * cols));
}

function stack(rows: readonly Float64Array[], cols: number): Matrix {
  const result = matrix(rows.length, cols);
  for (const [i, row] of rows.entries()) result.data.set(row, i * cols);
  return result;
}
