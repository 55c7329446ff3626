/** @file Matrices in .npy files, read in pieces so that memory is the result and little more. */
import type { FileHandle } from 'node:fs/promises';
import { TextEncoder } from 'node:util';
import type { Matrix } from '../data/matrix.js';
import { type ChosenColumns, type ColumnChoice, chooseColumns } from './columns.js';
import { fileError, nonFinite } from './fileError.js';
import { malformed, type NpyHeader, readHeader } from './npyHeader.js';
import { inexact, typeOf } from './npyTypes.js';
import { littleEndianBytes, type NumberArray, type Storage } from './numbers.js';
import { allocate, readFully, withFile } from './reading.js';

const pieceBytes = 2 ** 21;

export interface NpyFacts {
  readonly format: 'npy';
  readonly version: string;
  readonly dtype: string;
  readonly order: 'C' | 'Fortran';
  readonly shape: readonly number[];
  readonly bytes: number;
}

export async function describeNpy(file: string): Promise<NpyFacts> {
  return withFile(file, async (handle, bytes) => {
    const { version, dtype, fortranOrder, shape } = await readChecked(handle, bytes, file);
    return { format: 'npy', version, dtype, order: fortranOrder ? 'Fortran' : 'C', shape, bytes };
  });
}

export async function readNpyMatrix(file: string, columns: readonly ColumnChoice[] | null): Promise<Matrix> {
  return withFile(file, async (handle, bytes) => {
    const header = await readChecked(handle, bytes, file);
    const [rows, cols] = matrixShape(header, file);
    const chosen = chooseColumns(columns, cols, null, file);
    const data = allocate(rows, chosen.count, file);
    const numbers = new Numbers(handle, file, header, rows, cols);
    await (header.fortranOrder ? readByColumns(numbers, chosen, data) : readByRows(numbers, chosen, data));
    return { data, shape: [rows, chosen.count] };
  });
}

/** The header of a file whose length is what the header says. */
async function readChecked(handle: FileHandle, bytes: number, file: string): Promise<NpyHeader> {
  const header = await readHeader(handle, bytes, file);
  checkLength(header, bytes, file);
  return header;
}

/** Throws ERR_DATA_FILE unless a file of so many bytes has what its header says. */
export function checkLength({ dtype, shape, dataStart }: NpyHeader, bytes: number, file: string): void {
  const { bytes: size } = typeOf(dtype, file);
  const expected = dataStart + size * shape.reduce((product, extent) => product * extent, 1);
  if (bytes === expected) return;
  const arithmetic = `${dataStart} bytes of header and ${[...shape, size].join(' × ')} bytes of data`;
  throw malformed(`${arithmetic} make ${expected} bytes, but it has ${bytes}`, file);
}

/** Of one dimension a column; of more than two, as of images, all behind the first are a row. */
export function matrixShape({ shape, fortranOrder }: NpyHeader, file: string): readonly [rows: number, cols: number] {
  const [rows, ...others] = shape;
  if (shape.length < 1 || (fortranOrder && shape.length > 2)) {
    throw fileError(
      `Expected one or two dimensions, or more in C order, in ${file} but its shape is (${shape.join(', ')})` +
        `${fortranOrder ? ' in Fortran order' : ''}. In NumPy: a.reshape(len(a), -1).`,
    );
  }
  const cols = others.reduce((product, extent) => product * extent, 1);
  if (rows === 0 || cols === 0)
    throw fileError(`Expected at least one number in ${file} but its shape is (${shape.join(', ')}).`);
  return [rows, cols];
}

async function readByRows(numbers: Numbers, { ranges }: ChosenColumns, data: Float64Array): Promise<void> {
  const { rows, cols } = numbers;
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (const [first, end] of ranges) {
      // Waiting costs more than a short row, so it is done only for what is not yet here.
      for (let next = first; next < end; ) {
        if (!numbers.has(row * cols + next)) await numbers.load(row * cols + next);
        const count = numbers.copy(row * cols + next, row * cols + end, data, at, 1);
        next += count;
        at += count;
      }
    }
  }
}

async function readByColumns(numbers: Numbers, { ranges, count }: ChosenColumns, data: Float64Array): Promise<void> {
  const { rows } = numbers;
  let j = 0;
  for (const [first, end] of ranges) {
    for (let col = first; col < end; col++, j++) {
      for (let row = 0; row < rows; ) {
        if (!numbers.has(col * rows + row)) await numbers.load(col * rows + row);
        row += numbers.copy(col * rows + row, (col + 1) * rows, data, row * count + j, count);
      }
    }
  }
}

/** The numbers of the file in its order, one piece at a time. */
class Numbers {
  readonly #type: Storage;
  /** Numbers in a piece: whole lines where they fit, so that columns in any order need each piece once. */
  readonly #step: number;
  readonly #view: DataView<ArrayBuffer>;
  #first = 0;
  #end = 0;

  constructor(
    readonly handle: FileHandle,
    readonly file: string,
    readonly header: NpyHeader,
    readonly rows: number,
    readonly cols: number,
  ) {
    this.#type = typeOf(header.dtype, file);
    const most = pieceBytes / this.#type.bytes;
    const line = header.fortranOrder ? rows : cols;
    this.#step = Math.min(rows * cols, line < most ? most - (most % line) : most);
    this.#view = new DataView(new ArrayBuffer(this.#step * this.#type.bytes));
  }

  has(index: number): boolean {
    return this.#first <= index && index < this.#end;
  }

  async load(index: number): Promise<void> {
    const { bytes } = this.#type;
    this.#first = index - (index % this.#step);
    this.#end = Math.min(this.#first + this.#step, this.rows * this.cols);
    const into = new Uint8Array(this.#view.buffer, 0, (this.#end - this.#first) * bytes);
    await readFully(this.handle, into, this.header.dataStart + this.#first * bytes, this.file);
  }

  /** Copies what is here of numbers first … end − 1 to every `stride`th place from `at`, and returns how many. */
  copy(first: number, end: number, data: Float64Array, at: number, stride: number): number {
    const stop = Math.min(end, this.#end);
    for (let index = first; index < stop; index++) {
      const value = this.#type.read(this.#view, (index - this.#first) * this.#type.bytes, true);
      if (!Number.isFinite(value)) throw this.#refused(value, index);
      data[at + (index - first) * stride] = value;
    }
    return stop - first;
  }

  #refused(value: number, index: number): Error {
    const { dtype, fortranOrder } = this.header;
    const line = fortranOrder ? this.rows : this.cols;
    const place: [row: number, col: number] = [Math.floor(index / line), index % line];
    if (fortranOrder) place.reverse();
    return /[iu]8$/.test(dtype) ? inexact(dtype, ...place, this.file) : nonFinite(value, ...place, this.file);
  }
}

const descriptions = {
  Float64Array: '<f8',
  Float32Array: '<f4',
  Int8Array: '|i1',
  Uint8Array: '|u1',
  Int16Array: '<i2',
  Uint16Array: '<u2',
  Int32Array: '<i4',
  Uint32Array: '<u4',
} as const;

/** The type as NumPy writes it, e.g. `<f8`. */
export function npyTypeOf(data: NumberArray): string {
  return descriptions[data.constructor.name as keyof typeof descriptions];
}

/** Format 1.0, C order, in the type of the array. */
export function* npyBytes({ data, shape }: { data: NumberArray; shape: readonly number[] }): Generator<Uint8Array> {
  yield* npyStart(npyTypeOf(data), shape);
  const step = pieceBytes / data.BYTES_PER_ELEMENT;
  // A copy of each piece: what is being written must not change under the hands of the file system.
  for (let first = 0; first < data.length; first += step) yield littleEndianBytes(data.slice(first, first + step));
}

/** All that comes before the numbers. */
export function* npyStart(dtype: string, shape: readonly number[]): Generator<Uint8Array> {
  const text = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const padded = `${text.padEnd(Math.ceil((10 + text.length + 1) / 64) * 64 - 11)}\n`;
  yield Uint8Array.of(0x93, ...Buffer.from('NUMPY'), 1, 0, padded.length & 255, padded.length >> 8);
  yield new TextEncoder().encode(padded);
}
