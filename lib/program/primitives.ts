/**
 * @file The one table of primitives: result shape, linearisation, transpose and operation count of each.
 * No layer has a derivative written by hand; everything follows from these rules.
 */
import type { ProgramBuilder, Value } from './builder.js';
import type { AttributesOf, Op } from './program.js';
import { fixed, type Shape, sameShape, samples, size } from './shape.js';

/** The tangent of an operand, or null where it does not move. */
export type Tangent = Value | null;

interface Primitive<O extends Op> {
  /** The result's shape, or a phrase that says what was expected. */
  shape(operands: readonly Shape[], attributes: AttributesOf[O]): Shape | string;
  /** The derivative of the result along the operands' tangents (at least one is not null). */
  tangent?(
    b: ProgramBuilder,
    attributes: AttributesOf[O],
    operands: readonly Value[],
    tangents: readonly Tangent[],
    result: Value,
  ): Value;
  /**
   * For a result that is linear in operand `index`: the cotangent of that operand from the result's (u). Operands are
   * values of the transposed program, null for those that are tangents; `shapes` are the shapes of all.
   */
  transpose?(
    b: ProgramBuilder,
    attributes: AttributesOf[O],
    operands: readonly (Value | null)[],
    index: number,
    u: Value,
    shapes: readonly Shape[],
  ): Value;
  /** Floating-point operations a sample (samples results and sums), or in all (fixed). */
  flops(result: Shape, operands: readonly Shape[]): number;
}

const isRowFor = (row: Shape, a: Shape) =>
  a.kind === 'samples' && row.kind === 'fixed' && row.rows === 1 && row.cols === a.cols;

const twoAlike = (operands: readonly Shape[]) =>
  sameShape(operands[0], operands[1]) ? operands[0] : 'two arrays of the same shape';

const arrayAndRow = (operands: readonly Shape[]) =>
  isRowFor(operands[1], operands[0]) ? operands[0] : 'samples N×c and a row 1×c';

function plus(b: ProgramBuilder, x: Value | null, y: Value | null): Value {
  if (x === null) return y as Value;
  return y === null ? x : b.add(x, y);
}

const one = (result: Shape) => size(result);
const none = () => 0;

function matmulShape([a, b]: readonly Shape[], { ta, tb }: { ta: boolean; tb: boolean }): Shape | string {
  if (a.kind === 'samples' && b.kind === 'samples') {
    return ta && !tb ? fixed(a.cols, b.cols) : 'the first of two samples arrays transposed';
  }
  if (b.kind === 'samples') return 'samples on the left of a matrix';
  const inner = tb ? b.cols : b.rows;
  const cols = tb ? b.rows : b.cols;
  if (a.kind === 'samples') return !ta && a.cols === inner ? samples(cols) : 'inner dimensions that agree';
  const [rows, innerOfA] = ta ? [a.cols, a.rows] : [a.rows, a.cols];
  return innerOfA === inner ? fixed(rows, cols) : 'inner dimensions that agree';
}

/** Cotangent of an operand of matmul; ū stands for the result's. */
function matmulTranspose(
  b: ProgramBuilder,
  { ta, tb }: { ta: boolean; tb: boolean },
  [left, right]: readonly (Value | null)[],
  index: number,
  u: Value,
): Value {
  if (index === 0) {
    const r = right as Value;
    return ta ? b.matmul(r, u, { ta: tb, tb: true }) : b.matmul(u, r, { tb: !tb });
  }
  const l = left as Value;
  return tb ? b.matmul(u, l, { ta: true, tb: ta }) : b.matmul(l, u, { ta: !ta });
}

export const primitives: { readonly [O in Op]: Primitive<O> } = {
  sampleInput: { shape: () => 'a declared input', flops: none },
  vectorInput: { shape: () => 'a declared input', flops: none },
  constant: { shape: () => 'a declared constant', flops: none },

  matmul: {
    shape: matmulShape,
    tangent: (b, flags, [x, y], [dx, dy]) => plus(b, dx && b.matmul(dx, y, flags), dy && b.matmul(x, dy, flags)),
    transpose: matmulTranspose,
    flops: (result, [a]) => {
      if (result.kind === 'samples') return 2 * size(result) * a.cols;
      return 2 * size(result) * (a.kind === 'fixed' ? size(a) / result.rows : 1);
    },
  },

  add: {
    shape: twoAlike,
    tangent: (b, _, __, [dx, dy]) => plus(b, dx, dy),
    transpose: (_, __, ___, ____, u) => u,
    flops: one,
  },

  sub: {
    shape: twoAlike,
    tangent: (b, _, __, [dx, dy]) => {
      if (dy === null) return dx as Value;
      return dx === null ? b.scale(dy, -1) : b.sub(dx, dy);
    },
    transpose: (b, _, __, index, u) => (index === 0 ? u : b.scale(u, -1)),
    flops: one,
  },

  mul: {
    shape: twoAlike,
    tangent: (b, _, [x, y], [dx, dy]) => plus(b, dx && b.mul(dx, y), dy && b.mul(x, dy)),
    transpose: (b, _, operands, index, u) => b.mul(u, operands[1 - index] as Value),
    flops: one,
  },

  scale: {
    shape: ([a]) => a,
    tangent: (b, { factor }, _, [dx]) => b.scale(dx as Value, factor),
    transpose: (b, { factor }, _, __, u) => b.scale(u, factor),
    flops: one,
  },

  addRow: {
    shape: arrayAndRow,
    tangent: (b, _, __, [dx, drow]) => {
      if (drow === null) return dx as Value;
      return dx === null ? b.broadcastRow(drow) : b.addRow(dx, drow);
    },
    transpose: (b, _, __, index, u) => (index === 0 ? u : b.sumSamples(u)),
    flops: one,
  },

  mulRow: {
    shape: arrayAndRow,
    tangent: (b, _, [x, row], [dx, drow]) => plus(b, dx && b.mulRow(dx, row), drow && b.mulRow(x, drow)),
    transpose: (b, _, [x, row], index, u) =>
      index === 0 ? b.mulRow(u, row as Value) : b.sumSamples(b.mul(u, x as Value)),
    flops: one,
  },

  broadcastRow: {
    shape: ([row]) => (row.kind === 'fixed' && row.rows === 1 ? samples(row.cols) : 'a row 1×c'),
    tangent: (b, _, __, [drow]) => b.broadcastRow(drow as Value),
    transpose: (b, _, __, ___, u) => b.sumSamples(u),
    flops: none,
  },

  sumSamples: {
    shape: ([a]) => (a.kind === 'samples' ? fixed(1, a.cols) : 'samples N×c'),
    flops: one,
  },

  unary: {
    shape: ([a]) => a,
    tangent: (b, attributes, [x], [dx], y) => b.mul(dx as Value, b.unaryDerivative(x, y, attributes)),
    flops: (result) => 16 * size(result),
  },

  unaryDerivative: { shape: twoAlike, flops: (result) => 2 * size(result) },

  concat: {
    shape: (parts) =>
      parts.every((part) => part.kind === 'samples')
        ? samples(parts.reduce((sum, part) => sum + part.cols, 0))
        : 'samples arrays',
    tangent: (b, _, operands, tangents) => b.concat(tangents.map((tangent, i) => tangent ?? zeros(b, operands[i]))),
    transpose: (b, _, __, index, u, shapes) => {
      const start = shapes.slice(0, index).reduce((sum, part) => sum + part.cols, 0);
      return columns(b, u, start, shapes[index].cols);
    },
    flops: none,
  },

  gather: {
    shape: () => 'a declared index table',
    tangent: (b, { indices }, _, [dx], y) => b.gather(dx as Value, indices, y.shape),
    transpose: (b, { indices }, _, __, u, [shape]) => b.scatter(u, indices, shape),
    flops: none,
  },

  scatter: {
    shape: () => 'a declared index table',
    tangent: (b, { indices }, _, [dx], y) => b.scatter(dx as Value, indices, y.shape),
    transpose: (b, { indices }, _, __, u, [shape]) => b.gather(u, indices, shape),
    flops: one,
  },

  outer: {
    shape: ([a, b]) => (a.kind === 'samples' && b.kind === 'samples' ? samples(a.cols * b.cols) : 'two samples arrays'),
    flops: one,
  },
};

/** Columns start … start + count − 1. */
export function columns(b: ProgramBuilder, a: Value, start: number, count: number): Value {
  return b.gather(
    a,
    Int32Array.from({ length: count }, (_, i) => start + i),
    samples(count),
  );
}

function zeros(b: ProgramBuilder, like: Value): Value {
  const cols = like.shape.cols;
  return b.broadcastRow(b.constant(1, cols, new Float64Array(cols)));
}
