import { getEventListeners } from 'node:events';
import { inspect } from 'node:util';
import { test } from 'tap';
import { backendNames, selectBackend } from '../../lib/backend/select.js';
import { setThreads } from '../../lib/backend/threads.js';
import { applyScaling, undoScaling } from '../../lib/data/scaling.js';
import { noCancel } from '../../lib/job/cancel.js';
import { Model } from '../../lib/model/model.js';
import { sine, tanh } from '../../lib/network/activation.js';
import { sequential } from '../../lib/network/sequential.js';
import { randomMatrix, randomModel, randomParts } from '../support/models.js';
import { close, relativeError } from '../support/reference.js';

setThreads(4); // teams, also where there are fewer cores

for (const backend of backendNames) {
  test(`predict, ${backend}`, async (t) => {
    t.test('is the last layer on the features of scaled inputs, scaled back', async (t) => {
      for (const bias of [true, false]) {
        const parts = randomParts({ bias });
        const { data, shape } = randomMatrix(7, 5);
        const options = { targetColumns: 3, bias, threads: 1, cancelFlag: noCancel() };
        const scaled = applyScaling(parts.scaling.inputs, data.slice());
        const job = selectBackend('js').prepare(parts.forward).predict(7, scaled, parts.theta, parts.W, options);
        const expected = undoScaling(parts.scaling.targets, job.sync());
        const predicted = new Model(parts, { backend }).predictSync({ data, shape });
        t.same(predicted.shape, [7, 3]);
        close(t, predicted.data, expected, `bias ${bias}`, 1e-14);
      }
    });

    t.test('gives the same bits off the main thread, at any number of threads', async (t) => {
      const model = randomModel({}, backend);
      const inputs = randomMatrix(1000, 5);
      const expected = model.predictSync(inputs);
      t.strictSame(await model.predict(inputs), expected);
      for (const threads of [1, 2, 4]) t.strictSame(await model.predict(inputs, { threads }), expected);
    });

    t.test('runs side by side', async (t) => {
      const model = randomModel({}, backend);
      const all = [3, 50, 700].map((rows) => randomMatrix(rows, 5, rows));
      const predicted = await Promise.all(all.map((inputs) => model.predict(inputs)));
      t.same(
        predicted,
        all.map((inputs) => model.predictSync(inputs)),
      );
    });

    t.test('does not mind that the caller changes or transfers the inputs', async (t) => {
      const model = randomModel({}, backend);
      const inputs = randomMatrix(2500, 5);
      const expected = [model.predictSync(inputs), model.jacobianSync(inputs)];
      const running = Promise.all([model.predict(inputs), model.jacobian(inputs)]);
      structuredClone(inputs.data, { transfer: [inputs.data.buffer as ArrayBuffer] });
      t.strictSame(await running, expected);
    });

    t.test('takes rows and float32 data', async (t) => {
      const model = randomModel({ inputs: 2 }, backend);
      const expected = model.predictSync({ data: Float64Array.of(0.5, -1, 2, 0.25), shape: [2, 2] });
      t.same(
        model.predictSync([
          [0.5, -1],
          [2, 0.25],
        ]),
        expected,
      );
      t.same(model.predictSync({ data: Float32Array.of(0.5, -1, 2, 0.25), shape: [2, 2] }), expected);
    });

    t.test('works for a network without weights and without scaling', async (t) => {
      const none = (cols: number) => ({ shift: new Array(cols).fill(0), scale: new Array(cols).fill(1) });
      const parts = randomParts({ network: sequential([sine(), tanh()]), inputs: 2, outputs: 1, bias: false });
      const scaling = { inputs: none(2), targets: none(1) };
      const model = new Model({ ...parts, W: Float64Array.of(2, -3), scaling }, { backend });
      const expected = 2 * Math.tanh(Math.sin(0.3)) - 3 * Math.tanh(Math.sin(0.7));
      t.ok(Math.abs(model.predictSync([[0.3, 0.7]]).data[0] - expected) < 1e-15);
      t.equal(model.weightCount, 2);
    });
  });
}

test('js and native predict the same', async (t) => {
  const inputs = randomMatrix(300, 5);
  const [native, js] = backendNames.map((backend) => randomModel({}, backend).predictSync(inputs).data);
  close(t, native, js, 'predictions', 1e-13);
});

test('misuse of predict', async (t) => {
  const model = randomModel();
  const misuses: [string, () => unknown, { code: string; message: string | RegExp }][] = [
    [
      'too few columns',
      () => model.predictSync([[1, 2, 3, 4]]),
      { code: 'ERR_SHAPE', message: 'Expected N × 5 inputs, as the model was trained on, but received N × 4.' },
    ],
    [
      'NaN',
      () => model.predictSync([[1, 2, Number.NaN, 4, 5]]),
      { code: 'ERR_NONFINITE', message: /NaN in row 0, column 2/ },
    ],
    ['no rows', () => model.predictSync([]), { code: 'ERR_SHAPE', message: /at least one row/ }],
    ['no matrix', () => model.predictSync(7 as never), { code: 'ERR_OPTION', message: /for inputs but received 7/ }],
    [
      'a misspelt option',
      () => model.predictSync([[1, 2, 3, 4, 5]], { thread: 1 } as never),
      { code: 'ERR_OPTION', message: /Did you mean "threads"/ },
    ],
    [
      'no threads',
      () => model.predictSync([[1, 2, 3, 4, 5]], { threads: 0 }),
      { code: 'ERR_OPTION', message: /threads/ },
    ],
    [
      'a signal that is none',
      () => model.predict([[1, 2, 3, 4, 5]], { signal: {} as never }),
      { code: 'ERR_OPTION', message: /AbortSignal/ },
    ],
    [
      'an unknown backend',
      () => new Model(randomParts(), { backend: 'jss' as never }),
      { code: 'ERR_OPTION', message: /Did you mean "js"/ },
    ],
    [
      'theta of the wrong length',
      () => new Model({ ...randomParts(), theta: new Float64Array(3) }, { backend: 'js' }),
      { code: 'ERR_SHAPE', message: /takes 56 weights but it holds 3/ },
    ],
    [
      'W of the wrong length',
      () => new Model({ ...randomParts(), bias: false }, { backend: 'js' }),
      { code: 'ERR_SHAPE', message: /needs 3 × 4 weights but it holds 15/ },
    ],
  ];
  for (const [name, misuse, expected] of misuses) await t.rejects(async () => misuse(), expected, name);
});

test('abort', async (t) => {
  const model = randomModel({}, 'native');
  const inputs = randomMatrix(4000, 5);
  const reason = new Error('enough');

  t.test('before the call', async (t) => {
    await t.rejects(model.predict(inputs, { signal: AbortSignal.abort(reason) }), reason);
    await t.rejects(model.evaluate(inputs, randomMatrix(4000, 3), { signal: AbortSignal.abort(reason) }), reason);
    await t.rejects(model.jacobian(inputs, { signal: AbortSignal.abort(reason) }), reason);
  });

  t.test('during the call, and the listener is gone', async (t) => {
    const controller = new AbortController();
    const { signal } = controller;
    const running = [model.predict(inputs, { signal }), model.jacobian(inputs, { signal })];
    controller.abort(reason);
    for (const result of await Promise.allSettled(running)) t.match(result, { status: 'rejected', reason });
    t.equal(getEventListeners(controller.signal, 'abort').length, 0);
    t.strictSame(await model.predict(inputs), model.predictSync(inputs), 'the model works on');
  });

  t.test('a signal that is never aborted keeps no listener', async (t) => {
    const { signal } = new AbortController();
    await model.predict(inputs, { signal });
    t.equal(getEventListeners(signal, 'abort').length, 0);
  });
});

test('evaluate', async (t) => {
  const model = randomModel();
  const inputs = randomMatrix(20, 5);
  const predicted = model.predictSync(inputs);
  const exact = model.evaluateSync(inputs, predicted);
  t.match(exact, { samples: 20, rmse: 0, r2: 1, globalRelativeError: 0, relativeError: { max: 0, leftOut: 0 } });
  const targets = { data: predicted.data.map((x) => 1.1 * x), shape: predicted.shape };
  const metrics = await model.evaluate(inputs, targets);
  t.ok(relativeError([metrics.globalRelativeError, metrics.relativeError.mean], [1 / 11, 1 / 11]) < 1e-12);
  t.same(metrics, model.evaluateSync(inputs, targets));
  t.throws(() => model.evaluateSync(inputs, randomMatrix(19, 3)), {
    code: 'ERR_SHAPE',
    message: 'Expected 20 × 3 targets, a row for each of the inputs, but received 19 × 3.',
  });
  await t.rejects(model.evaluate(inputs, randomMatrix(20, 2)), { code: 'ERR_SHAPE' });
});

test('facts of a model', async (t) => {
  const parts = randomParts();
  const model = new Model(parts, { backend: 'js' });
  t.match(model, { inputs: 5, outputs: 3, features: 4, bias: true, weightCount: 56 + 15 });
  t.same(model.network, parts.network);
  t.same(model.training, parts.training);
  t.same(model.theta, parts.theta);
  t.same(model.W, parts.W);
  t.same(model.scaling, parts.scaling);
  model.theta.fill(0);
  model.W.fill(0);
  t.same([model.theta, model.W], [parts.theta, parts.W], 'what it hands out are copies');
  const text = String(model);
  t.match(text, '5 inputs → 4 features → 3 outputs');
  t.match(text, 'dense(units 4');
  t.match(text, '56 in the layers, 15 in the last layer (3 × 5, bias in the last column)');
  t.match(text, '2026-11-25T00:00:00.000Z, seed 1, converged, gnvpro 0.1.0');
  t.equal(inspect(model), text);
});

test('dispose', async (t) => {
  const model = randomModel();
  const inputs = randomMatrix(2, 5);
  const running = model.predict(inputs);
  const expected = model.predictSync(inputs);
  model.dispose();
  t.same(await running, expected, 'what runs finishes');
  const disposed = { code: 'ERR_DISPOSED' };
  await t.rejects(model.predict(inputs), disposed);
  await t.rejects(model.evaluate(inputs, inputs), disposed);
  await t.rejects(model.jacobian(inputs), disposed);
  await t.rejects(model.save('never'), disposed);
  t.throws(() => model.predictSync(inputs), disposed);
  t.throws(() => model.evaluateSync(inputs, inputs), disposed);
  t.throws(() => model.jacobianSync(inputs), disposed);
  t.throws(() => model.toBytes(), disposed);
  const getters = [
    'network',
    'inputs',
    'outputs',
    'features',
    'bias',
    'weightCount',
    'theta',
    'W',
    'scaling',
    'training',
  ] as const;
  for (const getter of getters) t.throws(() => model[getter], disposed, getter);
  t.match(String(model), 'disposed');
  model.dispose();
  let used: Model;
  {
    using scoped = randomModel();
    used = scoped;
    t.equal(scoped.inputs, 5);
  }
  t.throws(() => used.inputs, disposed, 'using');
});
