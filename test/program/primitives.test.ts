/** @file The derivative rules of every primitive, through the suite that layers pass; and what has no derivative. */
import t from 'tap';
import { derive } from '../../lib/network/network.js';
import { ProgramBuilder } from '../../lib/program/builder.js';
import type { Value } from '../../lib/program/emitter.js';
import { functionOf, unaryKinds } from '../../lib/program/functions.js';
import { linearize } from '../../lib/program/linearize.js';
import { type Op, primitives } from '../../lib/program/primitives.js';
import { fixed, samples } from '../../lib/program/shape.js';
import { byChannel } from '../../lib/program/windows.js';
import { Random } from '../../lib/random.js';
import { conformancePrograms } from '../conformance/suite.js';
import { normals } from '../support/numbers.js';

type Body = (b: ProgramBuilder, x: Value, weights: (offset: number, rows: number, cols: number) => Value) => Value;

const inputs = 3;
const weights = 24;

function trace(body: Body) {
  const b = new ProgramBuilder('test');
  const x = b.sampleInput(b.declareSamples('Y', inputs));
  const theta = b.declareVector('theta', weights);
  const result = body(b, x, (offset, rows, cols) => b.vectorInput(theta, offset, rows, cols));
  b.declareSampleOutput('Z', result);
  return b.build();
}

const sine = { kind: 'sine', parameter: null } as const;

/** An image of 2 × 4 × 4 pixels, no two of them equal, that moves with x. */
const image = (b: ProgramBuilder, x: Value) =>
  b.addRow(
    b.gather(
      b.unary(x, sine),
      Int32Array.from({ length: 32 }, (_, i) => i % 3),
      samples(32),
    ),
    b.constant(
      1,
      32,
      Array.from({ length: 32 }, (_, i) => Math.cos(7 * i)),
    ),
  );

const pointwise = {
  channels: 2,
  height: 4,
  width: 4,
  kernelHeight: 1,
  kernelWidth: 1,
  strideHeight: 1,
  strideWidth: 1,
};
const windows = { channels: 2, height: 4, width: 4, kernelHeight: 2, kernelWidth: 3, strideHeight: 2, strideWidth: 1 };
const geometry = { ...windows, padTop: 1, padLeft: 2, padBottom: 0, padRight: 1, periodic: false, groups: 1 };

/** Both operands move where there are two; every transpose flag occurs. */
const cases: Record<string, { body: Body; perSample?: boolean }> = {
  'matmul of samples': { body: (b, x, w) => b.matmul(b.unary(x, sine), w(0, 3, 4)) },
  'matmul of samples, transposed': { body: (b, x, w) => b.matmul(b.unary(x, sine), w(0, 4, 3), { tb: true }) },
  'add and sub': {
    body: (b, x, w) => b.sub(b.add(b.matmul(x, w(0, 3, 3)), x), b.unary(b.matmul(x, w(9, 3, 3)), sine)),
  },
  'sub of an array that moves from one that does not': {
    body: (b, x, w) => b.sub(b.unary(x, sine), b.matmul(x, w(3, 3, 3))),
  },
  'mul of samples': { body: (b, x, w) => b.mul(b.matmul(x, w(0, 3, 3)), b.unary(b.matmul(x, w(9, 3, 3)), sine)) },
  'a square': { body: (b, x, w) => b.mul(b.matmul(x, w(0, 3, 3)), b.matmul(x, w(0, 3, 3))) },
  scale: { body: (b, x, w) => b.scale(b.matmul(x, w(0, 3, 2)), -2.5) },
  'addRow, the row alone moving': { body: (b, x, w) => b.addRow(x, w(4, 1, 3)) },
  addRow: { body: (b, x, w) => b.addRow(b.matmul(x, w(8, 3, 3)), w(4, 1, 3)) },
  mulRow: { body: (b, x, w) => b.mulRow(b.matmul(x, w(8, 3, 3)), w(4, 1, 3)) },
  broadcastRow: { body: (b, x, w) => b.mul(x, b.broadcastRow(w(4, 1, 3))) },
  'concat with a part that rests': {
    body: (b, x, w) => b.concat([b.matmul(x, w(0, 3, 2)), x, b.broadcastRow(w(6, 1, 2)), b.unary(x, sine)]),
  },
  'concat of the same twice': {
    body: (b, x, w) => {
      const z = b.matmul(x, w(0, 3, 2));
      return b.concat([z, z]);
    },
  },
  'gather of samples': { body: (b, x, w) => b.gather(b.matmul(x, w(0, 3, 3)), [2, -1, 0, 0], samples(4)) },
  'scatter of samples': { body: (b, x, w) => b.scatter(b.matmul(x, w(0, 3, 3)), [1, -1, 1], samples(4)) },
  'gather of weights': { body: (b, x, w) => b.matmul(x, b.gather(w(0, 2, 3), [5, -1, 0, 0, 3, 2], fixed(3, 2))) },
  'scatter of weights': { body: (b, x, w) => b.matmul(x, b.scatter(w(0, 2, 2), [5, -1, 0, 0], fixed(3, 2))) },
  'add, sub and scale of weights': {
    body: (b, x, w) => b.matmul(x, b.add(b.sub(w(0, 3, 2), w(6, 3, 2)), b.scale(w(12, 3, 2), 0.5))),
  },
  'mul of weights by a constant': {
    body: (b, x, w) => b.matmul(x, b.mul(w(0, 3, 2), b.constant(3, 2, [1, 2, 3, 4, 5, 6]))),
  },
  'mul of weights': { body: (b, x, w) => b.matmul(x, b.mul(w(0, 3, 2), w(6, 3, 2))) },
  'combination of rows': { body: (b, x, w) => b.addRow(x, b.matmul(w(0, 1, 2), b.constant(2, 3, [1, 2, 3, 4, 5, 6]))) },
  'combination of rows, transposed': {
    body: (b, x, w) => b.addRow(x, b.matmul(w(0, 1, 2), b.constant(3, 2, [1, 2, 3, 4, 5, 6]), { tb: true })),
  },
  'combination of columns': {
    body: (b, x, w) => b.addRow(x, b.matmul(w(0, 2, 1), b.constant(2, 3, [1, 2, 3, 4, 5, 6]), { ta: true })),
  },
  'unary of weights': { body: (b, x, w) => b.matmul(x, b.unary(w(0, 3, 4), sine)) },
  'matmul of weights': { body: (b, x, w) => b.matmul(x, b.matmul(w(0, 3, 2), w(6, 2, 4))), perSample: false },
  'matmul of weights, left transposed': {
    body: (b, x, w) => b.matmul(x, b.matmul(w(0, 2, 3), w(6, 2, 4), { ta: true })),
    perSample: false,
  },
  'matmul of weights, right transposed': {
    body: (b, x, w) => b.matmul(x, b.matmul(w(0, 3, 2), w(6, 4, 2), { tb: true })),
    perSample: false,
  },
  'matmul of weights, both transposed': {
    body: (b, x, w) => b.matmul(x, b.matmul(w(0, 2, 3), w(6, 4, 2), { ta: true, tb: true })),
    perSample: false,
  },
  'conv2d, zeros around the image': { body: (b, x, w) => b.conv2d([image(b, x), w(0, 2, 12)], geometry) },
  'conv2d, periodic': {
    body: (b, x, w) => b.conv2d([image(b, x), w(0, 2, 12)], { ...geometry, periodic: true, padBottom: 1 }),
  },
  'conv2d in groups': { body: (b, x, w) => b.conv2d([image(b, x), w(0, 4, 6)], { ...geometry, groups: 2 }) },
  'conv2d of single pixels': {
    body: (b, x, w) => b.conv2d([image(b, x), w(0, 3, 2)], { ...byChannel(pointwise), groups: 1 }),
  },
  'conv2d of two images': {
    body: (b, x, w) => b.conv2d([image(b, x), w(0, 2, 12), b.unary(image(b, x), sine), w(0, 2, 12)], geometry),
  },
  conv2dToInput: {
    body: (b, x, w) => b.conv2dToInput(b.conv2d([image(b, x), w(0, 2, 12)], geometry), w(0, 2, 12), geometry),
  },
  'conv2dToInput, periodic, in groups': {
    body: (b, x, w) => {
      const wrapped = { ...geometry, periodic: true, groups: 2 };
      return b.conv2dToInput(b.conv2d([image(b, x), w(0, 4, 6)], wrapped), w(0, 4, 6), wrapped);
    },
  },
  'conv2dToInput of weights alone': {
    body: (b, x, w) => b.conv2dToInput(b.gather(x, new Int32Array(20), samples(20)), w(0, 2, 12), geometry),
  },
  averagePool: { body: (b, x, w) => b.averagePool(b.addChannels(image(b, x), w(0, 1, 2)), windows) },
  averagePoolToInput: {
    body: (b, x, w) => b.averagePoolToInput(b.averagePool(b.addChannels(image(b, x), w(0, 1, 2)), windows), windows),
  },
  maxPool: { body: (b, x, w) => b.maxPool(b.addChannels(image(b, x), w(0, 1, 2)), windows) },
  'pickPositions and spreadPositions': {
    body: (b, x, w) => {
      const y = b.addChannels(image(b, x), w(0, 1, 2));
      const at = b.maxPositions(y, windows);
      return b.spreadPositions(b.pickPositions(y, at, windows), at, windows);
    },
  },
  'addChannels of a row alone': { body: (b, x, w) => b.addChannels(x, w(0, 1, 3)) },
  'broadcast weights alone': { body: (b, _, w) => b.broadcastRow(w(0, 1, 3)) },
  'no weights': { body: (b, x) => b.unary(x, sine), perSample: false },
};
for (const kind of unaryKinds) {
  const attributes = { kind, parameter: functionOf(kind).parameter ? 0.3 : null };
  const positive = (b: ProgramBuilder, y: Value) => b.addRow(b.mul(y, y), b.constant(1, 3, [0.5, 1, 2]));
  cases[kind] = {
    body: (b, x, w) => {
      const y = b.matmul(x, w(0, 3, 3));
      return b.unary(functionOf(kind).domain === 'positive' ? positive(b, y) : y, attributes);
    },
  };
}

for (const [name, { body, perSample = true }] of Object.entries(cases)) {
  t.test(name, async (t) => {
    const theta = normals(new Random(9), weights);
    await conformancePrograms(t, derive(trace(body), inputs), theta, { perSample });
  });
}

t.test('the cases cover every operation with a derivative', async (t) => {
  const used = new Set(Object.values(cases).flatMap(({ body }) => trace(body).instructions.map(({ op }) => op)));
  for (const op of Object.keys(primitives) as Op[]) {
    if (primitives[op].tangent !== undefined) t.ok(used.has(op), op);
  }
});

t.test('sums over the samples are refused inside a network', async (t) => {
  const program = trace((b, x) => b.addRow(x, b.sumSamples(x)));
  t.throws(() => linearize(program, [{ kind: 'samples', index: 0 }]), {
    code: 'ERR_SHAPE',
    message: /sumSamples cannot be differentiated/,
  });
});

t.test('operation counts', async (t) => {
  t.equal(primitives.matmul.flops!(samples(4), [samples(3), fixed(3, 4)], {}), 24, 'a sample');
  t.equal(primitives.matmul.flops!(fixed(3, 4), [samples(3), samples(4)], {}), 24, 'a sample of a sum');
  t.equal(primitives.matmul.flops!(fixed(2, 4), [fixed(2, 3), fixed(3, 4)], {}), 48, 'in all');
});
