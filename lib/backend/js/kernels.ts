/** @file One plain function an operation: what each instruction of a program means. */

import { multiply } from '../../linalg/matmul.js';
import type { Matrix } from '../../linalg/matrix.js';
import type { InstructionOf, Op } from '../../program/program.js';
import type { Shape } from '../../program/shape.js';
import { unary } from './unary.js';

/** Operations that compute; the others only name an input or a constant. */
export type ComputingOp = Exclude<Op, 'sampleInput' | 'vectorInput' | 'constant'>;

/** Writes the result into `out`, whatever that held before. */
type Kernel<O extends Op> = (instruction: InstructionOf<O>, operands: readonly Matrix[], out: Matrix) => void;

export const kernels: { readonly [O in ComputingOp]: Kernel<O> } = {
  matmul: ({ attributes: { ta, tb } }, [a, b], out) => multiply(a, b, ta, tb, out),

  add: (_, [{ data: a }, { data: b }], { data: out }) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i] + b[i];
  },

  sub: (_, [{ data: a }, { data: b }], { data: out }) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i] - b[i];
  },

  mul: (_, [{ data: a }, { data: b }], { data: out }) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i] * b[i];
  },

  scale: ({ attributes: { factor } }, [{ data: a }], { data: out }) => {
    for (let i = 0; i < out.length; i++) out[i] = factor * a[i];
  },

  addRow: (_, [{ data: a }, { data: row }], { rows, cols, data: out }) => {
    for (let n = 0, i = 0; n < rows; n++) for (let j = 0; j < cols; j++, i++) out[i] = a[i] + row[j];
  },

  mulRow: (_, [{ data: a }, { data: row }], { rows, cols, data: out }) => {
    for (let n = 0, i = 0; n < rows; n++) for (let j = 0; j < cols; j++, i++) out[i] = a[i] * row[j];
  },

  broadcastRow: (_, [row], { rows, cols, data: out }) => {
    for (let n = 0; n < rows; n++) out.set(row.data, n * cols);
  },

  sumSamples: (_, [{ rows, cols, data: a }], { data: out }) => {
    out.fill(0);
    for (let n = 0, i = 0; n < rows; n++) for (let j = 0; j < cols; j++, i++) out[j] += a[i];
  },

  unary: ({ attributes: { kind, parameter } }, [{ data: x }], { data: out }) => {
    const { value } = unary[kind];
    for (let i = 0; i < out.length; i++) out[i] = value(x[i], parameter as number);
  },

  unaryDerivative: ({ attributes: { kind, parameter } }, [{ data: x }, { data: y }], { data: out }) => {
    const { derivative } = unary[kind];
    for (let i = 0; i < out.length; i++) out[i] = derivative(x[i], y[i], parameter as number);
  },

  concat: (_, parts, { rows, cols, data: out }) => {
    let first = 0;
    for (const part of parts) {
      for (let n = 0, i = 0; n < rows; n++)
        for (let j = 0; j < part.cols; j++, i++) out[n * cols + first + j] = part.data[i];
      first += part.cols;
    }
  },

  gather: ({ attributes: { indices }, shape }, [a], out) => {
    const from = rowwise(a, shape);
    const to = rowwise(out, shape);
    for (let n = 0, o = 0; n < to.rows; n++) {
      for (let j = 0; j < to.cols; j++, o++) out.data[o] = indices[j] < 0 ? 0 : a.data[n * from.cols + indices[j]];
    }
  },

  scatter: ({ attributes: { indices }, shape }, [a], out) => {
    const from = rowwise(a, shape);
    const to = rowwise(out, shape);
    out.data.fill(0);
    for (let n = 0, i = 0; n < from.rows; n++) {
      for (let j = 0; j < from.cols; j++, i++) if (indices[j] >= 0) out.data[n * to.cols + indices[j]] += a.data[i];
    }
  },

  outer: (_, [{ cols: k, data: a }, { cols: c, data: b }], { rows, data: out }) => {
    for (let n = 0, o = 0; n < rows; n++) {
      for (let i = 0; i < k; i++) for (let j = 0; j < c; j++, o++) out[o] = a[n * k + i] * b[n * c + j];
    }
  },
};

/** Index tables count the columns of samples but all entries of a fixed value, which is then one long row. */
function rowwise({ rows, cols }: Matrix, { kind }: Shape): { rows: number; cols: number } {
  return kind === 'samples' ? { rows, cols } : { rows: 1, cols: rows * cols };
}
