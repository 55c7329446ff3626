/** @file What a training reports. */
import t from 'tap';
import { gnvpro, lbfgs, type Report } from '../../lib/index.js';
import type { TrainOptions } from '../../lib/options/trainOptions.js';
import { trainSync } from '../../lib/train/train.js';
import { version } from '../../lib/version.js';
import { network, options } from './problem.js';

const optimizers = { dense: gnvpro(), krylov: gnvpro({ linearSolver: 'krylov' }), lbfgs: lbfgs() };

function run(more: Partial<TrainOptions> = {}): Report {
  return trainSync(options({ validation: 0.2, stop: { iterations: 8 }, ...more })).report;
}

const recordKeys = [
  'iteration',
  'run',
  'level',
  'method',
  'epoch',
  'batch',
  'samples',
  'objective',
  'loss',
  'regularizationTheta',
  'regularizationW',
  'gradientNorm',
  'stepNorm',
  'accepted',
  'radius',
  'ratio',
  'krylovVectors',
  'workUnits',
  'seconds',
  'validation',
  'inner',
  'evidence',
];

for (const [name, optimizer] of Object.entries(optimizers)) {
  t.test(name, async (t) => {
    const report = run({ optimizer });
    const { iterations } = report;

    t.test('the objective never rises and is the sum of its parts', async (t) => {
      iterations.forEach((record, i) => {
        const sum = record.loss + record.regularizationTheta + record.regularizationW;
        t.ok(Math.abs(record.objective - sum) <= 1e-15 * sum);
        if (i > 0) t.ok(record.objective <= iterations[i - 1].objective, `iteration ${i}`);
      });
    });

    t.test('records are complete', async (t) => {
      for (const record of iterations) t.strictSame(Object.keys(record).sort(), recordKeys.toSorted());
      t.strictSame(
        iterations.map(({ iteration }) => iteration),
        [0, 1, 2, 3, 4, 5, 6, 7, 8],
      );
      const units = iterations.map(({ workUnits }) => workUnits);
      t.equal(units[0], 2, 'the start: a value and a gradient');
      t.ok(units.every((value, i) => i === 0 || value > units[i - 1]));
      t.ok(iterations.every(({ seconds }, i) => i === 0 || seconds >= iterations[i - 1].seconds));
      t.equal(report.workUnits, units[8]);
      const steps = iterations.slice(1);
      t.ok(steps.every(({ stepNorm }) => stepNorm > 0));
      t.ok(steps.every(({ radius, ratio }) => (radius === null && ratio === null) === (name === 'lbfgs')));
      t.ok(steps.every(({ krylovVectors }) => krylovVectors > 0 === (name === 'krylov')));
    });

    t.test('the whole is complete', async (t) => {
      t.ok(iterations.includes(report.best));
      t.equal(report.levels.length, 1);
      t.equal(report.levels[0].linearSolver, name === 'lbfgs' ? null : name);
      t.equal(report.levels[0].weights, 24);
      t.equal(report.levels[0].stop, report.stop);
      t.ok(report.seconds > 0 && report.levels[0].seconds <= report.seconds);
      const parts = Object.values(report.timings).reduce((a, b) => a + b);
      t.ok(parts > 0, 'time by part');
      t.ok(report.memoryBytes > 8 * 40 * 5, 'at least the data');
      t.ok(
        report.levels.every(({ estimatedBytes }) => estimatedBytes > 8 * 40 * 5),
        'the estimate covers the data',
      );
      t.match(report, { backend: 'js', blas: null, threads: 1, seed: 3, version, node: process.version });
      t.match(report.used, {
        network,
        optimizer,
        validationMetric: 'rmse',
        regularization: { theta: 3e-3 * 0.75 ** 3, W: 3e-6 * 0.75 ** 2 }, // 24 weights, 32 samples
        bias: true,
        levels: 1,
        stop: { iterations: 8, gradient: 1e-8 },
        scaling: { inputs: 'standardize', targets: 'uniform' },
        initialize: 'random',
      });
    });

    t.test('it is plain JSON', async (t) => {
      const copy = JSON.parse(JSON.stringify(report)) as Report;
      t.strictSame(
        copy.iterations,
        iterations.map((record) => ({ ...record })),
      );
      t.strictSame(copy.used.optimizer, report.used.optimizer);
      t.notMatch(JSON.stringify(report), /\[object|"data":|undefined/, 'no data, nothing lost in text');
    });
  });
}

t.test('the callback hears every record, when it is made', async (t) => {
  const heard: unknown[] = [];
  const report = run({ onIteration: (record) => void heard.push(record) });
  t.equal(heard.length, report.iterations.length);
  t.ok(
    report.iterations.every((record, i) => record === heard[i]),
    'the very records of the report',
  );
});

t.test('an optimizer read from JSON, its defaults filled in', async (t) => {
  const report = run({ optimizer: JSON.parse('{ "type": "gnvpro", "jacobian": "kaufman" }') });
  t.strictSame(report.used.optimizer, gnvpro({ jacobian: 'kaufman' }));
});

t.test('a rejected step is recorded and moves nothing', async (t) => {
  const reckless = gnvpro({ trustRegion: { initialRadius: 1e3 } });
  const { iterations } = run({ optimizer: reckless, stop: { iterations: 30 }, regularization: { theta: 0, W: 1e-10 } });
  const rejected = iterations.filter(({ accepted }) => !accepted);
  t.ok(rejected.length > 0, `${rejected.length} rejections`);
  for (const { iteration, objective, ratio, validation, radius } of rejected) {
    t.equal(objective, iterations[iteration - 1].objective);
    t.equal(validation, null);
    t.ok((ratio as number) < 1e-4 && (radius as number) < (iterations[iteration - 1].radius ?? 1e3));
  }
});

t.test('the model file tells of the training', async (t) => {
  const { model, report } = trainSync(options({ stop: { iterations: 2 } }));
  t.match(model.training, {
    seed: 3,
    backend: 'js',
    stop: report.stop,
    best: report.best,
    workUnits: report.workUnits,
  });
});
