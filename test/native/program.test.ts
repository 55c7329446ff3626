import t from 'tap';
import { loadNative } from '../../lib/binding.js';
import {
  direct,
  encodeRaw,
  fixed,
  numbers,
  op,
  own,
  type RawValue,
  randomArray,
  rawProgram,
  samples,
} from './support/rawProgram.js';

const native = loadNative();

interface Shape {
  /** null: a row for each sample. */
  rows: number | null;
  cols: number;
}

interface Case {
  name: string;
  opcode: number;
  operands: Shape[];
  result: Shape;
  attributes?: number[];
  constants?: number[];
  /** May be written over operand 0. */
  inPlace?: boolean;
  /** Entry (i, j) of the result from the operands' rows × cols matrices; N samples. */
  expected: (i: number, j: number, operand: (k: number, i: number, j: number) => number, N: number) => number;
}

const rowsOf = ({ rows }: Shape, N: number): number => rows ?? N;
const s = (cols: number): Shape => ({ rows: null, cols });
const f = (rows: number, cols: number): Shape => ({ rows, cols });

const sum = (n: number, term: (i: number) => number): number => {
  let total = 0;
  for (let i = 0; i < n; i++) total += term(i);
  return total;
};

const smoothRelu = (x: number, eta: number): number => {
  if (x > eta) return x;
  return x < -eta ? 0 : (x * x) / (4 * eta) + x / 2 + eta / 4;
};
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const unaryKinds: [string, (x: number) => number, (x: number) => number][] = [
  ['tanh', Math.tanh, (x) => 1 - Math.tanh(x) ** 2],
  ['sigmoid', sigmoid, (x) => sigmoid(x) * (1 - sigmoid(x))],
  ['relu', (x) => Math.max(x, 0), (x) => (x >= 0 ? 1 : 0)],
  ['smoothRelu', (x) => smoothRelu(x, 0.3), (x) => (x > 0.3 ? 1 : x < -0.3 ? 0 : x / 0.6 + 0.5)],
  ['softplus', (x) => Math.log1p(Math.exp(x)), sigmoid],
  ['sine', Math.sin, Math.cos],
  ['exp', Math.exp, Math.exp],
  ['inverseSqrt', (x) => 1 / Math.sqrt(x), (x) => -0.5 / (x * Math.sqrt(x))],
];

const columnIndices = [2, -1, 0, 0, 3, 4];
const flatIndices = [5, -1, 0, 1, 2, 2];

const cases: Case[] = [
  {
    name: 'matmul: samples · fixed',
    opcode: op.matmul,
    operands: [s(5), f(5, 3)],
    result: s(3),
    attributes: [0, 0],
    expected: (i, j, x) => sum(5, (k) => x(0, i, k) * x(1, k, j)),
  },
  {
    name: 'matmul: samples · fixedᵀ',
    opcode: op.matmul,
    operands: [s(5), f(3, 5)],
    result: s(3),
    attributes: [0, 1],
    expected: (i, j, x) => sum(5, (k) => x(0, i, k) * x(1, j, k)),
  },
  {
    name: 'matmul: over no columns',
    opcode: op.matmul,
    operands: [s(0), f(0, 3)],
    result: s(3),
    attributes: [0, 0],
    expected: () => 0,
  },
  {
    name: 'matmul: samplesᵀ · samples',
    opcode: op.matmul,
    operands: [s(5), s(3)],
    result: f(5, 3),
    attributes: [1, 0],
    expected: (i, j, x, N) => sum(N, (n) => x(0, n, i) * x(1, n, j)),
  },
  ...[0, 1].flatMap((ta) =>
    [0, 1].map(
      (tb): Case => ({
        name: `matmul: fixed · fixed, flags ${ta} ${tb}`,
        opcode: op.matmul,
        operands: [ta ? f(4, 2) : f(2, 4), tb ? f(3, 4) : f(4, 3)],
        result: f(2, 3),
        attributes: [ta, tb],
        expected: (i, j, x) => sum(4, (k) => (ta ? x(0, k, i) : x(0, i, k)) * (tb ? x(1, j, k) : x(1, k, j))),
      }),
    ),
  ),
  ...[s(5), f(3, 4)].flatMap((shape): Case[] => {
    const kind = shape.rows === null ? 'samples' : 'fixed';
    const inPlace = shape.rows === null;
    const binary = { operands: [shape, shape], result: shape, inPlace };
    return [
      { ...binary, name: `add: ${kind}`, opcode: op.add, expected: (i, j, x) => x(0, i, j) + x(1, i, j) },
      { ...binary, name: `sub: ${kind}`, opcode: op.sub, expected: (i, j, x) => x(0, i, j) - x(1, i, j) },
      { ...binary, name: `mul: ${kind}`, opcode: op.mul, expected: (i, j, x) => x(0, i, j) * x(1, i, j) },
      {
        name: `scale: ${kind}`,
        opcode: op.scale,
        operands: [shape],
        result: shape,
        inPlace,
        attributes: [1],
        constants: [7, -2.5],
        expected: (i, j, x) => -2.5 * x(0, i, j),
      },
      ...unaryKinds.flatMap(([name, sigma, derivative], index): Case[] => {
        const parameter = { attributes: [index, name === 'smoothRelu' ? 0 : -1], constants: [0.3] };
        return [
          {
            ...parameter,
            name: `unary ${name}: ${kind}`,
            opcode: op.unary,
            operands: [shape],
            result: shape,
            inPlace,
            expected: (i, j, x) => sigma(x(0, i, j)),
          },
          {
            ...parameter,
            name: `unaryDerivative ${name}: ${kind}`,
            opcode: op.unaryDerivative,
            operands: [shape, shape],
            result: shape,
            inPlace,
            expected: (i, j, x) => derivative(x(0, i, j)),
          },
        ];
      }),
    ];
  }),
  {
    name: 'addRow',
    opcode: op.addRow,
    operands: [s(5), f(1, 5)],
    result: s(5),
    inPlace: true,
    expected: (i, j, x) => x(0, i, j) + x(1, 0, j),
  },
  {
    name: 'mulRow',
    opcode: op.mulRow,
    operands: [s(5), f(1, 5)],
    result: s(5),
    inPlace: true,
    expected: (i, j, x) => x(0, i, j) * x(1, 0, j),
  },
  {
    name: 'broadcastRow',
    opcode: op.broadcastRow,
    operands: [f(1, 5)],
    result: s(5),
    expected: (_, j, x) => x(0, 0, j),
  },
  {
    name: 'sumSamples',
    opcode: op.sumSamples,
    operands: [s(5)],
    result: f(1, 5),
    expected: (_, j, x, N) => sum(N, (n) => x(0, n, j)),
  },
  {
    name: 'concat',
    opcode: op.concat,
    operands: [s(2), s(0), s(3)],
    result: s(5),
    expected: (i, j, x) => (j < 2 ? x(0, i, j) : x(2, i, j - 2)),
  },
  {
    name: 'gather: samples',
    opcode: op.gather,
    operands: [s(5)],
    result: s(6),
    attributes: columnIndices,
    expected: (i, j, x) => (columnIndices[j] === -1 ? 0 : x(0, i, columnIndices[j])),
  },
  {
    name: 'gather: fixed',
    opcode: op.gather,
    operands: [f(2, 3)],
    result: f(3, 2),
    attributes: flatIndices,
    expected: (i, j, x) => {
      const index = flatIndices[2 * i + j];
      return index === -1 ? 0 : x(0, Math.floor(index / 3), index % 3);
    },
  },
  {
    name: 'scatter: samples',
    opcode: op.scatter,
    operands: [s(6)],
    result: s(5),
    attributes: columnIndices,
    expected: (i, j, x) => sum(6, (k) => (columnIndices[k] === j ? x(0, i, k) : 0)),
  },
  {
    name: 'scatter: fixed',
    opcode: op.scatter,
    operands: [f(3, 2)],
    result: f(2, 4),
    attributes: flatIndices,
    expected: (i, j, x) => sum(6, (k) => (flatIndices[k] === 4 * i + j ? x(0, Math.floor(k / 2), k % 2) : 0)),
  },
  {
    name: 'outer',
    opcode: op.outer,
    operands: [s(3), s(4)],
    result: s(12),
    expected: (i, j, x) => x(0, i, Math.floor(j / 4)) * x(1, i, j % 4),
  },
];

/** Operands straight from inputs, the result straight to the output; or copied to slots and overwritten there. */
function programOf({ opcode, operands, result, attributes = [], constants = [] }: Case, inSlots: boolean) {
  const values: RawValue[] = [];
  const sampleInputs: number[] = [];
  const vectorInputs: number[] = [];
  for (const { rows, cols } of operands) {
    if (rows === null) values.push(samples(op.sampleInput, [], cols, own, [sampleInputs.push(cols) - 1]));
    else values.push(fixed(op.vectorInput, [], rows, cols, [vectorInputs.push(rows * cols) - 1, 0]));
  }
  const ids = operands.map((_, k) => k);
  const slots: number[] = [];
  if (inSlots) {
    operands.forEach(({ rows, cols }, k) => {
      if (rows !== null) return;
      ids[k] = values.length;
      values.push(samples(op.scale, [k], cols, slots.push(cols) - 1, [constants.length]));
    });
  }
  const isSamples = result.rows === null;
  const last = values.length;
  if (isSamples) values.push(samples(opcode, ids, result.cols, inSlots ? 0 : direct(0), attributes));
  else values.push(fixed(opcode, ids, result.rows as number, result.cols, attributes));
  return encodeRaw(
    rawProgram({
      sampleInputs,
      vectorInputs,
      sampleOutputs: isSamples ? [result.cols] : [],
      vectorOutputs: isSamples ? [] : [(result.rows as number) * result.cols + 2],
      slots,
      outputs: [isSamples ? [0, 0, 0, last] : [1, 0, 1, last]],
      values,
      constants: [...constants, 1],
    }),
  );
}

function expectedOf({ operands, result, expected }: Case, N: number, data: Float64Array[]): Float64Array {
  const x = (k: number, i: number, j: number): number => data[k][i * operands[k].cols + j];
  const rows = rowsOf(result, N);
  const out = new Float64Array(rows * result.cols);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < result.cols; j++) out[i * result.cols + j] = expected(i, j, x, N);
  }
  return out;
}

/** Random, but for σ as an operand of unaryDerivative, and what has to be positive. */
function operandsOf({ opcode, operands, attributes = [] }: Case, N: number, next: () => number): Float64Array[] {
  const data = operands.map((shape) => randomArray(rowsOf(shape, N) * shape.cols, next));
  const isUnary = opcode === op.unary || opcode === op.unaryDerivative;
  if (isUnary && unaryKinds[attributes[0]][0] === 'inverseSqrt') data[0] = data[0].map((x) => 0.5 + x * x);
  if (opcode === op.unaryDerivative) data[1] = data[0].map(unaryKinds[attributes[0]][1]);
  return data;
}

for (const each of cases) {
  t.test(each.name, (t) => {
    for (const inSlots of each.inPlace ? [false, true] : [false]) {
      const program = new native.Program(programOf(each, inSlots));
      for (const N of [1, 7, 1000]) {
        const data = operandsOf(each, N, numbers(N));
        const isSamples = (_: unknown, k: number): boolean => each.operands[k].rows === null;
        const { samples: sampleOutputs, vectors } = program
          .run(
            N,
            data.filter(isSamples),
            data.filter((_, k) => !isSamples(_, k)),
            1,
          )
          .sync();
        const actual = sampleOutputs.length > 0 ? sampleOutputs[0] : vectors[0].subarray(1, vectors[0].length - 1);
        const expected = expectedOf(each, N, data);
        t.equal(actual.length, expected.length);
        const error = actual.reduce((worst, x, i) => Math.max(worst, Math.abs(x - expected[i])), 0);
        t.ok(error < 1e-14 * Math.max(10, N), `N = ${N}, error ${error}${inSlots ? ', in place' : ''}`);
        if (vectors.length > 0) t.same([vectors[0][0], vectors[0].at(-1)], [0, 0], 'zero around the entry');
      }
    }
    t.end();
  });
}

t.test('the second operand may be overwritten too', (t) => {
  const program = new native.Program(
    encodeRaw(
      rawProgram({
        sampleInputs: [2],
        sampleOutputs: [2],
        slots: [2],
        constants: [3],
        outputs: [[0, 0, 0, 2]],
        values: [
          samples(op.sampleInput, [], 2, own, [0]),
          samples(op.scale, [0], 2, 0, [0]),
          samples(op.sub, [0, 1], 2, 0),
        ],
      }),
    ),
  );
  t.same(program.run(2, [Float64Array.of(1, 2, 3, 4)], [], 1).sync().samples[0], Float64Array.of(-2, -4, -6, -8));
  t.end();
});

t.test('an input can be an output, of samples and of a vector', (t) => {
  const program = new native.Program(
    encodeRaw(
      rawProgram({
        sampleInputs: [2],
        vectorInputs: [3],
        sampleOutputs: [2],
        vectorOutputs: [2],
        outputs: [
          [0, 0, 0, 0],
          [1, 0, 0, 1],
        ],
        values: [samples(op.sampleInput, [], 2, own, [0]), fixed(op.vectorInput, [], 1, 2, [0, 1])],
      }),
    ),
  );
  const { samples: sampleOutputs, vectors } = program
    .run(1, [Float64Array.of(1, 2)], [Float64Array.of(7, 8, 9)], 1)
    .sync();
  t.same(sampleOutputs[0], Float64Array.of(1, 2));
  t.same(vectors[0], Float64Array.of(8, 9));
  t.end();
});
