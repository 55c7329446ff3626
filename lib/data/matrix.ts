/** @file Matrices at the border: what callers may pass, and the checked row-major Float64Array inside. */
import { types } from 'node:util';
import { GnvproError } from '../errors.js';
import { isReader } from '../job/rows.js';
import { invalid } from '../validate/check.js';
import { checkAttached, isShared, sharedCopy } from './buffers.js';

/** samples × columns, row-major. */
export interface Matrix {
  readonly data: Float64Array;
  readonly shape: readonly [rows: number, cols: number];
}

/**
 * Rows of numbers, or flat row-major data with its shape (a tfjs tensor: `matrix(await t.data(), t.shape)`).
 *
 * Typed arrays may lie on any buffer: ordinary, resizable or shared with other threads. Functions read them before they
 * return (also those that return a promise): what happens to an array or its buffer afterwards has no effect. An array
 * whose buffer is detached, or was shrunk below the array, is refused with ERR_DETACHED.
 */
export type MatrixLike =
  | readonly (readonly number[] | Float64Array | Float32Array)[]
  | { readonly data: Float64Array | Float32Array | readonly number[]; readonly shape: readonly number[] };

/**
 * Flat row-major data as a matrix. A Float64Array on an ordinary buffer is shared, not copied: the functions that take
 * the matrix read it then, and check it again. Everything else is copied, also from a SharedArrayBuffer, where other
 * threads could write after the check.
 *
 * @throws GnvproError ERR_SHAPE when the length does not match the shape, ERR_NONFINITE, ERR_DETACHED
 */
export function matrix(data: Float64Array | Float32Array | readonly number[], shape: readonly number[]): Matrix {
  return toMatrix({ data, shape }, 'matrix');
}

/**
 * Checks and converts; the message names the argument. Throws ERR_OPTION, ERR_SHAPE, ERR_NONFINITE or ERR_DETACHED.
 * The result may lie on the caller's memory, so it is good until code of the caller runs again; `ownMatrix` is for longer.
 */
export function toMatrix(value: MatrixLike, name: string): Matrix {
  return convert(value, name, isShared);
}

/** What `toMatrix` gives, on memory that nobody else holds. */
export function ownMatrix(value: MatrixLike, name: string): Matrix {
  return convert(value, name, () => true);
}

/** `copies` says of a Float64Array whether it is copied. Copies come before all checks of what they hold. */
type Copies = (data: Float64Array) => boolean;

function convert(value: MatrixLike, name: string, copies: Copies): Matrix {
  if (Array.isArray(value)) return fromRows(value, name);
  if (value === null || typeof value !== 'object' || !('data' in value) || !('shape' in value)) {
    throw invalid('an array of rows or { data, shape }', name, value, isReader(value) ? hintOfFiles : '');
  }
  return fromFlat(value, name, copies);
}

const hintOfFiles = ' What is in a file is read by readMatrix; not everything can be computed some rows at a time.';

function fromRows(rows: readonly ArrayLike<number>[], name: string): Matrix {
  const first = rows[0];
  if (isRow(first)) checkRow(first, 0, name);
  if (rows.length === 0 || (isRow(first) && first.length === 0)) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected at least one row of at least one number for ${name} but received none.`,
    );
  }
  const cols = isRow(first) ? first.length : 0;
  const data = new Float64Array(rows.length * cols);
  // A loop instead of forEach, which passes over the holes of a sparse array.
  for (let i = 0; i < rows.length; i++) copyRow(rows[i], i, cols, data, name);
  return checkFinite({ data, shape: [rows.length, cols] }, name);
}

function checkRow(row: unknown, i: number, name: string): asserts row is Row {
  if (!isRow(row)) throw invalid('an array of numbers', `row ${i} of ${name}`, row);
  if (row.length === 0 && !Array.isArray(row)) checkAttached(row as Float64Array, `row ${i} of ${name}`);
}

function copyRow(row: ArrayLike<number>, i: number, cols: number, data: Float64Array, name: string): void {
  checkRow(row, i, name);
  if (row.length !== cols) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected ${cols} numbers in row ${i} of ${name}, as in row 0, but received ${row.length}.`,
    );
  }
  for (let j = 0; j < cols; j++) {
    const entry = row[j];
    if (typeof entry !== 'number') throw invalid('a number', `row ${i}, column ${j} of ${name}`, entry);
    data[i * cols + j] = entry;
  }
}

function fromFlat(
  value: { data: unknown; shape: readonly number[]; strides?: unknown },
  name: string,
  copies: Copies,
): Matrix {
  if (value.strides !== undefined) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected contiguous row-major data for ${name} but received an array with strides; copy it first.`,
    );
  }
  const shape = readShape(value.shape, name);
  const data = readNumbers(value.data, name, copies);
  const [rows, cols] = shape;
  if (data.length !== rows * cols) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected ${rows * cols} numbers for ${name} of shape ${rows} × ${cols} but received ${data.length}.`,
    );
  }
  return checkFinite({ data, shape }, name);
}

function readShape(shape: unknown, name: string): [rows: number, cols: number] {
  const extents = Array.isArray(shape) ? [...shape] : [];
  const positive = extents.length === 2 && extents.every((n) => Number.isSafeInteger(n) && n > 0);
  if (!positive) throw invalid('two positive integers [rows, columns]', `the shape of ${name}`, shape);
  return [extents[0], extents[1]];
}

function readNumbers(data: unknown, name: string, copies: Copies): Float64Array {
  if (!isRow(data)) {
    throw invalid('a Float64Array, Float32Array or array of numbers', `the data of ${name}`, data);
  }
  if (Array.isArray(data)) {
    const at = data.findIndex((entry) => typeof entry !== 'number');
    if (at !== -1) throw invalid('a number', `entry ${at} of the data of ${name}`, data[at]);
    return Float64Array.from(data);
  }
  const numbers = data as Float64Array | Float32Array;
  checkAttached(numbers, name);
  return types.isFloat64Array(numbers) && !copies(numbers) ? numbers : new Float64Array(numbers);
}

type Row = readonly number[] | Float64Array | Float32Array;

function isRow(value: unknown): value is Row {
  return Array.isArray(value) || types.isFloat64Array(value) || types.isFloat32Array(value);
}

function checkFinite(m: Matrix, name: string): Matrix {
  const { data } = m;
  let defects = 0; // x − x is 0, or NaN where x is not finite: a sum is faster than a branch for each
  for (let i = 0; i < data.length; i++) defects += data[i] - data[i];
  if (defects === 0) return m;
  const at = data.findIndex((value) => !Number.isFinite(value));
  const [row, col] = [Math.floor(at / m.shape[1]), at % m.shape[1]];
  throw new GnvproError(
    'ERR_NONFINITE',
    `Expected finite numbers for ${name} but received ${data[at]} in row ${row}, column ${col}.`,
  );
}

/** The rows of the given numbers, copied. */
export function takeRows(
  { data, shape: [, cols] }: Matrix,
  rows: ArrayLike<number>,
  allocate: (length: number) => Float64Array = (length) => new Float64Array(length),
): Matrix {
  const taken = allocate(rows.length * cols);
  copyRows(data, rows, taken);
  return { data: taken, shape: [rows.length, cols] };
}

/** The same into an array of so many rows. */
export function copyRows(data: ArrayLike<number>, rows: ArrayLike<number>, to: Float64Array | Float32Array): void {
  const cols = to.length / rows.length;
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i] * cols;
    for (let j = 0; j < cols; j++) to[i * cols + j] = data[from + j];
  }
}

/** A copy on shared memory. */
export function sharedMatrix({ data, shape }: Matrix): Matrix {
  return { data: sharedCopy(data), shape };
}
