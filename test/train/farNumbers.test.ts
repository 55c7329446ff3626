/** @file Trainings on constant columns, far offsets, and numbers far from 1. */
import t from 'tap';
import { backendNames } from '../../lib/backend/select.js';
import { dense, type ScalingOption, type TrainOptions, trainSync } from '../../lib/index.js';
import { Random } from '../../lib/random.js';
import { relativeError } from '../support/reference.js';

const base = { network: dense(3, { activation: 'tanh' }), threads: 1, seed: 0, stop: { iterations: 20 } } as const;

for (const backend of backendNames) {
  t.test(`${backend}: a constant input has scale 1 at every number of samples`, async (t) => {
    for (const samples of [2, 100, 1000, 5000]) {
      const inputs = Array.from({ length: samples }, (_, i) => [i / samples, 14.62, 1e8 / 3]);
      const targets = inputs.map(([a]) => [Math.sin(3 * a), 0.1]);
      const { model } = trainSync({ ...base, backend, inputs, targets, stop: { iterations: samples > 1000 ? 3 : 20 } });
      const { shift, scale } = model.scaling.inputs;
      t.strictSame([scale[1], scale[2], shift[1], shift[2]], [1, 1, 14.62, 1e8 / 3]);
      t.equal(model.scaling.targets.shift[1], 0.1);
      if (samples !== 1000) continue;
      const { data } = model.predictSync([
        [0.5, 14.62, 1e8 / 3],
        [0.5, 14.63, 1e8 / 3],
      ]);
      t.ok(Math.abs(data[0] - Math.sin(1.5)) < 1e-2 && Math.abs(data[2] - Math.sin(1.5)) < 1e-1, `${data}`);
      t.ok(Math.abs(data[1] - 0.1) < 1e-12);
      t.ok(Math.abs(model.jacobianSync([[0.5, 14.62, 1e8 / 3]]).data[1]) < 10);
    }
  });

  t.test(`${backend}: constant in the training part only`, async (t) => {
    const inputs = Array.from({ length: 900 }, (_, i) => [i / 900, 0.1]);
    const targets = inputs.map(([a]) => [Math.sin(3 * a)]);
    const validation = { inputs: inputs.map(([a], i) => [a, i]), targets };
    const { model } = trainSync({ ...base, backend, inputs, targets, validation });
    t.strictSame([model.scaling.inputs.shift[1], model.scaling.inputs.scale[1]], [0.1, 1]);
    const random = new Random(2);
    const mixed = inputs.map(([a]) => [a + random.normal(), 14.62]);
    const { scaling } = trainSync({ ...base, backend, inputs: mixed, targets, validation: 0.3 }).model;
    t.strictSame([scaling.inputs.shift[1], scaling.inputs.scale[1]], [14.62, 1]);
  });

  const random = new Random(4);
  const inputs = Array.from({ length: 60 }, () => [random.normal(), random.normal()]);
  const targets = inputs.map(([x, y]) => [Math.sin(x) + y, x * y]);
  const times = (rows: number[][], unit: number) => rows.map((row) => row.map((value) => unit * value));

  t.test(`${backend}: units of inputs and targets change nothing, to the bit`, async (t) => {
    const scalings: [inputs: ScalingOption, targets: 'uniform' | 'standardize'][] = [
      ['standardize', 'uniform'],
      ['uniform', 'standardize'],
      [{ type: 'pca', components: 2 }, 'uniform'],
    ];
    for (const [ofInputs, ofTargets] of scalings) {
      const options: TrainOptions = {
        ...base,
        ...{ backend, inputs, targets, scaling: { inputs: ofInputs, targets: ofTargets }, initialize: 'svd' },
        validation: { inputs: inputs.slice(0, 20), targets: targets.slice(0, 20) },
        stop: { iterations: 5 },
      };
      const plain = trainSync(options);
      for (const [of, to] of [
        [-565, 0],
        [0, -565],
        [-1000, -1000],
        [530, 530],
        [1018, 0],
        [0, 1000],
        [1000, -1000],
      ]) {
        const [unit, other] = [2 ** of, 2 ** to];
        const moved = {
          inputs: times(inputs, unit),
          targets: times(targets, other),
          validation: { inputs: times(inputs.slice(0, 20), unit), targets: times(targets.slice(0, 20), other) },
        };
        const { model, report } = trainSync({ ...options, ...moved });
        const what = `${JSON.stringify(ofInputs)}, inputs 2^${of}, targets 2^${to}`;
        t.strictSame(model.theta, plain.model.theta, `${what}: θ`);
        t.strictSame(model.W, plain.model.W, `${what}: W`);
        const judged = report.best.validation as number;
        t.ok(Math.abs(judged / other / (plain.report.best.validation as number) - 1) < 1e-12, `${what}: validation`);
        const [p, q] = [model.predictSync(moved.inputs), plain.model.predictSync(inputs)];
        t.ok(
          relativeError(
            p.data.map((value) => value / other),
            q.data,
          ) < 1e-12,
          `${what}: predictions`,
        );
        t.ok(
          Math.abs(model.evaluateSync(moved.inputs, moved.targets).r2 - plain.model.evaluateSync(inputs, targets).r2) <
            1e-12,
        );
      }
    }
  });

  t.test(`${backend}: numbers below the smallest normal one train, too, and the least do no harm`, async (t) => {
    const moved = { inputs: times(inputs, 1e-310), targets: times(targets, 1e-310) };
    // They are divided by no less than the smallest normal number, so the fit is in small numbers: α is small, too.
    const { model } = trainSync({ ...base, backend, ...moved, regularization: { theta: 1e-8, W: 1e-8 } });
    t.strictSame([...model.scaling.inputs.scale], [2 ** -1022, 2 ** -1022]);
    t.ok(model.evaluateSync(moved.inputs, moved.targets).r2 > 0.8);
    const beside = inputs.map(([x, y], n) => [x, y, n % 7 === 0 ? 1e-315 : 0]);
    const tiny = trainSync({ ...base, backend, inputs: beside, targets }).model;
    t.strictSame([...tiny.scaling.inputs.scale].slice(2), [2 ** -1022]);
    t.ok(tiny.evaluateSync(beside, targets).r2 > 0.8);
  });

  t.test(`${backend}: an offset far above the deviation`, async (t) => {
    const rows = inputs.map(([x, y]) => [Math.round(x * 2 ** 20) / 2 ** 20, Math.round(y * 2 ** 20) / 2 ** 20]);
    const of = (offset: number) =>
      trainSync({ ...base, backend, targets, inputs: rows.map(([x, y]) => [x + offset, y - offset]) }).model;
    const [near, far] = [of(0), of(2 ** 31)];
    t.ok(relativeError(far.scaling.inputs.scale, near.scaling.inputs.scale) < 1e-15);
  });

  t.test(`${backend}: differences beyond the largest number are refused`, async (t) => {
    const huge = inputs.map(([x], n) => [n % 2 === 0 ? 1.5e308 : -1.5e308, x]);
    for (const scaling of ['standardize', 'uniform', { type: 'pca', components: 1 }] as const) {
      t.throws(() => trainSync({ ...base, backend, inputs: huge, targets, scaling: { inputs: scaling } }), {
        code: 'ERR_NONFINITE',
        message: /differences are finite/,
      });
    }
  });
}
