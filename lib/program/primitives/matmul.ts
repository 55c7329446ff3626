/** @file Products of matrices; that of two samples arrays, the first transposed, is a sum over samples. */
import { multiply } from '../../linalg/matmul.js';
import { flag } from '../attributes.js';
import type { Emitter, Value } from '../emitter.js';
import type { Primitive } from '../primitive.js';
import { type FixedShape, fixed, type Shape, samples, size } from '../shape.js';
import { plus } from './arithmetic.js';

export interface Flags {
  readonly ta: boolean;
  readonly tb: boolean;
}

export const matmul: Primitive<Flags> = {
  operands: 2,
  attributes: { ta: flag, tb: flag },
  shape: shapeOf,
  tangent: (b, flags, [x, y], [dx, dy]) => plus(b, dx && b.matmul(dx, y, flags), dy && b.matmul(x, dy, flags)),
  transpose: cotangent,
  bySample: rows,
  columns: 'mixed',
  kronecker: true,
  flops: (result, [a]) => {
    if (result.kind === 'samples') return 2 * size(result) * a.cols;
    return 2 * size(result) * (a.kind === 'fixed' ? size(a) / result.rows : 1);
  },
  show: ([a, b], { ta, tb }) => `${a}${ta ? 'ᵀ' : ''} · ${b}${tb ? 'ᵀ' : ''}`,
  run: ({ ta, tb }, [a, b], out) => multiply(a, b, ta, tb, out),
};

function shapeOf([a, b]: readonly Shape[], { ta, tb }: Flags): Shape | string {
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

function cotangent(
  b: Emitter,
  { ta, tb }: Flags,
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

/** A summed vector times a matrix that is no sum, or the matrix times the vector: each sample's row times it. */
function rows(
  b: Emitter,
  { ta, tb }: Flags,
  [left, right]: readonly Value[],
  [leftIsRows, rightIsRows]: readonly boolean[],
  shape: Shape,
): Value | null {
  if (!leftIsRows && !rightIsRows) return b.outer(left, right);
  const { rows, cols } = shape as FixedShape;
  if (rows === 1 && !rightIsRows) return b.matmul(left, right, { tb });
  if (cols === 1 && !leftIsRows) return b.matmul(right, left, { tb: !ta });
  return null;
}
