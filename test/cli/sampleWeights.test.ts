/** @file Weights of samples in jobs, reports, pages and `gnvpro evaluate`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { dense, Model, Random, writeMatrix } from '../../lib/index.js';
import type { AnyMetrics } from '../../lib/loss/meaning.js';
import { gnvpro } from '../support/cli.js';

const folder = t.testdir();
const at = (...parts: string[]) => join(folder, ...parts);
const N = 90;
const random = new Random(6);
const weights = Array.from({ length: N }, (_, n) => [1, 2.5, 0][n % 3]);
const inputs = weights.map((weight) => (weight === 0 ? [1e9, -1e200] : [random.normal(), random.normal()]));
const targets = inputs.map(([x, y], n) => [weights[n] === 0 ? 1e150 : Math.sin(x) + y]);
const names = inputs.map(([x], n) => (weights[n] === 0 ? 'nowhere' : x > 0 ? 'right' : 'left'));
const column = (values: readonly number[]) => values.map((value) => [value]);
await writeMatrix(at('inputs.npy'), inputs);
await writeMatrix(at('targets.npy'), targets);
await writeMatrix(at('weights.npy'), column(weights));
writeFileSync(at('names.csv'), `name\n${names.join('\n')}\n`);
const parts = { training: [0, 50], validation: [50, 70], test: [70, 90] } as const;
for (const [name, [first, end]] of Object.entries(parts)) {
  await writeMatrix(at(`${name}-inputs.npy`), inputs.slice(first, end));
  await writeMatrix(at(`${name}-targets.npy`), targets.slice(first, end));
  await writeMatrix(at(`${name}-weights.npy`), column(weights.slice(first, end)));
}

const common = { network: dense(5, { activation: 'tanh' }), stop: { iterations: 6 } };
const whole = { ...common, inputs: at('inputs.npy'), targets: at('targets.npy'), sampleWeights: at('weights.npy') };
const json = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
async function trained(name: string, job: object) {
  writeFileSync(at(`${name}.json`), JSON.stringify(job));
  return await gnvpro(t, 'train', at(`${name}.json`), '--out', at(name), '--format', 'text');
}
const samplesOf = (part: keyof typeof parts) => {
  const range = parts[part];
  return { inputs: inputs.slice(...range), targets: targets.slice(...range), sampleWeights: weights.slice(...range) };
};

t.test('the figures of a split are weighed', async (t) => {
  const { code, stderr } = await trained('split', { ...whole, split: parts });
  t.equal(code, 0, stderr);
  const { metrics } = json(at('split/report.json'));
  const model = await Model.load(at('split/model.gnvpro'));
  for (const part of ['training', 'validation', 'test'] as const) {
    const { sampleWeights, ...samples } = samplesOf(part);
    const expected = model.evaluateSync(samples.inputs, samples.targets, { sampleWeights });
    t.strictSame(metrics[part], JSON.parse(JSON.stringify(expected)), part);
    t.equal(
      expected.samples,
      sampleWeights.reduce((a, b) => a + b),
    );
    t.ok(expected.rmse < 1, 'without what has weight 0');
  }
});

t.test('parts of their own bring their own weights', async (t) => {
  const own = (part: string) => ({
    inputs: at(`${part}-inputs.npy`),
    targets: at(`${part}-targets.npy`),
    sampleWeights: `${part}-weights.npy`, // relative to the job
  });
  const { code, stderr } = await trained('own', {
    ...common,
    ...own('training'),
    validation: own('validation'),
    test: own('test'),
  });
  t.equal(code, 0, stderr);
  const [mine, other] = ['own', 'split'].map((name) => json(at(name, 'report.json')));
  t.strictSame(mine.metrics, other.metrics);
  t.strictSame((await Model.load(at('own/model.gnvpro'))).theta, (await Model.load(at('split/model.gnvpro'))).theta);
  t.equal(mine.job.test.sampleWeights, at('test-weights.npy'));
});

t.test('a page of weighed figures finds its data unchanged', async (t) => {
  for (const name of ['split', 'own']) {
    const { code, stderr } = await gnvpro(t, 'report', at(name));
    t.equal(code, 0, stderr);
    const text = readFileSync(at(name, 'report.html'), 'utf8');
    t.match(text, /Predicted against true: test samples/);
    t.notMatch(text, /have changed/);
  }
});

t.test('classes: one of weight 0 only is none', async (t) => {
  const targets = { file: at('names.csv'), header: true };
  const { code, stderr, stdout } = await trained('classes', { ...whole, targets, loss: 'crossEntropy', split: parts });
  t.equal(code, 0, stderr);
  t.match(stdout, /right +\d/);
  t.strictSame((await Model.load<AnyMetrics>(at('classes/model.gnvpro'))).classes, ['left', 'right']);
  const page = await gnvpro(t, 'report', at('classes'));
  t.equal(page.code, 0, page.stderr);
});

t.test('evaluate', async (t) => {
  const files = ['--inputs', at('test-inputs.npy'), '--targets', at('test-targets.npy')];
  const evaluate = (...more: string[]) =>
    gnvpro(t, 'evaluate', at('split/model.gnvpro'), ...files, '--format', 'json', ...more);
  const { code, stdout, stderr } = await evaluate('--sampleWeights', at('test-weights.npy'));
  t.equal(code, 0, stderr);
  t.strictSame(JSON.parse(stdout), json(at('split/report.json')).metrics.test);
  const wrong = await evaluate('--sampleWeights', at('weights.npy'));
  t.equal(wrong.code, 1);
  t.match(wrong.stderr, /one column of 20 sampleWeights.*has 90 × 1/);
});

t.test('a part without weight is refused before the training', async (t) => {
  await writeMatrix(at('nothing.npy'), column(weights.map((weight, n) => (n >= 70 ? 0 : weight))));
  const { code, stderr } = await trained('nothing', { ...whole, sampleWeights: at('nothing.npy'), split: parts });
  t.equal(code, 1);
  t.match(stderr, /a weight above 0 for sampleWeights of test/);
});
