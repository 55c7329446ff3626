/** @file Posteriors of W alone: predictions against the formula with differences, files, and what is refused. */
import t from 'tap';
import { type BackendName, backendNames } from '../../lib/backend/select.js';
import type { Labels } from '../../lib/data/classes.js';
import { suggest } from '../../lib/index.js';
import type { AnyMetrics } from '../../lib/loss/meaning.js';
import { averagedSigmoid, averagedSoftmax } from '../../lib/metrics/averaged.js';
import { classificationMetrics } from '../../lib/metrics/classification.js';
import { multiLabelMetrics } from '../../lib/metrics/multiLabel.js';
import { Ensemble } from '../../lib/model/ensemble.js';
import { Model } from '../../lib/model/model.js';
import type { ModelParts } from '../../lib/model/parts.js';
import type { Posterior } from '../../lib/model/posterior.js';
import { average } from '../../lib/train/average.js';
import { covarianceOf, randomMatrix, randomParts, weightDerivatives, withPosteriorOfW } from '../support/models.js';
import { close } from '../support/reference.js';

const all = { uncertainty: true, covariance: true } as const;
const classes = { loss: 'crossEntropy', classes: ['a', 'b', 'c'] };
const parts = (more: Partial<ModelParts> = {}, seed = 1): ModelParts => ({ ...randomParts({ seed }), ...more });
/** m is 5, t is 3. */
const cases: Record<string, ModelParts> = {
  'least squares': withPosteriorOfW(parts(), [1, 5]),
  classes: withPosteriorOfW(parts(classes), [1, 15]),
  labels: withPosteriorOfW(parts({ loss: 'logistic' }), [3, 5]),
  'a loss that this process does not have': withPosteriorOfW(parts({ loss: 'of another process' }), [3, 5]),
  'one label, no bias': withPosteriorOfW({ ...randomParts({ outputs: 1, bias: false }), loss: 'logistic' }, [1, 4]),
};
const modelOf = (one: ModelParts, backend: BackendName = 'js') => new Model(one, { backend });

for (const [name, one] of Object.entries(cases)) {
  t.test(`the covariance is J Σ Jᵀ over W, ${name}`, async (t) => {
    const inputs = randomMatrix(7, 5);
    const count = one.outputs;
    const J = weightDerivatives(one, inputs);
    const Sigma = covarianceOf(one, 'all');
    const expected = Float64Array.from({ length: 7 * count * count }, (_, i) => {
      const [n, j, l] = [Math.floor(i / count / count), Math.floor(i / count) % count, i % count];
      return J.reduce(
        (total, column, a) =>
          total + column[n * count + j] * Sigma[a].reduce((sum, s, b) => sum + s * J[b][n * count + l], 0),
        0,
      );
    });
    for (const backend of backendNames) {
      const model = modelOf(one, backend);
      const told = await model.predict(inputs, all);
      close(t, told.covariance.data, expected, `${backend}`, 1e-6);
      t.equal(told.over, 'W');
      t.strictSame(await model.predict(inputs, { ...all, over: 'W' }), told);
      t.strictSame(model.predictSync(inputs, all), told);
      const { standardDeviation } = await model.predict(inputs, { uncertainty: true });
      const variances = told.covariance.data.filter((_, i) => Math.floor(i / count) % count === i % count);
      close(t, standardDeviation.data, variances.map(Math.sqrt), 'without covariances', 1e-13);
      const { scale } = one.scaling.targets;
      const shares = one.posterior?.outputNoise as Float64Array;
      const noise = name === 'least squares' ? shares.map((s, j) => 0.3 * s * scale[j]) : new Float64Array(count);
      close(t, told.noise, noise, 'noise', 1e-14);
      const refused = { code: 'ERR_STATE', message: /over: 'W'.*last layer alone/ };
      await t.rejects(model.predict(inputs, { uncertainty: true, over: 'all' }), refused);
      t.throws(() => model.predictSync(inputs, { uncertainty: true, over: 'all' }), refused);
    }
  });

  t.test(`the same bits after save and load, with any number of threads, ${name}`, async (t) => {
    const model = modelOf(one, 'native');
    const inputs = randomMatrix(1100, 5);
    const told = await model.predict(inputs, all);
    t.strictSame(await model.predict(inputs, { ...all, threads: 2 }), told);
    const again = Model.fromBytes(model.toBytes());
    t.strictSame(await again.predict(inputs, all), told);
    t.strictSame(again.toBytes(), model.toBytes());
    const line =
      name === 'least squares'
        ? /noise .*; with the posterior of W alone, \d+ KiB/
        : /^ {2}posterior of W alone, \d+ KiB$/m;
    t.match(String(again), line);
  });
}

t.test('more directions than are taken in one go', async (t) => {
  const one = withPosteriorOfW({ ...randomParts({ outputs: 40 }), loss: 'of another process' }, [1, 200]);
  const inputs = randomMatrix(3, 5);
  const { covariance } = await modelOf(one, 'native').predict(inputs, all);
  const J = weightDerivatives(one, inputs).slice(one.theta.length);
  const T = (one.posterior as Posterior).roots;
  const E = Float64Array.from({ length: 3 * 40 * 200 }, (_, i) => {
    const [row, k] = [Math.floor(i / 200), i % 200];
    return J.reduce((sum, column, a) => sum + column[row] * T[a * 200 + k], 0);
  });
  const expected = covariance.data.map((_, i) => {
    const [n, j, l] = [Math.floor(i / 1600), Math.floor(i / 40) % 40, i % 40];
    let sum = 0;
    for (let k = 0; k < 200; k++) sum += E[(n * 40 + j) * 200 + k] * E[(n * 40 + l) * 200 + k];
    return sum;
  });
  close(t, covariance.data, expected, 'covariance', 1e-6);
});

t.test('a mean of models: the mixture', async (t) => {
  const inputs = randomMatrix(6, 5);
  for (const [more, shape] of [
    [classes, [1, 15]],
    [{ loss: 'logistic' }, [3, 5]],
  ] as [Partial<ModelParts>, [number, number]][]) {
    const { scaling } = randomParts();
    const members = [1, 2, 3].map((seed) => withPosteriorOfW(parts({ ...more, scaling }, seed), shape, seed));
    const told = await Promise.all(members.map((member) => modelOf(member).predict(inputs, all)));
    const mixture = await modelOf(average(members)).predict(inputs, all);
    const meanOf = (pick: (k: number) => number) => told.reduce((sum, _, k) => sum + pick(k) / 3, 0);
    const expected = told[0].covariance.data.map((_, i) => {
      const [first, second] = [Math.floor(i / 3), Math.floor(i / 9) * 3 + (i % 3)];
      const spread = (k: number, at: number) => told[k].mean.data[at] - mixture.mean.data[at];
      return meanOf((k) => told[k].covariance.data[i] + spread(k, first) * spread(k, second));
    });
    close(t, mixture.covariance.data, expected, `${more.loss}`, 1e-11);
    t.match(String(modelOf(average(members))), /posterior of W alone, of 3 members, /);
  }
});

const figuresOf = (metrics: AnyMetrics) =>
  Object.values(metrics)
    .filter((value) => typeof value === 'number')
    .slice(2);

t.test('probabilities averaged over the posterior', async (t) => {
  const inputs = randomMatrix(9, 5);
  const truth: Record<string, Labels> = {
    classes: ['a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c'],
    labels: Array.from({ length: 9 }, (_, n) => [n % 2, Number(n > 3), Number(n === 5)]),
  };
  for (const name of ['classes', 'labels'] as const) {
    const { mean, covariance, standardDeviation } = await modelOf(cases[name]).predict(inputs, all);
    const expected =
      name === 'classes'
        ? averagedSoftmax(mean, covariance.data)
        : averagedSigmoid(
            mean,
            standardDeviation.data.map((sigma) => sigma * sigma),
          );
    for (const backend of backendNames) {
      const model = modelOf(cases[name], backend) as Model<AnyMetrics>;
      const told = await model.predictProbabilities(inputs, { uncertainty: true });
      close(t, told.data, expected.data, `${name}, ${backend}`, 1e-12);
      t.strictSame(model.predictProbabilitiesSync(inputs, { uncertainty: true }), told);
      const plain = await model.predictProbabilities(inputs);
      t.strictSame(await model.predictProbabilities(inputs, { uncertainty: false }), plain);
      t.ok(Math.max(...told.data) < Math.max(...plain.data), 'less sure');
      const options = { scores: 'probabilities' } as const;
      const metrics =
        name === 'classes'
          ? classificationMetrics(told, truth.classes, { ...options, classes: ['a', 'b', 'c'] })
          : multiLabelMetrics(told, truth.labels as number[][], options);
      const judged = await model.evaluate(inputs, truth[name], { uncertainty: true });
      close(t, figuresOf(judged), figuresOf(metrics), 'log loss and the like', 1e-12);
      t.strictSame(model.evaluateSync(inputs, truth[name], { uncertainty: true }), judged);
      t.not(figuresOf(await model.evaluate(inputs, truth[name]))[0], figuresOf(judged)[0]);
    }
  }
});

t.test('averages refused', async (t) => {
  const inputs = randomMatrix(3, 5);
  const [classifier, regression] = [modelOf(cases.classes), modelOf(cases['least squares'])];
  const without = new Model({ ...cases.classes, posterior: null }, { backend: 'js' });
  const average = { uncertainty: true } as const;
  const labels = ['a', 'b', 'c'];
  await t.rejects(regression.predictProbabilities(inputs, average), { code: 'ERR_STATE', message: /crossEntropy or/ });
  await t.rejects(regression.evaluate(inputs, randomMatrix(3, 3), average), { code: 'ERR_STATE' });
  await t.rejects(without.predictProbabilities(inputs, average), { code: 'ERR_STATE', message: /with a posterior/ });
  t.throws(() => without.evaluateSync(inputs, labels, average), { code: 'ERR_STATE' });
  const wrong: [object, RegExp][] = [
    [{ uncertainty: 1 }, /for uncertainty/],
    [{ uncertainty: true, over: 'W' }, /Unknown option "over"/],
  ];
  for (const [options, message] of wrong) {
    const error = { code: 'ERR_OPTION', message };
    await t.rejects(classifier.predictProbabilities(inputs, options as never), error);
    t.throws(() => classifier.predictProbabilitiesSync(inputs, options as never), error);
    await t.rejects(classifier.evaluate(inputs, labels, options as never), error);
  }
  const ensemble = new Ensemble([classifier]);
  await t.rejects(ensemble.predictProbabilities(inputs, average as never), { code: 'ERR_OPTION' });
});

t.test('what takes noise: refused for other losses than least squares', async (t) => {
  const inputs = randomMatrix(4, 5);
  const model = modelOf(cases.classes);
  const error = { code: 'ERR_STATE', message: /trained with the loss leastSquares, .*had crossEntropy/ };
  const labels = ['a', 'b', 'c', 'a'];
  await t.rejects(model.update(inputs, labels), error);
  await t.rejects(model.downdate(inputs, labels), error);
  await t.rejects(model.evaluate(inputs, labels, { leaveOneOut: true }), error);
  await t.rejects(model.drift(inputs, labels), error);
  await t.rejects(suggest(model, { candidates: inputs, count: 1 }), error);
});

t.test('learning of a posterior of W alone', async (t) => {
  const model = modelOf(cases['least squares']);
  const [inputs, targets] = [randomMatrix(8, 5), randomMatrix(8, 3, 4)];
  const updated = await model.update(inputs, targets);
  const back = await updated.downdate(inputs, targets);
  const [before, after, again] = await Promise.all(
    [model, updated, back].map((one) => one.predict(inputs, { uncertainty: true })),
  );
  t.ok(after.standardDeviation.data.every((s, i) => s < before.standardDeviation.data[i]));
  close(t, again.standardDeviation.data, before.standardDeviation.data, 'there and back', 1e-9);
  close(t, again.mean.data, before.mean.data, 'means', 1e-9);
});

t.test('parts that do not fit', async (t) => {
  const wrong: [ModelParts, Partial<Posterior>, RegExp][] = [
    [cases.classes, { roots: new Float64Array(24) }, /needs 25 numbers of "roots" but it holds 24/],
    [cases.classes, { changesOfW: new Float64Array(840) }, /needs 0 numbers of "changesOfW" but it holds 840/],
    [cases['least squares'], { roots: new Float64Array(75) }, /needs 25 numbers of "roots" but it holds 75/],
    [cases['least squares'], { roots: new Float64Array(225) }, /needs 25 numbers of "roots" but it holds 225/],
  ];
  for (const [one, change, message] of wrong) {
    const changed = { ...one, posterior: { ...(one.posterior as Posterior), ...change } };
    t.throws(() => modelOf(changed), { code: 'ERR_SHAPE', message });
  }
});
