/** @file Scalings of inputs and targets as part of a training. */
import t from 'tap';
import type { ScalingOption } from '../../lib/index.js';
import { trainSync } from '../../lib/train/train.js';
import { relativeError } from '../support/reference.js';
import { options, smooth } from './problem.js';

const { inputs, targets } = smooth(40);
const stop = { iterations: 8 };
const far = {
  inputs: inputs.map(([x, y, z]) => [1e3 * x + 5e3, y, 1e-3 * z]),
  targets: targets.map(([u, v]) => [100 * u + 700, 100 * v]),
};

const deviation = (values: number[]) => {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
};

t.test('the defaults: standardised inputs, targets by one number', async (t) => {
  const { model, report } = trainSync(options({ ...far, stop }));
  const { inputs: of, targets: ofTargets } = model.scaling;
  t.ok(
    relativeError(
      [...of.scale],
      [0, 1, 2].map((j) => deviation(far.inputs.map((row) => row[j]))),
    ) < 1e-12,
  );
  t.equal(ofTargets.scale[0], ofTargets.scale[1]);
  t.strictSame(report.used.scaling, { inputs: 'standardize', targets: 'uniform' });
});

t.test('none', async (t) => {
  const { model } = trainSync(options({ scaling: { inputs: 'none', targets: 'none' }, stop }));
  t.strictSame([...model.scaling.inputs.scale, ...model.scaling.targets.shift], [1, 1, 1, 0, 0]);
});

t.test('given numbers', async (t) => {
  const given = { shift: [1, 2, 3], scale: [4, 5, -6] };
  const { model, report } = trainSync(options({ scaling: { inputs: given }, stop }));
  t.strictSame([...model.scaling.inputs.shift], given.shift);
  t.strictSame([...model.scaling.inputs.scale], given.scale);
  t.strictSame(report.used.scaling, { inputs: 'given', targets: 'uniform' });
});

t.test('a standardised training does not see units', async (t) => {
  const scaling: { inputs: ScalingOption; targets: ScalingOption } = { inputs: 'standardize', targets: 'standardize' };
  const near = trainSync(options({ scaling, stop: { iterations: 4 } }));
  const moved = trainSync(options({ ...far, scaling, stop: { iterations: 4 } }));
  const expected = near.model.predictSync(inputs).data.map((value, i) => 100 * value + (i % 2 === 0 ? 700 : 0));
  t.ok(relativeError(moved.model.predictSync(far.inputs).data, expected) < 1e-9);
});

t.test('what is given equals what is fitted', async (t) => {
  const fitted = trainSync(options({ stop }));
  const given = trainSync(options({ stop, scaling: fitted.model.scaling }));
  t.strictSame(given.model.theta, fitted.model.theta);
  t.strictSame(given.model.W, fitted.model.W);
});

t.test('the objective of the report is that of scaled data', async (t) => {
  const { model, report } = trainSync(options({ ...far, stop }));
  const predicted = model.predictSync(far.inputs).data;
  const scale = model.scaling.targets.scale[0];
  const squares = far.targets.flat().reduce((sum, value, i) => sum + ((predicted[i] - value) / scale) ** 2, 0);
  t.ok(Math.abs(squares / (2 * 40) - report.best.loss) <= 1e-9 * report.best.loss);
});

t.test('constant columns', async (t) => {
  const constant = { inputs: inputs.map(([x, y]) => [x, y, 4]), targets: targets.map(([u]) => [u, 7]) };
  const { model } = trainSync(options({ ...constant, scaling: { targets: 'standardize' }, stop }));
  const predicted = model.predictSync(constant.inputs).data;
  t.ok(predicted.every((value, i) => i % 2 === 0 || Math.abs(value - 7) < 1e-12));
});
