/** @file Matrices at the border: what callers may pass, and the checked row-major Float64Array inside. */
import { GnvproError } from '../errors.js';
import { invalid } from '../validate/check.js';

/** samples × columns, row-major. */
export interface Matrix {
  readonly data: Float64Array;
  readonly shape: readonly [rows: number, cols: number];
}

/** Rows of numbers, or flat row-major data with its shape (a tfjs tensor: `matrix(await t.data(), t.shape)`). */
export type MatrixLike =
  | readonly (readonly number[] | Float64Array | Float32Array)[]
  | { readonly data: Float64Array | Float32Array | readonly number[]; readonly shape: readonly number[] };

/**
 * Flat row-major data as a matrix. Float32 data is converted, Float64 data is shared, not copied.
 *
 * @throws GnvproError ERR_SHAPE when the length does not match the shape
 */
export function matrix(data: Float64Array | Float32Array | readonly number[], shape: readonly number[]): Matrix {
  return toMatrix({ data, shape }, 'matrix');
}

/** Checks and converts; the message names the argument. Throws ERR_SHAPE or ERR_NONFINITE. */
export function toMatrix(value: MatrixLike, name: string): Matrix {
  if (Array.isArray(value)) return fromRows(value, name);
  if (value === null || typeof value !== 'object' || !('data' in value) || !('shape' in value)) {
    throw invalid('an array of rows or { data, shape }', name, value);
  }
  return fromFlat(value, name);
}

function fromRows(rows: readonly ArrayLike<number>[], name: string): Matrix {
  const first = rows[0];
  if (rows.length === 0 || (isRow(first) && first.length === 0)) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected at least one row of at least one number for ${name} but received none.`,
    );
  }
  const cols = isRow(first) ? first.length : 0;
  const data = new Float64Array(rows.length * cols);
  // Not forEach, which passes over the holes of a sparse array.
  for (let i = 0; i < rows.length; i++) copyRow(rows[i], i, cols, data, name);
  return checkFinite({ data, shape: [rows.length, cols] }, name);
}

function copyRow(row: ArrayLike<number>, i: number, cols: number, data: Float64Array, name: string): void {
  if (!isRow(row)) throw invalid('an array of numbers', `row ${i} of ${name}`, row);
  if (row.length !== cols) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected ${cols} numbers in row ${i} of ${name}, as in row 0, but received ${row.length}.`,
    );
  }
  for (let j = 0; j < cols; j++) {
    if (typeof row[j] !== 'number') throw invalid('a number', `row ${i}, column ${j} of ${name}`, row[j]);
    data[i * cols + j] = row[j];
  }
}

function fromFlat(
  value: { data: ArrayLike<number>; shape: readonly number[]; strides?: unknown },
  name: string,
): Matrix {
  const { data, shape } = value;
  if (value.strides !== undefined) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected contiguous row-major data for ${name} but received an array with strides; copy it first.`,
    );
  }
  const positive = Array.isArray(shape) && shape.length === 2 && shape.every((n) => Number.isSafeInteger(n) && n > 0);
  if (!positive) throw invalid('two positive integers [rows, columns]', `the shape of ${name}`, shape);
  if (!isRow(data)) {
    throw invalid('a Float64Array, Float32Array or array of numbers', `the data of ${name}`, data);
  }
  const [rows, cols] = shape;
  if (data.length !== rows * cols) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected ${rows * cols} numbers for ${name} of shape ${rows} × ${cols} but received ${data.length}.`,
    );
  }
  const at = Array.isArray(data) ? data.findIndex((value) => typeof value !== 'number') : -1;
  if (at !== -1) throw invalid('a number', `entry ${at} of the data of ${name}`, data[at]);
  return checkFinite(
    { data: data instanceof Float64Array ? data : Float64Array.from(data), shape: [rows, cols] },
    name,
  );
}

function isRow(value: unknown): value is number[] | Float64Array | Float32Array {
  return Array.isArray(value) || value instanceof Float64Array || value instanceof Float32Array;
}

function checkFinite(m: Matrix, name: string): Matrix {
  const { data } = m;
  let at = 0;
  while (at < data.length && Number.isFinite(data[at])) at++;
  if (at === data.length) return m;
  const [row, col] = [Math.floor(at / m.shape[1]), at % m.shape[1]];
  throw new GnvproError(
    'ERR_NONFINITE',
    `Expected finite numbers for ${name} but received ${data[at]} in row ${row}, column ${col}.`,
  );
}

/** The rows of the given numbers, copied. */
export function takeRows({ data, shape: [, cols] }: Matrix, rows: ArrayLike<number>): Matrix {
  const taken = new Float64Array(rows.length * cols);
  for (let i = 0; i < rows.length; i++) taken.set(data.subarray(rows[i] * cols, (rows[i] + 1) * cols), i * cols);
  return { data: taken, shape: [rows.length, cols] };
}
