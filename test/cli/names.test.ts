/** @file Columns by the names of the training: in predict, evaluate, validation and test files, and when going on. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Model, Random, readMatrix, writeMatrix } from '../../lib/index.js';
import { gnvpro } from '../support/cli.js';

const folder = t.testdir();
const at = (name: string) => join(folder, name);

const random = new Random(3);
const rows = Array.from({ length: 60 }, () => {
  const [a, b] = [random.uniform(-1, 1), random.uniform(-1, 1)];
  return { a, b, y: Math.sin(2 * a) + b * b, z: a - 2 * b, kind: a > b ? 'upper' : 'lower' };
});
type Name = keyof (typeof rows)[0];

/** The rows with these columns in this order, below their names or others; null for none. */
function file(name: string, columns: readonly Name[], header: readonly string[] | null = columns): string {
  const lines = [
    ...(header === null ? [] : [header.join(',')]),
    ...rows.map((row) => columns.map((c) => row[c]).join()),
  ];
  writeFileSync(at(name), `${lines.join('\n')}\n`);
  return at(name);
}

const all = file('all.csv', ['a', 'b', 'y', 'z', 'kind']);
const network = '{"type":"dense","units":4,"activation":"tanh"}';
const stop = ['--stop.iterations', '5', '--format', 'none'];

async function train(out: string, ...more: string[]) {
  const told = await gnvpro(t, 'train', '--out', at(out), '--network', network, ...stop, ...more);
  return { ...told, model: at(`${out}/model.gnvpro`) };
}

const { model, code, stderr } = await train(
  'model',
  ...['--inputs', all, '--inputs.columns', 'a,b', '--targets', all, '--targets.columns', 'y,z'],
);
if (code !== 0) throw new Error(stderr);
const expected = (await (await Model.load(model)).predict(rows.map(({ a, b }) => [a, b]))).data;

async function predicted(t: Test, inputs: string, ...more: string[]) {
  const told = await gnvpro(t, 'predict', model, inputs, '--out', at('p.npy'), ...more);
  return told.code === 0 ? (await readMatrix(at('p.npy'))).data : told.stderr;
}

t.test('the model keeps the names, and tells them', async (t) => {
  t.strictSame((await Model.load(model)).names, { inputs: ['a', 'b'], targets: ['y', 'z'] });
  t.match((await gnvpro(t, 'info', model, '--format', 'text')).stdout, / {2}inputs {3}a, b\n {2}targets {2}y, z\n/);
  t.strictSame(JSON.parse((await gnvpro(t, 'info', model, '--format', 'json')).stdout).names.inputs, ['a', 'b']);
});

t.test('predict: by name in any order and beside others, by position without a header', async (t) => {
  t.strictSame(await predicted(t, file('swapped.csv', ['b', 'a'])), expected);
  t.strictSame(await predicted(t, all), expected, 'more columns than the model takes, one of them of text');
  t.strictSame(await predicted(t, file('spaced.csv', ['b', 'a'], ['b', ' a '])), expected);
  t.strictSame(await predicted(t, file('plain.csv', ['a', 'b'], null)), expected);
  const swapped = await predicted(t, at('swapped.csv'), '--columns', '0,1');
  t.strictSame(swapped, await predicted(t, at('swapped.csv'), '--columns', 'b,a'), 'a choice wins');
  t.notSame(swapped, expected);
});

t.test('predict: what the header lacks is named', async (t) => {
  const lacks =
    /Expected the columns "a", "b", as in the training, in the header of .* but it lacks "b" \(it reads a, B\)/;
  t.match(await predicted(t, file('other.csv', ['a', 'b'], ['a', 'B'])), lacks);
  t.match(await predicted(t, file('none.csv', ['a', 'b'], ['u', 'v'])), /lacks "a", "b" .* Choose columns by/);
  t.strictSame(await predicted(t, at('none.csv'), '--columns', '0:2'), expected, 'which helps');
  t.match(await predicted(t, file('twice.csv', ['a', 'b', 'b'], ['a', 'b', 'b'])), /has several of a name/);
});

t.test(
  'predictions have a header, by which they are read again; those of a model without names have none',
  async (t) => {
    const csv = async (model: string, inputs: string) => {
      const told = await gnvpro(t, 'predict', model, inputs, '--out', at('p.csv'));
      t.equal(told.code, 0, told.stderr);
      return readFileSync(at('p.csv'), 'utf8').split('\n');
    };
    const [header, first, ...others] = await csv(model, all);
    t.strictSame(
      [header, first.split(',').map(Number), others.length],
      ['y,z', [...expected.slice(0, 2)], rows.length],
    );
    const own = await gnvpro(t, 'evaluate', model, '--inputs', all, '--targets', at('p.csv'), '--format', 'json');
    t.equal(JSON.parse(own.stdout).rmse, 0);
    const nameless = await train(
      'nameless',
      '--inputs',
      file('i.csv', ['a', 'b'], null),
      '--targets',
      file('t.csv', ['y'], null),
    );
    t.equal((await csv(nameless.model, at('i.csv'))).length, rows.length + 1);
  },
);

t.test('units in headers: stored, told, in the header of predictions, and never mistaken', async (t) => {
  const lab = file('lab.csv', ['a', 'b', 'y'], ['temperature [K]', 'pressure [bar]', 'yield [%]']);
  const files = [
    '--inputs',
    lab,
    '--inputs.columns',
    'temperature,pressure',
    '--targets',
    lab,
    '--targets.columns',
    'yield',
  ];
  const { model, code, stderr } = await train('lab', ...files);
  t.equal(code, 0, stderr);
  const known = { inputs: ['temperature [K]', 'pressure [bar]'], targets: ['yield [%]'] };
  t.strictSame((await Model.load(model)).names, known);
  t.match(
    (await gnvpro(t, 'info', model, '--format', 'text')).stdout,
    /inputs {3}temperature \[K\], pressure \[bar\]\n/,
  );
  const predict = (inputs: string) => gnvpro(t, 'predict', model, inputs, '--out', at('p.csv'));
  await predict(file('swap.csv', ['b', 'a'], ['pressure', 'temperature [K]']));
  const [header, first] = readFileSync(at('p.csv'), 'utf8').split('\n');
  const [{ a, b }] = rows;
  t.strictSame([header, Number(first)], ['yield [%]', (await Model.load(model)).predictSync([[a, b]]).data[0]]);
  const celsius = await predict(file('celsius.csv', ['b', 'a'], ['pressure', 'temperature [°C]']));
  t.match([celsius.code, celsius.stderr], [1, /lacks "temperature \[K\]" \(it reads pressure, temperature \[°C\]\)/]);
  const given = await train(
    'given',
    '--inputs',
    all,
    '--names.inputs',
    'a [K],b',
    '--targets',
    all,
    '--targets.columns',
    'y',
  );
  t.equal(given.code, 0, given.stderr);
  t.strictSame((await Model.load(given.model)).names, { inputs: ['a [K]', 'b'], targets: ['y'] }, 'given by the job');
});

t.test('evaluate: inputs and targets by name, also of one file', async (t) => {
  const evaluated = async (inputs: string, targets: string) => {
    const told = await gnvpro(t, 'evaluate', model, '--inputs', inputs, '--targets', targets, '--format', 'json');
    return told.code === 0 ? JSON.parse(told.stdout) : told.stderr;
  };
  const { rmse } = JSON.parse(readFileSync(at('model/report.json'), 'utf8')).metrics.training;
  t.equal((await evaluated(all, all)).rmse, rmse);
  t.equal((await evaluated(file('ba.csv', ['b', 'a']), file('zy.csv', ['z', 'y']))).rmse, rmse);
  t.equal((await evaluated(all, file('yz.csv', ['y', 'z'], null))).rmse, rmse, 'without a header as before');
  t.match(await evaluated(all, file('y.csv', ['y'])), /the columns "y", "z", .* it lacks "z" \(it reads y\)/);
});

t.test('validation and test files are matched with the training', async (t) => {
  const part = (name: string) => [
    '--inputs',
    name,
    '--inputs.columns',
    'a,b',
    '--targets',
    name,
    '--targets.columns',
    'y',
  ];
  const parts = (name: string) =>
    ['validation', 'test'].flatMap((of) => [`--${of}.inputs`, name, `--${of}.targets`, name]);
  const out = await train('parts', ...part(all), ...parts(file('back.csv', ['y', 'b', 'a'])));
  t.equal(out.code, 0, out.stderr);
  const { metrics } = JSON.parse(readFileSync(at('parts/report.json'), 'utf8'));
  t.strictSame([metrics.validation, metrics.test], [metrics.training, metrics.training], 'the same samples');
  const wrong = await train('wrong', ...part(all), ...parts(file('lacks.csv', ['y', 'a'])));
  t.match([wrong.code, wrong.stderr], [1, /in the header of .*lacks\.csv, but it lacks "b"/]);
});

t.test('going on from a model, and the page about it', async (t) => {
  const swapped = file('more.csv', ['b', 'a', 'z', 'y']);
  const more = ['--out', at('more'), '--initial', model, '--inputs', swapped, '--targets', swapped, ...stop];
  const told = await gnvpro(t, 'train', ...more, '--stop.iterations', '1');
  t.equal(told.code, 0, told.stderr);
  t.strictSame((await Model.load(at('more/model.gnvpro'))).names, { inputs: ['a', 'b'], targets: ['y', 'z'] });
  const before = JSON.parse(readFileSync(at('model/report.json'), 'utf8')).metrics.training.rmse;
  const after = JSON.parse(readFileSync(at('more/report.json'), 'utf8')).metrics.training.rmse;
  t.ok(after <= before * (1 + 1e-6), 'its weights fit the columns');
  const page = await gnvpro(t, 'report', at('more'));
  t.match(page, { code: 0, stderr: '' }, 'which finds the same data again');
});

t.test('a classifier: the column of labels by its name, shares by those of the classes', async (t) => {
  const labelled = ['--inputs', all, '--inputs.columns', 'b,a', '--targets', all, '--targets.columns', 'kind'];
  const { model, code, stderr } = await train('kinds', ...labelled, '--loss', 'crossEntropy');
  t.equal(code, 0, stderr);
  const loaded = await Model.load(model);
  t.strictSame(loaded.names, { inputs: ['b', 'a'], targets: ['kind'] });
  const told = await gnvpro(t, 'evaluate', model, '--inputs', all, '--targets', all, '--format', 'json');
  const { accuracy } = (await loaded.evaluate(
    rows.map(({ a, b }) => [b, a]),
    rows.map(({ kind }) => kind),
  )) as never;
  t.equal(JSON.parse(told.stdout).accuracy, accuracy);
  const shares = rows.map(({ kind }) => [Number(kind === 'upper'), Number(kind === 'lower')]);
  await writeMatrix(at('shares.csv'), shares, { header: ['upper', 'lower'] });
  const others = await gnvpro(t, 'evaluate', model, '--inputs', all, '--targets', at('shares.csv'), '--format', 'json');
  t.equal(JSON.parse(others.stdout).accuracy, accuracy, 'their order in the file does not matter');
  await gnvpro(t, 'predict', model, all, '--out', at('back.csv'), '--classes');
  const own = await gnvpro(t, 'evaluate', model, '--inputs', all, '--targets', at('back.csv'));
  t.match([own.code, own.stderr], [1, /the columns "kind", .* lacks "kind" \(it reads class\)/]);
});

t.test('names of a job: given to columns without, and chosen by where there is a header', async (t) => {
  const targets = ['--targets', file('y.npy.csv', ['y'], null), '--names.inputs', 'a,b', '--names.targets', 'y'];
  const plain = await train('plain', '--inputs', file('ab.csv', ['a', 'b'], null), ...targets);
  t.equal(plain.code, 0, plain.stderr);
  t.strictSame((await Model.load(plain.model)).names, { inputs: ['a', 'b'], targets: ['y'] });
  const chosen = await train('chosen', '--inputs', all, ...targets);
  t.strictSame((await Model.load(chosen.model)).theta, (await Model.load(plain.model)).theta);
  const wrong = await train('wrong', '--inputs', all, ...targets, '--names.inputs', 'a,c');
  t.match([wrong.code, wrong.stderr], [1, /the columns "a", "c", .* lacks "c"/]);
  const three = await train('three', '--inputs', at('ab.csv'), ...targets, '--names.inputs', 'a,b,c');
  t.match([three.code, three.stderr], [1, /Expected 2 names, one a column, for names\.inputs/]);
});

t.test('inputs that take the targets along are refused', async (t) => {
  const told = await train('leak', '--inputs', all, '--targets', all, '--targets.columns', 'y');
  t.match([told.code, told.stderr], [1, /Expected columns for inputs, beside those of targets in .*all\.csv/]);
});

t.test('a first line of numbers that may be names is told', async (t) => {
  const years = file('years.csv', ['a', 'b', 'y'], ['2019', '2020', '2021']);
  const files = ['--inputs', years, '--inputs.columns', '0,1', '--targets', years, '--targets.columns', '2'];
  const told = await train('years', ...files);
  t.equal(told.code, 0);
  t.match(told.stderr, /^Line 1 of .*years\.csv, "2019, 2020, 2021", was taken as data\. Set header to true [^\n]*\n$/);
  const { stderr } = await train('years', ...files, '--inputs.header', 'true', '--targets.header', 'true');
  t.equal(stderr, '');
  t.strictSame((await Model.load(at('years/model.gnvpro'))).names.inputs, ['2019', '2020']);
  const alone = file('two.csv', ['b', 'a'], ['2020', '2019']);
  const known = await gnvpro(t, 'predict', at('years/model.gnvpro'), alone, '--out', at('p.npy'));
  t.match(known, { code: 0, stderr: /was taken as names\. Set header to false/ }, 'names that the model knows');
  t.strictSame((await readMatrix(at('p.npy'))).shape, [rows.length, 1]);
});
