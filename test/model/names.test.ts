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

t.test('objects: by name, whatever the order or what else they have', async (t) => {
  const expected = model.predictSync(inputs).data;
  const objects = inputs.map(([width, height], n) => ({ id: `no ${n}`, height, width }));
  t.strictSame((await model.predict(objects)).data, expected);
  const mixed = objects.map(({ id, height, width }, n) => (n % 2 === 0 ? { width, height } : { height, id, width }));
  t.strictSame(model.predictSync(mixed).data, expected, 'each in an order of its own');
  t.strictSame(model.predictSync({ height: 2, width: 0.9 }).data, expected.slice(1, 2), 'one alone');
  t.strictSame(model.jacobianSync(objects).data, model.jacobianSync(inputs).data);
  const truth = targets.map(([area]) => ({ area }));
  t.strictSame(await model.evaluate(objects, truth), await model.evaluate(inputs, targets));
  t.strictSame(model.evaluateSync(objects, truth), model.evaluateSync(inputs, targets));
  class Row {
    readonly width = 0.9;
    get height() {
      return 2;
    }
  }
  t.throws(() => model.predictSync(new Row() as never), { code: 'ERR_COLUMNS' }, 'own properties alone');
});

t.test('objects: what is missing, and what is there', async (t) => {
  const refused = (value: unknown, code: string, message: RegExp) =>
    t.rejects(model.predict(value as never), { code, message });
  await refused(
    { width: 1 },
    'ERR_COLUMNS',
    /^Expected the columns "width", "height", as in the training, in row 0 of inputs, but it lacks "height" \(it reads width\)\.$/,
  );
  await refused(
    [
      { width: 1, height: 2 },
      { wide: 1, high: 2 },
    ],
    'ERR_COLUMNS',
    /row 1 of inputs, but it lacks "width", "height" \(it reads wide, high\)/,
  );
  await refused(
    [{ width: 1, height: '2' }],
    'ERR_OPTION',
    /Expected a number for "height" in row 0 of inputs but received "2"/,
  );
  await refused([{ width: 1, height: Number.NaN }], 'ERR_NONFINITE', /row 0, column 1/);
  await refused(
    [{ width: 1, height: 2 }, [1, 2]],
    'ERR_OPTION',
    /Expected an object, as row 0 is, for row 1 of inputs/,
  );
  await refused([[1, 2], { width: 1, height: 2 }], 'ERR_OPTION', /row 1 of inputs/);
  t.throws(() => model.evaluateSync(inputs, [{ volume: 1 }]), {
    code: 'ERR_COLUMNS',
    message: /row 0 of targets.*lacks "area" \(it reads volume\)/,
  });
  const { model: nameless } = await train(problem);
  t.throws(() => nameless.predictSync([{ width: 1, height: 2 }]), {
    code: 'ERR_COLUMNS',
    message: /does not know the names .* Train it with names/,
  });
});

t.test('units: in square brackets, the same where both sides have one', async (t) => {
  const measured = { inputs: ['width [m]', 'height [m]'], targets: ['area [m²]'] };
  const { model } = await train({ ...problem, names: measured });
  t.strictSame(Model.fromBytes(model.toBytes()).names, measured);
  t.match(String(model), / {2}inputs {3}width \[m\], height \[m\]\n {2}targets {2}area \[m²\]\n/);
  const expected = model.predictSync([[0.9, 2]]).data;
  for (const row of [
    { height: 2, width: 0.9 },
    { 'height [m]': 2, 'width [m]': 0.9 },
  ])
    t.strictSame(model.predictSync(row).data, expected);
  t.throws(() => model.predictSync({ height: 2, 'width [cm]': 90 }), {
    code: 'ERR_COLUMNS',
    message: /lacks "width \[m\]" \(it reads height, width \[cm\]\)/,
  });
  const both = { height: 2, width: 0.9, 'width [m]': 0.8 };
  t.strictSame(model.predictSync(both).data, model.predictSync([[0.8, 2]]).data, 'the very name wins');
  const { model: unitless } = await train({ ...problem, names });
  t.strictSame(unitless.predictSync({ 'height [m]': 2, 'width [m]': 0.9 }).data, expected);
  t.throws(() => unitless.predictSync({ height: 2, 'width [m]': 0.9, 'width [cm]': 90 }), {
    code: 'ERR_COLUMNS',
    message: /has several of a name/,
  });
  const file = join(t.testdir(), 'a.csv');
  await writeMatrix(file, [[2, 0.9]], { header: ['height', 'width'] });
  const { data } = await readMatrix({ file, columns: measured.inputs });
  t.strictSame(data, Float64Array.of(0.9, 2));
});

t.test('objects of a classifier: the label by the name of its column, or a share a class', async (t) => {
  const labels = ['a', 'b', 'c', 'a'];
  const classifier = { ...problem, targets: labels, loss: 'crossEntropy' } as const;
  const expected = (of: { accuracy: number }) => of.accuracy;
  const { model } = await train({ ...classifier, names: { targets: ['kind'] } });
  const right = model.evaluateSync(inputs, labels);
  t.strictSame(
    model.evaluateSync(
      inputs,
      labels.map((kind) => ({ kind })),
    ),
    right,
  );
  const { model: other } = await train({ ...classifier, names: { targets: ['a', 'b', 'c'] } });
  const shares = labels.map((label) => ({
    c: Number(label === 'c'),
    b: Number(label === 'b'),
    a: Number(label === 'a'),
  }));
  t.equal(expected(other.evaluateSync(inputs, shares)), expected(other.evaluateSync(inputs, labels)));
});
