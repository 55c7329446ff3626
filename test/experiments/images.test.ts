/** @file The experiment on CIFAR-10: how its files are read, and runs on a few images, one with a budget of the processor. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type Samples, takeSamples } from '../../lib/data/samples.js';
import type { ExperimentData } from '../../lib/experiments/experiment.js';
import { cifar10 } from '../../lib/experiments/problems/images.js';
import { runMethod } from '../../lib/experiments/run.js';
import { npyBytes } from '../../lib/files/npy.js';

const [pixels, channels] = [1024, 3];
const folder = t.testdir({ cifar10: {}, pixelwise: { cifar10: {} }, few: { cifar10: {} } });

function write(path: string, data: Uint8Array, shape: readonly number[]): void {
  writeFileSync(path, Buffer.concat([...npyBytes({ data, shape })]));
}

/** Number i of colour c of pixel p of image n, below 256. */
const value = (n: number, c: number, p: number) => (7 * n + 13 * p + 101 * c + ((n * p) % 17)) % 256;

/** The same images channel by channel, pixel by pixel, and too few of them. */
function writeParts(): void {
  for (const [part, count] of [
    ['train', 4002],
    ['test', 1001],
  ] as const) {
    const [planes, points] = [new Uint8Array(count * 3072), new Uint8Array(count * 3072)];
    for (let n = 0; n < count; n++) {
      for (let c = 0; c < channels; c++) {
        for (let p = 0; p < pixels; p++) {
          planes[n * 3072 + c * pixels + p] = value(n, c, p);
          points[n * 3072 + p * channels + c] = value(n, c, p);
        }
      }
    }
    const labels = Uint8Array.from({ length: count }, (_, n) => n % 10);
    const place = (name: string, what: string) => join(folder, name, 'cifar10', `${part}-${what}.npy`);
    write(place('.', 'images'), planes, [count, 3072]);
    write(place('pixelwise', 'images'), points, [count, 32, 32, 3]);
    write(place('few', 'images'), planes.subarray(0, 12 * 3072), [12, 3072]);
    for (const name of ['.', 'pixelwise', 'few']) write(place(name, 'labels'), labels, [count, 1]);
  }
}
writeParts();

const load = (name: string, seed = 0) => cifar10.load(seed, { folder: join(folder, name), cache: '' });
const planewise = load('.');

t.test('the first images, in both orders of their pixels', async (t) => {
  const [planes, points] = [await planewise, await load('pixelwise')];
  t.same(
    [planes.training, planes.validation, planes.test].map(({ inputs }) => inputs.shape),
    [
      [3200, 3072],
      [800, 3072],
      [1000, 3072],
    ],
  );
  for (const part of ['training', 'validation', 'test'] as const) {
    t.equal(Buffer.compare(bytes(planes[part]), bytes(points[part])), 0, part);
  }
  const [n, c, p] = [17, 2, 33];
  t.equal(planes.test.inputs.data[n * 3072 + c * pixels + p], value(n, c, p));
  t.equal(planes.test.targets.data[n], 7);
  t.equal(planes.classes?.[7], 'horse');
  const other = await load('.', 1);
  t.notSame(other.training.targets.data.subarray(0, 50), planes.training.targets.data.subarray(0, 50));
  t.equal(Buffer.compare(bytes(other.test), bytes(planes.test)), 0, 'the test is the same on all seeds');
});

function bytes({ inputs: { data } }: Samples): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

t.test('what is refused', async (t) => {
  await t.rejects(load('few'), {
    code: 'ERR_SHAPE',
    message: /at least 4000 rows of 3072 or .* in .*train-images\.npy but its shape is 12 × 3072/,
  });
  mkdirSync(join(folder, 'empty'));
  await t.rejects(load('empty'), { code: 'ERR_DATA_FILE' });
  await t.rejects(cifar10.load(0, { folder: null, cache: '' }), {
    code: 'ERR_OPTION',
    message: /cifar10.*gnvpro data cifar-10/,
  });
});

t.test('runs on a few images', async (t) => {
  const all = await planewise;
  const ofEach = (all.classes ?? []).map((_, j) => all.training.targets.data.indexOf(j));
  const data: ExperimentData = {
    ...all,
    training: takeSamples(all.training, ofEach),
    validation: takeSamples(all.validation, [0, 1, 2, 3]),
    test: takeSamples(all.test, [0, 1, 2, 3]),
  };
  const runs = {
    gnvpro: { workUnits: 3 },
    adam: { workUnits: 5, processorSeconds: 1000 },
    sgd: { processorSeconds: 1e-3 },
  };
  for (const [method, budget] of Object.entries(runs)) {
    const { run, model } = await runMethod(cifar10, data, method, { seed: 0, budget, threads: 1 });
    const { accuracy } = model.evaluateSync(data.test.inputs, names(data)) as { accuracy: number };
    t.equal(run.errors.test, 1 - accuracy, `${method}: the error is that of the model`);
    t.equal(model.weightCount, 53_696 + 650, 'θ, and W with its constants');
    const [times, objectives] = [1, 2].map((column) => run.trace.map((row) => row[column] as number));
    t.same(
      times,
      times.toSorted((a, b) => a - b),
    );
    t.ok(run.best.seconds > 0 && run.best.seconds <= run.seconds && times[times.length - 1] <= run.seconds);
    if (method === 'sgd') {
      t.equal(run.stop.status, 'timeLimit');
      t.match(run.stop.message, /s of the processor have passed, 0\.001 s were allowed/);
      t.equal(run.trace.length, 1);
    } else {
      t.equal(run.stop.status, 'workLimit');
      t.ok((objectives[objectives.length - 1] as number) < (objectives[0] as number), method);
    }
    model.dispose();
  }
});

function names({ test: { targets }, classes }: ExperimentData): string[] {
  return Array.from(targets.data, (label) => classes?.[label] as string);
}
