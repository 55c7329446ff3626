/** @file `gnvpro predict --uncertainty`: its columns, their names, and what has none. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Ensemble, Model, Random, readMatrix } from '../../lib/index.js';
import { gnvpro } from '../support/cli.js';
import { randomModel, randomParts, withPosteriorOfW } from '../support/models.js';

const folder = t.testdir();
const at = (name: string) => join(folder, name);
const random = new Random(3);
const rows = Array.from({ length: 60 }, () => {
  const [a, b] = [random.uniform(-1, 1), random.uniform(-1, 1)];
  return [a, b, Math.sin(2 * a) + b * b + random.normal(0, 0.1), a - 2 * b + random.normal(0, 0.1)];
});
const data = at('data.csv');
writeFileSync(data, `a,b,y,z\n${rows.map((row) => row.join()).join('\n')}\n`);

const trained = await gnvpro(
  t,
  ...['train', '--out', at('result'), '--network', '{"type":"dense","units":3,"activation":"tanh"}'],
  ...['--regularization', '"evidence"', '--format', 'none'],
  ...['--inputs', data, '--inputs.columns', 'a,b', '--targets', data, '--targets.columns', 'y,z'],
);
if (trained.code !== 0) throw new Error(trained.stderr);
const path = at('result/model.gnvpro');
const model = await Model.load(path);
const predict = (model: string, out: string, ...more: string[]) =>
  gnvpro(t, 'predict', model, data, '--columns', '0,1', '--out', at(out), '--uncertainty', ...more);

t.test('means, standard deviations of the model, and those with the noise', async (t) => {
  const told = await predict(path, 'p.csv');
  t.equal(told.code, 0, told.stderr);
  const [header] = readFileSync(at('p.csv'), 'utf8').split('\n');
  const names = 'y,z,y standard deviation,z standard deviation,y total standard deviation,z total standard deviation';
  t.equal(header, names);
  const { mean, standardDeviation, noise } = await model.predict(
    rows.map(([a, b]) => [a, b]),
    { uncertainty: true },
  );
  const total = standardDeviation.data.map((sigma, i) => Math.hypot(sigma, noise[i % 2]));
  const expected = rows.flatMap((_, n) =>
    [mean.data, standardDeviation.data, total].flatMap((part) => [...part.subarray(2 * n, 2 * n + 2)]),
  );
  const { data, shape } = await readMatrix(at('p.csv'));
  t.strictSame([[...data], shape], [expected, [60, 6]]);
  t.equal((await predict(path, 'p.npy')).code, 0);
  t.strictSame([...(await readMatrix(at('p.npy'))).data], expected);
});

t.test('of a classifier: logits, which have no noise', async (t) => {
  const parts = { ...randomParts({ inputs: 2 }), loss: 'crossEntropy', classes: ['a', 'b', 'c'] };
  const classifier = new Model(withPosteriorOfW(parts, [1, 15]));
  await classifier.save(at('classes.gnvpro'));
  t.equal((await predict(at('classes.gnvpro'), 'c.csv')).code, 0);
  const [header, first] = readFileSync(at('c.csv'), 'utf8').split('\n');
  t.equal(header, 'a,b,c,a standard deviation,b standard deviation,c standard deviation');
  const { mean, standardDeviation } = await classifier.predict([rows[0].slice(0, 2)], { uncertainty: true });
  t.strictSame(first.split(',').map(Number), [...mean.data, ...standardDeviation.data]);
});

t.test('what cannot be', async (t) => {
  writeFileSync(at('plain.gnvpro'), model.toBytes({ posterior: false }));
  const plain = await predict(at('plain.gnvpro'), 'q.csv');
  t.equal(plain.code, 1);
  t.match(plain.stderr, /with a posterior, for its uncertainty/);
  const ensemble = new Ensemble([1, 2].map((seed) => randomModel({ seed, inputs: 2 })));
  await ensemble.save(at('ensemble.gnvpro'));
  t.match((await predict(at('ensemble.gnvpro'), 'q.csv')).stderr, /Expected a single model for --uncertainty/);
  t.match((await predict(path, 'q.csv', '--classes')).stderr, /cannot be used with/);
});

t.test('told of the model', async (t) => {
  const { stdout } = await gnvpro(t, 'info', path, '--format', 'text');
  t.match(stdout, / {2}noise {4}[\d.]+, [\d.]+ by output in scaled targets; with the posterior/);
});
