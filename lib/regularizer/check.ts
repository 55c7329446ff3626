/** @file The check of regularisation operators that callers bring. */
import type { QuadraticRegularizer } from '../backend/backend.js';
import { GnvproError } from '../errors.js';

/** Throws ERR_SHAPE, ERR_NONFINITE or ERR_OPTION unless A is a symmetric matrix in compressed rows for P weights. */
export function checkRegularizer(regularizer: QuadraticRegularizer, weights: number): void {
  checkArrays(regularizer, weights);
  checkRows(regularizer, weights);
  const { values, reference } = regularizer;
  if (values.every(Number.isFinite) && (reference === null || reference.every(Number.isFinite))) return;
  throw new GnvproError('ERR_NONFINITE', 'Expected finite values and reference for regularization.theta.');
}

function checkArrays({ rowPointers, columns, values, reference }: QuadraticRegularizer, weights: number): void {
  const typed = rowPointers instanceof Int32Array && columns instanceof Int32Array && values instanceof Float64Array;
  if (!typed || !(reference === null || reference instanceof Float64Array)) {
    throw new GnvproError(
      'ERR_OPTION',
      'Expected Int32Arrays rowPointers and columns, a Float64Array values, and a Float64Array or null as reference for regularization.theta.',
    );
  }
  const found = rowPointers.length - 1;
  if (
    found === weights &&
    columns.length === values.length &&
    (reference ?? rowPointers.subarray(1)).length === weights
  )
    return;
  throw new GnvproError(
    'ERR_SHAPE',
    `Expected an operator on ${weights} weights for regularization.theta, as the network has, but received ${found} rows, ` +
      `${columns.length} columns, ${values.length} values and ${reference === null ? 'no' : reference.length} reference weights.`,
  );
}

function checkRows({ rowPointers, columns, values }: QuadraticRegularizer, weights: number): void {
  const entries = new Map<number, number>();
  let rising = rowPointers[0] === 0 && rowPointers[weights] === columns.length;
  for (let i = 0; rising && i < weights; i++) {
    rising = rowPointers[i] <= rowPointers[i + 1];
    for (let k = rowPointers[i]; rising && k < rowPointers[i + 1]; k++) {
      rising = columns[k] >= 0 && columns[k] < weights;
      entries.set(i * weights + columns[k], values[k]);
    }
  }
  if (!rising) {
    throw new GnvproError(
      'ERR_OPTION',
      `Expected rising row pointers from 0 to ${columns.length} and columns below ${weights} for regularization.theta.`,
    );
  }
  for (const [at, value] of entries) {
    const [row, col] = [Math.floor(at / weights), at % weights];
    if (Object.is(entries.get(col * weights + row) ?? 0, value) || value === 0) continue;
    throw new GnvproError(
      'ERR_OPTION',
      `Expected a symmetric operator for regularization.theta but entry (${row}, ${col}) is ${value} and (${col}, ${row}) is ${entries.get(col * weights + row) ?? 0}.`,
    );
  }
}
