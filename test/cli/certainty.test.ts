/** @file What the page of `gnvpro report` says of how sure a model is: error bars, coverage, reliability of classes. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { documentOf } from '../../lib/cli/page/document.js';
import { readResults } from '../../lib/cli/savedResults.js';
import { coverageOf, Model, Random, standardizedResiduals, writeMatrix } from '../../lib/index.js';
import { gnvpro } from '../support/cli.js';

const folder = t.testdir();
const at = (...parts: string[]) => join(folder, ...parts);
const documentIn = async (name: string) =>
  documentOf(await readResults(at(name)), at(name), { unit: '' }, { signal: undefined, threads: 1 });

const random = new Random(8);
const [trainings, tests] = [60, 520];
const rows = Array.from({ length: trainings + tests }, () => {
  const [x, y] = [random.uniform(-1, 1), random.uniform(-1, 1)];
  const targets = [Math.sin(2 * x) + y * y + random.normal(0, 0.1), x - 2 * y + random.normal(0, 0.1)];
  return { inputs: [x, y], targets, name: x * x + y * y + random.normal(0, 0.1) < 0.5 ? 'inner' : 'outer' };
});
const weights = rows.map((_, n) => (n % 5 === 4 ? 0 : 1 + (n % 3)));
await writeMatrix(
  at('inputs.npy'),
  rows.map(({ inputs }) => inputs),
);
await writeMatrix(
  at('targets.npy'),
  rows.map(({ targets }) => targets),
);
await writeMatrix(
  at('weights.npy'),
  weights.map((weight) => [weight]),
);
writeFileSync(at('names.csv'), `name\n${rows.map(({ name }) => name).join('\n')}\n`);

const whole = { training: [0, trainings], test: [trainings, trainings + tests] };
async function trained(name: string, changes: object): Promise<void> {
  const job = {
    ...{ inputs: at('inputs.npy'), targets: at('targets.npy'), split: whole, seed: 1 },
    ...{ network: { type: 'dense', units: 3, activation: 'tanh' }, stop: { iterations: 30 } },
    ...changes,
  };
  writeFileSync(at(`${name}.json`), JSON.stringify(job));
  const { code, stderr } = await gnvpro(t, 'train', at(`${name}.json`), '--out', at(name), '--format', 'none');
  if (code !== 0) throw new Error(stderr);
}
const evidence = { regularization: 'evidence' };
await trained('sure', evidence);
await trained('weighted', { ...evidence, sampleWeights: at('weights.npy'), split: { ...whole, test: [100, 200] } });
await trained('own', { ...evidence, split: { training: [0, trainings] } });
const classes = { targets: { file: at('names.csv'), header: true }, loss: 'crossEntropy', regularization: undefined };
await trained('classes', { ...classes, split: { training: [0, 60], test: [60, 200] } });
const refit = { split: { training: [0, 60], validation: [60, 200] }, refit: true, labelSmoothing: 0.05 };
await trained('refit', { ...classes, ...refit });

t.test('error bars and coverage: of 500 samples evenly spread, as the model says', async (t) => {
  const { calibration, outputs } = await documentIn('sure');
  const taken = Array.from({ length: 500 }, (_, k) => rows[trainings + Math.floor((k * tests) / 500)]);
  const model = await Model.load(at('sure/model.gnvpro'));
  const prediction = await model.predict(
    taken.map(({ inputs }) => inputs),
    { uncertainty: true },
  );
  const targets = taken.map(({ targets }) => targets);
  const { data } = standardizedResiduals(prediction, targets);
  t.match(calibration, { of: '500 of 520 test samples', samples: 500, values: 1000 });
  t.strictSame(calibration?.coverage, coverageOf(data));
  const mean = data.reduce((sum, r) => sum + r, 0) / 1000;
  const deviation = Math.sqrt(data.reduce((sum, r) => sum + (r - mean) ** 2, 0) / 999);
  t.ok(Math.abs((calibration?.mean as number) - mean) < 1e-12);
  t.ok(Math.abs((calibration?.standardDeviation as number) - deviation) < 1e-12);
  t.equal(
    calibration?.bars.reduce((sum, { count }) => sum + count, 0),
    1000,
  );
  t.equal(calibration?.beyond, data.filter((r) => Math.abs(r) > 5).length);
  t.match(calibration?.notes, [/^500 samples, evenly spread over all, had to do/]);
  const [, second] = outputs?.each ?? [];
  const { bars = [] } = second;
  t.equal(bars.length, 100);
  const [truth, low, high] = bars[1];
  const i = 2 * 5 + 1; // the second of 100 bars among 500 samples
  const total = Math.hypot(prediction.standardDeviation.data[i], prediction.noise[1]);
  t.equal(truth, targets[5][1]);
  t.ok(Math.abs((low + high) / 2 - prediction.mean.data[i]) < 1e-12);
  t.ok(Math.abs(high - low - 2 * 1.959963984540054 * total) < 1e-10);
  const within = data.filter((r, k) => k % 2 === 1 && Math.abs(r) <= 1.959963984540054).length / 500;
  t.equal(outputs?.columns.at(-1), 'within error bars');
  t.equal(second.errors.at(-1), `${(100 * within).toPrecision(3)} %`);
  t.match(outputs?.notes, [/true ones hold 95 % of the targets. Counted are 500 samples of 520/]);
});

t.test('on the page', async (t) => {
  const { code, stderr } = await gnvpro(t, 'report', at('sure'));
  t.equal(code, 0, stderr);
  const text = readFileSync(at('sure/report.html'), 'utf8');
  t.match(text, '<h2>Whether the error bars are true</h2>');
  t.match(text, /of 500 of 520 test samples \(1,000 values\) have the mean/);
  t.match(text, /Upright lines are predictions/);
  t.notMatch(text, /<h2>What is not shown|NaN/);
  t.ok(text.length < 200_000, `${text.length} characters`);
});

t.test('weights: noise by the mean weight of the training, and none of weight 0', async (t) => {
  const { calibration } = await documentIn('weighted');
  const tested = rows.slice(100, 200).filter((_, n) => weights[100 + n] > 0);
  const own = weights.slice(100, 200).filter((weight) => weight > 0);
  const trained = weights.slice(0, trainings).filter((weight) => weight > 0);
  const mean = trained.reduce((sum, weight) => sum + weight, 0) / trained.length;
  const prediction = await (await Model.load(at('weighted/model.gnvpro'))).predict(
    tested.map(({ inputs }) => inputs),
    { uncertainty: true },
  );
  const { data } = standardizedResiduals(
    prediction,
    tested.map(({ targets }) => targets),
    { sampleWeights: own.map((weight) => weight / mean) },
  );
  t.match(calibration, { of: '80 test samples', samples: 80, values: 160, notes: [] });
  const average = data.reduce((sum, r) => sum + r, 0) / 160;
  t.ok(Math.abs((calibration?.mean as number) - average) < 1e-12);
});

t.test('samples of the training are no test, which is said', async (t) => {
  const { calibration } = await documentIn('own');
  t.equal(calibration?.of, '60 training samples');
  t.match(calibration?.notes, [/^The model was trained on these samples: it is nearer to them/]);
});

t.test('a model that does not know how sure it is; data that are gone', async (t) => {
  cpSync(at('sure'), at('plain'), { recursive: true });
  const { sha256: _, ...report } = JSON.parse(readFileSync(at('plain/report.json'), 'utf8'));
  const model = await Model.load(at('sure/model.gnvpro'));
  writeFileSync(at('plain/model.gnvpro'), model.toBytes({ posterior: false }));
  writeFileSync(at('plain/report.json'), JSON.stringify(report));
  const { calibration, outputs, missing } = await documentIn('plain');
  t.equal(calibration, null);
  t.strictSame(outputs?.columns, ['RMSE', 'R²', 'largest error', 'true values']);
  t.notOk(outputs?.each.some((output) => 'bars' in output));
  t.strictSame(missing, []);
  const gone = { ...report, job: { ...report.job, inputs: at('gone.npy') } };
  writeFileSync(at('plain/report.json'), JSON.stringify(gone));
  t.match((await documentIn('plain')).missing, [/^Predicted against true values, and outputs of single samples/]);
  writeFileSync(at('plain/model.gnvpro'), model.toBytes());
  t.match((await documentIn('plain')).missing, [
    /^Predicted against true values, whether the error bars are true, and/,
  ]);
});

t.test('classes: reliability as report.json has it, of the last part there is', async (t) => {
  const { reliability } = await documentIn('classes');
  const path = at('classes/report.json');
  const { sha256: _, ...report } = JSON.parse(readFileSync(path, 'utf8'));
  const { test } = report.metrics;
  t.match(reliability, { of: '140 test samples', error: test.calibrationError, notes: [] });
  t.strictSame(reliability?.bins, test.reliability);
  t.equal(
    reliability?.bins.reduce((sum, { samples }) => sum + samples, 0),
    140,
  );
  const { code, stderr } = await gnvpro(t, 'report', at('classes'));
  t.equal(code, 0, stderr);
  t.match(readFileSync(at('classes/report.html'), 'utf8'), '<h2>Whether the probabilities are true</h2>');
  const { reliability: __, ...earlier } = test;
  writeFileSync(path, JSON.stringify({ ...report, metrics: { ...report.metrics, test: earlier } }));
  t.equal((await documentIn('classes')).reliability, null, 'reports of earlier versions');
  t.equal((await documentIn('sure')).reliability, null, 'numbers');
});

t.test('classes: what a refit and a temperature have seen is no test', async (t) => {
  const { reliability } = await documentIn('refit');
  t.equal(reliability?.of, '140 validation samples');
  t.match(reliability?.notes, [
    /^The model was trained on these samples in the refit/,
    /^The temperature of the logits/,
  ]);
});
