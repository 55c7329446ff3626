/** @file Comparisons of methods: what a run records, how it is summed up, and that it goes on where it was. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { experiments } from '../../lib/experiments/catalogue.js';
import type { Experiment } from '../../lib/experiments/experiment.js';
import { emptyResults, resume } from '../../lib/experiments/results.js';
import { definitionOf, type MethodRun, runMethod } from '../../lib/experiments/run.js';
import { compare } from '../../lib/experiments/summary.js';
import { markdownOf, tableOf } from '../../lib/experiments/table.js';
import { dense, writeMatrix } from '../../lib/index.js';

const peaks = experiments.find(({ name }) => name === 'peaks') as Experiment;
const circle = experiments.find(({ name }) => name === 'circle') as Experiment;
const place = { folder: null, cache: '' };

t.test('a run on real data of the problem', async (t) => {
  const data = await peaks.load(0, place);
  const options = { seed: 0, budget: { workUnits: 60 }, threads: 1 };
  const { run, model } = await runMethod(peaks, data, 'gnvpro', options);
  const { rmse } = model.evaluateSync(data.test.inputs, data.test.targets) as { rmse: number };
  t.equal(run.errors.test, rmse, 'the error is that of the model');
  t.ok(Math.abs(run.best.validation / run.errors.validation - 1) < 1e-12);
  t.equal(run.stop.status, 'workLimit');
  t.ok(run.workUnits >= 60 && run.trials.length === 1);
  const [first, last] = [run.trace[0], run.trace[run.trace.length - 1]];
  t.equal(last[0], run.workUnits);
  t.ok(last[2] < first[2] && first[5]);
});

t.test('a learning rate is chosen on validation data', async (t) => {
  const data = await circle.load(1, place);
  const { run } = await runMethod(circle, data, 'adam', { seed: 1, budget: { workUnits: 8 }, threads: 1 });
  const best = run.trials.reduce((a, b) => (b.validation < a.validation ? b : a));
  t.equal(run.trials.length, 2 * (circle.methods.adam.learningRates?.length as number), 'each with both starts of W');
  t.equal((run.optimizer as { initialW: string }).initialW, best.initialW);
  t.equal((run.optimizer as { learningRate: number }).learningRate, best.learningRate);
  t.equal(run.best.validation, best.validation);
});

t.test('a method may train with options of its own', async (t) => {
  const methods = { own: { ...peaks.methods.lbfgs, options: { network: dense(3) } } };
  const data = await peaks.load(0, place);
  const { model } = await runMethod({ ...peaks, methods }, data, 'own', {
    seed: 0,
    budget: { workUnits: 4 },
    threads: 1,
  });
  t.equal(model.weightCount, 3 * 3 + 4, 'three units and the last layer');
  t.not(definitionOf({ ...peaks, methods }, 'own'), definitionOf(peaks, 'lbfgs'));
});

t.test('an abort leaves no half run', async (t) => {
  const data = await peaks.load(0, place);
  const options = { seed: 0, budget: {}, threads: 1, signal: AbortSignal.timeout(200) };
  await t.rejects(runMethod(peaks, data, 'lbfgs', options), { name: 'TimeoutError' });
});

/** A run that ends at an error, and passes others on the way. */
function madeUp(method: string, seed: number, values: readonly number[], more: Partial<MethodRun> = {}): MethodRun {
  const validation = Math.min(...values);
  return {
    definition: definitionOf(peaks, method),
    ...{ method, seed, workUnits: 10 * values.length, seconds: values.length },
    trials: [{ learningRate: null, initialW: null, validation, seconds: values.length }],
    optimizer: peaks.methods[method].optimizer,
    stop: { status: 'workLimit', message: '' },
    timings: { network: 1, projection: values.length / 4, krylov: 0, dense: 0 },
    best: { iteration: values.length, validation, workUnits: 10, seconds: 1 },
    errors: { training: validation, validation, test: 2 * validation },
    trace: values.map((value, k) => [10 * (k + 1), k + 1, value, 1, value, true]),
    ...more,
  };
}

t.test('figures over the seeds', async (t) => {
  const runs = [
    madeUp('gnvpro', 0, [4, 2, 1]),
    madeUp('gnvpro', 1, [4, 1.05, 1.05, 1]),
    madeUp('lbfgs', 0, [4, 3, 2, 1]),
    madeUp('lbfgs', 1, [4, 3, 2, 1.5]),
    madeUp('adam', 0, [9, 8], {
      trials: [
        { learningRate: 0.1, initialW: 'random', validation: 8, seconds: 2 },
        { learningRate: 1, initialW: 'random', validation: 9, seconds: 3 },
      ],
      optimizer: { ...peaks.methods.adam.optimizer, learningRate: 0.1 } as MethodRun['optimizer'],
    }),
  ];
  const [gnvpro, lbfgs, adam] = compare(peaks, runs);
  t.same([gnvpro.test.mean, gnvpro.test.deviation], [2, 0]);
  t.same([lbfgs.test.mean, lbfgs.test.deviation], [2.5, Math.SQRT1_2]);
  // Marks: 1.1 of the median, 1 on both seeds.
  t.same(gnvpro.toMark, { workUnits: 25, seconds: 2.5 });
  t.equal(lbfgs.toMark, null, 'one seed does not get there');
  t.equal(gnvpro.projectionShare, 0.25);
  t.same(adam.learningRates, [0.1]);
  t.equal(adam.secondsWithTrials, 5);
  const table = tableOf(peaks, [gnvpro, lbfgs, adam]);
  const text = markdownOf(table);
  t.match(text, /\| GNvpro, preconditioned \| 2\.00 ± 0\.00 ★ \|/);
  t.match(text, /ADAM: learning rate 0\.1, chosen on validation data; 5\.0 s/);
  t.ok(table.rows.every((row) => row.length === table.columns.length));
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  t.ok(lines.every((line) => line.split(' | ').length === table.columns.length));
});

t.test('results are gone on with, and never mixed', async (t) => {
  const folder = t.testdir();
  const fresh = emptyResults(peaks, { workUnits: 50 }, 1);
  t.equal(await resume(folder, peaks, fresh), fresh);
  const runs = [madeUp('lbfgs', 0, [3, 1])];
  const leave = (found: object) => writeFileSync(join(folder, 'results.json'), JSON.stringify(found));
  leave({ ...fresh, runs });
  t.same((await resume(folder, peaks, fresh)).runs, runs);
  for (const other of [
    emptyResults(circle, { workUnits: 50 }, 1),
    emptyResults(peaks, { workUnits: 51 }, 1),
    emptyResults(peaks, { workUnits: 50 }, 2),
    { ...fresh, gnvpro: '0.0.1' },
    { ...fresh, machine: { ...fresh.machine, cpu: 'another' } },
  ]) {
    await t.rejects(resume(folder, peaks, other), { code: 'ERR_RESULTS', message: /choose another --out/ });
  }
  const old = [...runs, madeUp('adam', 0, [2], { definition: 'of before' }), { ...runs[0], method: 'renamed' }];
  leave({ ...fresh, runs: old });
  t.same((await resume(folder, peaks, fresh)).runs, runs, 'only runs of methods as they are now');
  for (const damage of ['{"experiment":"peaks","ru', '{}', '[1]']) {
    writeFileSync(join(folder, 'results.json'), damage);
    await t.rejects(resume(folder, peaks, fresh), { code: 'ERR_RESULTS' });
  }
});

t.test('data that are files', async (t) => {
  const cdr = experiments.find(({ name }) => name === 'cdr') as Experiment;
  await t.rejects(cdr.load(0, place), {
    code: 'ERR_OPTION',
    message: /--data with a folder that has cdr.*gnvpro data cdr/,
  });
  const folder = t.testdir();
  mkdirSync(join(folder, 'cdr'));
  const matrix = (cols: number) => ({
    data: Float64Array.from({ length: 800 * cols }, (_, i) => i),
    shape: [800, cols] as const,
  });
  await writeMatrix(join(folder, 'cdr/inputs.npy'), matrix(2));
  await writeMatrix(join(folder, 'cdr/targets.npy'), matrix(1));
  const [one, same, other] = [
    await cdr.load(1, { ...place, folder }),
    await cdr.load(1, { ...place, folder }),
    await cdr.load(2, { ...place, folder }),
  ];
  t.same(
    [one.training, one.validation, one.test].map(({ inputs }) => inputs.shape[0]),
    [400, 200, 200],
  );
  t.same(one.training.targets, same.training.targets);
  t.notSame(one.training.targets, other.training.targets);
  const all = [one.training, one.validation, one.test].flatMap(({ targets }) => [...targets.data]);
  t.equal(new Set(all).size, 800, 'every sample once');
});

t.test('every experiment is complete', async (t) => {
  for (const { name, about, methods, budget, field, metric } of experiments) {
    t.ok(about.length > 50, name);
    t.ok(Object.values(budget).some((limit) => limit > 0));
    if (name === 'cifar-10') t.same(Object.keys(methods), ['gnvpro-saa', 'gnvpro', 'sgd', 'adam']);
    else t.ok(Object.keys(methods).length >= 8, name);
    t.equal('slim-train' in methods, metric !== 'errorRate', 'slimTrain is for least squares');
    if (field !== undefined) t.ok(field.every(Number.isInteger));
  }
  const readme = readFileSync(new URL('../../docs/experiments.md', import.meta.url), 'utf8');
  for (const { name } of experiments)
    t.match(readme, `gnvpro experiment ${name}`, `docs/experiments.md tells of ${name}`);
});
