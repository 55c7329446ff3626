import t from 'tap';
import type { Matrix } from '../../lib/data/matrix.js';
import { type CdrOptions, generateCdr, TRANSPORT } from '../../lib/problems/cdr.js';
import { cellPeclet } from './cellPeclet.js';

const row = ({ data, shape: [, columns] }: Matrix, i: number) => data.subarray(i * columns, (i + 1) * columns);
const norm = (values: Float64Array) => Math.hypot(...values);
const difference = (a: Float64Array, b: Float64Array) => a.map((x, i) => x - b[i]);

t.test('inputs on the simplex, targets between 0 and 1 and growing, a description', async (t) => {
  const { inputs, targets, description } = await generateCdr({ samples: 20, seed: 4, timeSteps: 24 });
  t.same(inputs.shape, [20, 55]);
  t.same(targets.shape, [20, 72]);
  t.ok(inputs.data.every((share) => share >= 0));
  for (let i = 0; i < 20; i++) {
    const total = row(inputs, i).reduce((a, b) => a + b, 0);
    if (Math.abs(total - 1) > 1e-14) t.fail(`the inputs of sample ${i} sum to ${total}`);
  }
  t.ok(targets.data.every((u) => u > 0 && u < 1));
  t.ok(
    row(targets, 0).every((u, k, all) => k < 6 || u > all[k - 6]),
    'at every sensor the conversion grows',
  );
  t.equal(description.times.length * description.sensors.length, 72);
  t.equal(description.times[11], 1);
  t.equal(description.sites.length, 55);
  t.match(description, { grid: 16, timeSteps: 24, seed: 4 });
});

t.test('the same seed gives the same bits, and a longer run begins with the shorter one', async (t) => {
  const few = await generateCdr({ samples: 3, seed: 1, timeSteps: 24 });
  const again = await generateCdr({ samples: 3, seed: 1, timeSteps: 24 });
  const many = await generateCdr({ samples: 110, seed: 1, timeSteps: 24 });
  const other = await generateCdr({ samples: 3, seed: 2, timeSteps: 24 });
  t.same(again, few);
  t.same(many.inputs.data.subarray(0, few.inputs.data.length), few.inputs.data);
  t.same(many.targets.data.subarray(0, few.targets.data.length), few.targets.data);
  t.notSame(other.inputs.data, few.inputs.data);
});

t.test('central differences do not oscillate, on the coarsest grid either', async (t) => {
  const coarsest = cellPeclet(14, TRANSPORT);
  t.ok(coarsest < 1.8, `cell Péclet number ${coarsest.toFixed(2)}`);
});

t.test('second order in space and time together', async (t) => {
  const runs: Float64Array[] = [];
  for (const refinement of [1, 2, 4]) {
    const options = { samples: 2, grid: 16 * refinement, timeSteps: 24 * refinement };
    runs.push((await generateCdr(options)).targets.data);
  }
  const [coarse, fine] = [norm(difference(runs[0], runs[1])), norm(difference(runs[1], runs[2]))];
  const order = Math.log2(coarse / fine);
  t.ok(order > 1.8 && order < 2.4, `order ${order.toFixed(3)}`);
  t.ok(
    fine / norm(runs[2]) < 2e-3,
    `relative difference of the two finest: ${(fine / norm(runs[2])).toExponential(1)}`,
  );
});

t.test('second order in time on a fixed grid', async (t) => {
  const runs: Float64Array[] = [];
  for (const timeSteps of [24, 48, 96]) runs.push((await generateCdr({ samples: 3, timeSteps })).targets.data);
  const order = Math.log2(norm(difference(runs[0], runs[1])) / norm(difference(runs[1], runs[2])));
  t.ok(order > 1.9 && order < 2.1, `order ${order.toFixed(3)}`);
});

t.test('hard for a linear model: its error is at least .03, that of the mean far larger', async (t) => {
  for (const seed of [0, 1]) {
    const { inputs, targets } = await generateCdr({ samples: 600, seed, timeSteps: 24 });
    const [linear, mean] = [testError(inputs, targets, 400, true), testError(inputs, targets, 400, false)];
    t.ok(linear > 0.03 && linear < 0.1, `seed ${seed}: linear regression ${linear.toFixed(4)}`);
    t.ok(mean > 3 * linear, `seed ${seed}: the mean ${mean.toFixed(4)}`);
  }
});

t.test('progress grows to 1; an abort ends the work', async (t) => {
  const seen: number[] = [];
  await generateCdr({ samples: 101, timeSteps: 24, onProgress: (done) => void seen.push(done) });
  t.equal(seen.length, 48);
  t.ok(seen.every((done, i) => done > (seen[i - 1] ?? 0)));
  t.equal(seen[47], 1);

  const controller = new AbortController();
  const reason = new Error('enough');
  const onProgress = () => controller.abort(reason);
  await t.rejects(generateCdr({ samples: 5, signal: controller.signal, onProgress }), reason);
  await t.rejects(generateCdr({ signal: AbortSignal.abort() }), { name: 'AbortError' });
  await t.rejects(
    generateCdr({
      samples: 5,
      onProgress: () => {
        throw reason;
      },
    }),
    reason,
  );
});

t.test('misuse is refused with a sentence', async (t) => {
  const misuses: [unknown, RegExp][] = [
    [{ sample: 5 }, /^Unknown option "sample" of generateCdr\. Did you mean "samples"\?$/],
    [{ timesteps: 48 }, /Did you mean "timeSteps"\?$/],
    [{ samples: 0 }, /^Expected an integer between 1 and 1000000 for samples but received 0\.$/],
    [{ samples: '800' }, /for samples but received "800"/],
    [{ seed: -1 }, /for seed but received -1/],
    [{ seed: 0.5 }, /for seed but received 0.5/],
    [{ grid: 13 }, /^Expected an integer between 14 and 128 for grid but received 13\.$/],
    [{ timeSteps: 50 }, /^Expected a multiple of 12 from 24 to 4800 for timeSteps but received 50\.$/],
    [{ timeSteps: 12 }, /for timeSteps but received 12/],
    [{ signal: {} }, /^Expected an AbortSignal for signal but received/],
    [{ onProgress: 1 }, /^Expected a function for onProgress but received 1\.$/],
    [null, /^Expected an object for the options of generateCdr but received null\.$/],
  ];
  for (const [options, message] of misuses) {
    await t.rejects(generateCdr(options as CdrOptions), { code: 'ERR_OPTION', message });
  }
});

/** Mean relative error per sample after the first `train` samples, of least squares on them or of their mean. */
function testError(inputs: Matrix, targets: Matrix, train: number, linear: boolean): number {
  const count = linear ? inputs.shape[1] : 1; // the shares sum to 1: a constant takes the place of the first
  const A = Array.from({ length: inputs.shape[0] }, (_, i) => [1, ...row(inputs, i).subarray(1, count)]);
  const system = normalEquations(A.slice(0, train), targets);
  eliminate(system, count);
  let error = 0;
  for (let i = train; i < A.length; i++) {
    const predicted = new Float64Array(targets.shape[1]);
    A[i].forEach((value, j) => {
      addMultiple(predicted, value / system[j][j], system[j].subarray(count));
    });
    error += norm(difference(predicted, row(targets, i))) / norm(row(targets, i));
  }
  return error / (A.length - train);
}

function addMultiple(y: Float64Array, factor: number, x: ArrayLike<number>): void {
  for (let k = 0; k < y.length; k++) y[k] += factor * x[k];
}

/** The rows of [AᵀA AᵀC]. */
function normalEquations(A: number[][], targets: Matrix): Float64Array[] {
  const system = A[0].map(() => new Float64Array(A[0].length + targets.shape[1]));
  A.forEach((features, i) => {
    const both = [...features, ...row(targets, i)];
    features.forEach((value, j) => {
      addMultiple(system[j], value, both);
    });
  });
  return system;
}

/** Gauss–Jordan elimination: the first `count` columns become diagonal. */
function eliminate(system: Float64Array[], count: number): void {
  for (let k = 0; k < count; k++) {
    system.forEach((other, i) => {
      if (i !== k) addMultiple(other, -other[k] / system[k][k], system[k]);
    });
  }
}
