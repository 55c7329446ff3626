/** @file Data that change, move or shrink while a training runs: it has read them before train() returned. */
import t from 'tap';
import type { BackendName } from '../../lib/backend/select.js';
import {
  antisymmetricDense,
  dense,
  type LayerDescription,
  linearRegression,
  residual,
  sequential,
  type Training,
  type TrainOptions,
  tanh,
  tikhonov,
  train,
  trainSync,
} from '../../lib/index.js';
import { Network } from '../../lib/network/network.js';
import { detach, disturbances, onOrdinary, onResizable, onSharedMemory, resize } from '../support/buffers.js';
import { network, smooth } from './problem.js';

const N = 40;
const held = 12;
const training = smooth(N);
const validation = smooth(held, 2);

/** Everything in a result that the clock does not decide. */
function outcome({ model, report }: Training) {
  const { iterations, stop, best, used } = report;
  const records = [...iterations, best].map(({ seconds: _, ...record }) => record);
  return { theta: model.theta, W: model.W, scaling: model.scaling, network: model.network, records, stop, used };
}

type Place = (values: ArrayLike<number>) => Float64Array;

/** A training that is given arrays wherever an option takes them, and the arrays. */
function problem(backend: BackendName, place: Place, more: Partial<TrainOptions> = {}) {
  const arrays: Float64Array[] = [];
  const lay = (values: ArrayLike<number>) => {
    const array = place(values);
    arrays.push(array);
    return array;
  };
  const matrixOf = (rows: number[][]) => ({ data: lay(rows.flat()), shape: [rows.length, rows[0].length] });
  const theta = new Network(network, 3).initialWeights(5);
  const regularizer = tikhonov(theta.length, 1e-6);
  const options: TrainOptions = {
    network,
    backend,
    inputs: matrixOf(training.inputs),
    targets: matrixOf(training.targets),
    validation: { inputs: matrixOf(validation.inputs), targets: matrixOf(validation.targets) },
    scaling: {
      inputs: { shift: lay([0.1, 0, -0.1]), scale: lay([1, 2, 1]) },
      targets: { shift: lay([0, 0.5]), scale: lay([1, 0.5]) },
    },
    initialize: lay(theta),
    regularization: { theta: { ...regularizer, values: lay(regularizer.values), reference: lay(theta) } },
    stop: { iterations: 4 },
    ...more,
  };
  return { options, arrays };
}

for (const backend of ['js', 'native'] as BackendName[]) {
  t.test(backend, async (t) => {
    const undisturbed = outcome(await train(problem(backend, onOrdinary).options));
    t.ok(undisturbed.records.length > 4, 'the training goes on after the disturbance');

    for (const { name, place, disturb } of disturbances) {
      t.test(`train: ${name} after the call`, async (t) => {
        const { options, arrays } = problem(backend, place);
        const running = train(options);
        arrays.forEach(disturb);
        t.strictSame(outcome(await running), undisturbed);
      });
      t.test(`trainSync: ${name} by the callback`, async (t) => {
        const { options, arrays } = problem(backend, place);
        const onIteration = ({ iteration }: { iteration: number }) => void (iteration === 0 && arrays.forEach(disturb));
        t.strictSame(outcome(trainSync({ ...options, onIteration })), undisturbed);
      });
    }

    t.test("started by initialize: 'svd', with a job before the objective", async (t) => {
      const more = { initialize: 'svd' } as const;
      const calm = await train(problem(backend, onOrdinary, more).options);
      const { options, arrays } = problem(backend, onOrdinary, more);
      const running = train(options);
      arrays.forEach(detach);
      t.strictSame(outcome(await running), outcome(calm));
    });

    t.test('descriptions and records belong to the caller', async (t) => {
      const block = () => residual(antisymmetricDense(), { steps: 1, nodes: 2 });
      const layers: LayerDescription[] = [dense(4), tanh(), block()];
      const given = { backend, inputs: training.inputs, targets: training.targets, levels: 2, stop: { iterations: 2 } };
      const calm = outcome(await train({ ...given, network: sequential(layers) }));
      const own = sequential([...layers]);
      const running = train({
        ...given,
        network: own,
        onIteration: (record) => void Reflect.set(record, 'objective', Number.NaN),
      });
      (own.layers as LayerDescription[]).length = 1;
      const result = await running;
      t.strictSame(outcome(result), calm);
      const { model, report } = result;
      const bytes = model.toBytes();
      for (const { network } of report.levels) (network.layers as LayerDescription[]).length = 0;
      (report.iterations as unknown[]).length = 0;
      t.strictSame(model.toBytes(), bytes, 'the model has parts of its own');
    });
  });
}

t.test('linearRegression', async (t) => {
  const fit = ({ map, inputMean, targetMean }: Awaited<ReturnType<typeof linearRegression>>) => ({
    map,
    inputMean,
    targetMean,
  });
  const calm = fit(await linearRegression(training.inputs, training.targets));
  const [inputs, targets] = [training.inputs, training.targets].map((rows) => Float64Array.from(rows.flat()));
  const running = linearRegression({ data: inputs, shape: [N, 3] }, { data: targets, shape: [N, 2] });
  for (const array of [inputs, targets]) array.fill(7);
  t.strictSame(fit(await running), calm);
});

t.test('arrays that are detached before the call', async (t) => {
  const gone = (values: ArrayLike<number>) => {
    const array = Float64Array.from(values);
    detach(array);
    return array;
  };
  const shrunk = (values: ArrayLike<number>) => {
    const array = onResizable(values, false);
    resize(array, 8);
    return array;
  };
  const base = { network, ...training, stop: { iterations: 1 } };
  const flat = (array: Float64Array, cols: number) => ({ data: array, shape: [array.length / cols || 4, cols] });
  for (const [why, lose] of [
    ['transferred', gone],
    ['shrunk', shrunk],
  ] as const) {
    const cases: [name: string, more: object][] = [
      ['inputs', { inputs: flat(lose([1, 2, 3]), 3) }],
      ['row 1 of inputs', { inputs: [[1, 2, 3], lose([1, 2, 3])] }],
      ['row 0 of inputs', { inputs: [lose([1, 2, 3])] }],
      ['targets', { targets: flat(lose([1, 2]), 2) }],
      ['validation.targets', { validation: { ...validation, targets: flat(lose([1, 2]), 2) } }],
      ['initialize', { initialize: lose([1, 2]) }],
      ['shift of scaling.inputs', { scaling: { inputs: { shift: lose([0, 0, 0]), scale: [1, 1, 1] } } }],
      ['values of regularization.theta', { regularization: { theta: { ...tikhonov(24, 1), values: lose([1, 2]) } } }],
    ];
    for (const [name, more] of cases) {
      const expected = {
        code: 'ERR_DETACHED',
        message: `Expected numbers for ${name} but received a Float64Array whose buffer is detached or was shrunk. Pass a copy, or transfer and resize a buffer only after the call.`,
      };
      await t.rejects(train({ ...base, ...more }), expected, `${why}: ${name}`);
    }
  }
});

t.test('a view that follows a shrunk buffer is short, not lost', async (t) => {
  const inputs = onResizable(training.inputs.flat(), true);
  resize(inputs, 8 * 3);
  await t.rejects(train({ network, ...training, inputs: { data: inputs, shape: [N, 3] } }), {
    code: 'ERR_SHAPE',
    message: 'Expected 120 numbers for inputs of shape 40 × 3 but received 3.',
  });
});

t.test('shared memory is checked after it is copied', async (t) => {
  const bad = onSharedMemory(training.inputs.flat());
  bad[4] = Number.NaN;
  await t.rejects(train({ network, ...training, inputs: { data: bad, shape: [N, 3] } }), {
    code: 'ERR_NONFINITE',
    message: 'Expected finite numbers for inputs but received NaN in row 1, column 1.',
  });
});
