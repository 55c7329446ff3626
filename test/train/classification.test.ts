/** @file Training with cross entropy, logistic loss and losses of the user's own, from labels to probabilities. */
import t, { type Test } from 'tap';
import { smoothLabels } from '../../lib/data/classes.js';
import { loaded } from '../../lib/data/stored.js';
import {
  antisymmetricDense,
  type ClassificationMetrics,
  classificationMetrics,
  defineLoss,
  dense,
  gnvpro,
  type Labels,
  lbfgs,
  Model,
  oneHot,
  Random,
  residual,
  sequential,
  tanh,
} from '../../lib/index.js';
import { readOptions } from '../../lib/options/options.js';
import type { TrainOptions } from '../../lib/options/trainOptions.js';
import { type Training, trainSync } from '../../lib/train/train.js';
import { close } from '../support/reference.js';

type AnyTraining = Pick<Training, 'report'> & { readonly model: Pick<Training['model'], 'W' | 'theta'> };

/** Three rings around the origin that overlap a little. */
function rings(samples: number, seed = 1) {
  const random = new Random(seed);
  const numbers = Array.from({ length: samples }, (_, n) => n % 3);
  const inputs = numbers.map((k) => {
    const [radius, angle] = [0.4 + 0.6 * k + 0.25 * random.normal(), random.uniform(0, 2 * Math.PI)];
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
  return { inputs, numbers };
}

const names = ['a', 'b', 'c'];
const { inputs, numbers } = rings(90);
const labels = numbers.map((k) => names[k]);
const shares = oneHot(numbers, [0, 1, 2]);

const problem = {
  network: sequential([dense(8), tanh()]),
  loss: 'crossEntropy',
  inputs,
  regularization: { theta: 1e-3, W: 1e-3 },
  stop: { iterations: 15 },
  seed: 3,
} as const;

const backends = ['native', 'js'] as const;

function fit(targets: Labels, more: Partial<TrainOptions> = {}) {
  return trainSync({ ...problem, targets, ...more } as TrainOptions & { loss: 'crossEntropy' });
}

/** The same training to rounding. */
function same(t: Test, one: AnyTraining, other: AnyTraining, what: string, tolerance = 1e-8) {
  close(t, one.model.theta, other.model.theta, `${what}: θ`, tolerance);
  close(t, one.model.W, other.model.W, `${what}: W`, tolerance);
}

for (const backend of backends) {
  t.test(`labels, integers and one-hot rows are the same targets, ${backend}`, async (t) => {
    const byName = fit(labels, { backend });
    t.strictSame(byName.model.classes, names);
    t.equal(byName.model.loss, 'crossEntropy');
    const ways: Record<string, Labels> = {
      integers: numbers,
      'an Int32Array': Int32Array.from(numbers),
      'a column': numbers.map((k) => [k]),
      rows: shares,
    };
    for (const [way, targets] of Object.entries(ways)) {
      const other = fit(targets, { backend });
      t.strictSame(other.model.theta, byName.model.theta, way);
      t.strictSame(other.model.W, byName.model.W, way);
      t.strictSame(other.model.classes, [0, 1, 2], way);
    }
    const again = Model.fromBytes<ClassificationMetrics>(byName.model.toBytes(), { backend });
    t.strictSame([again.loss, again.classes], ['crossEntropy', names], 'also out of a file');
    t.strictSame(again.predictProbabilitiesSync(inputs), byName.model.predictProbabilitiesSync(inputs));
    const { accuracy } = again.evaluateSync(inputs, labels);
    t.ok(accuracy > 0.8, `accuracy ${accuracy}`);
    // The gradients of a row sum to 0, so α_W Σ_j W_j = 0 where W is the best one.
    const { W } = byName.model;
    const sums = W.subarray(0, 9).map((w, i) => w + W[9 + i] + W[18 + i]);
    t.ok(Math.max(...sums.map(Math.abs)) < 1e-4 * Math.max(...W.map(Math.abs)), 'the rows of W sum to 0');
    t.ok(
      byName.report.iterations.every(({ inner }) => inner !== null && inner.gradientNorm < 1e-6),
      'every record says how W was found',
    );
  });

  t.test(`soft targets: the objective is the mean cross entropy, ${backend}`, async (t) => {
    const soft = { data: shares.data.map((c) => 0.7 * c + 0.1), shape: shares.shape };
    const { model, report } = fit(soft, { backend });
    const { crossEntropy } = classificationMetrics(model.predictSync(inputs), soft);
    close(t, [report.best.loss], [crossEntropy], 'loss', 1e-10);
    const { model: hard } = fit(labels, { backend });
    t.ok(Math.max(...model.W.map(Math.abs)) < Math.max(...hard.W.map(Math.abs)), 'softer targets, smaller weights');
    const smoothed = shares.data.slice();
    smoothLabels(smoothed, 3, 0.3);
    close(t, smoothed, soft.data, 'and they are what smoothing makes', 1e-15);
    const tight = { backend, innerTolerance: 1e-12, stop: { iterations: 5 } };
    same(t, fit(labels, { ...tight, labelSmoothing: 0.3 }), fit(soft, tight), 'labels with smoothing');
  });

  t.test(`the logistic loss, of one output and of several labels, ${backend}`, async (t) => {
    const outer = numbers.map((k) => [Number(k === 2)]);
    const both = numbers.map((k, n) => [Number(k === 2), Number(inputs[n][0] > 0)]);
    for (const targets of [outer, both]) {
      const { model, report } = trainSync({ ...problem, loss: 'logistic', targets, backend });
      const { exactMatch, crossEntropy, labels } = model.evaluateSync(inputs, targets);
      t.equal(labels.length, targets[0].length);
      t.ok(exactMatch > 0.8, `${exactMatch} all right`);
      close(t, [report.best.loss], [crossEntropy], 'loss', 1e-10);
      t.equal(model.classes, null);
      const logits = model.predictSync(inputs).data;
      const expected = logits.map((s) => 1 / (1 + Math.exp(-s)));
      close(t, model.predictProbabilitiesSync(inputs).data, expected, 'probabilities', 1e-14);
    }
  });

  t.test(`a loss of the user's own: Poisson regression, ${backend}`, async (t) => {
    const random = new Random(5);
    const rates = inputs.map(([x, y]) => Math.exp(0.5 + Math.sin(2 * x) - 0.5 * y));
    const counts = rates.map((rate) => [draw(random, rate)]);
    const { model, report } = trainSync({ ...problem, loss: poisson, targets: counts, backend });
    const s = model.predictSync(inputs).data;
    const mean = s.reduce((sum, si, n) => sum + Math.exp(si) - counts[n][0] * si, 0) / s.length;
    close(t, [report.best.loss], [mean], 'the loss is that of the function', 1e-10);
    // Where the gradient by the bias of W is 0, the mean of the rates is that of the counts, but for α_W.
    const total = s.reduce((sum, si) => sum + Math.exp(si), 0);
    const counted = counts.reduce((sum, [c]) => sum + c, 0);
    const bias = model.W[model.W.length - 1];
    close(t, [total / s.length + 1e-3 * bias], [counted / s.length], 'W is the best one', 1e-5);
    t.throws(() => model.predictProbabilitiesSync(inputs), { code: 'ERR_STATE' });
    t.hasStrict(model.evaluateSync(inputs, counts), { samples: 90 });
  });

  t.test(`weights of samples, ${backend}`, async (t) => {
    const random = new Random(9);
    const weights = inputs.map(() => random.integer(3)); // 0, 1, 2
    const copies = weights.flatMap((weight, n) => new Array<number>(weight).fill(n));
    const tight = { backend, innerTolerance: 1e-12, scaling: { inputs: 'none' } } as const;
    const repeated = { inputs: copies.map((n) => inputs[n]) };
    const targets: [loss: string, of: (n: number) => string | number[]][] = [
      ['crossEntropy', (n) => labels[n]],
      ['logistic', (n) => [Number(numbers[n] === 2)]],
      ['leastSquares', (n) => [inputs[n][0] * inputs[n][1]]],
      [poisson, (n) => [numbers[n]]],
    ];
    for (const [loss, of] of targets) {
      const common = { ...tight, loss, scaling: { inputs: 'none', targets: 'none' } } as const;
      const rows = inputs.map((_, n) => of(n)) as Labels;
      const weighted = fit(rows, { ...common, sampleWeights: weights });
      const twice = fit(copies.map(of) as Labels, { ...common, ...repeated });
      same(t, weighted, twice, `${loss}: as with the samples repeated and left out`);
      close(t, [weighted.report.best.objective], [twice.report.best.objective], 'objective', 1e-8);
    }
  });
}

const one = (b: Parameters<Parameters<typeof defineLoss>[0]['value']>[0]) => b.constant(1, 1, Float64Array.of(1));

/** exp(s) − c s */
const poisson = defineLoss({
  name: 'poissonOfATest',
  separable: true,
  value: (b, s, c) => b.matmul(b.sub(b.unary(s, { kind: 'exp', parameter: null }), b.mul(c, s)), one(b)),
  gradient: (b, s, c) => b.sub(b.unary(s, { kind: 'exp', parameter: null }), c),
  hessianProduct: (b, s, _, v) => b.mul(b.unary(s, { kind: 'exp', parameter: null }), v),
});

/** A count of that mean. */
function draw(random: Random, rate: number): number {
  let count = 0;
  for (let sum = random.exponential(); sum < rate; sum += random.exponential()) count++;
  return count;
}

t.test('a fraction for validation leaves each row its weight', async (t) => {
  const ids = inputs.map((_, n) => [n, Math.sin(n)]);
  const sampleWeights = ids.map(([n]) => 100 + n);
  const task = readOptions({ ...problem, inputs: ids, targets: labels, validation: 0.3, sampleWeights, seed: 4 });
  const trained = [...loaded(task.training.inputs).data].filter((_, i) => i % 2 === 0);
  t.equal(trained.length, 63);
  t.strictSame(
    [...(task.sampleWeights ?? [])],
    trained.map((n) => 100 + n),
  );
  t.strictSame(
    trained.map((_, i) => names[[...loaded(task.training.targets).data.slice(3 * i, 3 * i + 3)].indexOf(1)]),
    trained.map((n) => labels[n]),
    'and its class',
  );
});

const held = rings(60, 2);
const validation = { inputs: held.inputs, targets: held.numbers.map((k) => names[k]) };

t.test('smoothing fits a temperature on the validation data, which becomes part of the model', async (t) => {
  const smoothed = fit(labels, { validation, labelSmoothing: 0.3 });
  const temperature = smoothed.report.temperature as number;
  t.ok(temperature > 1, `smoothed logits are too small: times ${temperature}`);
  const plain = fit(labels, { validation, labelSmoothing: 0.3, temperature: false });
  t.equal(plain.report.temperature, null);
  t.equal(plain.report.used.labelSmoothing, 0.3);
  // Both at the iterate of the first one, which validation with temperature chose.
  const stop = { iterations: smoothed.report.best.iteration };
  const at = (options: Partial<TrainOptions>) => fit(labels, { stop, labelSmoothing: 0.3, ...options }).model;
  const raw = at({}).predictSync(held.inputs).data;
  const logits = smoothed.model.predictSync(held.inputs).data;
  close(
    t,
    logits,
    raw.map((s) => temperature * s),
    'logits times the temperature',
    1e-6,
  );
  const loss = (a: number) => {
    const data = raw.map((s) => a * s);
    return classificationMetrics({ data, shape: [60, 3] }, validation.targets, { classes: names }).crossEntropy;
  };
  t.ok(loss(temperature) < Math.min(loss(temperature * 1.05), loss(temperature / 1.05), loss(1)), 'the best one');
  close(t, [smoothed.report.best.validation as number], [loss(temperature)], 'by which iterates are judged', 1e-6);
  t.equal(typeof fit(labels, { validation, temperature: true }).report.temperature, 'number', 'without smoothing');
  t.equal(fit(labels, { validation }).report.temperature, null);
});

t.test('validation by loss and by error rate', async (t) => {
  for (const metric of ['loss', 'errorRate'] as const) {
    const { model, report } = fit(labels, { validation, validationMetric: metric });
    const { crossEntropy, accuracy } = model.evaluateSync(validation.inputs, validation.targets);
    close(t, [report.best.validation as number], [metric === 'loss' ? crossEntropy : 1 - accuracy], metric, 1e-12);
    const measured = report.iterations.flatMap(({ validation }) => validation ?? []);
    t.equal(report.best.validation, Math.min(...measured), 'the best iterate comes back');
  }
  t.equal(fit(labels, { validation }).report.used.validationMetric, 'loss', 'the default');
  const targets = numbers.map((k, n) => [Number(k === 2), Number(inputs[n][0] > 0)]);
  const [loss, validationMetric] = ['logistic', 'errorRate'] as const;
  const { model, report } = trainSync({ ...problem, loss, targets, validation: { inputs, targets }, validationMetric });
  close(t, [report.best.validation as number], [1 - model.evaluateSync(inputs, targets).exactMatch], 'any label wrong');
});

t.test('every optimizer finds the same minimum', async (t) => {
  const random = new Random(1);
  const near = fit(labels, { stop: { iterations: 100 } }).model.theta.map((x) => x + 0.02 * random.normal());
  const stop = { iterations: 400, gradient: 1e-6, objective: 0, workUnits: 1e6 };
  const common = { initialize: near, stop, innerTolerance: 1e-10 };
  const optimizers = {
    dense: gnvpro({ linearSolver: 'dense' }),
    krylov: gnvpro({ linearSolver: 'krylov' }),
    kaufman: gnvpro({ jacobian: 'kaufman' }),
    lbfgs: lbfgs(),
  };
  const found = Object.entries(optimizers).map(([name, optimizer]) => {
    const { report } = fit(labels, { ...common, optimizer });
    t.equal(report.stop.status, 'converged', `${name}: ${report.stop.message}`);
    return report.best.objective;
  });
  for (const objective of found) close(t, [objective], [found[0]], `objective ${objective}`, 1e-9);
});

t.test('levels', async (t) => {
  const network = sequential([dense(4), tanh(), residual(antisymmetricDense(), { steps: 1, time: 2 })]);
  const { model, report } = fit(labels, { network, levels: 2, stop: { iterations: 8 } });
  t.strictSame(
    report.levels.map(({ weights }) => weights),
    [12 + 2 * 16, 12 + 3 * 16],
  );
  t.ok(report.iterations.every(({ inner }) => inner !== null));
  t.ok(report.best.objective < report.iterations[0].objective);
  t.strictSame(model.classes, names);
});

t.test('a warm start keeps the loss and the classes', async (t) => {
  const first = fit(labels, { stop: { iterations: 4 } });
  const warm = { initial: first.model, regularization: problem.regularization, stop: { iterations: 10 } };
  const second = trainSync({ ...warm, inputs, targets: labels });
  t.equal(second.model.loss, 'crossEntropy');
  t.strictSame(second.model.classes, names);
  close(t, [second.report.iterations[0].objective], [first.report.best.objective], 'goes on where it ended', 1e-9);
  t.ok(second.report.best.objective < first.report.best.objective);
  const some = labels.flatMap((label, n) => (label === 'b' ? [] : [n]));
  const rest = { inputs: some.map((n) => inputs[n]), targets: some.map((n) => labels[n]) };
  t.strictSame(trainSync({ ...warm, ...rest }).model.classes, names, 'also of classes that later data do not have');
  const strange = { inputs: [[0, 0]], targets: ['d'] };
  t.throws(() => trainSync({ ...warm, ...strange }), { code: 'ERR_LABEL', message: /row 0 of targets.*"d"/ });
  const [other, targets] = ['leastSquares', shares];
  t.throws(() => trainSync({ ...warm, inputs, targets, loss: other }), {
    code: 'ERR_OPTION',
    message: /"crossEntropy", as initial has/,
  });
});

t.test('misuse', async (t) => {
  const one = inputs.map(() => 1);
  const strange = { inputs: [[0, 0]], targets: ['d'] };
  const cases: [options: Partial<TrainOptions>, code: string, message: RegExp][] = [
    [{ regularization: { W: 0 } }, 'ERR_OPTION', /regularization\.W above 0 for the loss "crossEntropy"/],
    [{ validation: strange }, 'ERR_LABEL', /"a", "b", "c" for row 0 of validation\.targets but received "d"/],
    [{ targets: labels.slice(1) }, 'ERR_SHAPE', /as many rows of targets as of inputs, 90, but received 89/],
    [{ targets: labels.map((label, n) => (n === 7 ? 7 : label)) as never }, 'ERR_LABEL', /row 7 of targets/],
    [{ targets: numbers.map((k) => k + 0.5) }, 'ERR_LABEL', /integer/],
    [{ targets: numbers.map((k) => [k, 1 - k]) }, 'ERR_LABEL', /row 2 of targets.*-1/],
    [{ sampleWeights: one.with(4, -1) }, 'ERR_OPTION', /at least 0 for entry 4 of sampleWeights but received -1/],
    [{ sampleWeights: one.with(4, Number.NaN) }, 'ERR_OPTION', /entry 4 of sampleWeights/],
    [{ sampleWeights: one.slice(1) }, 'ERR_OPTION', /90 numbers, one a sample, for sampleWeights/],
    [{ sampleWeights: one.map(() => 0) }, 'ERR_OPTION', /a weight above 0/],
    [{ scaling: { targets: 'standardize' } }, 'ERR_OPTION', /'none' for scaling\.targets of the loss "crossEntropy"/],
    [{ loss: 'logistic', targets: shares, labelSmoothing: 0.1 }, 'ERR_OPTION', /labelSmoothing and temperature with/],
    [{ loss: 'logistic', targets: shares, temperature: true }, 'ERR_OPTION', /labelSmoothing and temperature with/],
    [{ loss: 'logistic', targets: [[2]], inputs: [[0, 0]] }, 'ERR_LABEL', /numbers from 0 to 1.*2 in row 0/],
    [{ temperature: true }, 'ERR_OPTION', /validation data with temperature: true/],
    [{ labelSmoothing: 1 }, 'ERR_OPTION', /labelSmoothing/],
    [{ validation: 0.2, validationMetric: 'rmse' }, 'ERR_OPTION', /'loss' or 'errorRate' for validationMetric/],
    [{ innerTolerance: 0 }, 'ERR_OPTION', /innerTolerance/],
    [{ loss: 'leastSquares' }, 'ERR_OPTION', /an array of numbers for row 0 of targets but received "a"/],
  ];
  for (const [options, code, message] of cases) {
    t.throws(() => fit(labels, options), { name: 'GnvproError', code, message }, String(message));
  }
  t.throws(() => defineLoss({ name: poisson } as never), { code: 'ERR_OPTION', message: /three functions/ });
  const functions = { value: () => null, gradient: () => null, hessianProduct: () => null } as never;
  t.throws(() => defineLoss({ ...(functions as object), name: 'logistic' } as never), { message: /is taken/ });
  const wrong = defineLoss({ ...(functions as object), name: 'withoutValues' } as never);
  t.throws(() => fit(shares, { loss: wrong }), { code: 'ERR_SHAPE', message: /N×1 for the losses of the loss/ });
});
