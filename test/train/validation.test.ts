/** @file Validation: the split, the metric, and the best iterate. */
import t from 'tap';
import { type AnyMatrix, loaded } from '../../lib/data/stored.js';
import { Random, type TrainOptions } from '../../lib/index.js';
import { readOptions } from '../../lib/options/options.js';
import { train, trainSync } from '../../lib/train/train.js';
import { options, smooth } from './problem.js';

/** Column 0 tells the sample. */
const numbered = {
  inputs: Array.from({ length: 50 }, (_, i) => [i, Math.sin(i)]),
  targets: Array.from({ length: 50 }, (_, i) => [1000 + i]),
};

function splitOf(seed: number, validation = 0.3) {
  const task = readOptions(options({ ...numbered, validation, seed }));
  const ids = (part: typeof task.training | null) =>
    Array.from({ length: part?.inputs.shape[0] ?? 0 }, (_, n) => part && loaded(part.inputs).data[2 * n]) as number[];
  return { task, training: ids(task.training), validation: ids(task.validation) };
}

t.test('a fraction is drawn without overlap and with the seed', async (t) => {
  const { task, training, validation } = splitOf(5);
  t.equal(validation.length, 15);
  t.strictSame(
    [...training, ...validation].sort((a, b) => a - b),
    numbered.inputs.map(([id]) => id),
    'each sample once',
  );
  t.strictSame(
    [...loaded(task.validation?.targets as AnyMatrix).data],
    validation.map((id) => 1000 + id),
    'rows of inputs and targets stay together',
  );
  t.strictSame(
    [...loaded(task.training.targets).data],
    training.map((id) => 1000 + id),
  );
  t.strictSame(splitOf(5).validation, validation, 'the same seed, the same split');
  t.notSame(splitOf(6).validation, validation, 'another seed, another split');
  const sorted = (rows: Iterable<number>) => [...rows].sort((a, b) => a - b);
  t.notSame(
    validation,
    Array.from({ length: 15 }, (_, i) => validation[0] + i),
    'not samples that lie together',
  );
  t.strictSame([training, validation], [sorted(training), sorted(validation)], 'in the order they have');
  t.strictSame(validation, sorted(new Random(5).permutation(50).slice(0, 15)), 'by the public generator');
});

t.test('scaling is fitted on the training part only', async (t) => {
  const outlier = { inputs: [[1e6, 1e6, 1e6]], targets: [[1e6, 1e6]] };
  const stop = { iterations: 1 };
  const plain = trainSync(options({ stop }));
  const validated = trainSync(options({ stop, validation: outlier }));
  t.strictSame(validated.model.scaling, plain.model.scaling);
  const fraction = trainSync(options({ stop, validation: 0.5 }));
  const order = [...new Random(3).permutation(40).slice(20)];
  const rows = order.map((row) => smooth(40).inputs[row]);
  const mean = rows.reduce((sum, [x]) => sum + x / rows.length, 0);
  t.ok(Math.abs(fraction.model.scaling.inputs.shift[0] - mean) < 1e-14);
});

for (const [metric, read] of [
  ['rmse', (m) => m.rmse],
  ['relativeError', (m) => m.relativeError.mean],
] as [TrainOptions['validationMetric'], (m: Awaited<ReturnType<typeof evaluate>>) => number][]) {
  t.test(`the best iterate by ${metric} comes back`, async (t) => {
    const noisy = smooth(60, 2, 0.4);
    const validation = smooth(30, 9);
    const given = options({
      ...noisy,
      validation,
      validationMetric: metric,
      stop: { iterations: 25, patience: 100, objective: 0 },
      regularization: { theta: 0 },
    });
    const { model, report } = await train(given);
    const measured = report.iterations.filter((record) => record.validation !== null);
    t.equal(report.best.validation, Math.min(...measured.map((record) => record.validation as number)));
    t.not(report.best, measured[measured.length - 1], 'which is not the last here: the network fits the noise');
    const found = read(await model.evaluate(validation.inputs, validation.targets));
    t.ok(
      Math.abs(found - (report.best.validation as number)) <= 1e-12 * found,
      'the model is that iterate, in original units',
    );
    t.ok(
      report.iterations.every((record) => (record.validation !== null) === record.accepted),
      'measured where accepted',
    );
    t.equal(report.used.validationMetric, metric);
  });
}

async function evaluate() {
  const { model } = trainSync(options({ stop: { iterations: 1 } }));
  return model.evaluate(smooth(4).inputs, smooth(4).targets);
}

t.test('the first of equal points is the best', async (t) => {
  const { report } = trainSync(options({ stop: { iterations: 5 } }));
  const { iterations, best } = report;
  t.equal(best.objective, Math.min(...iterations.map(({ objective }) => objective)), 'by objective without validation');
  t.equal(
    best,
    iterations.find(({ objective }) => objective === best.objective),
  );
  t.ok(iterations.every(({ validation }) => validation === null));
  t.equal(report.used.validationMetric, null);
});

t.test('the next level starts at the best point by validation', async (t) => {
  const { report } = trainSync(
    options({
      ...smooth(60, 2, 0.4),
      validation: smooth(30, 9),
      levels: 2,
      stop: { iterations: 12, objective: 0, patience: 100 },
      regularization: { theta: 0 },
    }),
  );
  const coarse = report.iterations.filter(({ level, validation }) => level === 1 && validation !== null);
  const best = Math.min(...coarse.map(({ validation }) => validation as number));
  const start = report.iterations.find(({ level }) => level === 2);
  t.ok(Math.abs((start?.validation as number) - best) < 1e-12, 'this network has no depth to refine');
});
