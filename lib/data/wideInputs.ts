/** @file How many principal components stand for many columns of one kind, as the pixels of an image or the bands of a spectrum. */
import { type Rows, someRows } from '../job/rows.js';
import { dot } from '../linalg/vector.js';
import { areOfOneKind } from './autoScaling.js';
import type { Matrix } from './matrix.js';

/** Of fewer columns all are taken. */
const manyColumns = 64;

/** Rows that the ranges of the columns, and products of rows, are taken from: spread over all. */
const [rowsOfRanges, rowsOfProducts] = [4096, 256];

/** Components beyond the participation ratio. */
const more = 3;

/**
 * Null where the columns are few, or of several kinds. With λ the variances of the components, (Σλ)²/Σλ² would all be
 * equal: so many count (the participation ratio). Both sums come from products of centred rows, and no component is needed:
 * Σλ is the mean of ‖x‖², Σλ² that of (xᵀy)² over pairs of rows.
 */
export function componentsOf(inputs: Rows): number | null {
  const cols = inputs.shape[1];
  if (cols < manyColumns || !areOfOneKind(rangesOf(spread(inputs, rowsOfRanges), cols))) return null;
  const products = productsOf(centred(spread(inputs, rowsOfProducts), cols));
  const wanted = Math.ceil(participation(products)) + more;
  // There are no more than the rows have directions.
  const count = Number.isFinite(wanted) ? directions(products, wanted) : 0;
  return count > 0 ? count : null;
}

function spread(m: Rows, count: number): Float64Array[] {
  const [rows] = m.shape;
  const taken = Math.min(rows, count);
  return Array.from({ length: taken }, (_, k) => {
    const n = Math.floor((k * rows) / taken);
    return someRows(m, n, n + 1);
  });
}

function rangesOf(rows: readonly Float64Array[], cols: number): Float64Array {
  const [least, most] = [new Float64Array(cols).fill(Infinity), new Float64Array(cols).fill(-Infinity)];
  for (const row of rows) {
    for (let j = 0; j < cols; j++) {
      if (row[j] < least[j]) least[j] = row[j];
      if (row[j] > most[j]) most[j] = row[j];
    }
  }
  return most.map((value, j) => value - least[j]);
}

/** In units of the largest entry, so that no square overflows. */
function centred(rows: readonly Float64Array[], cols: number): Float64Array[] {
  const largest = rows.reduce((size, row) => row.reduce((max, x) => Math.max(max, Math.abs(x)), size), 0) || 1;
  const mean = new Float64Array(cols);
  for (const row of rows) for (let j = 0; j < cols; j++) mean[j] += row[j] / largest / rows.length;
  return rows.map((row) => row.map((x, j) => x / largest - mean[j]));
}

function productsOf(rows: readonly Float64Array[]): Matrix {
  const n = rows.length;
  const data = Float64Array.from({ length: n * n }, (_, i) => {
    const [row, column] = [Math.floor(i / n), i % n];
    return column <= row ? dot(rows[row], rows[column]) : 0;
  });
  return { data, shape: [n, n] };
}

function participation({ data, shape: [n] }: Matrix): number {
  let [trace, square] = [0, 0];
  for (let row = 0; row < n; row++) {
    trace += data[row * (n + 1)] / n;
    for (let column = 0; column < row; column++) square += data[row * n + column] ** 2;
  }
  return trace ** 2 / (square / ((n * (n - 1)) / 2));
}

/** Below this share of the largest product, a row is a combination of others. */
const negligible = 1e-10;

/** How many of the rows are independent, up to `most`: steps of a Cholesky factorisation with pivots. */
function directions({ data, shape: [n] }: Matrix, most: number): number {
  const product = (i: number, j: number) => data[Math.max(i, j) * n + Math.min(i, j)];
  const rest = Float64Array.from({ length: n }, (_, i) => product(i, i));
  const least = negligible * Math.max(...rest);
  const columns: Float64Array[] = [];
  while (columns.length < Math.min(most, n)) {
    const pivot = rest.indexOf(Math.max(...rest));
    if (!(rest[pivot] > least)) break;
    const root = Math.sqrt(rest[pivot]);
    const column = rest.map((_, i) => {
      const known = columns.reduce((sum, before) => sum + before[i] * before[pivot], 0);
      return (product(i, pivot) - known) / root;
    });
    column.forEach((entry, i) => {
      rest[i] -= entry ** 2;
    });
    columns.push(column);
  }
  return columns.length;
}
