/** MNIST, 8,000 / 2,000 / 3,000 images, by a network of convolutions, on two threads. Argument: seed. Prints one JSON line. */
import { conv2d, dense, flatten, gnvpro, image, sequential, train } from '../../dist/index.js';
import { loaders } from '../classification.mjs';

const [seed = '0'] = process.argv.slice(2);
const { training, validation, test } = await loaders.mnist(seed);
const filters = { kernel: 5, stride: 2, activation: 'relu' };
const network = sequential([
  image({ height: 28, width: 28 }),
  conv2d(8, filters),
  conv2d(16, filters),
  flatten(),
  dense(64, { activation: 'tanh', initializer: 'lecun' }),
]);

const before = process.cpuUsage();
const { model, report } = await train({
  network,
  loss: 'crossEntropy',
  labelSmoothing: 0.2,
  ...training,
  validation,
  regularization: { theta: 1e-3, W: 3e-5 },
  optimizer: gnvpro({
    jacobian: 'kaufman',
    linearSolver: 'krylov',
    krylov: { maxVectors: 6, tolerance: 0.05 },
    trustRegion: { grow: 2.5 },
  }),
  nested: [
    { samples: 2000, iterations: 8 },
    { samples: 4000, iterations: 5 },
  ],
  stop: { iterations: 22, patience: 6 },
  seed: Number(seed),
  threads: 2,
});
const { user, system } = process.cpuUsage(before);
const { accuracy: validationAccuracy } = await model.evaluate(validation.inputs, validation.targets);
const { accuracy } = await model.evaluate(test.inputs, test.targets);
console.log(
  JSON.stringify({
    accuracy,
    validationAccuracy,
    weights: model.weightCount,
    processorSeconds: (user + system) / 1e6,
    seconds: report.seconds,
    workUnits: report.workUnits,
    iterations: report.iterations.length,
    mebibytes: process.resourceUsage().maxRSS / 1024,
  }),
);
