/** @file Rows of numbers: in memory, or of a source that gives some of them at a time. */

/** N × cols numbers that are somewhere else, as in a file. */
export interface RowReader {
  readonly shape: readonly [rows: number, cols: number];
  /** Rows begin … end − 1, row-major, on memory of their own. */
  read(begin: number, end: number): Float64Array;
}

export type Rows = RowReader | { readonly data: Float64Array; readonly shape: readonly [rows: number, cols: number] };

/** Rows begin … end − 1; those in memory where they lie. */
export function someRows(m: Rows, begin: number, end: number): Float64Array {
  if (!('data' in m)) return m.read(begin, end);
  const [, cols] = m.shape;
  return m.data.subarray(begin * cols, end * cols);
}
