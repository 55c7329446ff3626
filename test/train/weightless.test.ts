/** @file Networks without weights: plain linear and logistic regression. */
import { join } from 'node:path';
import t from 'tap';
import {
  adam,
  concat,
  connector,
  gaussNewton,
  gnvpro,
  identity,
  type LayerDescription,
  lbfgs,
  linearRegression,
  Model,
  normalization,
  type OptimizerDescription,
  sequence,
  sgd,
  slimTrain,
  tanh,
} from '../../lib/index.js';
import type { TrainOptions } from '../../lib/options/trainOptions.js';
import { train } from '../../lib/train/train.js';
import { close } from '../support/reference.js';
import { options, smooth } from './problem.js';

const { inputs, targets } = smooth(40, 1, 0.1);
const labels = targets.map(([x, y]) => (x > 0 ? 'up' : y > 0 ? 'middle' : 'down'));
const kinds = {
  leastSquares: targets,
  logistic: targets.map((row) => row.map((x) => Number(x > 0))),
  crossEntropy: labels,
} as const;

const optimizers: Record<string, OptimizerDescription | 'auto'> = {
  dense: gnvpro({ linearSolver: 'dense' }),
  krylov: gnvpro({ linearSolver: 'krylov' }),
  lbfgs: lbfgs(),
  'lbfgs, joint': lbfgs({ objective: 'joint' }),
  gaussNewton: gaussNewton(),
  sgd: sgd({ learningRate: 0.1 }),
  adam: adam({ learningRate: 0.01 }),
  sequence: sequence([{ optimizer: adam(), stop: { iterations: 2 } }, { optimizer: gaussNewton() }]),
  auto: 'auto',
};

const run = (more: Partial<TrainOptions>) =>
  train(
    options({
      inputs,
      network: identity(),
      regularization: { W: 1e-6 },
      stop: { iterations: 30 },
      ...more,
    } as Partial<TrainOptions>),
  );

for (const backend of ['native', 'js'] as const) {
  for (const [loss, target] of Object.entries(kinds)) {
    t.test(`${loss} on ${backend}, by every method`, async (t) => {
      const start = await run({ loss, targets: target, backend });
      t.match(start.report.stop, { status: 'converged', message: /no weights/ });
      t.equal(start.report.iterations.length, 1, 'one projection');
      const best = start.report.best.objective;
      for (const [name, optimizer] of Object.entries(optimizers)) {
        const { report, model } = await run({ loss, targets: target, backend, optimizer });
        close(t, [report.best.objective], [best], name, 1e-7);
        t.equal(model.theta.length, 0);
      }
    });
  }

  t.test(`linear regression on ${backend}`, async (t) => {
    const plain = await linearRegression(inputs, targets, { backend });
    const { model } = await run({ targets, backend, regularization: { W: 0 } });
    close(t, (await model.predict(inputs)).data, plain.predict(inputs).data, 'predictions', 1e-12);
    const { data: jacobian } = await model.jacobian(inputs.slice(0, 1));
    const transposed = plain.map.map((_, k) => plain.map[(k % 3) * 2 + Math.floor(k / 3)]);
    close(t, jacobian, transposed, 'the Jacobian is the map', 1e-12);
  });

  t.test(`activations, normalisation and fixed features of the inputs on ${backend}`, async (t) => {
    const fixed = connector({
      K: [
        [1, 0],
        [0, 2],
        [1, 1],
      ],
      b: [0, 1],
    });
    for (const network of [tanh(), normalization(), fixed, concat([identity(), tanh()])] as LayerDescription[]) {
      const { model, report } = await run({ targets, backend, network });
      t.equal(report.stop.status, 'converged');
      const [other] = [await run({ targets, network, backend: backend === 'js' ? 'native' : 'js' })];
      close(t, (await model.predict(inputs)).data, (await other.model.predict(inputs)).data, network.type, 1e-10);
    }
  });

  t.test(`what goes around a training, on ${backend}`, async (t) => {
    const { report: plain, model } = await run({ targets, backend });
    const file = join(t.testdir(), 'model.gnvpro');
    await model.save(file);
    const loaded = await Model.load(file, { backend });
    t.strictSame((await loaded.predict(inputs)).data, (await model.predict(inputs)).data);
    const same: Record<string, Partial<TrainOptions>> = {
      levels: { levels: 2 },
      starts: { starts: 3 },
      nested: { nested: [{ samples: 10, iterations: 2 }], optimizer: gaussNewton() },
      'given weights': { initialize: new Float64Array(0) },
      'a model to go on from': { initial: loaded, network: undefined },
    };
    for (const [name, more] of Object.entries(same)) {
      const { report } = await run({ targets, backend, ...more });
      close(t, [report.best.objective], [plain.best.objective], name, 1e-8);
    }
    const { report } = await run({ targets, backend, validation: 0.25, refit: true });
    t.strictSame(
      report.runs.map(({ purpose }) => purpose),
      ['training', 'refit'],
    );
    const slim = await run({ targets, backend, optimizer: slimTrain() });
    t.ok(slim.report.best.objective < 1.05 * plain.best.objective);
  });

  t.test(`a search finds α_W alone, on ${backend}`, async (t) => {
    const auto = { theta: 'auto', W: 'auto' } as const;
    const found = await run({ targets, backend, validation: 0.25, regularization: auto });
    t.equal(found.report.runs.length, 1, 'by cross validation');
    const { report } = await run({
      loss: 'crossEntropy',
      targets: labels,
      backend,
      validation: 0.25,
      regularization: auto,
    });
    const tried = report.runs.map(({ regularization }) => regularization.W);
    t.ok(tried.length > 2 && new Set(tried).size === tried.length - 1, 'each α_W once, and a last run with the best');
    t.ok(report.runs.every(({ regularization }) => regularization.theta === 0));
    await t.rejects(run({ targets, backend, initialize: 'svd' }), { code: 'ERR_OPTION', message: /dense layer/ });
  });
}
