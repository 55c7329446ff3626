/** @file Some rows of a .npy file, read in its order: rows that are near each other come by one call of the system. */
import { nonFinite } from './fileError.js';
import type { NpyFile } from './npyFile.js';
import { inexact } from './npyTypes.js';
import { machineIsLittleEndian, type NumberArray } from './numbers.js';

/** Rows of a file: `count` from the first on, or those of a list, which rises. */
export interface RowSet {
  readonly first: number;
  readonly count: number;
  readonly list: Int32Array | null;
}

/** The number in the file of row i of the set. */
export function rowOf({ first, list }: RowSet, i: number): number {
  return list === null ? first + i : list[i];
}

/** Of the rows of a set those of the given numbers, which must rise. */
export function takenRows(set: RowSet, rows: Int32Array): RowSet {
  const list = new Int32Array(new SharedArrayBuffer(4 * rows.length)); // which the addon reads in place
  for (let i = 0; i < rows.length; i++) list[i] = rowOf(set, rows[i]);
  return { first: 0, count: rows.length, list };
}

/** Bytes of one read, but for a single longer row. */
const mostBytes = 2 ** 20;
/** Bytes between two rows that are read along: to skip them would cost another call. */
const mostBetween = 2 ** 14;

/** Rows begin … of a set that are read together: up to, not with, `end`. */
function endOfSpan(set: RowSet, begin: number, end: number, rowBytes: number): number {
  const first = rowOf(set, begin);
  let next = begin + 1;
  if (set.list === null) return Math.min(end, begin + Math.max(1, Math.floor(mostBytes / rowBytes)));
  while (next < end) {
    const [before, row] = [set.list[next - 1], set.list[next]];
    if ((row + 1 - first) * rowBytes > mostBytes || (row - before - 1) * rowBytes > mostBetween) break;
    next++;
  }
  return next;
}

let scratch = new Uint8Array(0);

/** The numbers as they are stored, rows begin … end − 1 of the set. `columns`: those that are read, or null for all. */
export function numbersOfRows(
  file: NpyFile,
  set: RowSet,
  columns: Int32Array | null,
  begin: number,
  end: number,
): Float64Array {
  const rowBytes = file.cols * file.type.bytes;
  const count = columns?.length ?? file.cols;
  const numbers = new Float64Array((end - begin) * count);
  file.use((fd) => {
    for (let at = begin; at < end; ) {
      const next = endOfSpan(set, at, end, rowBytes);
      const first = rowOf(set, at);
      const length = (rowOf(set, next - 1) + 1 - first) * rowBytes;
      if (scratch.length < length) scratch = new Uint8Array(length);
      file.fill(fd, scratch.subarray(0, length), file.dataStart + first * rowBytes);
      const stored = decoded(file, length);
      const into = numbers.subarray((at - begin) * count, (next - begin) * count);
      if (set.list === null && columns === null) into.set(stored);
      else
        for (let i = at; i < next; i++)
          copyRow(stored, (rowOf(set, i) - first) * file.cols, columns, into, (i - at) * count, count);
      at = next;
    }
  });
  checkFinite(numbers, (i) => refused(file, set, columns, begin, numbers[i], i));
  return numbers;
}

type Stored = NumberArray | Float64Array;

const arrays: Readonly<Record<string, new (buffer: ArrayBuffer, at: number, length: number) => Stored>> = {
  f8: Float64Array,
  f4: Float32Array,
  i1: Int8Array,
  u1: Uint8Array,
  i2: Int16Array,
  u2: Uint16Array,
  i4: Int32Array,
  u4: Uint32Array,
};

/** The first bytes of the scratch memory as numbers. */
function decoded({ dtype, type }: NpyFile, length: number): Stored {
  const count = length / type.bytes;
  const Numbers = arrays[dtype.replace(/^[<|=]/, '')];
  if (Numbers !== undefined && (machineIsLittleEndian || type.bytes === 1))
    return new Numbers(scratch.buffer, 0, count);
  const view = new DataView(scratch.buffer);
  return Float64Array.from({ length: count }, (_, i) => type.read(view, i * type.bytes, true));
}

function copyRow(
  from: Stored,
  start: number,
  columns: Int32Array | null,
  to: Float64Array,
  at: number,
  count: number,
): void {
  if (columns === null) to.set(from.subarray(start, start + count), at);
  else for (let j = 0; j < count; j++) to[at + j] = from[start + columns[j]];
}

function checkFinite(numbers: Float64Array, refuse: (at: number) => Error): void {
  let defects = 0; // x − x is 0, or NaN where x is not finite: a sum is faster than a branch for each
  for (let i = 0; i < numbers.length; i++) defects += numbers[i] - numbers[i];
  if (defects !== 0) throw refuse(numbers.findIndex((value) => !Number.isFinite(value)));
}

function refused(
  file: NpyFile,
  set: RowSet,
  columns: Int32Array | null,
  begin: number,
  value: number,
  at: number,
): Error {
  const count = columns?.length ?? file.cols;
  const row = rowOf(set, begin + Math.floor(at / count));
  const col = columns === null ? at % count : columns[at % count];
  return /[iu]8$/.test(file.dtype) ? inexact(file.dtype, row, col, file.path) : nonFinite(value, row, col, file.path);
}
