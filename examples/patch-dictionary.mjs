// CIFAR-10, a part of it: a dictionary of patches that is taken from the images, nothing trained but the last layer, beside
// a linear model of the pixels. `npx gnvpro data cifar-10 --out FOLDER`, then `node examples/patch-dictionary.mjs FOLDER`.
import { join } from 'node:path';
import { identity, image, patchDictionary, readMatrix, sequential, train } from 'gnvpro';
import { rows } from './support/data.mjs';
import { heading, table } from './support/table.mjs';

const [folder, count = 4000, testCount = 1000, filters = '100,200'] = process.argv.slice(2);
if (folder === undefined) {
  console.log('Give the folder of CIFAR-10: npx gnvpro data cifar-10 --out FOLDER');
  process.exit(2);
}
const [filterCounts, kernels, alphas] = [filters.split(',').map(Number), [6], [0.1, 1, 10]];

const labels = (numbers) => ({
  data: numbers.flatMap((label) => Array.from({ length: 10 }, (_, k) => Number(k === label))),
  shape: [numbers.length, 10],
});
async function part(name, most) {
  const images = rows(await readMatrix(join(folder, `${name}-images.npy`)), 0, Number(most));
  const { data } = await readMatrix(join(folder, `${name}-labels.npy`));
  return { inputs: images, targets: labels([...data.slice(0, Number(most))]) };
}
const [all, test] = [await part('train', count), await part('test', testCount)];
const held = Math.floor(all.inputs.shape[0] / 5);
const parted = (matrix) => [rows(matrix, 0, matrix.shape[0] - held), rows(matrix, matrix.shape[0] - held)];
const [[inputs, heldInputs], [targets, heldTargets]] = [parted(all.inputs), parted(all.targets)];

/** The share of rows whose largest output is that of their class. */
async function accuracyOf(model, images, { data: expected }) {
  const { data } = await model.predict(images);
  const largest = (numbers, n) => {
    const row = numbers.slice(10 * n, 10 * n + 10);
    return row.indexOf(Math.max(...row));
  };
  const count = images.shape[0];
  return (
    Array.from({ length: count }, (_, n) => Number(largest(data, n) === largest(expected, n))).reduce((a, b) => a + b) /
    count
  );
}

const ofImages = (filters, kernel) =>
  sequential([image({ height: 32, width: 32, channels: 3, order: 'chw' }), patchDictionary(filters, { kernel })]);
const kinds = {
  'pixels, linear': [['', identity()]],
  patchDictionary: filterCounts.flatMap((filters) =>
    kernels.map((kernel) => [`${filters} filters of ${kernel}×${kernel}, `, ofImages(filters, kernel)]),
  ),
};

heading(`${testCount} test images, after ${count}; chosen on ${held} of them`);
for (const [kind, candidates] of Object.entries(kinds)) {
  const begin = performance.now();
  let best = { accuracy: 0 };
  for (const [name, network] of candidates) {
    for (const alpha of alphas) {
      const { model } = await train({ network, inputs, targets, regularization: { W: alpha }, seed: 1 });
      const accuracy = await accuracyOf(model, heldInputs, heldTargets);
      table([[`  ${kind}: ${name}α = ${alpha}`, `${(100 * accuracy).toFixed(1)} % of those held out`]]);
      if (accuracy > best.accuracy) best = { accuracy, network, alpha };
    }
  }
  const chosen = performance.now();
  const { model } = await train({ ...all, network: best.network, regularization: { W: best.alpha }, seed: 1 });
  const seconds = (from) => ((performance.now() - from) / 1000).toFixed(0);
  const trained = seconds(chosen);
  const accuracy = await accuracyOf(model, test.inputs, test.targets);
  table([
    [kind, `${(100 * accuracy).toFixed(1)} % right (training ${trained} s, with the choice ${seconds(begin)} s)`],
  ]);
}
