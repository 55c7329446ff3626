/** @file Operations that move columns of samples (or the entries of a fixed value), and the products of all pairs. */
import type { Matrix } from '../../linalg/matrix.js';
import { abridged, indices } from '../attributes.js';
import type { Emitter, Value } from '../emitter.js';
import type { None, Primitive } from '../primitive.js';
import { type Shape, sameShape, samples, showShape, size } from '../shape.js';

export const concat: Primitive<None> = {
  operands: 'some',
  attributes: {},
  columns: 'joined',
  shape: (parts) =>
    parts.every((part) => part.kind === 'samples')
      ? samples(parts.reduce((sum, part) => sum + part.cols, 0))
      : 'samples arrays',
  tangent: (b, _, operands, tangents) =>
    b.concat(tangents.map((tangent, i) => tangent ?? b.zeros(operands[i].shape.cols))),
  transpose: (b, _, __, index, u, shapes) => {
    const start = shapes.slice(0, index).reduce((sum, part) => sum + part.cols, 0);
    return columns(b, u, start, shapes[index].cols);
  },
  flops: () => 0,
  run: (_, parts, { rows, cols, data: out }) => {
    let first = 0;
    for (const part of parts) {
      for (let n = 0, i = 0; n < rows; n++)
        for (let j = 0; j < part.cols; j++, i++) out[n * cols + first + j] = part.data[i];
      first += part.cols;
    }
  },
};

export interface Table {
  readonly indices: Int32Array;
}

const byTable = {
  operands: 1,
  attributes: { indices },
  isIdentity: ([a]: readonly Shape[], { indices }: Table, shape: Shape) =>
    sameShape(a, shape) && indices.every((index, i) => index === i),
} as const;

export const gather: Primitive<Table> = {
  ...byTable,
  misfit: ([a], { indices }, shape) => misfit(a, shape, indices, shape, a),
  tangent: (b, { indices }, _, [dx], y) => b.gather(dx as Value, indices, y.shape),
  transpose: (b, { indices }, _, __, u, [shape]) => b.scatter(u, indices, shape),
  bySample: (b, { indices }, [a], _, shape) => b.gather(a, indices, samples(size(shape))),
  flops: () => 0,
  show: ([a], { indices }) => `gather ${a} ${abridged(indices)}`,
  run: ({ indices }, [a], out, shape) => {
    const from = byRow(a, shape);
    const to = byRow(out, shape);
    for (let n = 0, o = 0; n < to.rows; n++) {
      for (let j = 0; j < to.cols; j++, o++) out.data[o] = indices[j] < 0 ? 0 : a.data[n * from.cols + indices[j]];
    }
  },
};

export const scatter: Primitive<Table> = {
  ...byTable,
  misfit: ([a], { indices }, shape) => misfit(a, shape, indices, a, shape),
  tangent: (b, { indices }, _, [dx], y) => b.scatter(dx as Value, indices, y.shape),
  transpose: (b, { indices }, _, __, u, [shape]) => b.gather(u, indices, shape),
  bySample: (b, { indices }, [a], _, shape) => b.scatter(a, indices, samples(size(shape))),
  show: ([a], { indices }) => `scatter ${a} ${abridged(indices)}`,
  run: ({ indices }, [a], out, shape) => {
    const from = byRow(a, shape);
    const to = byRow(out, shape);
    out.data.fill(0);
    for (let n = 0, i = 0; n < from.rows; n++) {
      for (let j = 0; j < from.cols; j++, i++) if (indices[j] >= 0) out.data[n * to.cols + indices[j]] += a.data[i];
    }
  },
};

/** The table has an index for each entry of `long`, which points into `other`. */
function misfit(a: Shape, result: Shape, table: Int32Array, long: Shape, other: Shape): string | null {
  if (a.kind !== result.kind || table.length !== size(long)) {
    return (
      `expected ${size(long)} indices between arrays of one kind but received ${table.length}, ` +
      `${showShape(a)} to ${showShape(result)}`
    );
  }
  const end = size(other);
  return table.some((index) => index < -1 || index >= end) ? `an index is outside −1 … ${end - 1}` : null;
}

/** Index tables count the columns of samples but all entries of a fixed value, which is then one long row. */
function byRow({ rows, cols }: Matrix, { kind }: Shape): { rows: number; cols: number } {
  return kind === 'samples' ? { rows, cols } : { rows: 1, cols: rows * cols };
}

export const outer: Primitive<None> = {
  operands: 2,
  attributes: {},
  shape: ([a, b]) => (a.kind === 'samples' && b.kind === 'samples' ? samples(a.cols * b.cols) : 'two samples arrays'),
  run: (_, [{ cols: k, data: a }, { cols: c, data: b }], { rows, data: out }) => {
    for (let n = 0, o = 0; n < rows; n++) {
      for (let i = 0; i < k; i++) for (let j = 0; j < c; j++, o++) out[o] = a[n * k + i] * b[n * c + j];
    }
  },
};

/** Columns start … start + count − 1. */
export function columns(b: Emitter, a: Value, start: number, count: number): Value {
  return b.gather(
    a,
    Int32Array.from({ length: count }, (_, i) => start + i),
    samples(count),
  );
}
