/** @file Models on inputs in files, some rows at a time: what they say in memory, to the last bit. */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { npyBytes } from '../../lib/files/npy.js';
import { dense, Ensemble, fromFile, Random, readMatrix, train } from '../../lib/index.js';

const folder = t.testdir();
const [N, d] = [60_000, 9];
const random = new Random(4);
const inputs = { data: Float64Array.from({ length: N * d }, () => random.normal()), shape: [N, d] as const };
const sum = (n: number, from: number) => Math.tanh(inputs.data[n * d + from] + inputs.data[n * d + from + 1]);
const targets = { data: Float64Array.from({ length: N * 2 }, (_, i) => sum(i >> 1, i % 2)), shape: [N, 2] as const };
const labels = Int32Array.from({ length: N }, (_, n) => 3 + Number(sum(n, 0) > 0) + Number(sum(n, 1) > 0.5));
const weights = Float64Array.from({ length: N }, (_, n) => (n % 5 === 0 ? 0 : 1 + (n % 3)));

function file(name: string, data: Float64Array | Int32Array, shape: readonly number[]): string {
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([...npyBytes({ data, shape })]));
  return path;
}
const [X, T] = [file('x.npy', inputs.data, inputs.shape), file('t.npy', targets.data, targets.shape)];
const L = file('l.npy', labels, [N]);
const some = { inputs: { data: inputs.data.subarray(0, 300 * d), shape: [300, d] } };
const network = dense(6, { activation: 'tanh' });
const stop = { iterations: 4 };
const to = join(folder, 'y.npy');

t.test('numbers', async (t) => {
  const few = { data: targets.data.subarray(0, 600), shape: [300, 2] };
  const { model } = await train({ network, ...some, targets: few, stop });
  const expected = await model.predict(inputs);
  const file = await model.predict(fromFile(X), { to });
  t.strictSame([file.path, file.shape], [to, [N, 2]]);
  t.strictSame(await readMatrix(to), expected, 'in a file');
  t.strictSame(await model.predict(fromFile(X)), expected, 'in memory');
  const rows = { data: inputs.data.subarray(5 * d, 7 * d), shape: [2, d] };
  t.strictSame(await model.predict(fromFile(X, { rows: [5, 7] })), await model.predict(rows));
  for (const sampleWeights of [undefined, weights]) {
    const metrics = await model.evaluate(inputs, targets, { sampleWeights });
    t.strictSame(await model.evaluate(fromFile(X), fromFile(T), { sampleWeights }), metrics, 'metrics');
    t.strictSame(await model.evaluate(fromFile(X), targets, { sampleWeights }), metrics, 'targets in memory');
    t.strictSame(await model.evaluate(inputs, fromFile(T), { sampleWeights }), metrics, 'inputs in memory');
  }
  const pair = new Ensemble([model, model]);
  t.strictSame(await pair.evaluate(fromFile(X), fromFile(T)), await pair.evaluate(inputs, targets), 'an ensemble');
});

t.test('classes', async (t) => {
  const { model } = await train({ network, ...some, targets: labels.subarray(0, 300), stop, loss: 'crossEntropy' });
  const classes = await model.predictClasses(inputs);
  t.strictSame(await model.predictClasses(fromFile(X)), classes);
  await model.predictClasses(fromFile(X), { to });
  t.strictSame(
    (await readMatrix(to)).data,
    Float64Array.from(classes, (name) => [3, 4, 5].indexOf(name as number)),
  );
  await model.predictProbabilities(fromFile(X), { to });
  t.strictSame(await readMatrix(to), await model.predictProbabilities(inputs));
  const metrics = await model.evaluate(inputs, labels, { sampleWeights: weights });
  t.strictSame(await model.evaluate(fromFile(X), fromFile(L), { sampleWeights: weights }), metrics);
});

t.test('labels', async (t) => {
  const shares = (n: number) => Float64Array.from({ length: 2 * n }, (_, i) => Number(targets.data[i] > 0));
  const few = { data: shares(300), shape: [300, 2] };
  const { model } = await train({ network, ...some, targets: few, stop, loss: 'logistic' });
  const truth = file('s.npy', shares(N), [N, 2]);
  t.strictSame(
    await model.evaluate(fromFile(X), fromFile(truth)),
    await model.evaluate(inputs, await readMatrix(truth)),
  );
  await t.rejects(model.evaluate(fromFile(X), fromFile(T)), { code: 'ERR_LABEL', message: /a number from 0 to 1/ });
});

t.test('what is refused leaves nothing behind', async (t) => {
  const { model } = await train({ network, ...some, targets: labels.subarray(0, 300), stop });
  rmSync(to, { force: true });
  const narrow = fromFile(X, { columns: [[0, 3]] });
  await t.rejects(model.predict(narrow, { to }), { code: 'ERR_SHAPE', message: /N × 9 inputs, .* N × 3/ });
  await t.rejects(model.predict(fromFile(X), { to: join(folder, 'y.csv') }), {
    code: 'ERR_OPTION',
    message: /\.npy for to/,
  });
  await t.rejects(model.evaluate(fromFile(X), fromFile(T)), { code: 'ERR_SHAPE', message: /60000 × 1 targets/ });
  await t.rejects(model.jacobian(fromFile(X) as never), { code: 'ERR_OPTION', message: /read by readMatrix/ });
  const gone = fromFile(file('gone.npy', inputs.data, inputs.shape));
  const prediction = model.predict(gone, { to });
  rmSync(gone.path);
  await t.rejects(prediction, { code: 'ERR_DATA_FILE', message: /gone\.npy cannot be read/ });
  const aborted = model.predict(fromFile(X), { to, signal: AbortSignal.abort(new Error('enough')) });
  await t.rejects(aborted, { message: 'enough' });
  t.notOk(existsSync(to));
  t.strictSame(
    readdirSync(folder).filter((name) => name.endsWith('.tmp')),
    [],
  );
});
