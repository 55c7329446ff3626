/** Land use from the Indian Pines image: `node examples/pines/train.mjs FOLDER [map.png]`. See README.md beside this file. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dense, gnvpro, train } from 'gnvpro';
import { loadCube, loadFeatures } from './data.mjs';
import { drawMaps } from './map.mjs';

const [folder, picture = 'indian-pines.png'] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Expected the folder of the data: node examples/pines/train.mjs FOLDER [map.png]');
  process.exit(1);
}
const scene = existsSync(join(folder, 'inputs.npy')) ? await loadCube(folder) : await loadFeatures(folder);
const { training, validation, test, scaling } = scene;

const { model, report } = await train({
  network: dense(40, { activation: 'tanh' }),
  loss: 'crossEntropy',
  ...training,
  validation,
  scaling: { inputs: scaling },
  regularization: { theta: 1e-3, W: 1e-4 },
  optimizer: gnvpro({
    jacobian: 'golub-pereyra',
    krylov: { maxVectors: 6, tolerance: 0.05 },
    trustRegion: { grow: 2.5 },
  }),
  stop: { iterations: 25, patience: 6, objective: 1e-5 },
  starts: 5,
  refit: true,
});
const { accuracy, calibrationError, confusion } = await model.evaluate(test.inputs, test.targets);
const { shape } = training.inputs;
console.log(
  `${shape[0]} training pixels of ${shape[1]} numbers, ${model.classes.length} classes, ${report.seconds.toFixed(1)} s`,
);
console.log(`test accuracy ${(100 * accuracy).toFixed(2)} %, calibration error ${calibrationError.toFixed(3)}`);
console.log(confusion.map((row) => row.map((count) => String(count).padStart(5)).join('')).join('\n'));

const predicted = scene.mapOf(await model.predictClasses(scene.pixels));
writeFileSync(picture, drawMaps([scene.truth, predicted], scene.size));
console.log(`${picture}: ground truth and prediction`);
