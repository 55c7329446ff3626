/** @file Networks of images from training to model: solvers, backends, the Jacobian, the file. */
import { join } from 'node:path';
import t from 'tap';
import {
  averagePool,
  conv2d,
  dense,
  flatten,
  gnvpro,
  image,
  Model,
  maxPool,
  normalization,
  Random,
  sequential,
  train,
} from '../../lib/index.js';
import { relativeError } from '../support/reference.js';

const random = new Random(3);
const inputs = Array.from({ length: 60 }, () => Array.from({ length: 6 * 5 * 2 }, () => random.normal()));
/** What is asked for does not depend on where it is. */
const targets = inputs.map((pixels) => [pixels.reduce((sum, x, i) => (i % 2 === 0 ? sum + Math.tanh(x) : sum), 0)]);

const network = sequential([
  image({ height: 6, width: 5, channels: 2 }),
  conv2d(3, { activation: 'softplus', boundary: 'periodic' }),
  normalization({ channels: 'image' }),
  maxPool(),
  conv2d(4, { kernel: 2, padding: 'valid', groups: 1, activation: 'tanh' }),
  averagePool({ size: [2, 1], stride: 1 }),
  flatten(),
  dense(3, { activation: 'tanh' }),
]);

const options = {
  network,
  inputs,
  targets,
  seed: 1,
  stop: { iterations: 4 },
  regularization: { theta: 1e-3, W: 1e-3 },
};

for (const linearSolver of ['krylov', 'dense'] as const) {
  t.test(`trained by ${linearSolver}, on both backends`, async (t) => {
    const optimizer = gnvpro({ linearSolver, krylov: { maxVectors: 80, tolerance: 1e-10 } });
    const run = async (backend: 'native' | 'js') => {
      const { report } = await train({ ...options, backend, optimizer });
      return report.iterations.map(({ objective }) => objective);
    };
    const [native, js] = [await run('native'), await run('js')];
    t.ok(native[native.length - 1] < 0.6 * native[0], `${native}`);
    t.ok(relativeError(native, js) < 1e-6, `${js}`);
  });
}

t.test('the file and the Jacobian', async (t) => {
  const { model } = await train(options);
  const path = join(t.testdir(), 'images.gnvpro');
  await model.save(path);
  const loaded = await Model.load(path);
  const some = inputs.slice(0, 3);
  const predicted = await model.predict(some);
  t.same((await loaded.predict(some)).data, predicted.data, 'the same bits');
  const { data } = await loaded.jacobian(some);
  const direction = some.map((row) => row.map(() => random.normal()));
  const [h, width] = [1e-6, inputs[0].length];
  const moved = async (sign: number) =>
    (await model.predict(some.map((row, n) => row.map((x, i) => x + sign * h * direction[n][i])))).data;
  const [after, before] = [await moved(1), await moved(-1)];
  const slopes = Array.from(after, (value, n) => (value - before[n]) / (2 * h));
  const products = direction.map((row, n) => row.reduce((sum, v, i) => sum + v * data[n * width + i], 0));
  t.ok(relativeError(products, slopes) < 1e-6, `${relativeError(products, slopes)}`);
});
