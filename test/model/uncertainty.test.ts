/** @file Predictions with uncertainty: against the formula with differences, of mixtures, and after save and load. */
import { join as pathOf } from 'node:path';
import t, { type Test } from 'tap';
import { type BackendName, backendNames } from '../../lib/backend/select.js';
import { pack, unpack } from '../../lib/model/container.js';
import { Ensemble } from '../../lib/model/ensemble.js';
import { Model } from '../../lib/model/model.js';
import type { ModelParts } from '../../lib/model/parts.js';
import type { Posterior } from '../../lib/model/posterior.js';
import { average } from '../../lib/train/average.js';
import {
  covarianceOf,
  randomMatrix,
  randomModel,
  randomParts,
  rotatedParts,
  uncertainParts,
  weightDerivatives,
  withPosterior,
} from '../support/models.js';
import { close } from '../support/reference.js';

const all = { uncertainty: true, covariance: true } as const;

const uncertainModel = (parts = uncertainParts(), backend: BackendName = 'js') => new Model(parts, { backend });

/** J Σ Jᵀ sample by sample, samples × t × t. */
function expectedCovariance(parts: ModelParts, inputs: ReturnType<typeof randomMatrix>, over: 'all' | 'W') {
  const J = weightDerivatives(parts, inputs);
  const Sigma = covarianceOf(parts, over);
  const t = parts.outputs;
  return Float64Array.from({ length: inputs.shape[0] * t * t }, (_, i) => {
    const [n, j, l] = [Math.floor(i / t / t), Math.floor(i / t) % t, i % t];
    const left = J.map((column) => column[n * t + j]);
    const right = J.map((column) => column[n * t + l]);
    return left.reduce((total, x, a) => total + x * Sigma[a].reduce((inner, s, b) => inner + s * right[b], 0), 0);
  });
}

const diagonal = (covariance: Float64Array, t: number) => covariance.filter((_, i) => Math.floor(i / t) % t === i % t);

for (const backend of backendNames) {
  t.test(`the covariance is J Σ Jᵀ, ${backend}`, async (t) => {
    const cases: Record<string, ModelParts> = {
      'three outputs': uncertainParts(),
      'no bias': uncertainParts({ bias: false, outputs: 1 }),
      'rotated inputs': withPosterior(rotatedParts()),
    };
    for (const [name, parts] of Object.entries(cases)) {
      const inputs = randomMatrix(7, parts.inputs);
      const model = uncertainModel(parts, backend);
      for (const over of ['all', 'W'] as const) {
        const expected = expectedCovariance(parts, inputs, over);
        const told = await model.predict(inputs, { ...all, over });
        close(t, told.covariance.data, expected, `${name}, over ${over}`, 1e-6);
        t.strictSame(told.covariance.shape, [7, parts.outputs, parts.outputs]);
        const variances = told.standardDeviation.data.map((sigma) => sigma * sigma);
        close(t, variances, diagonal(told.covariance.data, parts.outputs), 'its diagonal', 1e-14);
        const plain = await model.predict(inputs, { uncertainty: true, over });
        close(t, plain.standardDeviation.data, told.standardDeviation.data, 'without covariances', 1e-13);
        t.strictSame(told.mean, await model.predict(inputs), 'the mean is the prediction');
      }
    }
  });
}

t.test('the noise, in original units', async (t) => {
  const parts = uncertainParts();
  const { noise } = await uncertainModel(parts).predict(randomMatrix(1, 5), { uncertainty: true });
  const { noise: shared, outputNoise } = parts.posterior as Posterior;
  close(
    t,
    noise,
    Array.from(parts.scaling.targets.scale, (scale, j) => scale * shared[0] * outputNoise[j]),
    'σ',
    1e-15,
  );
});

t.test('noise of a mean of models: that of the mixture, output by output', async (t) => {
  const first = randomParts();
  const members = [
    { sigma: 0.3, shares: [1.2, 0.6, Math.sqrt(1.2)] },
    { sigma: 0.1, shares: [0.1, 0.1, Math.sqrt(2.98)] },
  ].map(({ sigma, shares }, k) => {
    const parts = withPosterior({ ...randomParts({ seed: k }), scaling: first.scaling });
    const own = { noise: Float64Array.of(sigma), outputNoise: Float64Array.from(shares) };
    return { ...parts, posterior: { ...(parts.posterior as Posterior), ...own } };
  });
  const inputs = randomMatrix(1, 5);
  const [a, b] = members.map((parts) => uncertainModel(parts).predictSync(inputs, { uncertainty: true }).noise);
  const { noise } = uncertainModel(average(members)).predictSync(inputs, { uncertainty: true });
  close(
    t,
    noise,
    a.map((sigma, j) => Math.sqrt((sigma ** 2 + b[j] ** 2) / 2)),
    'σ',
    1e-14,
  );
});

t.test('a file of an earlier version: one σ for all outputs', async (t) => {
  const parts = uncertainParts();
  const { header, arrays } = unpack(uncertainModel(parts).toBytes());
  const earlier = pack({ header, arrays: new Map([...arrays].filter(([name]) => name !== 'posteriorOutputNoise')) });
  const shared = { ...(parts.posterior as Posterior), outputNoise: Float64Array.of(1, 1, 1) };
  const inputs = randomMatrix(4, 5);
  const expected = uncertainModel({ ...parts, posterior: shared }).predictSync(inputs, all);
  t.strictSame(Model.fromBytes(earlier, { backend: 'js' }).predictSync(inputs, all), expected);
});

/** Means of the members' moments; the covariance has that of their means in it. */
async function mixtureOf(members: readonly Model[], inputs: ReturnType<typeof randomMatrix>) {
  const told = await Promise.all(members.map((member) => member.predict(inputs, all)));
  const count = told.length;
  const meanOf = (pick: (k: number, i: number) => number, length: number) =>
    Float64Array.from({ length }, (_, i) => told.reduce((sum, _, k) => sum + pick(k, i) / count, 0));
  const mean = meanOf((k, i) => told[k].mean.data[i], told[0].mean.data.length);
  const outputs = told[0].mean.shape[1];
  const covariance = meanOf((k, i) => {
    const [first, second] = [Math.floor(i / outputs), Math.floor(i / outputs / outputs) * outputs + (i % outputs)];
    const own = told[k].mean.data;
    return told[k].covariance.data[i] + (own[first] - mean[first]) * (own[second] - mean[second]);
  }, told[0].covariance.data.length);
  const noise = meanOf((k, i) => told[k].noise[i] ** 2, outputs).map(Math.sqrt);
  return { mean, covariance, noise };
}

t.test('a mean of models: the mixture of their distributions', async (t) => {
  for (const bias of [true, false]) {
    const first = randomParts({ bias });
    const members = [1, 2, 3].map((seed) =>
      withPosterior({ ...randomParts({ bias, seed }), scaling: first.scaling }, seed),
    );
    const inputs = randomMatrix(6, 5);
    for (const backend of backendNames) {
      const expected = await mixtureOf(
        members.map((parts) => uncertainModel(parts, backend)),
        inputs,
      );
      const told = await uncertainModel(average(members), backend).predict(inputs, all);
      close(t, told.mean.data, expected.mean, `mean, ${backend}`, 1e-12);
      close(t, told.covariance.data, expected.covariance, 'covariance', 1e-11);
      close(t, told.noise, expected.noise, 'noise', 1e-14);
    }
  }
});

t.test('a mean of which a member has none has none', async (t) => {
  const members = [uncertainParts(), randomParts({ seed: 2 })];
  t.equal(uncertainModel(average(members)).hasPosterior, false);
});

t.test('the same bits: sync, after save and load, with any number of threads', async (t) => {
  const model = uncertainModel(uncertainParts(), 'native');
  const inputs = randomMatrix(1500, 5);
  const told = await model.predict(inputs, all);
  t.strictSame(model.predictSync(inputs, all), told);
  t.strictSame(await model.predict(inputs, { ...all, threads: 2 }), told);
  const path = pathOf(t.testdir(), 'model.gnvpro');
  await model.save(path);
  const again = await Model.load(path);
  t.strictSame(await again.predict(inputs, all), told);
  t.strictSame(again.toBytes(), model.toBytes());
  t.match(String(again), /noise {4}\d.* in scaled targets; with the posterior, \d+ KiB/);
  // A chunk does not know what is in the others.
  const some = await model.predict({ data: inputs.data.subarray(0, 5 * 1100), shape: [1100, 5] }, all);
  t.strictSame(some.covariance.data, told.covariance.data.subarray(0, 1100 * 9));
});

t.test('saved without: a smaller file, and no uncertainty', async (t) => {
  const model = uncertainModel();
  const path = pathOf(t.testdir(), 'model.gnvpro');
  await model.save(path, { posterior: false });
  const plain = await Model.load(path, { backend: 'js' });
  t.ok(plain.toBytes().length < model.toBytes().length / 2);
  t.equal(model.hasPosterior, true);
  t.equal(plain.hasPosterior, false);
  await refusesUncertainty(t, plain);
  t.throws(() => model.toBytes({ posterior: 1 as never }), { code: 'ERR_OPTION', message: /for posterior/ });
});

async function refusesUncertainty(t: Test, model: Model) {
  const error = { code: 'ERR_STATE', message: /with a posterior.*regularization: 'evidence'/ };
  await t.rejects(model.predict(randomMatrix(1, 5), { uncertainty: true }), error);
  t.throws(() => model.predictSync(randomMatrix(1, 5), { uncertainty: true }), error);
}

t.test('refused', async (t) => {
  await refusesUncertainty(t, randomModel());
  const model = uncertainModel();
  const inputs = randomMatrix(2, 5);
  const wrong: [object, RegExp][] = [
    [{ uncertainty: 1 }, /for uncertainty/],
    [{ uncertainty: true, over: 'theta' }, /"all", "W" for over/],
    [{ uncertainty: true, covariance: 'yes' }, /for covariance/],
    [{ over: 'W' }, /Unknown option "over"/],
    [{ uncertainty: true, signals: 1 }, /Unknown option "signals"/],
  ];
  for (const [options, message] of wrong) {
    await t.rejects(model.predict(inputs, options as never), { code: 'ERR_OPTION', message });
    t.throws(() => model.predictSync(inputs, options as never), { code: 'ERR_OPTION', message });
  }
  await t.rejects(model.predict([[1, 2]], { uncertainty: true }), { code: 'ERR_SHAPE' });
  await t.rejects(new Ensemble([model]).predict(inputs, { uncertainty: true } as never), { code: 'ERR_OPTION' });
  const signal = AbortSignal.abort(new Error('enough'));
  await t.rejects(model.predict(inputs, { uncertainty: true, signal }), { message: 'enough' });
  model.dispose();
  await t.rejects(model.predict(inputs, { uncertainty: true }), { code: 'ERR_DISPOSED' });
});

t.test('parts that do not fit', async (t) => {
  const parts = uncertainParts();
  const posterior = parts.posterior as Posterior;
  const wrong: [Partial<Posterior>, RegExp][] = [
    [{ noise: new Float64Array(0) }, /of 0 members/],
    [{ noise: Float64Array.of(1, 1, 1) }, /of 3 members, which do not share 56 weights/],
    [{ noise: Float64Array.of(0) }, /noise of its posterior is not positive/],
    [{ noise: Float64Array.of(-1) }, /noise of its posterior is not positive/],
    [{ noise: Float64Array.of(Number.NaN) }, /"noise" of its posterior is not finite/],
    [{ outputNoise: Float64Array.of(1, 1) }, /needs 3 numbers of "outputNoise" but it holds 2/],
    [{ outputNoise: Float64Array.of(1, 0, 1) }, /noise of its posterior is not positive/],
    [{ outputNoise: Float64Array.of(1, Number.NaN, 1) }, /"outputNoise" of its posterior is not finite/],
    [{ theta: posterior.theta.subarray(1) }, /needs 1596 numbers of "theta" but it holds 1595/],
    [{ W: posterior.W.subarray(1) }, /needs 15 numbers of "W"/],
    [{ changesOfW: new Float64Array(0) }, /needs 840 numbers of "changesOfW"/],
    [{ roots: posterior.roots.map(() => Number.POSITIVE_INFINITY) }, /"roots" of its posterior is not finite/],
  ];
  for (const [change, message] of wrong) {
    const changed = { ...parts, posterior: { ...posterior, ...change } };
    t.throws(() => uncertainModel(changed), { code: 'ERR_SHAPE', message });
  }
});

t.test('the arrays of a model are its own', async (t) => {
  const parts = uncertainParts();
  const model = uncertainModel(parts);
  const inputs = randomMatrix(3, 5);
  const told = model.predictSync(inputs, all);
  (parts.posterior as Posterior).theta.fill(0);
  t.strictSame(model.predictSync(inputs, all), told);
  told.noise.fill(0);
  t.not(model.predictSync(inputs, all).noise[0], 0);
});
