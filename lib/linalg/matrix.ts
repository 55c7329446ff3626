/** @file Row-major matrices: the values of the interpreter and of the projection. */

export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  /** Entry (i, j) is data[i · cols + j]. */
  readonly data: Float64Array;
}

export function matrix(rows: number, cols: number, data: Float64Array = new Float64Array(rows * cols)): Matrix {
  return { rows, cols, data };
}

/** The first `cols` columns, copied. */
export function leadingColumns(a: Matrix, cols: number): Matrix {
  const result = matrix(a.rows, cols);
  for (let i = 0; i < a.rows; i++) {
    result.data.set(a.data.subarray(i * a.cols, i * a.cols + cols), i * cols);
  }
  return result;
}

export function transposed(a: Matrix): Matrix {
  const result = matrix(a.cols, a.rows);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < a.cols; j++) result.data[j * a.rows + i] = a.data[i * a.cols + j];
  }
  return result;
}

/** Row i of `a` times factors[i], in place. */
export function scaleRows(a: Matrix, factors: Float64Array): Matrix {
  for (let i = 0; i < a.rows; i++) {
    for (let k = i * a.cols; k < (i + 1) * a.cols; k++) a.data[k] *= factors[i];
  }
  return a;
}

export function scaled(a: Matrix, factor: number): Matrix {
  return matrix(
    a.rows,
    a.cols,
    a.data.map((x) => factor * x),
  );
}

/** The first `rows` rows, the same memory. */
export function leadingRows(a: Matrix, rows: number): Matrix {
  return matrix(rows, a.cols, a.data.subarray(0, rows * a.cols));
}

/** a + factor · b, in `a`. */
export function addScaled(a: Matrix, factor: number, b: Matrix): Matrix {
  for (let i = 0; i < a.data.length; i++) a.data[i] += factor * b.data[i];
  return a;
}

export function allFinite(x: Float64Array): boolean {
  for (let i = 0; i < x.length; i++) if (!Number.isFinite(x[i])) return false;
  return true;
}

/** [Z 1]: a column of ones behind. */
export function withOnes(Z: Matrix): Matrix {
  const result = matrix(Z.rows, Z.cols + 1);
  for (let n = 0; n < Z.rows; n++) {
    result.data.set(Z.data.subarray(n * Z.cols, (n + 1) * Z.cols), n * result.cols);
    result.data[n * result.cols + Z.cols] = 1;
  }
  return result;
}
