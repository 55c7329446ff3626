/** @file What each primitive is in a graph of ONNX, on all samples. */
import type { AttributesOf, Op } from '../../program/primitives.js';
import { size } from '../../program/shape.js';
import { gather, scatter } from './columns.js';
import { compositions } from './functions.js';
import { images } from './images.js';
import type { Operator } from './place.js';

export const inputName = 'inputs';

/** Weights are constants by now, and models have no sums over samples. */
const refused = (): never => {
  throw new Error('internal: no operation of a model with its weights put in');
};

const node =
  (operator: string): Operator<object> =>
  (g, { operands }) =>
    g.node(operator, operands);

export const operators: { readonly [O in Op]: Operator<AttributesOf[O]> } = {
  sampleInput: () => inputName,
  vectorInput: refused,
  constant: (g, { attributes: { values }, shape }) => g.matrix(values, size(shape) / shape.cols, shape.cols),
  matmul: (g, { operands, attributes: { tb } }) => g.node('Gemm', operands, tb ? { transB: 1 } : {}),
  add: node('Add'),
  sub: node('Sub'),
  mul: node('Mul'),
  scale: (g, { operands: [a], attributes: { factor } }) => g.node('Mul', [a, g.scalar(factor)]),
  addRow: node('Add'),
  mulRow: node('Mul'),
  broadcastRow: (g, { operands: [row] }) => {
    const samples = g.node('Shape', [inputName], { start: 0, end: 1 });
    return g.node('Expand', [row, g.node('Concat', [samples, g.integers([1])], { axis: 0 })]);
  },
  sumSamples: refused,
  unary: (g, { operands: [x], attributes: { kind, parameter } }) => compositions[kind].value(g, x, parameter as number),
  unaryDerivative: (g, { operands: [x, y], attributes: { kind, parameter } }) =>
    compositions[kind].derivative(g, x, y, parameter as number),
  concat: (g, { operands }) => g.node('Concat', operands, { axis: 1 }),
  gather: (g, { operands: [a], shapes: [{ cols }], attributes: { indices } }) => gather(g, a, cols, indices),
  scatter: (g, { operands: [a], shapes: [{ cols }], attributes: { indices }, shape }) =>
    scatter(g, a, cols, indices, shape.cols),
  outer: (g, { operands: [a, b], shapes: [{ cols: k }, { cols: c }] }) => {
    const columns = g.node('Reshape', [a, g.integers([-1, k, 1])]);
    const rows = g.node('Reshape', [b, g.integers([-1, 1, c])]);
    return g.node('Reshape', [g.node('Mul', [columns, rows]), g.integers([-1, k * c])]);
  },
  ...images,
  sumChannels: refused,
};
