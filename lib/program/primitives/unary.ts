/** @file Elementwise functions and their derivatives. */
import { functionName, functionParameter } from '../attributes.js';
import type { Value } from '../emitter.js';
import { functionOf, type UnaryAttributes } from '../functions.js';
import type { Primitive } from '../primitive.js';
import { sameShape, size } from '../shape.js';

const attributes = { kind: functionName, parameter: functionParameter };

export const unary: Primitive<UnaryAttributes> = {
  operands: 1,
  attributes,
  inPlace: true,
  shape: ([x]) => x,
  tangent: (b, attributes, [x], [dx], y) => b.mul(dx as Value, b.unaryDerivative(x, y, attributes)),
  flops: (result) => 16 * size(result),
  show: ([x], attributes) => `${nameOf(attributes)}(${x})`,
  run: ({ kind, parameter }, [{ data: x }], { data: out }) => {
    const { value } = functionOf(kind);
    for (let i = 0; i < out.length; i++) out[i] = value(x[i], parameter as number);
  },
};

export const unaryDerivative: Primitive<UnaryAttributes> = {
  operands: 2,
  attributes,
  inPlace: true,
  shape: ([x, y]) => (sameShape(x, y) ? x : 'two arrays of the same shape'),
  flops: (result) => 2 * size(result),
  show: ([x, y], attributes) => `${nameOf(attributes)}′(${x}; value ${y})`,
  run: ({ kind, parameter }, [{ data: x }, { data: y }], { data: out }) => {
    const { derivative } = functionOf(kind);
    for (let i = 0; i < out.length; i++) out[i] = derivative(x[i], y[i], parameter as number);
  },
};

function nameOf({ kind, parameter }: UnaryAttributes): string {
  return parameter === null ? kind : `${kind}[${parameter}]`;
}
