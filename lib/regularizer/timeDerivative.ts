/** @file Smoothness of residual weights in time, ½ α Σ ‖(θ_{k+1} − θ_k)/h‖² over the nodes, relative to a reference. */

import { checkInteger, checkNumber } from '../validate/check.js';
import { checkTerm } from './check.js';
import type { QuadraticRegularizer } from './quadratic.js';

/**
 * A = α BᵀB for `nodes` consecutive nodes of `perNode` weights each, h apart.
 *
 * @throws GnvproError ERR_OPTION, ERR_SHAPE or ERR_NONFINITE
 */
export function timeDerivative(
  perNode: number,
  nodes: number,
  h: number,
  alpha: number,
  reference: Float64Array | null = null,
): QuadraticRegularizer {
  checkInteger(perNode, 'perNode', { min: 1 });
  checkInteger(nodes, 'nodes', { min: 1 });
  checkNumber(h, 'h', { above: 0 });
  const weights = perNode * nodes;
  checkTerm(alpha, reference, weights);
  const coupling = alpha / (h * h);
  const columns: number[] = [];
  const values: number[] = [];
  const rowPointers = new Int32Array(weights + 1);
  for (let i = 0; i < weights; i++) {
    const before = i >= perNode;
    const after = i + perNode < weights;
    if (before) columns.push(i - perNode);
    columns.push(i);
    if (after) columns.push(i + perNode);
    if (before) values.push(-coupling);
    values.push(coupling * (Number(before) + Number(after)));
    if (after) values.push(-coupling);
    rowPointers[i + 1] = columns.length;
  }
  return { rowPointers, columns: Int32Array.from(columns), values: Float64Array.from(values), reference };
}
