/** @file Model files that ask for more than they bring: work, memory, depth. All are refused, or take little. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { dense, hamiltonian, residual, sequential, tanh, train } from '../../lib/index.js';
import { pack, type StoredArray, unpack } from '../../lib/model/container.js';
import { Model } from '../../lib/model/model.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { Network } from '../../lib/network/network.js';
import { withHeader } from '../support/modelFiles.js';
import { projectFolder, runScript } from '../support/scripts.js';

type Json = Record<string, unknown>;

const vector = (data: number[] | Float64Array): StoredArray => ({
  shape: [data.length],
  data: Float64Array.from(data),
});

/** A model of one input and one output whose program is these instructions after input 0; Z is the last of them, or the input. */
function forged(instructions: readonly Json[], features: number, more: { constants?: number; header?: Json } = {}) {
  const all = [
    { op: 'sampleInput', array: 0 },
    { op: 'vectorInput', vector: 0, offset: 0, rows: 1, cols: 1 },
  ];
  const program = {
    name: 'network',
    sampleInputs: [{ name: 'Y', cols: 1 }],
    vectorInputs: [{ name: 'theta', length: 1 }],
    instructions: [...all, ...instructions],
    vectorOutputs: [],
    outputs: [{ name: 'Z', value: instructions.length === 0 ? 0 : all.length + instructions.length - 1 }],
  };
  const header = { gnvpro: '0.1.0', inputs: 1, outputs: 1, bias: false, network: { type: 'none' }, program };
  return pack({
    header: { ...header, loss: 'leastSquares', classes: null, training: null, ...more.header },
    arrays: new Map([
      ['theta', vector([1])],
      ['W', { shape: [1, features], data: new Float64Array(features).fill(1) }],
      ['constants', vector(Float64Array.from({ length: more.constants ?? 1 }, (_, i) => 1 + i))],
      ...['inputShift', 'targetShift'].map((name) => [name, vector([0])] as const),
      ...['inputScale', 'targetScale'].map((name) => [name, vector([1])] as const),
    ]),
  });
}

function refused(t: Test, bytes: Uint8Array, message: RegExp, name: string) {
  for (const backend of ['js', 'native'] as const) {
    t.throws(() => Model.fromBytes(bytes, { backend }), { name: 'GnvproError', code: 'ERR_MODEL_FILE', message }, name);
  }
}

/** A chain: `next` makes instruction i from the number of the one before. */
const chain = (length: number, next: (last: number, i: number) => Json) =>
  Array.from({ length }, (_, i) => next(i + 1, i));

test('a small file that describes much work', async (t) => {
  const k = 1024;
  const row = { op: 'constant', at: 0, rows: 1, cols: k };
  const matrix = [
    { op: 'constant', at: 0, rows: k, cols: 1 },
    row,
    { op: 'matmul', operands: [2, 3], ta: false, tb: false },
  ];
  const products = chain(70, (_, i) => ({ op: 'matmul', operands: [i + 4, 4], ta: false, tb: false }));
  refused(t, forged([...matrix, ...products], 1, { constants: k }), /at most \d+ (entries|operations)/, 'of matrices');
  const wide = [row, { op: 'matmul', operands: [0, 2], ta: false, tb: false }, { op: 'outer', operands: [3, 3] }];
  const sines = chain(8, (_, i) => ({ op: 'unary', operands: [i + 4], kind: 'sine' }));
  refused(t, forged([...wide, ...sines], 1, { constants: k }), /at most \d+ (columns|operations)/, 'of wide values');
});

test('one array of constants used many times', async (t) => {
  const many = Array.from({ length: 300 }, (_, at) => ({ op: 'constant', at, rows: 1, cols: 2 ** 20 }));
  refused(t, forged(many, 1, { constants: 2 ** 20 + 300 }), /at most \d+ entries/, 'overlapping constants');
});

test('arrays that overlap', async (t) => {
  const { header, arrays } = unpack(forged([], 1, { constants: 1000 }));
  const table = Array.from({ length: 500 }, (_, i) => ({ name: `copy${i}`, shape: [1000], offset: 0 }));
  // pack() writes the table itself, so that the forger changes the text after it.
  const whole = pack({ header: { ...header, filler: ' '.repeat(60_000) }, arrays });
  const length = new DataView(whole.buffer).getUint32(12, true);
  const json = JSON.parse(Buffer.from(whole.subarray(24, 24 + length)).toString());
  const text = JSON.stringify({ ...json, filler: '', arrays: [...json.arrays, ...table] });
  t.ok(text.length < length);
  const changed = withHeader(whole, text.padEnd(length));
  refused(t, changed, /its arrays overlap/, '500 names for the same numbers');
});

test('many instructions', async (t) => {
  const rows = Array.from({ length: 2 ** 18 + 1 }, (_, i) => ({ op: 'scale', operands: [i + 1], at: 0 }));
  refused(t, forged(rows, 1), /at most 262144 instructions/, 'more than any network has');
  const constants = Array.from({ length: 60_000 }, (_, at) => ({ op: 'constant', at, rows: 1, cols: 1 }));
  const last = { op: 'mulRow', operands: [0, 60_001] };
  const model = Model.fromBytes(forged([...constants, last], 1, { constants: 60_000 }), { backend: 'js' });
  t.equal(model.predictSync([[2]]).data[0], 120_000, 'as many constants that differ in one number only');
});

test('nested lists', async (t) => {
  let deep: unknown = 1;
  for (let i = 0; i < 3000; i++) deep = [deep];
  for (const key of ['network', 'training', 'classes', 'loss', 'program', 'other']) {
    refused(t, forged([], 1, { header: { [key]: deep } }), /nested more than 200 deep/, key);
  }
});

test('descriptions nested without end, or within themselves', async (t) => {
  let deep: LayerDescription = dense(2);
  for (let i = 0; i < 3000; i++) deep = { type: 'sequential', layers: [deep] };
  const round: Json = { type: 'sequential' };
  round.layers = [round];
  for (const network of [deep, round as unknown as LayerDescription]) {
    const problem = { network, inputs: [[1], [2]], targets: [[1], [2]] };
    const options = { code: 'ERR_LAYER', message: /at most 200 lists and objects within each other/ };
    await t.rejects(train(problem), options);
    t.throws(() => new Network(network, 1), options);
  }
});

test('100,000 classes, and one twice', async (t) => {
  const classes = Array.from({ length: 100_000 }, (_, i) => i);
  const header = { loss: 'crossEntropy', classes };
  refused(t, forged([], 1, { header }), /100000 classes for 1 outputs/, 'other than outputs');
  refused(t, forged([], 1, { header: { ...header, classes: [...classes, 5] } }), /every class once/, 'twice');
});

test('keys of the language, numbers beyond all numbers, and names without end', async (t) => {
  for (const key of ['__proto__', 'constructor', 'toString']) {
    const bytes = forged([], 1, { header: JSON.parse(`{"${key}":{"inputs":7}}`) });
    t.equal(Model.fromBytes(bytes, { backend: 'js' }).inputs, 1, key);
    t.equal(({} as Json).inputs, undefined);
  }
  for (const value of [1e308, -1, 2 ** 53, 0.5, '1', null]) {
    refused(t, forged([], 1, { header: { inputs: value } }), /no usable "inputs"/, String(value));
  }
  const name = 'x'.repeat(1e7);
  for (const header of [{ loss: 'crossEntropy', classes: [name, name] }, { program: { name: 1, [name]: 1 } }]) {
    try {
      Model.fromBytes(forged([], 1, { header }), { backend: 'js' });
      t.fail('accepted');
    } catch (error) {
      t.equal((error as { code: string }).code, 'ERR_MODEL_FILE');
      t.ok((error as Error).message.length < 2000, 'a message that can be read');
    }
  }
});

/** Peak memory in MiB of a process that predicts. */
async function peak(t: Test, bytes: Uint8Array, backend: string, samples: number): Promise<number> {
  const folder = projectFolder();
  writeFileSync(join(folder, 'model.gnv'), bytes);
  const { status, output } = await runScript(
    folder,
    'case.mjs',
    `import { readFileSync } from 'node:fs';
     import { Model } from 'gnvpro';
     const model = await Model.load('model.gnv', { backend: '${backend}' });
     const data = new Float64Array(${samples}).fill(1);
     const S = await model.predict({ data, shape: [${samples}, 1] });
     if (!S.data.every((s) => s === S.data[0])) throw new Error('other samples, other numbers');
     await model.jacobian({ data: data.subarray(0, 2), shape: [2, 1] });
     // maxRSS would be that of the process that started this one, where that has more.
     const [, peak] = /VmHWM:\\s+(\\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
     console.log(peak / 1024);`,
  );
  t.equal(status, 0, output);
  return Number(output);
}

test('wide values take memory for some samples at a time', async (t) => {
  const w = 2 ** 19;
  const features = [
    { op: 'constant', at: 0, rows: 1, cols: w },
    { op: 'matmul', operands: [0, 2], ta: false, tb: false },
  ];
  const wide = forged(features, w, { constants: w });
  const deep = [
    { op: 'gather', operands: [0], indices: new Array(2000).fill(0), cols: 2000 },
    ...chain(1200, (_, i) => ({ op: 'scale', operands: [i + 2], at: 0 })),
  ];
  for (const backend of ['native', 'js']) {
    t.ok((await peak(t, wide, backend, 200)) < 900, `${backend}: half a million features, 200 samples`);
    t.ok(
      (await peak(t, forged(deep, 2000), backend, 500)) < 700,
      `${backend}: 1,200 values of 2,000 columns, 500 samples`,
    );
  }
});

test('large honest models load', async (t) => {
  const times = <T>(n: number, f: () => T[]) => Array.from({ length: n }, f).flat();
  const networks: [name: string, network: LayerDescription, inputs: number][] = [
    ['3 million weights', sequential([dense(1500), tanh(), dense(500), tanh()]), 1500],
    ['300 layers', sequential(times(300, () => [dense(20), tanh()])), 20],
    ['400 steps in time', hamiltonian({ time: 1, steps: 400, nodes: 2 }), 32],
    [
      'residual blocks of 4 stages',
      sequential(times(100, () => [residual(dense(8), { integrator: 'rk4', steps: 4 })])),
      8,
    ],
  ];
  for (const [name, description, inputs] of networks) {
    const network = new Network(description, inputs);
    const scaling = (cols: number) => ({ shift: new Float64Array(cols), scale: new Float64Array(cols).fill(1) });
    const parts = {
      ...{ network: description, forward: network.trace(), inputs, outputs: 1, bias: true, training: null },
      theta: network.initialWeights(1),
      W: new Float64Array(network.features + 1).fill(0.5),
      scaling: { inputs: scaling(inputs), targets: scaling(1) },
    };
    const bytes = new Model(parts, { backend: 'js' }).toBytes();
    const model = Model.fromBytes(bytes);
    t.equal(model.weightCount, network.weights + network.features + 1, name);
  }
});
