/** @file Trainings of several runs: starts that are averaged, refits, searches, nested parts of the data. */
import t from 'tap';
import { jsBackend } from '../../lib/backend/js/backend.js';
import { driveSync } from '../../lib/job/job.js';
import { dense } from '../../lib/network/dense.js';
import { gnvpro } from '../../lib/optimizers/gnvpro.js';
import type { TrainOptions } from '../../lib/options/trainOptions.js';
import { Random } from '../../lib/random.js';
import { alphaByCrossValidation } from '../../lib/train/start/gcv.js';
import { trainSync } from '../../lib/train/train.js';
import { normals } from '../support/numbers.js';
import { relativeError } from '../support/reference.js';

const N = 90;

/** Three classes on rings around the origin. */
function rings(seed = 1) {
  const random = new Random(seed);
  const inputs = Array.from({ length: N }, (_, n) => {
    const [angle, radius] = [random.uniform(0, 2 * Math.PI), 1 + (n % 3) + random.normal(0, 0.25)];
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
  return { inputs, targets: Array.from({ length: N }, (_, n) => 'abc'[n % 3]) };
}

const options = {
  ...rings(),
  loss: 'crossEntropy' as const,
  network: dense(6, { activation: 'tanh' }),
  validation: 0.3,
  regularization: { theta: 1e-4, W: 1e-3 } as TrainOptions['regularization'],
  optimizer: gnvpro({ preconditioner: 'none', krylov: { maxVectors: 4 } }),
  stop: { iterations: 6 },
  backend: 'js' as const,
};

t.test('starts are averaged in one model', async (t) => {
  const { model, report } = trainSync({ ...options, starts: 3 });
  t.same(
    report.runs.map(({ purpose, seed }) => [purpose, seed]),
    [0, 1, 2].map((seed) => ['training', seed]),
  );
  t.same([...new Set(report.iterations.map(({ run }) => run))], [1, 2, 3]);
  t.equal(
    report.workUnits,
    report.runs.reduce((sum, run) => sum + run.workUnits, 0),
  );
  const least = Math.min(...report.runs.map(({ best }) => best.validation as number));
  t.ok((report.best.validation as number) <= least, 'no worse than the best of them');
  // The validation samples are those of the seed of the training, for all.
  const alone = report.members.map((run) => memberOf(run - 1));
  const mean = alone[0].map((_, i) => alone.reduce((sum, logits) => sum + logits[i], 0) / alone.length);
  t.ok(relativeError(model.predictSync(options.inputs).data, mean) < 1e-12, 'the mean of the logits');
  t.equal(model.features, 6 * alone.length);
  t.ok(model.evaluateSync(options.inputs, options.targets).accuracy > 0.8);
});

/** The logits of start k by itself, on the same split. */
function memberOf(k: number): Float64Array {
  const order = new Random(0).permutation(N);
  const held = Math.round(0.3 * N);
  const part = (rows: Int32Array) => ({
    inputs: Array.from(rows, (row) => options.inputs[row]),
    targets: Array.from(rows, (row) => options.targets[row]),
  });
  const { model } = trainSync({
    ...options,
    ...part(order.slice(held).sort()),
    validation: part(order.slice(0, held).sort()),
    seed: k,
  });
  return model.predictSync(options.inputs).data;
}

t.test('a refit takes as many steps on all data', async (t) => {
  const { model, report } = trainSync({ ...options, refit: true });
  t.same(
    report.runs.map(({ purpose }) => purpose),
    ['training', 'refit'],
  );
  const [training, refit] = report.runs;
  const steps = Math.max(1, training.best.iteration);
  t.equal(report.iterations.filter(({ run }) => run === 2).length, steps + 1);
  t.equal(refit.best.validation, null, 'without validation');
  // The same run by hand, on the data in the same order.
  const order = new Random(0).permutation(N);
  const held = Math.round(0.3 * N);
  const rows = [...order.slice(held), ...order.slice(0, held)];
  const alone = trainSync({
    ...options,
    inputs: rows.map((row) => options.inputs[row]),
    targets: rows.map((row) => options.targets[row]),
    validation: undefined,
    stop: { iterations: steps, gradient: 0, objective: 0, step: 0 },
  });
  t.ok(relativeError(model.predictSync(options.inputs).data, alone.model.predictSync(options.inputs).data) < 1e-10);
  t.throws(() => trainSync({ ...options, refit: true, validation: undefined }), { code: 'ERR_OPTION' });
  t.throws(() => trainSync({ ...options, refit: true, levels: 2 }), { code: 'ERR_OPTION' });
});

t.test('auto finds the regularisation on the validation data', async (t) => {
  const { report } = trainSync({ ...options, regularization: { theta: 1e-4, W: 'auto' }, stop: { iterations: 3 } });
  t.ok(report.runs.length > 3, `${report.runs.length} runs`);
  t.ok(report.runs.every(({ purpose }) => purpose === 'search'));
  const best = Math.min(...report.runs.map((run) => run.best.validation as number));
  t.equal(report.best.validation, best, 'the best of all');
  const chosen = report.used.regularization as { theta: number; W: number };
  t.equal(chosen.theta, 1e-4, 'what is given stays');
  const winner = report.runs.find((run) => run.best.validation === best);
  t.equal(chosen.W, winner?.regularization.W);
  t.throws(() => trainSync({ ...options, regularization: { W: 'auto' }, validation: undefined }), {
    code: 'ERR_OPTION',
    message: /validation data with regularization 'auto'/,
  });
});

t.test('a classifier to go on from brings its loss, and with it what has to be decided', async (t) => {
  const { model } = trainSync({ ...options, stop: { iterations: 1 } });
  const { network: _, loss: __, validation: ___, ...others } = options;
  const again = { ...others, initial: model, regularization: { W: 'auto' as const } };
  t.throws(() => trainSync(again), { code: 'ERR_OPTION', message: /validation data with regularization 'auto'/ });
});

t.test('generalised cross validation', async (t) => {
  const random = new Random(4);
  const [samples, m] = [40, 12];
  const Zt = normals(random, samples * m);
  const truth = normals(random, m);
  const noise = normals(random, samples, 2);
  const targets = noise.map((e, n) => truth.reduce((sum, w, j) => sum + w * Zt[n * m + j], e));
  const alpha = driveSync(alphaByCrossValidation(jsBackend, { Zt, samples, sampleWeights: null, targets }));
  // Its definition, with the hat matrix from the solution for unit targets.
  const score = (a: number) => {
    let residual = 0;
    let trace = samples;
    const solve = ridge(Zt, samples, m, a);
    const fitted = solve(targets);
    for (let n = 0; n < samples; n++) {
      residual += (targets[n] - fitted[n]) ** 2;
      trace -= solve(Float64Array.from({ length: samples }, (_, i) => Number(i === n)))[n];
    }
    return residual / trace ** 2;
  };
  for (const factor of [0.5, 0.9, 1.1, 2]) t.ok(score(alpha) < score(factor * alpha), `better than ${factor} of it`);
  const { report } = trainSync({
    inputs: options.inputs,
    targets: options.inputs.map(([x, y]) => [x * y, x - y]),
    network: options.network,
    regularization: { W: 'auto' },
    stop: { iterations: 2 },
    backend: 'js',
  });
  const { W } = report.used.regularization as { W: number };
  t.ok(W > 0 && Number.isFinite(W), 'least squares without validation data');
});

/** Fitted values of ridge regression with (1/2N) ‖Zw − c‖² + ½ α ‖w‖², by gradient descent's end: conjugate gradients. */
function ridge(Z: Float64Array, N: number, m: number, alpha: number): (c: Float64Array) => Float64Array {
  const times = (w: Float64Array) =>
    Float64Array.from({ length: N }, (_, n) => w.reduce((sum, x, j) => sum + x * Z[n * m + j], 0));
  const transposed = (r: Float64Array) =>
    Float64Array.from({ length: m }, (_, j) => r.reduce((sum, x, n) => sum + x * Z[n * m + j], 0) / N);
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, i) => sum + x * b[i], 0);
  return (c) => {
    const w = new Float64Array(m);
    let r = transposed(c);
    let p = r;
    for (let k = 0; k < 5 * m && dot(r, r) > 1e-28; k++) {
      const Ap = transposed(times(p)).map((x, i) => x + alpha * p[i]);
      const step = dot(r, r) / dot(p, Ap);
      for (let i = 0; i < m; i++) w[i] += step * p[i];
      const next = r.map((x, i) => x - step * Ap[i]);
      const beta = dot(next, next) / dot(r, r);
      const last = p;
      p = next.map((x, i) => x + beta * last[i]);
      r = next;
    }
    return times(w);
  };
}

t.test('nested parts of the data', async (t) => {
  const nested = [
    { samples: 20, iterations: 2 },
    { samples: 40, iterations: 1 },
  ];
  const { report, model } = trainSync({ ...options, nested });
  const samples = N - Math.round(0.3 * N);
  const starts = report.iterations.filter(({ stepNorm }) => stepNorm === 0);
  t.equal(starts.length, 3, 'three starts');
  t.match(
    starts.map(({ iteration }) => iteration),
    [0, 3, 5],
  );
  t.ok(Math.abs(starts[0].workUnits - (2 * 20) / samples) < 1e-12, 'a pass over a part counts as that part');
  t.equal(report.stop.status, 'iterationLimit');
  t.equal(report.iterations.length, 5 + 7);
  t.ok(model.evaluateSync(options.inputs, options.targets).accuracy > 0.7);
  for (const wrong of [[{ samples: 20 }], [{ samples: 1000, iterations: 1 }], [nested[1], nested[0]], 3]) {
    t.throws(() => trainSync({ ...options, nested: wrong as never }), { code: 'ERR_OPTION' });
  }
});

t.test('what stops a training leaves the best of its runs', async (t) => {
  let count = 0;
  const onIteration = () => ++count < 10; // in the second run
  const { report, model } = trainSync({ ...options, starts: 4, onIteration });
  t.equal(report.stop.status, 'aborted');
  t.equal(report.runs.length, 2);
  t.ok(model.predictSync(options.inputs).data.every(Number.isFinite));
});
