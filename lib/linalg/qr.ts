/** @file Householder QR of a tall matrix; Q is kept as its reflectors. */
import { leadingColumns, type Matrix, matrix } from './matrix.js';

export interface Qr {
  /** Upper triangular, cols × cols; rows beyond those of a wide matrix are zero. */
  readonly R: Matrix;
  /** The first cols columns of Q times X (cols × k), rows × k. */
  applyQ(X: Matrix): Matrix;
}

/** A = Q R. */
export function householderQr(A: Matrix): Qr {
  const work = matrix(A.rows, A.cols, A.data.slice());
  const count = Math.min(A.rows, A.cols);
  // I − v vᵀ for column k, with ‖v‖² = 2 (or v = 0), zero above row k.
  const reflectors: Float64Array[] = [];
  for (let k = 0; k < count; k++) {
    reflectors.push(reflector(work, k));
    reflect(work, reflectors[k], k);
  }
  const R = leadingColumns(matrix(count, A.cols, work.data.subarray(0, count * A.cols)), A.cols);
  for (let i = 0; i < count; i++) R.data.fill(0, i * A.cols, i * A.cols + i);
  return {
    R: matrix(A.cols, A.cols, padded(R.data, A.cols * A.cols)),
    applyQ: (X) => {
      const result = matrix(A.rows, X.cols, padded(X.data.subarray(0, count * X.cols), A.rows * X.cols));
      for (let k = count - 1; k >= 0; k--) reflect(result, reflectors[k], k);
      return result;
    },
  };
}

/** The vector v whose reflection maps column k, from row k on, to a multiple of the first unit vector. */
function reflector(A: Matrix, k: number): Float64Array {
  const v = new Float64Array(A.rows);
  let largest = 0;
  for (let i = k; i < A.rows; i++) {
    v[i] = A.data[i * A.cols + k];
    largest = Math.max(largest, Math.abs(v[i]));
  }
  if (largest === 0) return v;
  let square = 0;
  for (let i = k; i < A.rows; i++) {
    v[i] /= largest; // squares cannot overflow or vanish
    square += v[i] * v[i];
  }
  const length = Math.sqrt(square);
  v[k] += v[k] < 0 ? -length : length; // the sign that does not cancel
  const factor = 1 / Math.sqrt(length * Math.abs(v[k]));
  for (let i = k; i < A.rows; i++) v[i] *= factor;
  return v;
}

/** A ← (I − v vᵀ) A, row by row; v is zero above row `first`. */
function reflect(A: Matrix, v: Float64Array, first: number): void {
  const { rows, cols, data } = A;
  const products = new Float64Array(cols);
  for (let i = first; i < rows; i++) for (let j = 0; j < cols; j++) products[j] += v[i] * data[i * cols + j];
  for (let i = first; i < rows; i++) for (let j = 0; j < cols; j++) data[i * cols + j] -= v[i] * products[j];
}

function padded(values: Float64Array, length: number): Float64Array {
  const result = new Float64Array(length);
  result.set(values);
  return result;
}
