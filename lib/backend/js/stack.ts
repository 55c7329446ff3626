/** @file The stack [S ; Wᵀ], (N + m) × t, of which J is the derivative. */
import { type Matrix, matrix } from '../../linalg/matrix.js';

/** S is N × t, W t × m. */
export function stacked(S: Matrix, W: Matrix): Matrix {
  const { rows: t, cols: m } = W;
  const stack = matrix(S.rows + m, t);
  stack.data.set(S.data);
  for (let j = 0; j < t; j++) for (let i = 0; i < m; i++) stack.data[(S.rows + i) * t + j] = W.data[j * m + i];
  return stack;
}

/** Its first `samples` rows, not copied, and what is below, transposed: t × m. */
export function unstacked(stack: Matrix, samples: number): { S: Matrix; W: Matrix } {
  const [t, m] = [stack.cols, stack.rows - samples];
  const W = matrix(t, m);
  for (let j = 0; j < t; j++) for (let i = 0; i < m; i++) W.data[j * m + i] = stack.data[(samples + i) * t + j];
  return { S: matrix(samples, t, stack.data.subarray(0, samples * t)), W };
}
