/** @file The numbers of MATLAB files: how elements store them, and the classes of arrays they become. */
import type { NumberArray } from './numberArray.js';

type NumberArrayType = new (length: number) => NumberArray;

interface Storage {
  readonly bytes: number;
  /** One number; NaN for a whole number that float64 does not hold. */
  read(view: DataView, at: number, little: boolean): number;
}

/** Storages by the type in an element's tag (miINT8 = 1, …). */
export const storages: ReadonlyMap<number, Storage> = new Map([
  [1, { bytes: 1, read: (view, at) => view.getInt8(at) }],
  [2, { bytes: 1, read: (view, at) => view.getUint8(at) }],
  [3, { bytes: 2, read: (view, at, little) => view.getInt16(at, little) }],
  [4, { bytes: 2, read: (view, at, little) => view.getUint16(at, little) }],
  [5, { bytes: 4, read: (view, at, little) => view.getInt32(at, little) }],
  [6, { bytes: 4, read: (view, at, little) => view.getUint32(at, little) }],
  [7, { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) }],
  [9, { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) }],
  [12, { bytes: 8, read: (view, at, little) => exactly(view.getBigInt64(at, little)) }],
  [13, { bytes: 8, read: (view, at, little) => exactly(view.getBigUint64(at, little)) }],
] satisfies [number, Storage][]);

function exactly(value: bigint): number {
  const number = Number(value);
  return BigInt(number) === value ? number : Number.NaN;
}

export interface MatClass {
  readonly name: string;
  /** Null for what holds no plain numbers. */
  readonly Type: NumberArrayType | null;
}

/** Classes by their number in an array's flags (mxCELL_CLASS = 1, …). 64-bit integers become float64. */
export const classes: ReadonlyMap<number, MatClass> = new Map([
  [1, { name: 'cell', Type: null }],
  [2, { name: 'struct', Type: null }],
  [3, { name: 'object', Type: null }],
  [4, { name: 'char', Type: null }],
  [5, { name: 'sparse', Type: null }],
  [6, { name: 'double', Type: Float64Array }],
  [7, { name: 'single', Type: Float32Array }],
  [8, { name: 'int8', Type: Int8Array }],
  [9, { name: 'uint8', Type: Uint8Array }],
  [10, { name: 'int16', Type: Int16Array }],
  [11, { name: 'uint16', Type: Uint16Array }],
  [12, { name: 'int32', Type: Int32Array }],
  [13, { name: 'uint32', Type: Uint32Array }],
  [14, { name: 'int64', Type: Float64Array }],
  [15, { name: 'uint64', Type: Float64Array }],
  [16, { name: 'function', Type: null }],
  [17, { name: 'opaque', Type: null }],
] satisfies [number, MatClass][]);
