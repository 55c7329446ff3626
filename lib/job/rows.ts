/** @file Rows of numbers: in memory, or of a source that gives some of them at a time. */

/** N × cols numbers that are somewhere else, as in a file. */
export interface RowReader {
  readonly shape: readonly [rows: number, cols: number];
  /** Rows begin … end − 1, row-major, on memory of their own. */
  read(begin: number, end: number): Float64Array;
}

export function isReader(value: unknown): value is RowReader {
  return typeof value === 'object' && value !== null && 'read' in value && typeof value.read === 'function';
}

export type Rows = RowReader | { readonly data: Float64Array; readonly shape: readonly [rows: number, cols: number] };

/** Rows begin … end − 1; those in memory where they lie. */
export function someRows(m: Rows, begin: number, end: number): Float64Array {
  if (!('data' in m)) return m.read(begin, end);
  const [, cols] = m.shape;
  return m.data.subarray(begin * cols, end * cols);
}

/** Numbers that are read, or worked on in one job, at a time: 2 MiB. */
const numbersAtOnce = 2 ** 18;

/** Rows [begin, end) one after the other, of `cols` numbers each, that many at a time. */
export function* pieces(rows: number, cols: number): Generator<[begin: number, end: number]> {
  const step = Math.max(1, Math.floor(numbersAtOnce / cols));
  for (let begin = 0; begin < rows; begin += step) yield [begin, Math.min(rows, begin + step)];
}
