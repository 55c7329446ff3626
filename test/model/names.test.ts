/** @file The names of columns in a model, and in its file. */
import { join } from 'node:path';
import t from 'tap';
import { dense, Model, readMatrix, train, writeMatrix } from '../../lib/index.js';
import { forged } from '../support/modelFiles.js';

const inputs = [
  [0.1, 1],
  [0.9, 2],
  [0.2, 3],
  [0.8, 5],
];
const targets = inputs.map(([x, y]) => [x * y]);
const problem = { network: dense(2), inputs, targets, stop: { iterations: 2 } };
const names = { inputs: ['width', 'height'], targets: ['area'] };
const { model } = await train({ ...problem, names });

t.test('kept in memory, on file, and when going on', async (t) => {
  t.strictSame(model.names, names);
  t.strictSame(Model.fromBytes(model.toBytes()).names, names);
  t.match(String(model), / {2}inputs {3}width, height\n {2}targets {2}area\n/);
  (model.names.inputs as string[])[0] = 'changed';
  t.strictSame(model.names, names, 'a copy');
  const more = await train({ initial: model, inputs, targets, stop: { iterations: 1 } });
  t.strictSame(more.model.names, names);
  const other = { initial: model, inputs, targets, names: { targets: ['m²'] }, stop: { iterations: 1 } };
  t.strictSame((await train(other)).model.names, { inputs: names.inputs, targets: ['m²'] }, 'given ones win');
  const several = await train({ ...problem, names, starts: 2 });
  t.strictSame(several.model.names, names, 'of several starts');
});

t.test('columns of a file are chosen by them', async (t) => {
  const file = join(t.testdir(), 'a.csv');
  await writeMatrix(file, [[2, 0.5]], { header: ['height', 'width'] });
  const { data } = await readMatrix({ file, columns: model.names.inputs as string[] });
  t.strictSame(data, Float64Array.of(0.5, 2));
});

t.test('a model without', async (t) => {
  const { model } = await train(problem);
  t.strictSame(model.names, { inputs: null, targets: null });
  t.notMatch(String(model), /^ {2}(inputs|targets) /m);
  const old = forged(model.toBytes(), [['names', undefined]]);
  t.strictSame(Model.fromBytes(old).names, { inputs: null, targets: null }, 'as older files are');
});

t.test('labels have one name, or one a class', async (t) => {
  const classifier = { ...problem, targets: ['a', 'b', 'c', 'a'], loss: 'crossEntropy' } as const;
  for (const given of [['kind'], ['a', 'b', 'c']]) {
    const { model } = await train({ ...classifier, names: { targets: given } });
    t.strictSame(Model.fromBytes(model.toBytes()).names, { inputs: null, targets: given });
  }
  const two = { ...classifier, names: { targets: ['a', 'b'] } };
  await t.rejects(train(two), { code: 'ERR_OPTION', message: /Expected 3 names, one a column, for names\.targets/ });
});

t.test('what is refused', async (t) => {
  const wrong = [
    { inputs: ['a'] },
    { inputs: ['a', 7] },
    { inputs: 'ab' },
    { targets: ['a', 'b'] },
    { input: ['a', 'b'] },
    7,
  ];
  for (const given of wrong) {
    await t.rejects(train({ ...problem, names: given as never }), { code: 'ERR_OPTION', message: /names/ });
  }
  for (const given of [7, { inputs: ['a'] }, { inputs: 'ab', targets: null }, { inputs: [1, 2], targets: null }]) {
    const damaged = forged(model.toBytes(), [['names', given]]);
    t.throws(() => Model.fromBytes(damaged), { code: 'ERR_MODEL_FILE', message: /names/ }, JSON.stringify(given));
  }
});
