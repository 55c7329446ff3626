/** @file train() with every optimizer: one record, one rule for the best iterate, on both backends. */

import t from 'tap';
import {
  adam,
  defineLayer,
  dense,
  gaussNewton,
  gnvpro,
  lbfgs,
  type OptimizerDescription,
  sequence,
  sgd,
  slimTrain,
  train,
  trainSync,
} from '../../lib/index.js';
import { crossEntropy } from '../../lib/loss/crossEntropy.js';
import { leastSquares } from '../../lib/loss/leastSquares.js';
import { Network } from '../../lib/network/network.js';
import { chooseOptimizer, type ProblemSize } from '../../lib/options/choose.js';
import type { TrainOptions } from '../../lib/options/trainOptions.js';
import { relativeError } from '../support/reference.js';
import { options, smooth } from './problem.js';

const methods: Record<string, OptimizerDescription> = {
  gaussNewton: gaussNewton(),
  'joint lbfgs': lbfgs({ objective: 'joint' }),
  sgd: sgd({ learningRate: 0.05, batchSize: 8 }),
  adam: adam({ learningRate: 0.01, batchSize: 8, schedule: { type: 'cosine', epochs: 30 } }),
  slimTrain: slimTrain({ learningRate: 0.01, batchSize: 8 }),
  'adam, then gnvpro': sequence([
    { optimizer: adam({ learningRate: 0.01, batchSize: 8 }), stop: { iterations: 10 } },
    { optimizer: gnvpro() },
  ]),
};

const base = (more: Partial<TrainOptions> = {}) =>
  options({ stop: { iterations: 30 }, regularization: { theta: 1e-4, W: 1e-4 }, ...more });

for (const [name, optimizer] of Object.entries(methods)) {
  t.test(name, async (t) => {
    const { report } = trainSync(base({ optimizer }));
    const { iterations, best, stop } = report;
    t.ok(best.objective < 0.5 * iterations[0].objective, `${iterations[0].objective} → ${best.objective}`);
    t.ok(iterations.every((record) => Number.isFinite(record.objective) && record.objective >= best.objective));
    t.ok(iterations.every(({ workUnits }, i) => i === 0 || workUnits >= iterations[i - 1].workUnits));
    t.equal(stop.status, 'iterationLimit');
    const short = { ...base({ optimizer }), stop: { iterations: 12 } };
    const [js, native] = (['js', 'native'] as const).map((backend) => trainSync({ ...short, backend }).model);
    for (const key of ['theta', 'W'] as const) {
      const error = relativeError(native[key], js[key]);
      t.ok(error < (name.includes('then') ? 5e-3 : 1e-6), `${key} of the two backends: ${error}`);
    }
    const { model: again } = await train({ ...short, backend: 'native', threads: 2 });
    t.same(again.theta, native.theta, 'the same bits off the main thread, with two threads');
    t.same(again.W, native.W);
    for (const model of [js, native, again]) model.dispose();
  });
}

t.test('records say which method, and stages share one budget', async (t) => {
  const { report } = trainSync(base({ optimizer: methods['adam, then gnvpro'] }));
  const names = report.iterations.map(({ method }) => method);
  t.same([...new Set(names)], ['adam', 'gnvpro']);
  t.equal(names.filter((method) => method === 'adam').length, 11, 'a start and ten epochs');
  t.equal(names.filter((method) => method === 'gnvpro').length, 21, 'a start and the rest of the thirty');
  const [start] = report.iterations.filter(({ method }) => method === 'gnvpro');
  const ended = report.iterations[10];
  t.ok(start.objective <= ended.objective * (1 + 1e-12), 'projected, W is no worse');
});

t.test('joint Gauss–Newton goes on where the projected method stops, to the same minimum', async (t) => {
  const stages = sequence([{ optimizer: gnvpro(), stop: { iterations: 8 } }, { optimizer: gaussNewton() }]);
  const { report } = trainSync(base({ optimizer: stages, stop: { iterations: 80, gradient: 0, objective: 0 } }));
  const polish = report.iterations.filter(({ method }) => method === 'gaussNewton');
  const [start, end] = [polish[0], polish[polish.length - 1]];
  t.ok(end.objective < 0.9 * start.objective, `${start.objective} → ${end.objective}`);
  t.ok(end.gradientNorm < 0.1 * start.gradientNorm, `${start.gradientNorm} → ${end.gradientNorm}`);
});

t.test('a stage that fails before its first point leaves what the one before has found', async (t) => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const { report, model } = await train(
    base({
      ...{ optimizer: methods['adam, then gnvpro'], signal: controller.signal, backend: 'native' },
      onIteration: ({ iteration }) => {
        if (iteration === 10) controller.abort(reason);
      },
    }),
  );
  t.equal(report.stop.status, 'aborted');
  t.equal(report.best.method, 'adam');
  t.ok(model.theta.every(Number.isFinite));
});

t.test('stages with validation go on from the best point, and share the work units', async (t) => {
  const optimizer = sequence([
    { optimizer: sgd({ learningRate: 0.2, batchSize: 4 }), stop: { workUnits: 20 } },
    { optimizer: lbfgs() },
  ]);
  const { report } = trainSync(base({ optimizer, validation: smooth(30, 9), stop: { workUnits: 60 } }));
  const [first, second] = ['sgd', 'lbfgs'].map((name) => report.iterations.filter(({ method }) => method === name));
  const best = first.reduce((a, b) => ((b.validation as number) < (a.validation as number) ? b : a));
  t.ok((second[0].validation as number) < 2 * (best.validation as number), 'near the best of the stage before');
  t.ok(report.workUnits >= 60 && report.workUnits < 70, `${report.workUnits}`);
});

t.test('what a later stage cannot do is said before the first', async (t) => {
  const twice = defineLayer<Record<string, never>>({
    name: 'twiceOfMethods',
    shape: (features) => features,
    parameters: (features) => ({ A: { shape: [features, features] }, B: { shape: [features, features] } }),
    apply: (b, x, { A, B }) => b.matmul(x, b.matmul(A, B)),
  });
  let iterations = 0;
  const optimizer = sequence([{ optimizer: adam() }, { optimizer: gnvpro({ linearSolver: 'dense' }) }]);
  const impossible = base({ optimizer, network: twice({}), onIteration: () => iterations++ });
  t.throws(() => trainSync(impossible), { code: 'ERR_OPTION', message: /cannot be assembled/ });
  t.equal(iterations, 0);
});

t.test('weights of samples: twice the weight is the sample twice', async (t) => {
  const { inputs, targets } = smooth(30);
  const weights = inputs.map((_, n) => (n < 10 ? 2 : 1));
  const doubled = { inputs: [...inputs, ...inputs.slice(0, 10)], targets: [...targets, ...targets.slice(0, 10)] };
  // One batch of all: the order of the samples then only decides roundings.
  const one = { batchSize: 1000, learningRate: 0.01 };
  for (const optimizer of [adam(one), slimTrain({ ...one, regularization: 'constant' })]) {
    const scaling = { inputs: 'none', targets: 'none' } as const;
    const common = { optimizer, scaling, stop: { iterations: 5 }, regularization: { theta: 0, W: 1e-3 } };
    const weighted = trainSync(base({ ...common, inputs, targets, sampleWeights: weights })).model;
    const repeated = trainSync(base({ ...common, ...doubled })).model;
    t.ok(relativeError(weighted.theta, repeated.theta) < 1e-8);
    t.ok(relativeError(weighted.W, repeated.W) < 1e-6, `${relativeError(weighted.W, repeated.W)}`);
  }
});

t.test('levels go on from θ and W', async (t) => {
  for (const optimizer of [methods.gaussNewton, methods.adam]) {
    const { report } = trainSync(base({ optimizer, levels: 2, stop: { iterations: 5 }, regularization: { theta: 0 } }));
    const [first, second] = [1, 2].map((level) => report.iterations.filter((record) => record.level === level));
    const last = first[first.length - 1];
    t.ok(Math.abs(second[0].objective / last.objective - 1) < 1e-9, `${last.objective}, ${second[0].objective}`);
  }
});

t.test('a given model is where W begins, too', async (t) => {
  const first = trainSync(base({ optimizer: methods.adam }));
  const { report } = trainSync({
    ...smooth(40),
    ...{ initial: first.model, optimizer: gaussNewton(), backend: 'js', stop: { iterations: 1 } },
    regularization: { theta: 1e-4, W: 1e-4 },
  });
  t.ok(Math.abs(report.iterations[0].objective / first.report.best.objective - 1) < 1e-9);
});

t.test('validation decides which epoch is kept', async (t) => {
  const { report } = trainSync(
    base({ optimizer: sgd({ learningRate: 0.3, batchSize: 2 }), validation: smooth(30, 9) }),
  );
  const judged = report.iterations.map(({ validation }) => validation as number);
  t.equal(report.best.validation, Math.min(...judged));
});

t.test('random W', async (t) => {
  const run = (seed: number) =>
    trainSync(base({ optimizer: adam({ initialW: 'random', batchSize: 8 }), seed, stop: { iterations: 1 } })).report;
  const [projected, random] = [trainSync(base({ optimizer: adam(), stop: { iterations: 1 } })).report, run(3)];
  t.ok(random.iterations[0].objective > projected.iterations[0].objective);
  t.equal(run(3).best.objective, random.best.objective);
  t.not(run(4).iterations[0].objective, random.iterations[0].objective);
});

t.test('classes', async (t) => {
  const { inputs } = smooth(60);
  const targets = inputs.map(([x, y]) => (x * y > 0 ? 'same' : 'different'));
  for (const [name, optimizer] of Object.entries(methods)) {
    const more = { ...base({ optimizer, stop: { iterations: 40 } }), inputs, targets, loss: 'crossEntropy' as const };
    if (name === 'slimTrain') {
      t.throws(() => trainSync(more), { code: 'ERR_OPTION', message: /slimTrain fits least squares/ });
      continue;
    }
    const { model } = trainSync({ ...more, network: dense(8, { activation: 'tanh' }) });
    const { accuracy } = model.evaluateSync(inputs, targets);
    t.ok(accuracy >= 0.8, `${name}: ${accuracy}`);
    model.dispose();
  }
});

t.test('a learning rate that is too large ends the training with the best point', async (t) => {
  for (const optimizer of [sgd({ learningRate: 1e6, batchSize: 4 }), sgd({ learningRate: 1e200, batchSize: 4 })]) {
    const { report, model } = trainSync(base({ optimizer, stop: { iterations: 200 } }));
    t.equal(report.stop.status, 'stalled', report.stop.message);
    t.match(report.stop.message, /smaller learning rate/);
    t.ok(model.theta.every(Number.isFinite) && model.W.every(Number.isFinite));
  }
});

t.test('an abort in an epoch', async (t) => {
  const controller = new AbortController();
  const { report } = await train(
    base({
      ...{ optimizer: methods.adam, backend: 'native', signal: controller.signal, stop: {} },
      onIteration: ({ iteration }) => {
        if (iteration === 3) setTimeout(() => controller.abort(), 1);
      },
      ...smooth(4000),
    }),
  );
  t.equal(report.stop.status, 'aborted');
  t.ok(report.iterations.length >= 4);
});

t.test('what cannot be is refused', async (t) => {
  const code = 'ERR_OPTION';
  for (const [message, make] of [
    [/projected out/, () => lbfgs({ initialW: 'random' })],
    [/an array of/, () => sequence([])],
    [/single method/, () => sequence([{ optimizer: sequence([{ optimizer: adam() }]) }])],
    [/iterations of stage 0/, () => sequence([{ optimizer: adam(), stop: { iterations: 0 } }])],
    [/bounds/, () => slimTrain({ bounds: [1] as never })],
    [/memoryDepth/, () => slimTrain({ memoryDepth: -1 })],
    [
      /a single method with refit/,
      () =>
        trainSync(
          base({ optimizer: sequence([{ optimizer: adam() }, { optimizer: lbfgs() }]), refit: true, validation: 0.2 }),
        ),
    ],
  ] as const) {
    t.throws(make, { code, message });
  }
});

t.test('descriptions are plain JSON that can be read again', async (t) => {
  for (const optimizer of Object.values(methods)) {
    const copy = JSON.parse(JSON.stringify(optimizer)) as OptimizerDescription;
    const { report } = trainSync(base({ optimizer: copy, stop: { iterations: 1 } }));
    t.strictSame(report.used.optimizer, optimizer);
  }
});

t.test('auto takes what suits the problem, and says why', async (t) => {
  const few = trainSync(base({ optimizer: 'auto', stop: { iterations: 2 } })).report;
  t.match(few.choice, { took: /assembled matrix/, why: /24 weights and 40 × 2 targets/ });
  t.match(few.used.optimizer, { type: 'gnvpro', jacobian: 'kaufman' });
  t.equal(few.levels[0].linearSolver, 'dense');
  const { inputs } = smooth(60);
  const targets = inputs.map(([x, y]) => (x * y > 0 ? 'same' : 'different'));
  const classes = { ...base(), inputs, targets, loss: 'crossEntropy' as const, optimizer: 'auto' as const };
  const { report } = trainSync({ ...classes, stop: { iterations: 2 } });
  t.match(report.choice?.why, /projected by iteration/);
  t.match(report.used.optimizer, { type: 'gnvpro', linearSolver: 'krylov', jacobian: 'golub-pereyra' });
  const given = trainSync(base({ optimizer: lbfgs(), stop: { iterations: 1 } })).report;
  t.equal(given.choice, null);
});

t.test('the sizes at which auto changes its mind', async (t) => {
  const took = (weights: number, size: ProblemSize) => {
    const network = new Network(dense(1, { bias: false }), weights);
    return chooseOptimizer(network, size).choice.took;
  };
  t.match(took(600, { samples: 400, outputs: 72, loss: leastSquares }), /assembled/, 'CDR');
  t.match(took(560, { samples: 8000, outputs: 882, loss: leastSquares }), /Krylov/, 'DCR');
  t.match(took(2001, { samples: 100, outputs: 1, loss: leastSquares }), /Krylov/, 'more weights than are assembled');
  t.match(took(600, { samples: 400, outputs: 72, loss: crossEntropy }), /Krylov/, 'classes');
});
