/** @file What each primitive is in exported code: calls of helpers that compute its row of one sample. */
import type { UnaryAttributes } from '../../program/functions.js';
import type { AttributesOf, Op } from '../../program/primitives.js';
import { type FixedShape, type Shape, size } from '../../program/shape.js';
import type { Helper } from './helpers.js';
import { convolutionOperands, windowOperands } from './images.js';
import { literal } from './procedure.js';

export type Call = readonly [helper: Helper, ...operands: (string | number)[]];

/** An instruction in the code: where its result and its operands are, and a name for a table of its own. */
export interface Place<A> {
  readonly out: string;
  readonly operands: readonly string[];
  readonly shapes: readonly Shape[];
  readonly attributes: A;
  /** Columns of the result. */
  readonly n: number;
  table(indices: Int32Array): string;
}

type Statement<A> = (place: Place<A>) => readonly Call[];

/** Inputs and constants are only named. */
const named = (): readonly Call[] => [];

/** Models have no sums over samples, and those with a Jacobian no products of all pairs. */
const refused = (): never => {
  throw new Error('internal: no operation of a sample with derivatives');
};

const plus: Statement<object> = ({ out, operands: [a, b], n }) => [['add', out, a, b, n]];
const product: Statement<object> = ({ out, operands: [a, b], n }) => [['multiply', out, a, b, n]];

export const statements: { readonly [O in Op]: Statement<AttributesOf[O]> } = {
  sampleInput: named,
  vectorInput: named,
  constant: named,
  matmul: ({ out, operands: [x, M], shapes: [{ cols }], attributes: { tb }, n }) => [
    [tb ? 'timesTransposed' : 'times', out, x, M, cols, n],
  ],
  add: plus,
  sub: ({ out, operands: [a, b], n }) => [['subtract', out, a, b, n]],
  mul: product,
  scale: ({ out, operands: [a], attributes: { factor }, n }) => [['scale', out, a, literal(factor), n]],
  addRow: plus,
  mulRow: product,
  broadcastRow: ({ out, operands: [row], n }) => [['place', out, 0, 1, row, n]],
  sumSamples: refused,
  unary: ({ out, operands: [x], attributes, n }) => [
    [`${attributes.kind}Values`, out, x, n, ...parameterOf(attributes)],
  ],
  unaryDerivative: ({ out, operands: [x, y], attributes, n }) => [
    [`${attributes.kind}Derivatives`, out, x, y, n, ...parameterOf(attributes)],
  ],
  concat: ({ out, operands, shapes }) => {
    let begin = 0;
    return operands.map((part, i) => {
      begin += shapes[i].cols;
      return ['place', out, begin - shapes[i].cols, 1, part, shapes[i].cols];
    });
  },
  gather: ({ out, operands: [a], attributes: { indices }, n, table }) => [['gather', out, a, table(indices), n]],
  scatter: ({ out, operands: [a], shapes: [shape], attributes: { indices }, n, table }) => [
    ['scatter', out, a, table(indices), size(shape), n],
  ],
  outer: refused,
  conv2d: ({ out, operands, shapes, attributes, n, table }) => {
    const terms = operands.flatMap((K, i): Call[] => {
      if (i % 2 === 0) return [];
      const { rows } = shapes[i] as FixedShape;
      return [['addConvolution', out, operands[i - 1], K, ...convolutionOperands(attributes, rows, table)]];
    });
    return [['zeros', out, n], ...terms];
  },
  conv2dToInput: ({ out, operands: [u, K], shapes: [, shape], attributes, n, table }) => [
    ['zeros', out, n],
    ['addTransposedConvolution', out, u, K, ...convolutionOperands(attributes, (shape as FixedShape).rows, table)],
  ],
  conv2dToKernel: refused,
  averagePool: ({ out, operands: [x], attributes }) => [['averages', out, x, ...windowOperands(attributes)]],
  averagePoolToInput: ({ out, operands: [u], attributes, n }) => [
    ['zeros', out, n],
    ['addAverages', out, u, ...windowOperands(attributes)],
  ],
  maxPool: ({ out, operands: [x], attributes }) => [['maxima', out, x, ...windowOperands(attributes)]],
  maxPositions: ({ out, operands: [x], attributes }) => [['places', out, x, ...windowOperands(attributes)]],
  pickPositions: ({ out, operands: [x, at], attributes }) => [['pick', out, x, at, ...windowOperands(attributes)]],
  spreadPositions: ({ out, operands: [u, at], attributes, n }) => [
    ['zeros', out, n],
    ['addPicked', out, u, at, ...windowOperands(attributes)],
  ],
  addChannels: ({ out, operands: [a, row], shapes: [, { cols }], n }) => [
    ['addToChannels', out, a, row, cols, n / cols],
  ],
  sumChannels: refused,
};

function parameterOf({ parameter }: UnaryAttributes): string[] {
  return parameter === null ? [] : [literal(parameter)];
}
