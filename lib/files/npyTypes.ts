/** @file The numeric types of NumPy as float64. */
import { fileError } from './fileError.js';
import { unreadable } from './npyHeader.js';

export interface NpyType {
  readonly bytes: number;
  /** The number at a byte; NaN for a whole number that float64 does not hold. */
  read(view: DataView, at: number): number;
}

const types: Readonly<Record<string, NpyType>> = {
  b1: { bytes: 1, read: (view, at) => Number(view.getUint8(at) !== 0) },
  i1: { bytes: 1, read: (view, at) => view.getInt8(at) },
  u1: { bytes: 1, read: (view, at) => view.getUint8(at) },
  i2: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  u2: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  i4: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  u4: { bytes: 4, read: (view, at) => view.getUint32(at, true) },
  i8: { bytes: 8, read: (view, at) => exactly(view.getBigInt64(at, true)) },
  u8: { bytes: 8, read: (view, at) => exactly(view.getBigUint64(at, true)) },
  f2: { bytes: 2, read: (view, at) => float16(view.getUint16(at, true)) },
  f4: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  f8: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
};

/** Throws ERR_DATA_FILE, with what to do in NumPy, for a type that is not read. */
export function typeOf(dtype: string, file: string): NpyType {
  const [, order, name] = /^([<>|=]?)(.*)$/s.exec(dtype) as RegExpExecArray;
  const type = Object.hasOwn(types, name) ? types[name] : undefined;
  if (type !== undefined && (order === '<' || type.bytes === 1)) return type;
  throw unreadable(...problemOf(dtype, name, order, type), file);
}

function problemOf(dtype: string, name: string, order: string, type?: NpyType): [what: string, cure: string] {
  const what = `the type ${JSON.stringify(dtype)}`;
  if (type !== undefined && order === '>') return [`${what}, which is big-endian`, `a.astype("<${name}")`];
  if (name.startsWith('c')) return [`${what}, which is complex`, 'numpy.hstack([a.real, a.imag])'];
  return [what, 'a.astype("<f8")'];
}

function exactly(value: bigint): number {
  const number = Number(value);
  return BigInt(number) === value ? number : Number.NaN;
}

export function inexact(dtype: string, row: number, col: number, file: string): Error {
  return fileError(
    `Expected whole numbers of ${file} (${dtype}) that float64 holds exactly, but row ${row}, column ${col} is beyond 2^53. Scale them in NumPy.`,
  );
}

function float16(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
