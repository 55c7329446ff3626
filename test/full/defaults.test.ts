/** @file Plain defaults on real data (GNVPRO_DATA_DIR) against a linear or logistic model, by a margin. */
import t from 'tap';
import { type Matrix, takeRows } from '../../lib/data/matrix.js';
import { dense, identity, Random, readMatrix, sequential, type TrainOptions, tanh, train } from '../../lib/index.js';

const folder = process.env.GNVPRO_DATA_DIR;
const skip = folder === undefined ? 'GNVPRO_DATA_DIR is not set' : false;

interface Samples {
  readonly inputs: Matrix;
  readonly targets: Matrix;
}

const read = (name: string) => readMatrix(`${folder}/${name}.npy`);

function part({ inputs, targets }: Samples, rows: ArrayLike<number>): Samples {
  const numbers = Float64Array.from(rows);
  return { inputs: takeRows(inputs, numbers), targets: takeRows(targets, numbers) };
}

const linear = { network: identity() } as const;

async function relativeError(options: TrainOptions, test: Samples): Promise<number> {
  const { model } = await train(options);
  const { relativeError } = await model.evaluate(test.inputs, test.targets);
  model.dispose();
  return relativeError.mean;
}

async function errorRate(options: TrainOptions, test: Samples): Promise<number> {
  const { model } = await train({ ...options, loss: 'crossEntropy' });
  const { accuracy } = await model.evaluate(test.inputs, test.targets);
  model.dispose();
  return 1 - accuracy;
}

t.test('convection–diffusion–reaction: below a third of the error of linear regression', { skip }, async (t) => {
  const all = { inputs: await read('cdr/inputs'), targets: await read('cdr/targets') };
  for (const seed of [0, 1, 2]) {
    const order = (await read(`cdr/permutation-seed${seed}`)).data;
    const test = part(all, order.slice(600));
    const network = sequential([dense(12), tanh()]);
    const beside = { ...part(all, order.slice(0, 400)), validation: part(all, order.slice(400, 600)) };
    const data = seed === 0 ? { ...part(all, order.slice(0, 600)), validation: 0.2 } : beside;
    const ours = await relativeError({ network, ...data, seed }, test);
    const theirs = await relativeError({ ...linear, ...data, seed }, test);
    t.ok(ours < theirs / 3 && ours < 0.01, `split ${seed}: ${ours} against ${theirs}`);
  }
});

t.test('Jasper Ridge: three quarters of the errors of logistic regression', { skip }, async (t) => {
  const labels = await read('jasper/labels');
  const all = { inputs: await read('jasper/spectra'), targets: { data: labels.data, shape: [10_000, 1] as const } };
  const errors = { ours: 0, theirs: 0 };
  for (const seed of [0, 1]) {
    const order = (await read(`jasper/permutation-seed${seed}`)).data;
    const data = { ...part(all, order.slice(0, 4000)), validation: 0.2, seed };
    const test = part(all, order.slice(4000));
    errors.ours += (await errorRate({ network: sequential([dense(16), tanh()]), ...data }, test)) / 2;
    errors.theirs += (await errorRate({ ...linear, ...data }, test)) / 2;
  }
  t.ok(errors.ours < 0.75 * errors.theirs && errors.ours < 0.014, `${errors.ours} against ${errors.theirs}`);
});

t.test('MNIST, 3,000 images: three quarters of the errors of logistic regression', { skip }, async (t) => {
  const load = async (name: string) => {
    const { data } = await read(`mnist/${name}-labels`);
    return { inputs: await read(`mnist/${name}-images`), targets: { data, shape: [data.length, 1] as const } };
  };
  const data = { ...part(await load('train'), new Random(50).permutation(10_000).slice(0, 3000)), validation: 0.2 };
  const test = await load('test');
  const ours = await errorRate({ network: sequential([dense(64), tanh()]), ...data }, test);
  const theirs = await errorRate({ ...linear, ...data }, test);
  t.ok(ours < 0.75 * theirs && ours < 0.12, `${ours} against ${theirs}`);
});
