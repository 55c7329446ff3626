/** @file Several regularisers of the same weights as one. */

import { GnvproError } from '../errors.js';
import { dot, norm, plus } from '../linalg/vector.js';
import { checkOperators } from './check.js';
import type { QuadraticRegularizer } from './quadratic.js';
import { multiply, regularizerGradient } from './tikhonov.js';

/**
 * The sum of ½ (θ − θ_i)ᵀ A_i (θ − θ_i). Gradient and Hessian are the sums of those of the terms. So is the value where
 * the references θ_i agree on the weights that the terms share; else it is less by a constant, the least value of the
 * sum: it is then taken about the point where the sum is least.
 *
 * @throws GnvproError ERR_SHAPE for different numbers of weights; ERR_OPTION, ERR_NONFINITE; ERR_CONVERGENCE where the
 *   sum has no least point, because an operator is not positive semidefinite
 */
export function sumRegularizers(terms: readonly QuadraticRegularizer[]): QuadraticRegularizer {
  const [weights, ...others] = checkOperators(terms, 'term');
  const at = others.findIndex((count) => count !== weights);
  if (at !== -1) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected ${weights} weights for term ${at + 1}, as in term 0, but received ${others[at]}.`,
    );
  }
  const sum = { ...sumOfMatrices(terms, weights), reference: null };
  if (terms.every(({ reference }) => reference === null)) return sum;
  return { ...sum, reference: leastPoint(sum, terms, commonReference(terms, weights)) };
}

function sumOfMatrices(terms: readonly QuadraticRegularizer[], weights: number) {
  const rowPointers = new Int32Array(weights + 1);
  const columns: number[] = [];
  const values: number[] = [];
  for (let i = 0; i < weights; i++) {
    const row = new Map<number, number>();
    for (const term of terms) {
      for (let k = term.rowPointers[i]; k < term.rowPointers[i + 1]; k++) {
        row.set(term.columns[k], (row.get(term.columns[k]) ?? 0) + term.values[k]);
      }
    }
    for (const [column, value] of [...row].sort(([a], [b]) => a - b)) {
      columns.push(column);
      values.push(value);
    }
    rowPointers[i + 1] = columns.length;
  }
  return { rowPointers, columns: Int32Array.from(columns), values: Float64Array.from(values) };
}

/** The reference, for each weight, of the first term that acts on it. */
function commonReference(terms: readonly QuadraticRegularizer[], weights: number): Float64Array {
  return Float64Array.from({ length: weights }, (_, i) => {
    const acting = terms.find(({ rowPointers }) => rowPointers[i + 1] > rowPointers[i]);
    return acting?.reference?.[i] ?? 0;
  });
}

/** The point where the gradients of the terms cancel each other: `start`, or from there by conjugate gradients. */
function leastPoint(
  sum: QuadraticRegularizer,
  terms: readonly QuadraticRegularizer[],
  start: Float64Array,
): Float64Array {
  const pulls = terms.map((term) => regularizerGradient(term, start));
  if (pulls.every((pull) => pull.every((entry) => entry === 0))) return start;
  const total = start.map((_, i) => pulls.reduce((all, pull) => all - pull[i], 0));
  return plus(start, solve(sum, total));
}

/** A x = b for b in the range of A ≥ 0, by conjugate gradients, preconditioned by the diagonal. */
function solve(A: QuadraticRegularizer, b: Float64Array): Float64Array {
  const weights = b.length;
  const diagonal = diagonalOf(A).map((entry) => (entry > 0 ? entry : 1));
  const precondition = (r: Float64Array) => r.map((entry, i) => entry / diagonal[i]);
  const target = 1e-14 * norm(b);
  let x: Float64Array = new Float64Array(weights);
  let r: Float64Array = b;
  let p: Float64Array = precondition(r);
  let rho = dot(r, p);
  for (let k = 0; k < 10 * weights && norm(r) > target; k++) {
    const Ap = multiply(A, p);
    const alpha = rho / dot(p, Ap);
    if (!Number.isFinite(alpha)) break;
    x = plus(x, p, alpha);
    r = plus(r, Ap, -alpha);
    const z = precondition(r);
    const next = dot(r, z);
    p = plus(z, p, next / rho);
    rho = next;
  }
  if (norm(plus(b, multiply(A, x), -1)) <= 1e-10 * norm(b)) return x;
  throw new GnvproError(
    'ERR_CONVERGENCE',
    'Expected operators whose sum has a least point but found none. Give all terms the same reference.',
  );
}

function diagonalOf({ rowPointers, columns, values }: QuadraticRegularizer): Float64Array {
  const diagonal = new Float64Array(rowPointers.length - 1);
  for (let i = 0; i < diagonal.length; i++) {
    for (let k = rowPointers[i]; k < rowPointers[i + 1]; k++) if (columns[k] === i) diagonal[i] += values[k];
  }
  return diagonal;
}
