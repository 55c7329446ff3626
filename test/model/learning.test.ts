/** @file Models that learn on: equal to a projection with all samples, and to models that have not seen a sample. */
import { join } from 'node:path';
import t from 'tap';
import { jsBackend } from '../../lib/backend/js/backend.js';
import { dense, Model, sequential, type Training, type TrainOptions, tanh, train } from '../../lib/index.js';
import { cholesky, choleskySolve } from '../../lib/linalg/cholesky.js';
import { type Matrix, matrix } from '../../lib/linalg/matrix.js';
import { close, NetworkPoint } from '../support/reference.js';
import { smooth } from '../train/problem.js';

const network = sequential([dense(6), tanh()]);
const data = smooth(120, 1, 0.1);
const more = smooth(30, 2, 0.1);
const held = smooth(50, 3).inputs;
const plain = {
  network,
  ...data,
  regularization: 'evidence',
  starts: 1,
  scaling: { inputs: 'none', targets: 'none' },
} as const;
const both = { inputs: [...data.inputs, ...more.inputs], targets: [...data.targets, ...more.targets] };
const weights = data.inputs.map((_, n) => [1, 2, 0.5][n % 3]);
const some = more.inputs.map((_, n) => [0.5, 0, 3][n % 3]);

const trained = (options: Partial<TrainOptions> = {}) => train({ ...plain, ...options });

/** W by the normal equations at the θ, α_W and σ of a training. */
function projected({ model, report }: Training, inputs: number[][], targets: number[][], count: number, ω?: number[]) {
  const { features, Zt } = featuresAt(model, inputs);
  const alpha = (report.best.evidence?.alphaW ?? Number.NaN) * count;
  const G = matrix(features, features);
  const rhs = targets[0].map(() => new Float64Array(features));
  for (let n = 0; n < inputs.length; n++) {
    const weight = ω?.[n] ?? 1;
    for (let i = 0; i < features; i++) {
      for (let j = 0; j < features; j++)
        G.data[i * features + j] += weight * Zt.data[n * features + i] * Zt.data[n * features + j];
      targets[n].forEach((y, o) => {
        rhs[o][i] += weight * Zt.data[n * features + i] * y;
      });
    }
  }
  for (let i = 0; i < features; i++) G.data[i * (features + 1)] += alpha;
  const L = cholesky(G) as Matrix;
  return Float64Array.from(rhs.flatMap((b) => [...choleskySolve(L, b)]));
}

function featuresAt(model: Model, inputs: number[][]) {
  const point = new NetworkPoint(jsBackend, network, Float64Array.from(inputs.flat()), inputs.length, model.theta);
  const w = point.Z.length / inputs.length;
  const Zt = matrix(inputs.length, w + 1);
  for (let n = 0; n < inputs.length; n++) {
    Zt.data.set(point.Z.subarray(n * w, (n + 1) * w), n * (w + 1));
    Zt.data[n * (w + 1) + w] = 1;
  }
  return { features: w + 1, Zt };
}

t.test('update and downdate: the last layer of a projection with and without the samples', async (t) => {
  for (const backend of ['native', 'js'] as const) {
    const training = await trained({ backend, ...(backend === 'js' ? { stop: { iterations: 10 } } : {}) });
    const { model } = training;
    close(t, model.W, projected(training, data.inputs, data.targets, 120), 'as it was trained', 1e-9);
    const updated = await model.update(more.inputs, more.targets);
    close(t, updated.W, projected(training, both.inputs, both.targets, 120), 'with more', 1e-10);
    const back = await updated.downdate(more.inputs, more.targets);
    close(t, back.W, model.W, 'and without them again', 1e-10);
    t.strictSame(updated.theta, model.theta);
    const one = async (m: Model) => (await m.predict(held, { uncertainty: true, over: 'W' })).standardDeviation.data;
    close(t, await one(back), await one(model), 'the posterior, too', 1e-9);
    const [less, before] = [await one(updated), await one(model)];
    t.ok(
      less.every((s, i) => s < before[i]),
      'more samples, less uncertainty',
    );
  }
});

t.test('with weights: ω samples each', async (t) => {
  const training = await trained({ sampleWeights: weights });
  const count = weights.reduce((sum, weight) => sum + weight, 0);
  const updated = await training.model.update(more.inputs, more.targets, { sampleWeights: some });
  const all = [...weights, ...some];
  close(t, updated.W, projected(training, both.inputs, both.targets, count, all), 'with more', 1e-10);
});

t.test('leave one out: as models that have not seen the sample', async (t) => {
  const training = await trained();
  const { model } = training;
  const { rmse } = await model.evaluate(data.inputs, data.targets, { leaveOneOut: true });
  const { features, Zt } = featuresAt(model, data.inputs);
  let square = 0;
  data.inputs.forEach((_, left) => {
    const others = <T>(rows: T[]) => rows.filter((_, n) => n !== left);
    const W = projected(training, others(data.inputs), others(data.targets), 120);
    data.targets[left].forEach((y, o) => {
      let s = 0;
      for (let j = 0; j < features; j++) s += W[o * features + j] * Zt.data[left * features + j];
      square += (s - y) ** 2;
    });
  });
  close(t, [rmse], [Math.sqrt(square / 240)], 'RMSE', 1e-9);
  const seen = await model.evaluate(data.inputs, data.targets);
  t.ok(rmse > seen.rmse);
});

t.test('a mean of models, in scaled units, by way of a file', async (t) => {
  const { model } = await train({ ...plain, scaling: {}, starts: 3 });
  const path = join(t.testdir(), 'model.gnvpro');
  await model.save(path);
  const loaded = await Model.load(path);
  const [own, other] = await Promise.all([model, loaded].map((m) => m.update(more.inputs, more.targets)));
  t.strictSame(other.W, own.W);
  const back = await own.downdate(more.inputs, more.targets);
  const [a, b] = await Promise.all([model, back].map((m) => m.predict(held)));
  close(t, b.data, a.data, 'there and back', 1e-9);
  const before = await model.evaluate(more.inputs, more.targets);
  t.ok((await own.evaluate(more.inputs, more.targets)).rmse < before.rmse);
  t.ok((await model.evaluate(data.inputs, data.targets, { leaveOneOut: true })).rmse > 0);
});

t.test('refused', async (t) => {
  const { model } = await trained();
  const far = [[1e3, 1e3, 1e3]];
  const learned = await model.update(more.inputs, more.targets);
  t.not(learned, model, 'the model itself stays as it is');
  const many = Array.from({ length: 5000 }, (_, n) => held[n % 50]);
  await t.rejects(
    model.downdate(
      many,
      many.map(() => [0, 0]),
    ),
    { code: 'ERR_STATE', message: /learned from/ },
  );
  await t.rejects(model.update(far, [[1]]), { code: 'ERR_SHAPE' });
  await t.rejects(model.update(far, [[1, Number.NaN]]), { code: 'ERR_NONFINITE' });
  await t.rejects(model.update([[1, 1, 1]], [[1e308, 0]]), { code: 'ERR_NONFINITE', message: /overflow/ });
  await t.rejects(model.update(far, [[1, 1]], null as never), { code: 'ERR_OPTION' });
  const { model: without } = await train({ network, ...data, stop: { iterations: 2 } });
  await t.rejects(without.update(more.inputs, more.targets), { code: 'ERR_STATE', message: /'evidence'/ });
  await t.rejects(without.evaluate(data.inputs, data.targets, { leaveOneOut: true }), { code: 'ERR_STATE' });
  const wrong = { leaveOneOut: 1 as unknown as boolean };
  await t.rejects(model.evaluate(data.inputs, data.targets, wrong), { code: 'ERR_OPTION' });
});
