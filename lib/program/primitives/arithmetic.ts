/** @file Arithmetic entry by entry. */
import { real } from '../attributes.js';
import type { Emitter, Value } from '../emitter.js';
import type { None, Primitive } from '../primitive.js';
import { type Shape, sameShape, size } from '../shape.js';

const ofTwo = {
  operands: 2,
  attributes: {},
  inPlace: true,
  shape: ([a, b]: readonly Shape[]) => (sameShape(a, b) ? a : 'two arrays of the same shape'),
} as const;

export const add: Primitive<None> = {
  ...ofTwo,
  tangent: (b, _, __, [dx, dy]) => plus(b, dx, dy),
  transpose: (_, __, ___, ____, u) => u,
  bySample: (b, _, [x, y], isRows) => (isRows.every(Boolean) ? b.add(x, y) : null),
  run: (_, [{ data: a }, { data: b }], { data: out }) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i] + b[i];
  },
};

export const sub: Primitive<None> = {
  ...ofTwo,
  tangent: (b, _, __, [dx, dy]) => {
    if (dy === null) return dx as Value;
    return dx === null ? b.scale(dy, -1) : b.sub(dx, dy);
  },
  transpose: (b, _, __, index, u) => (index === 0 ? u : b.scale(u, -1)),
  bySample: (b, _, [x, y], isRows) => (isRows.every(Boolean) ? b.sub(x, y) : null),
  run: (_, [{ data: a }, { data: b }], { data: out }) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i] - b[i];
  },
};

export const mul: Primitive<None> = {
  ...ofTwo,
  tangent: (b, _, [x, y], [dx, dy]) => plus(b, dx && b.mul(dx, y), dy && b.mul(x, dy)),
  transpose: (b, _, operands, index, u) => b.mul(u, operands[1 - index] as Value),
  columns: 'multiplied',
  bySample: (b, _, [x, y], [first]) => {
    const [row, factor] = first ? [x, y] : [y, x];
    return factor.shape.kind === 'fixed' ? b.mulRow(row, flat(b, factor)) : null;
  },
  run: (_, [{ data: a }, { data: b }], { data: out }) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i] * b[i];
  },
};

export const scale: Primitive<{ readonly factor: number }> = {
  operands: 1,
  attributes: { factor: real },
  inPlace: true,
  shape: ([a]) => a,
  tangent: (b, { factor }, _, [dx]) => b.scale(dx as Value, factor),
  transpose: (b, { factor }, _, __, u) => b.scale(u, factor),
  bySample: (b, { factor }, [a]) => b.scale(a, factor),
  show: ([a], { factor }) => `${factor} ${a}`,
  run: ({ factor }, [{ data: a }], { data: out }) => {
    for (let i = 0; i < out.length; i++) out[i] = factor * a[i];
  },
};

/** x + y, where either may be nothing. */
export function plus(b: Emitter, x: Value | null, y: Value | null): Value {
  if (x === null) return y as Value;
  return y === null ? x : b.add(x, y);
}

function flat(b: Emitter, value: Value): Value {
  const length = size(value.shape);
  const indices = Int32Array.from({ length }, (_, i) => i);
  return b.gather(value, indices, { kind: 'fixed', rows: 1, cols: length });
}
