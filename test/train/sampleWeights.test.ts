/** @file Weights of samples in a whole training: 0 is as good as absent, others stand for as many samples. */
import t from 'tap';
import { backendNames, selectBackend } from '../../lib/backend/select.js';
import { dense, type Inputs, lbfgs, type Targets, type TrainOptions, trainSync } from '../../lib/index.js';
import { driveSync } from '../../lib/job/job.js';
import { Random } from '../../lib/random.js';
import { alphaByCrossValidation } from '../../lib/train/start/gcv.js';
import { normals } from '../support/numbers.js';
import { relativeError } from '../support/reference.js';

const random = new Random(21);
const draw = (count: number) => {
  const inputs = Array.from({ length: count }, () => [
    random.normal(),
    100 + 7 * random.normal(),
    1e-5 * random.normal(),
  ]);
  const [center, small] = [(row: number[]) => (row[1] - 100) / 7, (row: number[]) => row[2] / 1e-5];
  const numbers = inputs.map((row) => [Math.sin(row[0]) + center(row), 50 * Math.tanh(small(row) - row[0])]);
  const labels: string[] = inputs.map((row) => (row[0] + 0.5 * small(row) + 0.3 * random.normal() > 0 ? 'a' : 'b'));
  const shares = labels.map((label) => [Number(label === 'a'), 0.25]);
  return { inputs, numbers, labels, shares };
};
type Drawn = ReturnType<typeof draw>;
type Target = 'numbers' | 'labels' | 'shares';

const [data, held] = [draw(60), draw(24)];
/** A third each, of mean 1 where they are not 0. */
const weights = data.inputs.map((_, n) => [0.5, 1.5, 0][n % 3]);
const heldWeights = held.inputs.map((_, n) => [1.5, 0, 0.5][n % 3]);
/** How often each stands instead. */
const standing = weights.flatMap((weight, n) => Array<number>(2 * weight).fill(n));
const heldCounts = heldWeights.map((weight) => 2 * weight);
const heldStanding = heldCounts.flatMap((count, n) => Array<number>(count).fill(n));

function rows<T extends { readonly [key: string]: unknown }>(
  { inputs, ...rest }: Drawn,
  target: Target,
  order: number[],
) {
  return { inputs: order.map((n) => inputs[n]), targets: order.map((n) => rest[target][n]) } as unknown as T &
    Pick<TrainOptions, 'inputs' | 'targets'>;
}

/** The samples of weight 0 far from all others. */
function spoiled(drawn: Drawn, some: number[]): Drawn {
  const isAbsent = (n: number) => some[n] === 0;
  return {
    inputs: drawn.inputs.map((row, n) => (isAbsent(n) ? [1e6, -1e200, 1e300] : row)),
    numbers: drawn.numbers.map((row, n) => (isAbsent(n) ? [-1e9, 1e200] : row)),
    labels: drawn.labels.map((label, n) => (isAbsent(n) ? 'a class of its own' : label)),
    shares: drawn.shares.map((row, n) => (isAbsent(n) ? [1, 1] : row)),
  };
}

const all = (drawn: Drawn) => drawn.inputs.map((_, n) => n);
const base = { network: dense(4, { activation: 'tanh' }), seed: 2, threads: 1, stop: { iterations: 6 } } as const;

const pca = { scaling: { inputs: { type: 'pca', components: 2 } } } as const;

const cases: [what: string, target: Target, options: Partial<TrainOptions>][] = [
  ['defaults', 'numbers', {}],
  ['no scaling', 'numbers', { scaling: { inputs: { shift: [0, 100, 0], scale: [1, 7, 1e-5] }, targets: 'none' } }],
  ['uniform inputs, standardised targets', 'numbers', { scaling: { inputs: 'uniform', targets: 'standardize' } }],
  ['principal components', 'numbers', { ...pca, regularization: { theta: 1e-3, W: 1e-3 } }],
  ["the start 'svd'", 'numbers', { initialize: 'svd' }],
  ["the start 'svd' of other inputs", 'numbers', { initialize: 'svd', scaling: { inputs: 'none' } }],
  ['strong regularisation', 'numbers', { regularization: { theta: 1e-2, W: 1e-2 } }],
  ['no regularisation', 'numbers', { regularization: { theta: 0, W: 0 } }],
  ['L-BFGS', 'numbers', { optimizer: lbfgs(), regularization: { theta: 1e-4, W: 1e-4 } }],
  ['L-BFGS for θ and W', 'numbers', { optimizer: lbfgs({ objective: 'joint' }) }],
  ['refit', 'numbers', { refit: true }],
  ['relative error', 'numbers', { validationMetric: 'relativeError' }],
  ['classes', 'labels', { loss: 'crossEntropy', innerTolerance: 1e-12 }],
  ['classes, smoothed', 'labels', { loss: 'crossEntropy', innerTolerance: 1e-12, labelSmoothing: 0.2 }],
  ['error rate', 'labels', { loss: 'crossEntropy', innerTolerance: 1e-12, validationMetric: 'errorRate' }],
  ['labels', 'shares', { loss: 'logistic', innerTolerance: 1e-12 }],
];

for (const backend of backendNames) {
  for (const [what, target, options] of cases) {
    const common = { ...base, ...options, backend } as TrainOptions;
    const train = (some: object) => trainSync({ ...common, ...some });

    t.test(`${backend}, ${what}: a weight stands for as many samples`, async (t) => {
      const weighted = train({
        ...rows(data, target, all(data)),
        sampleWeights: weights,
        validation: { ...rows(held, target, all(held)), sampleWeights: heldWeights },
      });
      const repeated = train({ ...rows(data, target, standing), validation: rows(held, target, heldStanding) });
      const [a, b] = [weighted, repeated];
      for (const key of ['inputs', 'targets'] as const) {
        for (const part of ['shift', 'scale'] as const) {
          t.ok(relativeError(a.model.scaling[key][part], b.model.scaling[key][part]) < 1e-14, `${part} of ${key}`);
        }
      }
      t.ok(relativeError(a.model.theta, b.model.theta) < 1e-6, `θ ${relativeError(a.model.theta, b.model.theta)}`);
      const metric = (report: typeof a.report) => report.iterations.map(({ validation }) => validation ?? 0);
      t.ok(
        relativeError(metric(a.report), metric(b.report)) < 1e-7,
        `validation ${metric(a.report)}, ${metric(b.report)}`,
      );
      const [p, q] = [a, b].map(({ model }) => model.predictSync(held.inputs).data);
      t.ok(relativeError(p, q) < 1e-6, `predictions ${relativeError(p, q)}`);
      t.ok(Math.abs((a.report.temperature ?? 1) - (b.report.temperature ?? 1)) < 1e-6, 'temperature');
      const judged = a.model.evaluateSync(held.inputs, held[target] as never, { sampleWeights: heldCounts });
      const { inputs, targets } = rows(held, target, heldStanding);
      const twice = a.model.evaluateSync(inputs as Inputs, targets as Targets);
      const figures = (of: object) => JSON.stringify(of, (_, x) => (typeof x === 'number' ? x.toPrecision(9) : x));
      t.equal(figures(judged), figures(twice), 'evaluate');
    });

    t.test(`${backend}, ${what}: weight 0 is as good as absent, to the bit`, async (t) => {
      const present = all(data).filter((n) => weights[n] > 0);
      const heldPresent = all(held).filter((n) => heldWeights[n] > 0);
      for (const validation of [undefined, 'own', 0.25] as const) {
        if (validation === undefined && (options.refit || options.validationMetric !== undefined)) continue;
        const of = (drawn: Drawn, some: number[], order: number[]) => ({
          ...rows(drawn, target, order),
          sampleWeights: order.map((n) => some[n]),
        });
        const [spoiledData, spoiledHeld] = [spoiled(data, weights), spoiled(held, heldWeights)];
        const zero = train({
          ...of(spoiledData, weights, all(data)),
          validation: validation === 'own' ? of(spoiledHeld, heldWeights, all(held)) : validation,
        });
        const absent = train({
          ...of(data, weights, present),
          validation: validation === 'own' ? of(held, heldWeights, heldPresent) : validation,
        });
        const facts = ({ model, report }: typeof zero) => [
          model.theta,
          model.W,
          model.scaling,
          model.classes,
          report.iterations.map(({ objective, validation: judged }) => [objective, judged]),
        ];
        t.strictSame(facts(zero), facts(absent), `validation: ${validation}`);
        const judged = zero.model.evaluateSync(spoiledHeld.inputs, spoiledHeld[target] as never, {
          sampleWeights: heldWeights,
        });
        const without = of(held, heldWeights, heldPresent);
        const { inputs, targets, sampleWeights } = without;
        t.strictSame(
          judged,
          zero.model.evaluateSync(inputs as Inputs, targets as Targets, { sampleWeights }),
          'evaluate',
        );
      }
    });
  }

  t.test(`${backend}: cross validation of α_W`, async (t) => {
    const [samples, m, outputs] = [30, 5, 2];
    const [Zt, targets] = [normals(random, samples * m), normals(random, samples * outputs)];
    const counts = Float64Array.from({ length: samples }, (_, n) => 1 + (n % 3));
    const order = Array.from(counts).flatMap((count, n) => Array<number>(count).fill(n));
    const pick = (values: Float64Array, cols: number) =>
      Float64Array.from(order.flatMap((n) => [...values.subarray(n * cols, (n + 1) * cols)]));
    const alphaOf = (Z: Float64Array, C: Float64Array, sampleWeights: Float64Array | null) =>
      driveSync(
        alphaByCrossValidation(selectBackend(backend), {
          ...{ Zt: Z, samples: Z.length / m, targets: C, sampleWeights },
        }),
      );
    const expected = alphaOf(pick(Zt, m), pick(targets, outputs), null);
    t.ok(Math.abs(alphaOf(Zt, targets, counts) / expected - 1) < 1e-6);
    for (const unit of [1e-200, 1e200]) {
      const scaled = alphaOf(
        Zt,
        targets.map((c) => unit * c),
        counts,
      );
      t.ok(Math.abs(scaled / expected - 1) < 1e-6, `targets in ${unit}`);
    }
  });
}

t.test("regularization.W: 'auto' counts samples by their weights", async (t) => {
  const counts = data.inputs.map((_, n) => n % 4);
  const order = counts.flatMap((count, n) => Array<number>(count).fill(n));
  const found = (some: object) => {
    const options = { ...base, regularization: { theta: 1e-3, W: 'auto' }, ...some } as TrainOptions;
    return (trainSync(options).report.used.regularization as { W: number }).W;
  };
  const expected = found(rows(data, 'numbers', order));
  const weighted = found({ ...rows(data, 'numbers', all(data)), sampleWeights: counts });
  t.ok(Math.abs(weighted / expected - 1) < 1e-6, `${weighted}, ${expected}`);
});

t.test('weights that are all 1 are none', async (t) => {
  const options = { ...base, ...rows(data, 'numbers', all(data)) } as TrainOptions;
  const [one, none] = [trainSync({ ...options, sampleWeights: data.inputs.map(() => 1) }), trainSync(options)];
  t.strictSame(one.model.theta, none.model.theta);
});

t.test('targets and inputs of every form', async (t) => {
  const sampleWeights = [1, 0, 1, 1, 0, 1];
  const plain = { ...base, loss: 'crossEntropy' } as const;
  const inputs = [[1], [5], [2], [3], [7], [4]];
  const expected = trainSync({ ...plain, inputs: [[1], [2], [3], [4]], targets: ['x', 'y', 'y', 'x'] }).model;
  for (const targets of [
    ['x', 'z', 'y', 'y', 'z', 'x'],
    [0, 9, 1, 1, 9, 0],
    Int32Array.of(0, 9, 1, 1, 9, 0),
    Uint8Array.of(0, 9, 1, 1, 9, 0),
    { data: Float64Array.of(0, 9, 1, 1, 9, 0), shape: [6, 1] },
    [
      [1, 0],
      [1, 0],
      [0, 1],
      [0, 1],
      [1, 0],
      [1, 0],
    ],
    [[0], [9], [1], [1], [9], [0]],
  ] as const) {
    for (const X of [inputs, { data: Float32Array.from(inputs.flat()), shape: [6, 1] }]) {
      const { model } = trainSync({ ...plain, inputs: X, targets: targets as never, sampleWeights });
      t.strictSame(model.W, expected.W);
    }
  }
});

t.test('misuse', async (t) => {
  const options = { ...base, ...rows(data, 'numbers', all(data)) } as TrainOptions;
  const own = (sampleWeights: number[]) => ({ ...rows(held, 'numbers', all(held)), sampleWeights });
  const cases: [options: object, code: string, message: RegExp][] = [
    [{ sampleWeights: [1, 2] }, 'ERR_OPTION', /60 numbers, one a sample, for sampleWeights/],
    [{ sampleWeights: Array(60).fill(1e307) }, 'ERR_OPTION', /weights of a finite sum for sampleWeights/],
    [{ validation: own([1]) }, 'ERR_OPTION', /24 numbers, one a sample, for validation.sampleWeights/],
    [{ validation: own(Array(24).fill(0)) }, 'ERR_OPTION', /a weight above 0 for validation.sampleWeights/],
    [{ validation: own(Array(24).fill(-1)) }, 'ERR_OPTION', /at least 0 for entry 0 of validation.sampleWeights/],
    [
      { sampleWeights: weights, targets: [[1, 1]] },
      'ERR_SHAPE',
      /as many rows of targets as of inputs, 60, but received 1/,
    ],
  ];
  for (const [some, code, message] of cases) t.throws(() => trainSync({ ...options, ...some }), { code, message });
  const { model } = trainSync(options);
  const evaluate = (sampleWeights: number[]) => model.evaluate(held.inputs, held.numbers, { sampleWeights });
  await t.rejects(evaluate([1]), { code: 'ERR_OPTION', message: /24 numbers, one a sample,/ });
  t.strictSame(
    await evaluate(heldWeights),
    model.evaluateSync(held.inputs, held.numbers, { sampleWeights: heldWeights }),
  );
});
