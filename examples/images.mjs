// Images: which of four marks is on a noisy picture, wherever it is. A convolution needs few of them to see it.
import { conv2d, dense, globalAveragePool, gnvpro, image, Random, sequential, train } from 'gnvpro';
import { heading, table } from './support/table.mjs';

const marks = {
  '—': [
    [0, 0],
    [0, 1],
    [0, 2],
  ],
  '|': [
    [0, 1],
    [1, 1],
    [2, 1],
  ],
  '\\': [
    [0, 0],
    [1, 1],
    [2, 2],
  ],
  '/': [
    [0, 2],
    [1, 1],
    [2, 0],
  ],
};
const names = Object.keys(marks);
const [height, width] = [10, 12];

const random = new Random(1);
const pick = (n) => Math.floor(n * random.uniform());

/** `count` pictures of height × width numbers, row by row, and the mark on each. */
function pictures(count) {
  const inputs = Array.from({ length: count }, () =>
    Array.from({ length: height * width }, () => 0.25 * random.normal()),
  );
  const targets = inputs.map((picture) => {
    const name = names[pick(names.length)];
    const [top, left] = [pick(height - 2), pick(width - 2)];
    for (const [y, x] of marks[name]) picture[(top + y) * width + left + x] += 1;
    return name;
  });
  return { inputs, targets };
}

const training = pictures(300);
const test = pictures(1000);

const networks = {
  'dense(24)': dense(24, { activation: 'tanh' }),
  'conv2d(12)': sequential([
    image({ height, width }),
    conv2d(12, { activation: 'softplus', initializer: 'lecun' }),
    conv2d(12, { activation: 'softplus', kernel: 1 }),
    globalAveragePool(),
  ]),
};

heading('1000 new pictures, after 300');
for (const [name, network] of Object.entries(networks)) {
  const { model } = await train({
    network,
    ...training,
    loss: 'crossEntropy',
    optimizer: gnvpro(),
    stop: { iterations: 40 },
    seed: 1,
  });
  const { accuracy } = await model.evaluate(test.inputs, test.targets);
  table([[name, `${model.weightCount} weights, ${(100 * accuracy).toFixed(1)} % right`]]);
}
