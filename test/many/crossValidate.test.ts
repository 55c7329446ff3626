/** @file Cross-validation against the same done by hand: one training a fold, and the formulas of its numbers. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  adam,
  classificationMetrics,
  crossValidate,
  defineLayer,
  dense,
  linearRegression,
  type Matrix,
  type Progress,
  readMatrix,
  sequential,
  tanh,
  train,
} from '../../lib/index.js';
import { projectFolder, runScript } from '../support/scripts.js';
import { deviation, labelled, mean, training } from './problem.js';

const { inputs, targets } = training;

t.test('is a training for each fold, judged on it', async (t) => {
  const result = await crossValidate({ ...training, seed: 5 }, { folds: 4, seed: 2 });
  const expected: number[] = [];
  const byHand = new Float64Array(120);
  for (let k = 0; k < 4; k++) {
    const isHeld = (_: unknown, n: number) => result.foldOf[n] === k;
    const isTrained = (_: unknown, n: number) => result.foldOf[n] !== k;
    const { model } = await train({
      ...training,
      inputs: inputs.filter(isTrained),
      targets: targets.filter(isTrained),
      seed: 5,
    });
    const { data } = await model.predict(inputs.filter(isHeld));
    const rows = [...inputs.keys()].filter((n) => result.foldOf[n] === k);
    for (const [i, n] of rows.entries()) byHand.set(data.subarray(2 * i, 2 * i + 2), 2 * n);
    const squares = rows.flatMap((n, i) => [0, 1].map((j) => (data[2 * i + j] - targets[n][j]) ** 2));
    expected.push(Math.sqrt(mean(squares)));
  }
  t.same(
    result.predictions,
    { data: byHand, shape: [60, 2] },
    'each sample by the model that has not seen it, to the bit',
  );
  result.folds.forEach(({ metric, metrics, samples, error }, k) => {
    t.match({ samples, error }, { samples: 15, error: null });
    t.ok(
      Math.abs((metric as number) - expected[k]) < 1e-14 && Math.abs((metrics?.rmse as number) - expected[k]) < 1e-14,
    );
  });
  t.equal(result.metric.name, 'rmse');
  t.ok(Math.abs(result.metric.mean - mean(expected)) < 1e-14);
  t.ok(Math.abs(result.metric.standardError - deviation(expected) / 2) < 1e-14, 'deviation over √4');
  const pooled = Math.sqrt(mean(targets.flatMap((row, n) => row.map((c, j) => (byHand[2 * n + j] - c) ** 2))));
  t.ok(Math.abs(result.metrics.rmse - pooled) < 1e-14);
  t.equal(result.metrics.samples, 60);
  t.same(result.stop, { status: 'done', message: 'All trainings have ended.' });
});

t.test('the same bits whatever runs at a time, and progress', async (t) => {
  const given = { ...training, validation: 0.25, baselines: true };
  const told: Progress[] = [];
  const [one, four] = [
    await crossValidate(given, { concurrency: 1 }),
    await crossValidate(given, { concurrency: 4, onProgress: (progress) => told.push(progress) }),
  ];
  t.same(four.predictions, one.predictions);
  t.same(four.metric, one.metric);
  t.same(four.baselines, one.baselines);
  t.same(
    told.map(({ done, of, failed, rung }) => [done, of, failed, rung]),
    [1, 2, 3, 4, 5].map((done) => [done, 5, 0, 1]),
  );
});

t.test('classes keep their columns where a fold has none of them', async (t) => {
  const data = labelled();
  const { folds, predictions, foldOf, metrics, metric } = await crossValidate(
    { ...data, validationMetric: 'errorRate' },
    { folds: Int32Array.from(data.targets, (label, n) => (label === 'rare' ? 0 : n % 3)) },
  );
  t.same(metrics, classificationMetrics(predictions, data.targets, { classes: ['above', 'below', 'rare'] }));
  const top = (n: number) => {
    const row = [...predictions.data.subarray(3 * n, 3 * n + 3)];
    return ['above', 'below', 'rare'][row.indexOf(Math.max(...row))];
  };
  const wrong = (k: number) =>
    mean([...data.targets.keys()].filter((n) => foldOf[n] === k).map((n) => Number(top(n) !== data.targets[n])));
  const errors = [0, 1, 2].map(wrong);
  folds.forEach(({ metric, report }, k) => {
    t.ok(Math.abs((metric as number) - errors[k]) < 1e-15);
    t.match(report?.used, { loss: 'crossEntropy' });
  });
  t.ok(Math.abs(metric.mean - mean(errors)) < 1e-15);
  t.ok(errors[0] >= 3 / foldOf.filter((k) => k === 0).length, 'what was never seen is never right');
});

t.test('samples of weight 0 are absent, weights count', async (t) => {
  const absent = [3, 17, 40];
  const weights = inputs.map((_, n) => (absent.includes(n) ? 0 : 1 + (n % 2)));
  const isThere = (_: unknown, n: number) => !absent.includes(n);
  const folds = inputs.map((_, n) => n % 3);
  const all = await crossValidate({ ...training, sampleWeights: weights }, { folds });
  const some = await crossValidate(
    {
      ...training,
      inputs: inputs.filter(isThere),
      targets: targets.filter(isThere),
      sampleWeights: weights.filter(isThere),
    },
    { folds: folds.filter(isThere) },
  );
  t.same(all.metrics, some.metrics);
  t.equal(
    all.metrics.samples,
    weights.reduce((sum, weight) => sum + weight, 0),
  );
  for (const n of inputs.keys()) {
    t.equal(all.foldOf[n], absent.includes(n) ? -1 : n % 3);
    t.equal(Number.isNaN(all.predictions.data[2 * n]), absent.includes(n));
  }
});

t.test('a fold that fails leaves the others', async (t) => {
  const data = labelled();
  const isRight = (n: number) => data.targets[n] === 'above';
  const given = { ...data, targets: data.targets.map((_, n) => (isRight(n) ? 'yes' : 'no')) };
  const result = await crossValidate(given, { folds: inputs63().map((n) => (isRight(n) ? 0 : 1 + (n % 2))) });
  t.match(result.folds[0], { metric: null, report: null, error: { name: 'GnvproError', code: 'ERR_LABEL' } });
  t.match(result.folds[0].error?.message, /at least two classes for the training samples/);
  t.equal(result.metrics.samples, 63 - [...data.targets.keys()].filter(isRight).length, 'pooled over the others');
  t.equal(result.metric.mean, mean(result.folds.flatMap(({ metric }) => metric ?? [])));
  t.ok(Number.isNaN(result.predictions.data[2 * data.targets.indexOf('above')]));
});

const inputs63 = () => Array.from({ length: 63 }, (_, n) => n);

t.test('ends early', async (t) => {
  const endless = { ...training, optimizer: adam(), stop: { gradient: 0, objective: 0, step: 0, workUnits: Infinity } };
  const reason = { why: 'test' };
  const aborted = await crossValidate(endless, { signal: AbortSignal.abort(reason) }).catch((error) => error);
  t.equal(aborted, reason, 'before the start');
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 200);
  t.equal(
    await crossValidate(endless, { signal: controller.signal }).catch((error) => error),
    reason,
    'nothing complete',
  );
  const late = await crossValidate(endless, { seconds: 0.2 }).catch((error) => error);
  t.match(late, { code: 'ERR_ABORTED', message: /^The 0.2 seconds were over/ });
  const after = new AbortController();
  const onProgress = () => after.abort(reason);
  const some = await crossValidate(training, { signal: after.signal, concurrency: 1, onProgress });
  t.equal(some.stop.status, 'aborted');
  t.ok(some.folds[0].report, 'what is complete comes back');
  t.match(some.folds[4].error, { code: 'ERR_ABORTED', message: /had not begun/ });
  const thrown = new Error('test');
  const failing = () => {
    throw thrown;
  };
  t.equal(await crossValidate(training, { onProgress: failing }).catch((error) => error), thrown);
});

t.test('no thread or job stays behind', async (t) => {
  const { status, output, seconds } = await runScript(
    projectFolder(),
    'abort.mjs',
    `import { adam, crossValidate, dense } from 'gnvpro';
     const inputs = Array.from({ length: 3000 }, (_, n) => [Math.sin(n), Math.cos(n)]);
     const stop = { gradient: 0, objective: 0, step: 0, workUnits: Infinity };
     const training = { network: dense(20, { activation: 'tanh' }), optimizer: adam(), inputs, targets: inputs, stop };
     const controller = new AbortController();
     setTimeout(() => controller.abort(new Error('enough')), 500);
     await crossValidate(training, { signal: controller.signal }).catch(({ message }) => console.log(message));`,
  );
  t.match({ status, output }, { status: 0, output: 'enough\n' });
  t.ok(seconds < 30, 'the process ends by itself');
});

t.test('a thread that dies is one training less', async (t) => {
  const folder = t.testdir({
    'deadly.mjs': `import { threadId } from 'node:worker_threads'; import { existsSync, writeFileSync } from 'node:fs';
      const mark = new URL('died', import.meta.url);
      if (!existsSync(mark)) { writeFileSync(mark, ''); process.exit(1); }`,
  });
  const result = await crossValidate(training, { modules: [join(folder, 'deadly.mjs')], concurrency: 1 });
  t.ok(existsSync(join(folder, 'died')));
  t.match(
    result.folds.map(({ error }) => error?.code),
    ['ERR_THREAD', undefined, undefined, undefined, undefined],
  );
});

t.test('layers of your own come from modules', async (t) => {
  const shift = defineLayer({ name: 'halved', apply: (b, x) => b.scale(x, 0.5) });
  const given = { ...training, network: shift() };
  await t.rejects(crossValidate(given), {
    code: 'ERR_OPTION',
    message: /modules: \['path.of.a.file.js'\].*the layer "halved"/,
  });
  const folder = projectFolder();
  const file = join(folder, 'halved.mjs');
  writeFileSync(
    file,
    "import { defineLayer } from 'gnvpro'; defineLayer({ name: 'halved', apply: (b, x) => b.scale(x, 0.5) });",
  );
  const { metrics } = await crossValidate(given, { modules: [file] });
  t.ok(metrics.rmse < 1);
});

/** Linear regression of all folds but one, by hand: the squares of its errors there. */
async function squaresOfLinear(X: readonly number[][], Y: readonly number[][], foldOf: Int32Array): Promise<number[]> {
  const squares: number[] = [];
  for (const k of new Set(foldOf)) {
    const part = (some: readonly number[][], isHeld: boolean) => some.filter((_, n) => (foldOf[n] === k) === isHeld);
    const { predict } = await linearRegression(part(X, false), part(Y, false));
    const { data } = predict(part(X, true));
    squares.push(
      ...part(Y, true)
        .flat()
        .map((y, i) => (data[i] - y) ** 2),
    );
  }
  return squares;
}

t.test('baselines: those of the same folds', async (t) => {
  const { baselines, foldOf } = await crossValidate({ ...training, baselines: true }, { folds: 3 });
  t.same(
    baselines.map(({ name }) => name),
    ['mean', 'linear regression'],
  );
  const byHand = Math.sqrt(mean(await squaresOfLinear(inputs, targets, foldOf)));
  t.ok(Math.abs(baselines[1].metrics.rmse / byHand - 1) < 1e-10);
});

const folder = process.env.GNVPRO_DATA_DIR;
t.test(
  'genuine data: strength of concrete',
  { skip: folder === undefined && 'GNVPRO_DATA_DIR is not set' },
  async (t) => {
    const read = async (name: string) => rowsOf(await readMatrix(join(folder as string, 'uci/concrete', name)));
    const [X, Y] = [await read('X_f64.npy'), await read('y_f64.npy')];
    const given = { network: sequential([dense(8), tanh()]), inputs: X, targets: Y, baselines: true };
    const { baselines, foldOf, metrics } = await crossValidate({ ...given, stop: { iterations: 40 } }, { folds: 5 });
    const linear = baselines[1].metrics.rmse;
    t.ok(Math.abs(linear / Math.sqrt(mean(await squaresOfLinear(X, Y, foldOf))) - 1) < 1e-8);
    t.ok(Math.abs(linear - 10.5) < 0.3, `${linear}: what is published for linear regression, 10.4 to 10.5 MPa`);
    t.ok(metrics.rmse < 0.65 * linear, `${metrics.rmse}: the network leaves two thirds of it`);
  },
);

function rowsOf({ data, shape: [rows, cols] }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, n) => [...data.subarray(n * cols, (n + 1) * cols)]);
}

t.test('misuse', async (t) => {
  const refused = (given: object, options: object, message: RegExp, code = 'ERR_OPTION') =>
    t.rejects(crossValidate({ ...training, ...given }, options), { code, message });
  await refused({ signal: AbortSignal.timeout(1000) }, {}, /Expected signal in the second options of crossValidate/);
  await refused({ onIteration: () => true }, {}, /Expected onProgress in the second options/);
  for (const own of [{ checkpoint: 'a' }, { resume: true }, { onCheckpoint: () => undefined }]) {
    await refused(own, {}, /Expected no checkpoint with crossValidate: its file is of one training/);
  }
  await refused({}, { fold: 3 }, /Unknown option "fold" of crossValidate. Did you mean "folds"\?/);
  await refused({ epochs: 3 }, {}, /Unknown option "epochs" of train/);
  await refused({}, { concurrency: 0 }, /integer between 1 and 256 for concurrency/);
  await refused({}, { seconds: -1 }, /seconds/);
  await refused({}, { modules: [3] }, /a path or a file: URL for entry 0 of modules/);
  await refused({ targets: targets.slice(1) }, {}, /as many rows of targets/, 'ERR_SHAPE');
  await refused({ network: { ...training.network, helper: () => 1 } }, {}, /options that are plain data/);
});
