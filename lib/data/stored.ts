/** @file Matrices that are not in memory: what a training asks of them. */
import { GnvproError } from '../errors.js';
import { isReader, type RowReader } from '../job/rows.js';
import type { ClassName } from './classes.js';
import { type Matrix, sharedMatrix } from './matrix.js';
import type { Scaling } from './scaling.js';

/** What becomes of the numbers that are stored, in this order. */
export interface Conversion {
  /** The columns that are read; null for all. */
  readonly columns: Int32Array | null;
  readonly factor: number;
  /** One column of labels becomes a column for each of these classes. */
  readonly classes: readonly ClassName[] | null;
  /** Whether rows are shares of classes, which are checked, and divided by their sums. */
  readonly areShares: boolean;
  readonly scaling: Scaling | null;
  /** What all are divided by, a power of two. */
  readonly unit: number;
  /** The share of every class that is spread over all. */
  readonly smoothing: number;
}

/** Read whenever it is needed; nothing is changed where it is stored. */
export interface StoredMatrix extends RowReader {
  /** What errors call it. */
  readonly path: string;
  /** The rows of the given numbers, which must rise. */
  take(rows: Int32Array): StoredMatrix;
  /** With more that becomes of the numbers. */
  with(more: Partial<Conversion>): StoredMatrix;
  /** What tells one from another, plain. */
  readonly fingerprint: object;
}

export type AnyMatrix = Matrix | StoredMatrix;

export function isStored(m: object): m is StoredMatrix {
  return isReader(m);
}

/** Throws ERR_OPTION where samples are not in memory, which `purpose` asks for. */
export function checkInMemory<S extends { readonly inputs: AnyMatrix; readonly targets: AnyMatrix }>(
  samples: S,
  purpose: string,
): asserts samples is S & { readonly inputs: Matrix; readonly targets: Matrix } {
  const stored = [samples.inputs, samples.targets].find(isStored);
  if (stored === undefined) return;
  throw new GnvproError(
    'ERR_OPTION',
    `Expected data in memory for ${purpose} but ${stored.path} is read from its file. Read it with readMatrix.`,
  );
}

/** All of it in memory. */
export function loaded(m: AnyMatrix): Matrix {
  return isStored(m) ? { data: m.read(0, m.shape[0]), shape: m.shape } : m;
}

/** A copy on shared memory, but for what is stored, which nobody changes. */
export function ownShared(m: AnyMatrix): AnyMatrix {
  return isStored(m) ? m : sharedMatrix(m);
}

/** N × columns numbers of an objective: an array, or what is stored. */
export type Numbers = Float64Array | StoredMatrix;

export function numbersOf(m: AnyMatrix): Numbers {
  return isStored(m) ? m : m.data;
}

export function columnsIn(numbers: Numbers | Float32Array, samples: number): number {
  return isStored(numbers) ? numbers.shape[1] : numbers.length / samples;
}

/** All of them in memory. */
export function loadedNumbers(numbers: Numbers): Float64Array {
  return isStored(numbers) ? numbers.read(0, numbers.shape[0]) : numbers;
}
