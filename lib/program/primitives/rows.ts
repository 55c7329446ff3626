/** @file Operations with a row that all samples share, and the sum of all rows. */

import type { Value } from '../emitter.js';
import type { None, Primitive } from '../primitive.js';
import { fixed, type Shape, samples } from '../shape.js';
import { plus } from './arithmetic.js';

const withRow = {
  operands: 2,
  attributes: {},
  inPlace: true,
  shape: ([a, row]: readonly Shape[]) => (isRowFor(row, a) ? a : 'samples N×c and a row 1×c'),
} as const;

function isRowFor(row: Shape, a: Shape): boolean {
  return a.kind === 'samples' && row.kind === 'fixed' && row.rows === 1 && row.cols === a.cols;
}

export const addRow: Primitive<None> = {
  ...withRow,
  tangent: (b, _, __, [dx, drow]) => {
    if (drow === null) return dx as Value;
    return dx === null ? b.broadcastRow(drow) : b.addRow(dx, drow);
  },
  transpose: (b, _, __, index, u) => (index === 0 ? u : b.sumSamples(u)),
  run: (_, [{ data: a }, { data: row }], { rows, cols, data: out }) => {
    for (let n = 0, i = 0; n < rows; n++) for (let j = 0; j < cols; j++, i++) out[i] = a[i] + row[j];
  },
};

export const mulRow: Primitive<None> = {
  ...withRow,
  tangent: (b, _, [x, row], [dx, drow]) => plus(b, dx && b.mulRow(dx, row), drow && b.mulRow(x, drow)),
  transpose: (b, _, [x, row], index, u) =>
    index === 0 ? b.mulRow(u, row as Value) : b.sumSamples(b.mul(u, x as Value)),
  run: (_, [{ data: a }, { data: row }], { rows, cols, data: out }) => {
    for (let n = 0, i = 0; n < rows; n++) for (let j = 0; j < cols; j++, i++) out[i] = a[i] * row[j];
  },
};

export const broadcastRow: Primitive<None> = {
  operands: 1,
  attributes: {},
  shape: ([row]) => (row.kind === 'fixed' && row.rows === 1 ? samples(row.cols) : 'a row 1×c'),
  tangent: (b, _, __, [drow]) => b.broadcastRow(drow as Value),
  transpose: (b, _, __, ___, u) => b.sumSamples(u),
  flops: () => 0,
  run: (_, [row], { rows, cols, data: out }) => {
    for (let n = 0; n < rows; n++) out.set(row.data, n * cols);
  },
};

export const sumSamples: Primitive<None> = {
  operands: 1,
  attributes: {},
  shape: ([a]) => (a.kind === 'samples' ? fixed(1, a.cols) : 'samples N×c'),
  bySample: (_, __, [a]) => a,
  run: (_, [{ rows, cols, data: a }], { data: out }) => {
    out.fill(0);
    for (let n = 0, i = 0; n < rows; n++) for (let j = 0; j < cols; j++, i++) out[j] += a[i];
  },
};
