/** @file Dictionaries of patches: fitted to the training inputs, the same on both backends, kept or trained. */
import { join } from 'node:path';
import t from 'tap';
import { selectBackend } from '../../lib/backend/select.js';
import {
  concat,
  conv2d,
  dense,
  flatten,
  fromFile,
  gnvpro,
  image,
  type LayerDescription,
  Model,
  Network,
  type PatchDictionaryOptions,
  patchDictionary,
  Random,
  residual,
  sequential,
  writeMatrix,
} from '../../lib/index.js';
import { noCancel } from '../../lib/job/cancel.js';
import { driveSync } from '../../lib/job/job.js';
import { symmetricEigen } from '../../lib/linalg/eigen.js';
import { product } from '../../lib/linalg/matmul.js';
import { matrix } from '../../lib/linalg/matrix.js';
import { fromBase64 } from '../../lib/network/fittedNumbers.js';
import { dictionariesIn, splitFront } from '../../lib/network/front.js';
import { readDictionary } from '../../lib/network/patchDictionary.js';
import type { TrainOptions } from '../../lib/options/trainOptions.js';
import { fitDictionary } from '../../lib/train/front/fitDictionary.js';
import { train } from '../../lib/train/train.js';

import { close } from '../support/reference.js';

const [height, width, samples] = [6, 7, 60];
const pixels = height * width;
const random = new Random(5);
/** A bar somewhere, horizontal or vertical, on noise. */
const lying = Array.from({ length: samples }, () => random.uniform() < 0.5);
const inputs = lying.map((isLying) => {
  const picture = Array.from({ length: pixels }, () => 0.2 * random.normal());
  const [y, x] = [random.integer(height - 2), random.integer(width - 2)];
  for (let k = 0; k < 3; k++) picture[isLying ? y * width + x + k : (y + k) * width + x] += 1;
  return picture;
});
const targets = lying.map((isLying) => [Number(isLying)]);
const images = image({ height, width });
const own: PatchDictionaryOptions = { kernel: 3, patches: 500 };

const run = (layers: readonly LayerDescription[], more: Partial<TrainOptions> = {}) =>
  train({
    network: sequential([images, ...layers]),
    inputs,
    targets,
    regularization: { theta: 1e-4, W: 1e-3 },
    ...more,
  } as TrainOptions);

function fittedIn({ network }: Model): string[] {
  return dictionariesIn(network).map(({ fitted }) => fitted as string);
}

t.test('fixed filters: one projection, on both backends and in single precision', async (t) => {
  for (const method of ['kmeans', 'patches'] as const) {
    const layers = [patchDictionary(8, { ...own, method })];
    const { model, report } = await run(layers);
    t.match(report.stop, { status: 'converged', message: /no weights/ });
    t.equal(report.iterations.length, 1);
    t.equal(model.weightCount, 8 * 2 * 4 + 1, 'those of the last layer alone');
    const predicted = await model.predict(inputs);
    const right = predicted.data.filter((y, n) => y > 0.5 === lying[n]).length;
    t.ok(right >= 55, `${method}: ${right} of 60 right`);
    const js = await run(layers, { backend: 'js' });
    close(t, (await js.model.predict(inputs)).data, predicted.data, `${method} on js`, 1e-6);
    const single = await run(layers, { precision: 'float32' });
    close(t, (await single.model.predict(inputs)).data, predicted.data, 'in single precision', 1e-4);
    const again = await run(layers, { threads: 1 });
    t.strictSame(fittedIn(again.model), fittedIn(model), 'the same bits on any number of threads');
    t.notSame(fittedIn((await run(layers, { seed: 1 })).model), fittedIn(model), 'others with another seed');
  }
});

t.test('filters of whitened patches', (t) => {
  const [n, rows, epsilon, whitening] = [5, 400, 0.01, 0.1];
  const patches = Float64Array.from({ length: rows * n }, (_, i) => (1 + (i % n)) * random.normal());
  const machine = { backend: selectBackend('native'), threads: 1, cancelFlag: noCancel() };
  const description = readDictionary(patchDictionary(rows, { method: 'patches', patches: rows, epsilon, whitening }));
  const white = patches.slice();
  const { K, c } = driveSync(fitDictionary(white, n, description, new Random(1), machine));
  const covariance = product(matrix(rows, n, white), matrix(rows, n, white), { ta: true }).data.map((x) => x / rows);
  const { values } = symmetricEigen(matrix(n, n, covariance));
  t.ok(Math.abs(values[0]) < 1e-12, 'the direction of brightness is gone');
  for (const value of values.subarray(1)) t.ok(value > 0.7 && value < 1, `a variance λ/(λ + ε) of ${value}`);
  // Filter k is whitened patch k on length 1: its response to the patch as it came is the length.
  for (let k = 0; k < rows; k++) {
    const p = [...patches.subarray(k * n, (k + 1) * n)];
    const mean = p.reduce((sum, x) => sum + x) / n;
    const deviation = Math.sqrt(p.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n + epsilon);
    const response = p.reduce((sum, x, j) => sum + (K[k * n + j] * (x - mean)) / deviation, c[k]);
    const length = Math.hypot(...white.subarray(k * n, (k + 1) * n));
    if (Math.abs(response - length) > 1e-12 * length) t.fail(`filter ${k}: ${response} for ${length}`);
  }
  t.end();
});

t.test('mixed with weights, only those are trained', async (t) => {
  const layers = [patchDictionary(4, own), flatten(), dense(3, { activation: 'tanh' })];
  const { model, report } = await run(layers, { optimizer: gnvpro(), stop: { iterations: 5 } });
  t.equal(model.theta.length, 33 * 3, 'the weights of the dense layer: 32 inputs, 3 units, biases');
  t.ok(report.iterations.length > 1 && report.best.objective < report.iterations[0].objective);
  const jacobian = await model.jacobian(inputs.slice(0, 2));
  t.equal(jacobian.data.length, 2 * pixels);
  const js = await run(layers, { optimizer: gnvpro(), stop: { iterations: 5 }, backend: 'js' });
  close(t, (await js.model.predict(inputs)).data, (await model.predict(inputs)).data, 'on js', 1e-5);
});

t.test('images behind a dictionary stay images', async (t) => {
  const layers = [patchDictionary(2, { ...own, regions: [3, 4] }), conv2d(3, { kernel: 2, activation: 'tanh' })];
  const { model } = await run(layers, { stop: { iterations: 2 } });
  t.equal(model.theta.length, 3 * 4 * 4 + 3);
  const split = splitFront(model.network, pixels);
  t.strictSame(split?.whole(split.rest), model.network);
});

t.test('trained filters begin with those that are fitted', async (t) => {
  const fixed = await run([patchDictionary(3, own)]);
  const [fitted] = fittedIn(fixed.model);
  const [K, c] = fromBase64(fitted, [27, 3], 'fitted');
  const layer = patchDictionary(3, { ...own, trainable: true });
  const network = new Network(sequential([images, { ...layer, fitted }]), pixels);
  t.strictSame(network.initialWeights(4), Float64Array.of(...K, ...c));
  const { report, model } = await run([layer], { stop: { iterations: 5 } });
  t.strictSame(fittedIn(model), [fitted]);
  close(t, [report.iterations[0].loss], [fixed.report.best.loss], 'the first projection', 1e-9);
  t.ok(report.best.objective < report.iterations[0].objective);
  t.notSame(model.theta, network.initialWeights(4));
});

t.test('side by side, and one behind the other', async (t) => {
  const both = concat([patchDictionary(2, own), patchDictionary(3, { ...own, kernel: [2, 3] })]);
  const { model } = await run([both, patchDictionary(4, { kernel: 1, regions: 2, patches: 100 })]);
  const [first, second, third] = fittedIn(model).map((text) => Buffer.from(text, 'base64').length / 4);
  t.strictSame([first, second, third], [2 * 10, 3 * 7, 4 * 11]);
});

t.test('saved, loaded, gone on from, searched, refitted', async (t) => {
  const { model } = await run([patchDictionary(4, own)]);
  const file = join(t.testdir(), 'model.gnvpro');
  await model.save(file);
  const loaded = await Model.load(file);
  t.strictSame((await loaded.predict(inputs)).data, (await model.predict(inputs)).data);
  const next = await run([], { initial: loaded, network: undefined, seed: 9 } as Partial<TrainOptions>);
  t.strictSame(fittedIn(next.model), fittedIn(model), 'the filters of the model stay');
  close(t, (await next.model.predict(inputs)).data, (await model.predict(inputs)).data, 'go on', 1e-10);
  const labels = { targets: lying.map(String), loss: 'crossEntropy' } as const;
  const searched = await run([patchDictionary(4, own)], {
    ...labels,
    validation: 0.3,
    refit: true,
    regularization: { W: 'auto', theta: 'auto' },
  } as Partial<TrainOptions>);
  t.ok(searched.report.runs.length > 2);
  t.notOk(JSON.stringify(searched.report).includes('fitted'), 'reports tell what was asked for');
  const mean = await run([patchDictionary(4, own), flatten(), dense(2)], { starts: 2, validation: 0.3 });
  t.equal((await mean.model.predict(inputs)).shape[0], samples);
});

t.test('data in a file', async (t) => {
  const file = join(t.testdir(), 'x.npy');
  await writeMatrix(file, { data: Float64Array.from(inputs.flat()), shape: [samples, pixels] });
  const { model } = await run([patchDictionary(4, own)]);
  const streamed = await run([patchDictionary(4, own)], { inputs: fromFile(file) });
  t.strictSame(fittedIn(streamed.model), fittedIn(model));
  t.strictSame((await streamed.model.predict(inputs)).data, (await model.predict(inputs)).data);
});

t.test('what cannot be', async (t) => {
  const refused = (layers: LayerDescription[], code: string, message: RegExp, more = {}) =>
    t.rejects(run(layers, more), { code, message });
  await refused([dense(12), patchDictionary(2, own)], 'ERR_SHAPE', /expected images/);
  await refused([conv2d(2), patchDictionary(2, own)], 'ERR_LAYER', /layers without weights before/);
  const inside = residual(patchDictionary(1, { ...own, kernel: 1, regions: [6, 7] }), { integrator: 'euler' });
  await refused([concat([sequential([inside])])], 'ERR_SHAPE', /as many outputs as inputs/);
  const even = sequential([patchDictionary(1, { ...own, kernel: 1, regions: [6, 7] }), conv2d(1)]);
  await refused([residual(even, { integrator: 'euler' })], 'ERR_LAYER', /within sequential and concat alone/);
  await refused([patchDictionary(2, { ...own, regions: 5 })], 'ERR_OPTION', /at most 4×5/);
  await refused([patchDictionary(2, { ...own, fitted: 'AAAA' })], 'ERR_LAYER', /Expected 20 floats .* received 0.75/);
  await refused([patchDictionary(64, own)], 'ERR_MEMORY', /memoryLimit/, { memoryLimit: 1000 });
  t.throws(() => patchDictionary(600, own), { code: 'ERR_OPTION', message: /patches/ });
});
