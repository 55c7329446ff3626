/** @file What callers and other threads do to arrays that a model has read, and to what it has handed out. */
import { Worker } from 'node:worker_threads';
import { test } from 'tap';
import { matrix } from '../../lib/data/matrix.js';
import { Model } from '../../lib/model/model.js';
import { detach, disturbances, onResizable, onSharedMemory, resize } from '../support/buffers.js';
import { randomMatrix, randomModel, randomParts } from '../support/models.js';

const inputs = randomMatrix(30, 5);
const targets = randomMatrix(30, 3, 4);

for (const backend of ['js', 'native'] as const) {
  test(`${backend}: arrays that are disturbed after the call`, async (t) => {
    const model = randomModel({}, backend);
    const calm = await Promise.all([model.predict(inputs), model.evaluate(inputs, targets), model.jacobian(inputs)]);
    for (const { name, place, disturb } of disturbances) {
      const [Y, C] = [place(inputs.data), place(targets.data)];
      const given = { data: Y, shape: inputs.shape };
      const running = [
        model.predict(given),
        model.evaluate(given, { data: C, shape: targets.shape }),
        model.jacobian(given),
      ];
      [Y, C].forEach(disturb);
      t.strictSame(await Promise.all(running), calm, name);
    }
  });

  test(`${backend}: results are the caller's`, async (t) => {
    const model = randomModel({}, backend);
    const bytes = model.toBytes();
    const calm = [model.predictSync(inputs), model.jacobianSync(inputs)].map(({ data }) => data.slice());
    for (const { data } of [await model.predict(inputs), model.predictSync(inputs), await model.jacobian(inputs)]) {
      data.fill(Number.NaN);
      detach(data);
    }
    for (const array of [model.theta, model.W, model.scaling.inputs.shift, model.scaling.targets.scale]) {
      (array as Float64Array).fill(Number.NaN);
    }
    for (const facts of [model.network, model.training]) Object.assign(facts ?? {}, { type: 'overwritten', seed: -1 });
    model.toBytes().fill(0);
    t.strictSame([model.predictSync(inputs).data, model.jacobianSync(inputs).data], calm);
    t.strictSame(model.toBytes(), bytes);
  });
}

test('parts that are changed after a model was made of them', async (t) => {
  const parts = randomParts();
  const model = new Model(parts, { backend: 'native' });
  const bytes = model.toBytes();
  parts.theta.fill(0);
  detach(parts.W);
  (parts.scaling.inputs.shift as Float64Array).fill(9);
  (parts.network.layers as unknown[]).length = 0;
  t.strictSame(model.toBytes(), bytes);
  t.throws(() => new Model(parts), { code: 'ERR_DETACHED', message: /numbers for W but received a Float64Array/ });
});

test('detached before the call', async (t) => {
  const model = randomModel();
  const [Y, C] = [inputs.data.slice(), targets.data.slice()];
  [Y, C].forEach(detach);
  const [gone, goneToo] = [
    { data: Y, shape: inputs.shape },
    { data: C, shape: targets.shape },
  ];
  const detached = (name: string) => ({ code: 'ERR_DETACHED', message: new RegExp(`numbers for ${name} but`) });
  await t.rejects(model.predict(gone), detached('inputs'));
  t.throws(() => model.predictSync(gone), detached('inputs'));
  await t.rejects(model.evaluate(inputs, goneToo), detached('targets'));
  await t.rejects(model.jacobian(gone), detached('inputs'));
  t.throws(() => matrix(Y, [30, 5]), detached('matrix'));
  const bytes = model.toBytes();
  detach(bytes);
  t.throws(() => Model.fromBytes(bytes), detached('bytes'));
});

test('matrix(): ordinary memory is shared, everything else copied', async (t) => {
  const ordinary = inputs.data.slice();
  t.equal(matrix(ordinary, [30, 5]).data, ordinary);
  const resizable = onResizable(inputs.data, true);
  const lent = matrix(resizable, [30, 5]);
  t.equal(lent.data, resizable);
  resize(resizable, 8);
  t.throws(() => randomModel().predictSync(lent), { code: 'ERR_SHAPE' }, 'checked again where it is used');
  const shared = onSharedMemory(inputs.data);
  const own = matrix(shared, [30, 5]);
  shared.fill(0);
  t.strictSame(own, inputs);
});

test('another thread writes NaN while the model reads: refused, or predicted from one reading', async (t) => {
  const model = randomModel({}, 'native');
  const rows = 4000;
  const shared = onSharedMemory(randomMatrix(rows, 5).data);
  const state = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(
    `const { shared, state } = require('node:worker_threads').workerData;
     Atomics.store(state, 0, 1);
     Atomics.notify(state, 0);
     while (Atomics.load(state, 0) === 1) { shared[0] = NaN; shared[1] = NaN; shared[0] = 1; shared[1] = 1; }`,
    { eval: true, workerData: { shared, state } },
  );
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  Atomics.wait(state, 0, 0);
  let predictions = 0;
  for (let i = 0; i < 300; i++) {
    try {
      const { data } = await model.predict({ data: shared, shape: [rows, 5] });
      if (!data.every(Number.isFinite)) t.fail('a prediction from numbers that were not checked');
      predictions++;
    } catch (error) {
      t.equal((error as { code?: string }).code, 'ERR_NONFINITE');
    }
  }
  Atomics.store(state, 0, 2);
  await ended;
  t.comment(`${predictions} of 300 found numbers`);
});
