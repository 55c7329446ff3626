/** @file The checks of regularisation operators that callers bring, and of what they are made of. */
import { types } from 'node:util';
import { GnvproError } from '../errors.js';
import { checkNumber, invalid } from '../validate/check.js';
import type { QuadraticRegularizer } from './quadratic.js';

/** Throws ERR_SHAPE, ERR_NONFINITE or ERR_OPTION unless A is a symmetric matrix in compressed rows for P weights. */
export function checkRegularizer(
  regularizer: QuadraticRegularizer,
  weights: number,
  name = 'regularization.theta',
): void {
  checkArrays(regularizer, weights, name);
  checkRows(regularizer, weights, name);
  const { values, reference } = regularizer;
  if (values.every(Number.isFinite) && (reference === null || reference.every(Number.isFinite))) return;
  throw new GnvproError('ERR_NONFINITE', `Expected finite values and reference for ${name}.`);
}

/** The number of weights of each of several operators, all checked; messages call operator i `name` i. */
export function checkOperators(operators: readonly QuadraticRegularizer[], name: string): number[] {
  if (!Array.isArray(operators) || operators.length === 0)
    throw invalid('an array of operators', `${name}s`, operators);
  return operators.map((operator, i) => {
    if (!types.isInt32Array(operator?.rowPointers)) throw invalid('an operator', `${name} ${i}`, operator);
    const weights = operator.rowPointers.length - 1;
    checkRegularizer(operator, weights, `${name} ${i}`);
    return weights;
  });
}

/** α ≥ 0 and a reference for as many weights, or null. Throws ERR_OPTION, ERR_SHAPE or ERR_NONFINITE. */
export function checkTerm(alpha: number, reference: Float64Array | null, weights: number): void {
  checkNumber(alpha, 'alpha', { min: 0 });
  if (reference === null) return;
  if (!types.isFloat64Array(reference)) throw invalid('a Float64Array or null', 'reference', reference);
  if (reference.length !== weights) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected ${weights} weights for reference, as the operator has, but received ${reference.length}.`,
    );
  }
  if (!reference.every(Number.isFinite))
    throw new GnvproError('ERR_NONFINITE', 'Expected finite weights for reference.');
}

function checkArrays(
  { rowPointers, columns, values, reference }: QuadraticRegularizer,
  weights: number,
  name: string,
): void {
  const typed = types.isInt32Array(rowPointers) && types.isInt32Array(columns) && types.isFloat64Array(values);
  if (!typed || !(reference === null || types.isFloat64Array(reference))) {
    throw new GnvproError(
      'ERR_OPTION',
      `Expected Int32Arrays rowPointers and columns, a Float64Array values, and a Float64Array or null as reference for ${name}.`,
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
    `Expected an operator on ${weights} weights for ${name}${name === 'regularization.theta' ? ', as the network has,' : ''} but received ${found} rows, ` +
      `${columns.length} columns, ${values.length} values and ${reference === null ? 'no' : reference.length} reference weights.`,
  );
}

function checkRows({ rowPointers, columns, values }: QuadraticRegularizer, weights: number, name: string): void {
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
      `Expected rising row pointers from 0 to ${columns.length} and columns below ${weights} for ${name}.`,
    );
  }
  for (const [at, value] of entries) {
    const [row, col] = [Math.floor(at / weights), at % weights];
    if (Object.is(entries.get(col * weights + row) ?? 0, value) || value === 0) continue;
    throw new GnvproError(
      'ERR_OPTION',
      `Expected a symmetric operator for ${name} but entry (${row}, ${col}) is ${value} and (${col}, ${row}) is ${entries.get(col * weights + row) ?? 0}.`,
    );
  }
}
