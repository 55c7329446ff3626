/** @file Regularisers of consecutive blocks of weights as one. */

import { checkOperators } from './check.js';
import type { QuadraticRegularizer } from './quadratic.js';

/**
 * Block i acts on the weights that follow those of block i − 1; each keeps its reference.
 *
 * @throws GnvproError ERR_OPTION, ERR_SHAPE or ERR_NONFINITE
 */
export function blockRegularizer(blocks: readonly QuadraticRegularizer[]): QuadraticRegularizer {
  checkOperators(blocks, 'block');
  const rowPointers = [0];
  const columns: number[] = [];
  const values: number[] = [];
  const reference: number[] = [];
  for (const block of blocks) {
    const first = rowPointers.length - 1;
    const entries = columns.length;
    const size = block.rowPointers.length - 1;
    for (const column of block.columns) columns.push(column + first);
    for (const value of block.values) values.push(value);
    for (let i = 1; i <= size; i++) rowPointers.push(entries + block.rowPointers[i]);
    for (let i = 0; i < size; i++) reference.push(block.reference?.[i] ?? 0);
  }
  return {
    rowPointers: Int32Array.from(rowPointers),
    columns: Int32Array.from(columns),
    values: Float64Array.from(values),
    reference: reference.some((value) => value !== 0) ? Float64Array.from(reference) : null,
  };
}
