/** @file Tikhonov regularisation of the weights, ½ α ‖θ − θ_ref‖². */

import { checkInteger } from '../validate/check.js';
import { checkTerm } from './check.js';
import type { QuadraticRegularizer } from './quadratic.js';

/**
 * A = α I, given as a sparse matrix so that other operators fit the same seam.
 *
 * @throws GnvproError ERR_OPTION, ERR_SHAPE or ERR_NONFINITE
 */
export function tikhonov(weights: number, alpha: number, reference: Float64Array | null = null): QuadraticRegularizer {
  checkInteger(weights, 'weights', { min: 0 });
  checkTerm(alpha, reference, weights);
  const count = alpha === 0 ? 0 : weights;
  return {
    rowPointers: Int32Array.from({ length: weights + 1 }, (_, i) => Math.min(i, count)),
    columns: Int32Array.from({ length: count }, (_, i) => i),
    values: new Float64Array(count).fill(alpha),
    reference,
  };
}

/** A x */
export function multiply({ rowPointers, columns, values }: QuadraticRegularizer, x: Float64Array): Float64Array {
  const y = new Float64Array(rowPointers.length - 1);
  for (let i = 0; i < y.length; i++) {
    for (let k = rowPointers[i]; k < rowPointers[i + 1]; k++) y[i] += values[k] * x[columns[k]];
  }
  return y;
}

export function regularizerGradient(regularizer: QuadraticRegularizer, theta: Float64Array): Float64Array {
  const { reference } = regularizer;
  return multiply(regularizer, reference === null ? theta : theta.map((value, i) => value - reference[i]));
}

export function regularizerValue(regularizer: QuadraticRegularizer, theta: Float64Array): number {
  const { reference } = regularizer;
  const gradient = regularizerGradient(regularizer, theta);
  return 0.5 * gradient.reduce((sum, g, i) => sum + g * (theta[i] - (reference?.[i] ?? 0)), 0);
}

/** A as P × P numbers, row-major. */
export function regularizerMatrix({ rowPointers, columns, values }: QuadraticRegularizer): Float64Array {
  const weights = rowPointers.length - 1;
  const A = new Float64Array(weights * weights);
  for (let i = 0; i < weights; i++) {
    for (let k = rowPointers[i]; k < rowPointers[i + 1]; k++) A[i * weights + columns[k]] += values[k];
  }
  return A;
}
