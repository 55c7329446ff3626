/** @file Smoothness of residual weights in time, ½ α Σ ‖(θ_{k+1} − θ_k)/h‖² over the nodes, relative to a reference. */
import type { QuadraticRegularizer } from '../backend/backend.js';

/** A = α BᵀB for `nodes` consecutive nodes of `perNode` weights each, h apart. */
export function timeDerivative(
  perNode: number,
  nodes: number,
  h: number,
  alpha: number,
  reference: Float64Array | null = null,
): QuadraticRegularizer {
  const weights = perNode * nodes;
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
