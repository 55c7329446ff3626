/** @file The numeric types of NumPy as float64. */
import { fileError } from './fileError.js';
import { unreadable } from './npyHeader.js';
import { type Storage, storages } from './numbers.js';

const types: Readonly<Record<string, Storage>> = {
  ...storages,
  b1: { bytes: 1, read: (view, at) => Number(view.getUint8(at) !== 0) },
  f2: { bytes: 2, read: (view, at, little) => float16(view.getUint16(at, little)) },
};

/** Throws ERR_DATA_FILE, with what to do in NumPy, for a type that is not read. */
export function typeOf(dtype: string, file: string): Storage {
  const [, order, name] = /^([<>|=]?)(.*)$/s.exec(dtype) as RegExpExecArray;
  const type = Object.hasOwn(types, name) ? types[name] : undefined;
  if (type !== undefined && (order === '<' || type.bytes === 1)) return type;
  throw unreadable(...problemOf(dtype, name, order, type), file);
}

function problemOf(dtype: string, name: string, order: string, type?: Storage): [what: string, cure: string] {
  const what = `the type ${JSON.stringify(dtype)}`;
  if (type !== undefined && order === '>') return [`${what}, which is big-endian`, `a.astype("<${name}")`];
  if (name.startsWith('c')) return [`${what}, which is complex`, 'numpy.hstack([a.real, a.imag])'];
  return [what, 'a.astype("<f8")'];
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
