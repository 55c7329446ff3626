/** @file What a network has to beat: constants and linear models beside the training. */
import t from 'tap';
import { backendNames } from '../../lib/backend/select.js';
import { defineLoss } from '../../lib/loss/defineLoss.js';
import { Random } from '../../lib/random.js';
import { linearRegression } from '../../lib/train/start/linearRegression.js';
import { trainSync } from '../../lib/train/train.js';
import { network, options, smooth } from './problem.js';

const training = smooth(50, 1, 0.1);
const validation = smooth(20, 2, 0.1);
const stop = { iterations: 3 };

/** ½ ‖s − c‖² */
const halfSquares = defineLoss({
  name: 'halfSquares',
  value: (b, s, c) => {
    const r = b.sub(s, c);
    return b.matmul(b.mul(r, r), b.constant(2, 1, [0.5, 0.5]));
  },
  gradient: (b, s, c) => b.sub(s, c),
  hessianProduct: (_b, _s, _c, v) => v,
});

t.test('the mean and linear regression', async (t) => {
  for (const backend of backendNames) {
    const { report, baselines } = trainSync(options({ ...training, validation, baselines: true, stop, backend }));
    t.strictSame(
      baselines.map(({ name }) => name),
      ['mean', 'linear regression'],
    );
    const fit = await linearRegression(training.inputs, training.targets, { backend });
    const [mean, linear] = baselines.map(({ model }) => model.predictSync(validation.inputs).data);
    const expected = fit.predict(validation.inputs).data;
    t.ok(linear.every((value, i) => Math.abs(value - expected[i]) < 1e-12));
    t.ok(mean.every((value, i) => Math.abs(value - fit.targetMean[i % 2]) < 1e-12));
    for (const [k, { model, name }] of baselines.entries()) {
      const { rmse } = model.evaluateSync(validation.inputs, validation.targets);
      const told = report.baselines[k].validation as number;
      t.equal(report.baselines[k].name, name);
      t.ok(Math.abs(told / rmse - 1) < 1e-12, `${name}: ${told}`);
    }
  }
});

t.test('no more than what is asked for, and nothing else changes', async (t) => {
  const plain = trainSync(options({ ...training, validation, stop }));
  t.strictSame([plain.baselines, plain.report.baselines], [[], []]);
  const asked = trainSync(options({ ...training, validation, stop, baselines: true }));
  t.equal(asked.report.best.objective, plain.report.best.objective, 'the data are as they were');
  t.equal(asked.report.workUnits, plain.report.workUnits);
  t.equal(asked.report.iterations.length, plain.report.iterations.length);
  t.throws(() => trainSync(options({ baselines: 'yes' as never })), { code: 'ERR_OPTION' });
});

/** Three classes that a plane tells apart but for noise. */
function classes(samples: number, seed: number) {
  const random = new Random(seed);
  const inputs = Array.from({ length: samples }, () => [random.normal(), random.normal()]);
  const targets = inputs.map(([x, y]) => {
    const score = x + 2 * y + random.normal();
    return score < 0 ? 'low' : score < 1 ? 'middle' : 'high';
  });
  return { inputs, targets };
}

t.test('the most frequent class and logistic regression', async (t) => {
  const found = backendNames.map((backend) => {
    const some = { ...classes(150, 1), loss: 'crossEntropy' as const, baselines: true, stop, backend };
    return trainSync({ network, ...some }).baselines;
  });
  const { inputs, targets } = classes(150, 1);
  const shares = ['high', 'low', 'middle'].map((name) => targets.filter((label) => label === name).length);
  for (const [constant, linear] of found) {
    t.strictSame([constant.name, linear.name], ['most frequent class', 'logistic regression']);
    const accuracyOf = ({ model }: (typeof found)[number][number]) => model.evaluateSync(inputs, targets).accuracy;
    t.ok(Math.abs(accuracyOf(constant) - Math.max(...shares) / 150) < 1e-12);
    const P = constant.model.predictProbabilitiesSync(inputs).data;
    for (const [j, count] of shares.entries()) t.ok(Math.abs(P[j] - (count + 1) / 153) < 1e-12);
    t.ok(accuracyOf(linear) > 0.65);
  }
  const [native, js] = found.map(([, { model }]) => model.predictProbabilitiesSync(inputs).data);
  t.ok(
    native.every((p, i) => Math.abs(p - js[i]) < 1e-4),
    'both backends find the same minimum',
  );
  // Of the minimum of a model with a bias: the predicted shares are the true ones.
  const mean = [0, 1, 2].map((j) => native.reduce((sum, p, i) => (i % 3 === j ? sum + p / 150 : sum), 0));
  for (const [j, count] of shares.entries()) t.ok(Math.abs(mean[j] - count / 150) < 2e-3, `${mean[j]}, ${count / 150}`);
});

t.test('labels that do not exclude each other, and losses of the user', async (t) => {
  const { inputs } = classes(80, 3);
  const labels = inputs.map(([x, y]) => [Number(x > 0), Number(y > x + 5)]); // the second never
  const { baselines } = trainSync(options({ inputs, targets: labels, loss: 'logistic', baselines: true, stop }));
  t.strictSame(
    baselines.map(({ name }) => name),
    ['most frequent labels', 'logistic regression'],
  );
  const [P] = baselines.map(({ model }) => model.predictProbabilitiesSync(inputs).data);
  t.ok(P.every((p) => p > 0 && p < 1));
  const [target] = trainSync(options({ ...training, loss: halfSquares, baselines: true, stop })).baselines;
  t.equal(target.name, 'linear model');
  const fit = await linearRegression(training.inputs, training.targets);
  const [mine, theirs] = [target.model.predictSync(validation.inputs), fit.predict(validation.inputs)];
  t.ok(
    mine.data.every((value, i) => Math.abs(value - theirs.data[i]) < 1e-2),
    'but for its α_W',
  );
});

t.test('a refit compares with baselines of the same data', async (t) => {
  const { baselines } = trainSync(options({ ...training, validation, baselines: true, refit: true, stop }));
  const all = [...training.targets, ...validation.targets];
  const mean = all.reduce((sum, [first]) => sum + first / all.length, 0);
  t.ok(Math.abs(baselines[0].model.predictSync([[0, 0, 0]]).data[0] - mean) < 1e-12);
});
