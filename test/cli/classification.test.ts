/** @file Classifiers from the command line: labels in files, weights, what predict and evaluate make of them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { dense, Model, Random, readMatrix, train, writeMatrix } from '../../lib/index.js';
import type { AnyMetrics } from '../../lib/loss/meaning.js';
import { gnvpro } from '../support/cli.js';

const folder = t.testdir();
const at = (name: string) => join(folder, name);
const N = 120;

/** Two inputs, and the quadrant they lie in but for the last, which counts to the first. */
const random = new Random(6);
const points = Array.from({ length: N }, () => [random.uniform(-1, 1), random.uniform(-1, 1)]);
const names = points.map(([x, y]) => (x > 0 ? (y > 0 ? 'first, upper' : 'other') : y > 0 ? 'second' : 'first, upper'));
const numbers = names.map((name) => ['first, upper', 'other', 'second'].indexOf(name));
const rows = points.map(([x, y], n) => `${x},${y},"${names[n]}"`);
writeFileSync(at('data.csv'), `x,y,quadrant\n${rows.join('\n')}\n`);
await writeMatrix(at('inputs.npy'), points);
await writeMatrix(
  at('numbers.npy'),
  numbers.map((j) => [j]),
);
await writeMatrix(
  at('shares.npy'),
  numbers.map((j) => [0, 1, 2].map((k) => Number(j === k))),
);
await writeMatrix(
  at('weights.npy'),
  points.map((_, n) => [1 + (n % 2)]),
);

const network = dense(8, { activation: 'tanh' });
const job = {
  inputs: { file: 'data.csv', columns: ['x', 'y'] },
  targets: { file: 'data.csv', columns: ['quadrant'] },
  loss: 'crossEntropy',
  network,
  split: { training: [0, 80], validation: [80, 100], test: [100, 120] },
  regularization: { theta: 1e-4, W: 1e-3 },
  stop: { iterations: 15 },
};
async function trained(name: string, changes: object, ...more: string[]) {
  writeFileSync(at(`${name}.json`), JSON.stringify({ ...job, ...changes }));
  return { job: at(`${name}.json`), out: at(name), more };
}
const json = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

t.test('labels by name, as the API takes them', async (t) => {
  const { job: file, out } = await trained('byName', {});
  const { code, stderr, stdout } = await gnvpro(t, 'train', file, '--out', out, '--format', 'text');
  t.equal(code, 0, stderr);
  t.match(stdout, /accuracy {2}cross entropy {2}calibration error/);
  t.match(stdout, /first, upper +\d/);
  t.match(stdout, /true \\ predicted +first, upper +other +second/);
  const part = (first: number, end: number) => ({ inputs: points.slice(first, end), targets: names.slice(first, end) });
  const { model } = await train({
    network,
    loss: 'crossEntropy',
    ...part(0, 80),
    validation: part(80, 100),
    regularization: job.regularization,
    stop: job.stop,
  });
  const saved = await Model.load<AnyMetrics>(join(out, 'model.gnvpro'));
  t.strictSame(saved.theta, model.theta, 'the same bits');
  t.strictSame(saved.classes, ['first, upper', 'other', 'second']);
  const { metrics } = json(join(out, 'report.json'));
  t.ok(metrics.test.accuracy > 0.8);
  t.strictSame(metrics.test, JSON.parse(JSON.stringify(await model.evaluate(points.slice(100), names.slice(100)))));
});

t.test('numbers and shares train the same network', async (t) => {
  const theta: Float64Array[] = [];
  for (const targets of ['numbers.npy', 'shares.npy']) {
    const { job: file, out } = await trained(targets.slice(0, -4), { inputs: 'inputs.npy', targets });
    const { code, stderr } = await gnvpro(t, 'train', file, '--out', out, '--format', 'none');
    t.equal(code, 0, stderr);
    const model = await Model.load(join(out, 'model.gnvpro'));
    t.strictSame(model.classes, [0, 1, 2]);
    theta.push(model.theta);
  }
  t.strictSame(theta[0], theta[1]);
  t.strictSame(theta[0], (await Model.load(at('byName/model.gnvpro'))).theta, 'as the names did');
});

t.test('weights follow their samples through a split', async (t) => {
  const split = { validation: 0.2, seed: 4 };
  const { job: file, out } = await trained('weighted', { split, sampleWeights: 'weights.npy' });
  const { code, stderr } = await gnvpro(t, 'train', file, '--out', out, '--format', 'none');
  t.equal(code, 0, stderr);
  t.same(json(join(out, 'report.json')).job.sampleWeights, at('weights.npy'));
  const { code: other, stderr: wrong } = await gnvpro(
    t,
    'train',
    file,
    '--out',
    out,
    '--sampleWeights',
    at('shares.npy'),
  );
  t.equal(other, 1);
  t.match(wrong, /one column of 120 sampleWeights.*has 120 × 3/);
});

t.test('predict: logits, probabilities, classes', async (t) => {
  const model = at('byName/model.gnvpro');
  const loaded = await Model.load(model);
  const predict = async (out: string, ...more: string[]) => {
    const { code, stderr } = await gnvpro(t, 'predict', model, at('inputs.npy'), '--out', at(out), ...more);
    t.equal(code, 0, stderr);
    return at(out);
  };
  t.strictSame((await readMatrix(await predict('logits.npy'))).data, loaded.predictSync(points).data);
  const csv = await predict('p.csv', '--probabilities');
  t.equal(readFileSync(csv, 'utf8').split(/\r?\n/)[0], '"first, upper",other,second');
  t.strictSame((await readMatrix({ file: csv, header: true })).data, loaded.predictProbabilitiesSync(points).data);
  const named = readFileSync(await predict('classes.csv', '--classes'), 'utf8')
    .trimEnd()
    .split('\n');
  const expected = loaded.predictClassesSync(points);
  t.strictSame(named, ['class', ...expected.map((name) => (name === 'first, upper' ? '"first, upper"' : name))]);
  const { data } = await readMatrix(await predict('classes.npy', '--classes'));
  t.strictSame(
    Array.from(data, (j) => loaded.classes?.[j]),
    expected,
  );
  const both = await gnvpro(
    t,
    'predict',
    model,
    at('inputs.npy'),
    '--out',
    at('x.npy'),
    '--classes',
    '--probabilities',
  );
  t.equal(both.code, 1);
});

t.test('evaluate and info', async (t) => {
  const model = at('byName/model.gnvpro');
  const files = ['--inputs', at('data.csv'), '--inputs.columns', 'x,y', '--targets', at('data.csv')];
  const { code, stdout, stderr } = await gnvpro(
    t,
    'evaluate',
    model,
    ...files,
    '--targets.columns',
    'quadrant',
    '--format',
    'json',
  );
  t.equal(code, 0, stderr);
  const loaded = await Model.load<AnyMetrics>(model);
  t.strictSame(JSON.parse(stdout), JSON.parse(JSON.stringify(loaded.evaluateSync(points, names))));
  const text = await gnvpro(t, 'info', model, '--format', 'text');
  t.match(text.stdout, /loss +crossEntropy\n +classes +first, upper, other, second/);
});

t.test('several labels at once', async (t) => {
  await writeMatrix(
    at('labels.npy'),
    points.map(([x, y]) => [Number(x > 0), Number(y > 0)]),
  );
  const { job: file, out } = await trained('labels', { inputs: 'inputs.npy', targets: 'labels.npy', loss: 'logistic' });
  const { code, stdout, stderr } = await gnvpro(t, 'train', file, '--out', out, '--format', 'text');
  t.equal(code, 0, stderr);
  t.match(stdout, /all labels right {2}cross entropy/);
  t.ok(json(join(out, 'report.json')).metrics.test.exactMatch > 0.8);
});

t.test('labels that nobody knows', async (t) => {
  writeFileSync(at('strange.csv'), `x,y,quadrant\n0.1,0.2,"elsewhere"\n0.3,0.4,other\n`);
  const { code, stderr } = await gnvpro(
    t,
    'evaluate',
    at('byName/model.gnvpro'),
    '--inputs',
    at('strange.csv'),
    '--inputs.columns',
    'x,y',
    '--targets',
    at('strange.csv'),
    '--targets.columns',
    'quadrant',
  );
  t.equal(code, 1);
  t.match(stderr, /row 0 of targets but received "elsewhere"/);
});
