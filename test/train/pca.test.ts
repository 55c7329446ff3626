/** @file A training on principal components of its inputs, and the model that comes of it. */
import t from 'tap';
import { backendNames } from '../../lib/backend/select.js';
import { dense, Model, sequential, tanh } from '../../lib/index.js';
import { Random } from '../../lib/random.js';
import { train, trainSync } from '../../lib/train/train.js';
import { close } from '../support/reference.js';
import { options, smooth } from './problem.js';

/** Five columns that are mixtures of three, in units of their own. */
const random = new Random(6);
const mix = Array.from({ length: 15 }, () => random.normal());
const wide = (rows: number[][]) =>
  rows.map((row) => [0, 1, 2, 3, 4].map((j) => 100 + 10 * row.reduce((sum, x, i) => sum + x * mix[3 * j + i], 0)));

const { inputs: few, targets } = smooth(40);
const inputs = wide(few);
const scaling = { inputs: { type: 'pca', components: 3 } } as const;
const base = { inputs, targets, scaling, stop: { iterations: 6 } };

/** What the network sees, from the scaling that the model holds. */
function seen({ scaling: { inputs: found } }: Model, rows: number[][]): number[][] {
  const { shift, scale, rotation = [] } = found;
  const k = rotation.length / shift.length;
  return rows.map((row) =>
    Array.from({ length: k }, (_, j) =>
      row.reduce((sum, x, i) => sum + ((x - shift[i]) / scale[i]) * rotation[i * k + j], 0),
    ),
  );
}

for (const backend of backendNames) {
  t.test(`the network sees components, the model takes inputs, ${backend}`, async (t) => {
    const { model, report } = trainSync(options({ ...base, backend }));
    t.equal(model.inputs, 5);
    t.equal(model.theta.length, 24, 'three columns to six units, and biases');
    t.strictSame(report.used.scaling, { inputs: { type: 'pca', components: 3 }, targets: 'uniform' });
    const stop = { iterations: 2 }; // later ones would enlarge the differences in rounding
    const short = trainSync(options({ ...base, backend, stop }));
    const by = trainSync(options({ ...base, backend, stop, inputs: seen(model, inputs), scaling: { inputs: 'none' } }));
    t.equal(short.report.levels[0].estimatedBytes, by.report.levels[0].estimatedBytes, 'and needs as much memory');
    close(t, short.model.theta, by.model.theta, 'as a training on the components', 1e-9);
    const more = wide(smooth(7, 5).inputs);
    const expected = by.model.predictSync(seen(model, more)).data;
    close(t, short.model.predictSync(more).data, expected, 'predictions', 1e-9);
    const asynchronous = await train(options({ ...base, backend }));
    t.strictSame(asynchronous.model.theta, model.theta, 'off the main thread the same bits');
  });

  t.test(`the Jacobian is that by original inputs, ${backend}`, async (t) => {
    const { model } = trainSync(options({ ...base, backend }));
    const [row] = wide(smooth(1, 5).inputs);
    const { data, shape } = model.jacobianSync([row]);
    t.strictSame(shape, [1, 2, 5]);
    const h = 1e-2;
    const at = (i: number, by: number) => model.predictSync([row.map((x, j) => x + (i === j ? by * h : 0))]).data;
    const differences = [0, 1].flatMap((o) =>
      [0, 1, 2, 3, 4].map((i) => (at(i, -2)[o] - 8 * at(i, -1)[o] + 8 * at(i, 1)[o] - at(i, 2)[o]) / (12 * h)),
    );
    close(t, data, differences, 'finite differences', 1e-7);
  });
}

t.test('saved and loaded', async (t) => {
  const { model } = trainSync(options(base));
  const again = Model.fromBytes(model.toBytes(), { backend: 'js' });
  t.strictSame(again.scaling, model.scaling);
  t.strictSame(again.predictSync(inputs), model.predictSync(inputs));
  t.strictSame(again.jacobianSync(inputs), model.jacobianSync(inputs));
  t.match(String(again), /5 inputs → 6 features → 2 outputs/);
  t.match(String(again), /inputs: each column shifted, all divided by .*, then rotated to 3 components; targets/);
});

t.test('a warm start keeps the components', async (t) => {
  const first = trainSync(options(base));
  const second = trainSync(options({ ...base, scaling: undefined, network: undefined, initial: first.model }));
  const [start] = second.report.iterations;
  t.ok(Math.abs(start.objective - first.report.best.objective) <= 1e-12 * start.objective);
  t.ok(second.report.best.objective < start.objective);
  t.strictSame(second.model.scaling, first.model.scaling);
  t.equal(second.report.used.scaling instanceof Object, true);
});

t.test('what is given equals what is fitted', async (t) => {
  const fitted = trainSync(options(base));
  const given = trainSync(options({ ...base, scaling: fitted.model.scaling }));
  t.strictSame(given.model.theta, fitted.model.theta);
  t.strictSame(given.report.used.scaling, { inputs: 'given', targets: 'given' });
});

t.test('validation data are rotated, too', async (t) => {
  const held = smooth(15, 9);
  const validation = { inputs: wide(held.inputs), targets: held.targets };
  const { model, report } = trainSync(options({ ...base, validation }));
  const predicted = model.predictSync(validation.inputs).data;
  const truth = held.targets.flat();
  const rmse = Math.sqrt(truth.reduce((sum, c, i) => sum + (predicted[i] - c) ** 2, 0) / truth.length);
  t.ok(Math.abs((report.best.validation as number) / rmse - 1) < 1e-10, `${report.best.validation} and ${rmse}`);
  const fraction = trainSync(options({ ...base, validation: 0.25 }));
  t.ok((fraction.report.best.validation as number) > 0);
});

t.test('a start by singular vectors, levels, and a network of few columns', async (t) => {
  const svd = trainSync(options({ ...base, initialize: 'svd' }));
  t.equal(svd.model.theta.length, 24);
  t.ok(svd.report.best.objective < svd.report.iterations[0].objective);
  const one = trainSync(
    options({
      ...base,
      network: sequential([dense(4), tanh()]),
      scaling: { inputs: { type: 'pca', components: 1 } },
      levels: 2,
    }),
  );
  t.equal(one.model.theta.length, 8);
  t.equal(one.report.levels.length, 2);
});

t.test('the data of the caller stay as they are', async (t) => {
  const flat = { data: Float64Array.from(inputs.flat()), shape: [40, 5] };
  const before = flat.data.slice();
  trainSync(options({ ...base, inputs: flat }));
  t.strictSame(flat.data, before);
});

t.test('misuse', async (t) => {
  const pca = (components: number) => ({ type: 'pca', components }) as const;
  const cases: [scaling: object, message: RegExp][] = [
    [{ inputs: pca(6) }, /an integer between 1 and 5 for components of scaling.inputs but received 6/],
    [{ inputs: pca(4) }, /at most 3 for components of scaling.inputs, the rank of the centred inputs, but received 4/],
    [
      { targets: pca(1) },
      /or \{ shift, scale \} for scaling.targets but received an object with keys type, components/,
    ],
  ];
  for (const [wrong, message] of cases) {
    t.throws(() => trainSync(options({ ...base, scaling: wrong })), { code: 'ERR_OPTION', message });
    await t.rejects(train(options({ ...base, scaling: wrong })), { code: 'ERR_OPTION', message });
  }
});
