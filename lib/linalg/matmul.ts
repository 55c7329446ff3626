/** @file The four matrix products, op(A) · op(B), each in the loop order that walks along rows. */
import { type Matrix, matrix } from './matrix.js';

/** op(A) · op(B) as a new matrix. */
export function product(a: Matrix, b: Matrix, { ta = false, tb = false } = {}): Matrix {
  const result = matrix(ta ? a.cols : a.rows, tb ? b.rows : b.cols);
  multiply(a, b, ta, tb, result);
  return result;
}

/** `out` ← op(A) · op(B), where op transposes if the flag says so. */
export function multiply(a: Matrix, b: Matrix, ta: boolean, tb: boolean, out: Matrix): void {
  if (ta) {
    if (tb) multiplyTT(a, b, out);
    else multiplyTN(a, b, out);
  } else if (tb) multiplyNT(a, b, out);
  else multiplyNN(a, b, out);
}

/** Row i of the result is a combination of the rows of B. */
function multiplyNN(a: Matrix, b: Matrix, out: Matrix): void {
  const [A, B, C, inner, cols] = [a.data, b.data, out.data, a.cols, b.cols];
  C.fill(0);
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < inner; k++) {
      const factor = A[i * inner + k];
      const row = k * cols;
      for (let j = 0, c = i * cols; j < cols; j++, c++) C[c] += factor * B[row + j];
    }
  }
}

/** Entries are scalar products of a row of A and a row of B. */
function multiplyNT(a: Matrix, b: Matrix, out: Matrix): void {
  const [A, B, C, inner, cols] = [a.data, b.data, out.data, a.cols, b.rows];
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < cols; j++) {
      let sum = 0;
      for (let k = 0, x = i * inner, y = j * inner; k < inner; k++, x++, y++) sum += A[x] * B[y];
      C[i * cols + j] = sum;
    }
  }
}

/** The sum over k of the outer products of row k of A and row k of B. */
function multiplyTN(a: Matrix, b: Matrix, out: Matrix): void {
  const [A, B, C, rows, cols] = [a.data, b.data, out.data, a.cols, b.cols];
  C.fill(0);
  for (let k = 0; k < a.rows; k++) {
    const row = k * cols;
    for (let i = 0; i < rows; i++) {
      const factor = A[k * rows + i];
      for (let j = 0, c = i * cols; j < cols; j++, c++) C[c] += factor * B[row + j];
    }
  }
}

function multiplyTT(a: Matrix, b: Matrix, out: Matrix): void {
  const [A, B, C, rows, inner, cols] = [a.data, b.data, out.data, a.cols, a.rows, b.rows];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += A[k * rows + i] * B[j * inner + k];
      C[i * cols + j] = sum;
    }
  }
}
