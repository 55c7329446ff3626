/** @file Numbers without rows, as callers may write one column or one sample. */
import { types } from 'node:util';
import { GnvproError } from '../errors.js';
import { checkAttached } from './buffers.js';
import type { MatrixLike } from './matrix.js';

/** A plain list of numbers; also a tensor of one dimension, `{ data, shape: [n] }`. */
export type FlatNumbers =
  | readonly number[]
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray;

/** Numbers without rows as one column, a value a sample; everything else as it is, for the checks that follow. */
export function asColumn(value: MatrixLike | FlatNumbers, name: string): MatrixLike {
  const numbers = numbersOf(value, name);
  return numbers === null ? (value as MatrixLike) : { data: numbers, shape: [numbers.length, 1] };
}

/**
 * Numbers without rows where rows of `cols` are taken: of one column a value a sample, else one sample. Everything else
 * as it is.
 *
 * @throws GnvproError ERR_SHAPE for numbers that are neither
 */
export function asRows(value: MatrixLike | FlatNumbers, cols: number, name: string): MatrixLike {
  const numbers = numbersOf(value, name);
  if (numbers === null) return value as MatrixLike;
  if (cols === 1) return { data: numbers, shape: [numbers.length, 1] };
  if (numbers.length === cols) return { data: numbers, shape: [1, cols] };
  throw new GnvproError(
    'ERR_SHAPE',
    `Expected rows of ${cols} numbers for ${name}, a row a sample, or the ${cols} numbers of one sample, but received ` +
      `${numbers.length} numbers without rows. Write [[…], […]], or { data, shape: [rows, ${cols}] }.`,
  );
}

/** Null for what is no list of numbers, and for an empty one. */
function numbersOf(value: unknown, name: string): Float64Array | Float32Array | readonly number[] | null {
  if (Array.isArray(value)) return typeof value[0] === 'number' ? value : null;
  if (isTensor(value)) return value.data.length === value.shape[0] ? numbersOf(value.data, name) : null;
  if (!types.isTypedArray(value) || types.isBigInt64Array(value) || types.isBigUint64Array(value)) return null;
  checkAttached(value as Float64Array, name);
  if (value.length === 0) return null;
  return types.isFloat64Array(value) || types.isFloat32Array(value) ? value : Float64Array.from(value as Int32Array);
}

function isTensor(value: unknown): value is { data: ArrayLike<number>; shape: readonly [number] } {
  const { data, shape } = (value ?? {}) as { data?: ArrayLike<number>; shape?: unknown };
  return typeof data === 'object' && data !== null && Array.isArray(shape) && shape.length === 1;
}
