/** @file Typed arrays that callers hold: a buffer may be detached, shrunk, or written to by other threads. */
import { types } from 'node:util';
import { GnvproError } from '../errors.js';

type TypedArray = Float64Array | Float32Array | Int32Array | Uint8Array;

/** Whether other threads may write to it between a check and the use of what was checked. */
export function isShared({ buffer }: TypedArray): boolean {
  return types.isSharedArrayBuffer(buffer);
}

/** An array on shared memory, where jobs read off the main thread without a copy: nobody can detach it. */
export function sharedArray(length: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(8 * length));
}

/** The same for numbers of the type of another array. */
export function sharedLike(array: Float64Array | Float32Array, length: number): Float64Array | Float32Array {
  return types.isFloat32Array(array) ? sharedFloats(length) : sharedArray(length);
}

export function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(4 * length));
}

export function sharedCopy(values: Float64Array): Float64Array {
  const copy = sharedArray(values.length);
  copy.set(values);
  return copy;
}

/** Throws ERR_DETACHED for an array that lost its memory; by its length alone it would look empty. */
export function checkAttached(array: TypedArray, name: string): void {
  if (isAttached(array)) return;
  throw new GnvproError(
    'ERR_DETACHED',
    `Expected numbers for ${name} but received a ${array.constructor.name} whose buffer is detached or was shrunk. ` +
      'Pass a copy, or transfer and resize a buffer only after the call.',
  );
}

/** Every method of a typed array refuses one that is detached or out of bounds, whatever Node knows of its buffer. */
function isAttached(array: TypedArray): boolean {
  try {
    array.at(0);
    return true;
  } catch {
    return false;
  }
}

/** A copy of a typed array on memory of its own; anything else comes back as it is, for the checks that follow. */
export function snapshot<T>(value: T, name: string): T {
  if (!types.isTypedArray(value)) return value;
  checkAttached(value as unknown as TypedArray, name);
  return (value as unknown as TypedArray).slice() as T;
}
