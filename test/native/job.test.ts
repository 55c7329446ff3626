import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { loadNative } from '../../lib/binding.js';
import type { Job } from '../../lib/job/job.js';
import { denseProgram, encodeRaw, numbers, randomArray, sameBits } from './support/rawProgram.js';

const native = loadNative();
const root = fileURLToPath(new URL('../..', import.meta.url));
const [N, d, k, targets] = [3000, 20, 8, 3];
const next = numbers(5);
const encoded = encodeRaw(denseProgram(d, k));
const program = new native.Program(encoded);
const [Y, theta] = [randomArray(N * d, next), randomArray(d * k + k, next)];

type PredictArguments = Parameters<typeof native.predict>;

function predictArguments(bias: boolean, samples = N): PredictArguments {
  return [program, theta, randomArray(targets * (k + (bias ? 1 : 0)), next), targets, bias, Y, samples, 1];
}

for (const bias of [false, true]) {
  t.test(`predict ${bias ? 'with' : 'without'} a bias is forward and the last layer`, async (t) => {
    const args = predictArguments(bias);
    const W = args[2];
    const m = k + (bias ? 1 : 0);
    const Z = program.run(N, [Y], [theta], 1).sync().samples[0];
    const expected = new Float64Array(N * targets);
    for (let n = 0; n < N; n++) {
      for (let j = 0; j < targets; j++) {
        let s = bias ? W[j * m + k] : 0;
        for (let i = 0; i < k; i++) s += Z[n * k + i] * W[j * m + i];
        expected[n * targets + j] = s;
      }
    }
    const S = native.predict(...args).sync();
    t.equal(S.length, N * targets);
    t.ok(S.every((s, i) => Math.abs(s - expected[i]) < 1e-13));
    t.ok(sameBits([await native.predict(...args).async()], [S]));
    args[7] = 2;
    t.ok(sameBits([await native.predict(...args).async()], [S]), 'the same bits with two threads');
  });
}

t.test('predict works over several blocks of samples', (t) => {
  const small = new native.Program(encodeRaw(denseProgram(1, 1)));
  const count = 150000;
  const inputs = randomArray(count, next);
  const S = native.predict(small, Float64Array.of(2, 0.5), Float64Array.of(3, 1), 1, true, inputs, count, 2).sync();
  t.ok(S.every((s, n) => Math.abs(s - (3 * Math.tanh(2 * inputs[n] + 0.5) + 1)) < 1e-14));
  t.equal(
    native.predict(small, Float64Array.of(2, 0.5), Float64Array.of(3, 1), 1, true, new Float64Array(0), 0, 1).sync()
      .length,
    0,
  );
  t.end();
});

t.test('predict refuses wrong arguments', (t) => {
  const wrong: [number, unknown, RegExp][] = [
    [0, {}, /native Program for program/],
    [0, undefined, /native Program/],
    [0, new Proxy(program, {}), /native Program/],
    [1, new Float64Array(3), /for weights/],
    [2, new Float64Array(k * targets), /for W/],
    [3, 0, /for targets/],
    [3, 2 ** 30, /for targets/],
    [4, 1, /boolean for bias/],
    [5, new Float64Array(5), /for inputs/],
    [6, -1, /for samples/],
    [7, 1000, /for threads/],
    [8, new Int32Array(1), /SharedArrayBuffer for flag/],
    [8, new Int32Array(new SharedArrayBuffer(8)), /length 1/],
    [8, true, /for flag/],
  ];
  for (const [index, value, message] of wrong) {
    const args = predictArguments(true) as unknown[];
    args[index] = value;
    t.throws(() => native.predict(...(args as PredictArguments)), { code: 'ERR_ARGUMENT', message });
  }
  t.end();
});

t.test('a set flag aborts', async (t) => {
  const flag = new Int32Array(new SharedArrayBuffer(4)).fill(1);
  const args = predictArguments(true);
  args[8] = flag;
  t.throws(() => native.predict(...args).sync(), { code: 'ERR_ABORTED' });
  await t.rejects(native.predict(...args).async(), { code: 'ERR_ABORTED' });
  flag[0] = 0;
  t.ok(await native.predict(...args).async());
});

t.test('a flag set while a job runs aborts it', async (t) => {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const count = 400000;
  const W = randomArray(targets * k, next);
  const running = native
    .predict(program, theta, W, targets, false, new Float64Array(count * d), count, 1, flag)
    .async();
  flag[0] = 1;
  await t.rejects(running, { code: 'ERR_ABORTED' });
});

t.test('arrays may be changed, transferred and collected while a job runs', async (t) => {
  const expected = program.run(N, [Y], [theta], 1).sync();
  const runs = Array.from({ length: 20 }, () => {
    const [inputs, weights] = [Y.slice(), theta.slice()];
    const running = program.run(N, [inputs], [weights], 2).async();
    weights.fill(Number.NaN);
    structuredClone(inputs, { transfer: [inputs.buffer] });
    return running;
  });
  for (const result of await Promise.all(runs)) t.ok(sameBits(result.samples, expected.samples));
});

t.test('a handle runs its job once, in either way', async (t) => {
  const runs = [(job: Job<unknown>) => job.sync(), (job: Job<unknown>) => job.async()];
  for (const first of runs) {
    const job = native.predict(...predictArguments(true));
    await first(job);
    for (const again of runs) t.throws(() => again(job), { code: 'ERR_DISPOSED' });
  }
  t.throws(() => Reflect.construct(native.Job as never, []), { code: 'ERR_ARGUMENT' }, 'only calls make jobs');
});

t.test('arrays are read when a job runs: what was detached by then is refused', (t) => {
  const args = predictArguments(true);
  const inputs = Y.slice();
  args[5] = inputs;
  const expected = native.predict(...args).sync();
  const [kept, lost] = [native.predict(...args), native.predict(...args)];
  t.ok(sameBits([kept.sync()], [expected]));
  structuredClone(inputs, { transfer: [inputs.buffer] });
  t.throws(() => lost.sync(), { code: 'ERR_ARGUMENT' });
  t.end();
});

t.test('memory that cannot be had is an exception', (t) => {
  const wide = new native.Program(encodeRaw(denseProgram(0, 2 ** 20)));
  const weights = new Float64Array(2 ** 20);
  t.throws(() => wide.run(2 ** 32, [new Float64Array(0)], [weights], 1).sync(), { code: 'ERR_MEMORY' });
  t.throws(() => wide.run(2 ** 12, [new Float64Array(0)], [weights], 1).sync(), { code: 'ERR_MEMORY' });
  t.end();
});

/** In a worker or a child: keeps four long jobs running. */
const script = `
  const native = require('node-gyp-build')(root);
  const program = new native.Program({ code: Int32Array.from(code), constants: new Float64Array(0) });
  const count = 50000;
  const Y = new Float64Array(count * ${d});
  const theta = new Float64Array(${d * k + k});
  const again = () => program.run(count, [Y], [theta], 2).async().then(again, (error) => { if (error.code !== 'ERR_ABORTED') throw error; });
  for (let i = 0; i < 4; i++) again();
`;

t.test('a worker can be terminated while its jobs run', async (t) => {
  for (const delay of [0, 5, 30]) {
    const source = `
      const { workerData, parentPort } = require('node:worker_threads');
      const { root, code } = workerData;
      ${script}
      parentPort.postMessage('running');
    `;
    const worker = new Worker(source, { eval: true, workerData: { root, code: [...encoded.code] } });
    await new Promise((resolve) => worker.once('message', resolve));
    await new Promise((resolve) => setTimeout(resolve, delay));
    t.equal(await worker.terminate(), 1);
  }
  t.same(program.run(1, [new Float64Array(d)], [theta], 1).sync().samples[0].length, k, 'this thread goes on');
});

for (const [name, end] of [
  ['process.exit()', 'process.exit(7)'],
  ['process.exit() after stopAll()', 'native.stopAll(); process.exit(7)'],
]) {
  t.test(`${name} while jobs run`, (t) => {
    const source = `const root = ${JSON.stringify(root)}; const code = [${encoded.code}]; ${script} setTimeout(() => { ${end}; }, 20);`;
    const { status, signal, stderr } = spawnSync(process.execPath, ['-e', source], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    t.equal(stderr, '');
    t.equal(signal, null);
    t.equal(status, 7);
    t.end();
  });
}

t.test('the end of the event loop while jobs run', (t) => {
  const source = `const root = ${JSON.stringify(root)}; const code = [${encoded.code}]; ${script.replace('.then(again', '.then(() => 0')}`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', source], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  t.equal(stderr, '');
  t.equal(status, 0);
  t.end();
});
