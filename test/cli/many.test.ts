/** @file `gnvpro cross-validate`, `ensemble` and `search`: the same numbers as the functions, in files. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { crossValidate, dense, Ensemble, Model, readMatrix, search } from '../../lib/index.js';
import { gnvpro } from '../support/cli.js';
import { smooth } from '../train/problem.js';

const { inputs, targets } = smooth(40, 1, 0.05);
const network = dense(3, { activation: 'tanh' });
const common = { network, stop: { iterations: 4 } };

t.test('a job serves all of them', async (t) => {
  const folder = t.testdir();
  const path = (...names: string[]) => join(folder, ...names);
  const rows = inputs.map((x, n) => [...x, ...targets[n], `g${n % 8}`].join(','));
  writeFileSync(path('data.csv'), `a,b,c,y,z,group\n${rows.join('\n')}\n`);
  const space = { regularization: [{ theta: 1e-6 }, { theta: 1e-2 }] };
  const job = {
    ...common,
    inputs: { file: 'data.csv', columns: ['a', 'b', 'c'] },
    targets: { file: 'data.csv', columns: ['y', 'z'] },
    crossValidate: { folds: 4, groups: { file: 'data.csv', columns: ['group'] } },
    ensemble: { members: 2 },
    search: { space },
  };
  writeFileSync(path('job.json'), JSON.stringify(job));
  const run = (...args: string[]) => gnvpro(t, args[0], path('job.json'), '--out', path(args[0]), ...args.slice(1));
  const read = (...names: string[]) => JSON.parse(readFileSync(path(...names), 'utf8'));

  const crossed = await run('cross-validate', '--format', 'text');
  t.match(crossed, { code: 0, stdout: /mean over folds {2}standard error\n.*\nmean .*\nlinear regression/s });
  const groups = inputs.map((_, n) => `g${n % 8}`);
  const expected = await crossValidate({ ...common, inputs, targets }, { folds: 4, groups });
  t.match(read('cross-validate', 'cross-validate.json'), { metric: expected.metric, metrics: expected.metrics });
  const [header, ...lines] = readFileSync(path('cross-validate', 'predictions.csv'), 'utf8').trimEnd().split('\n');
  t.equal(header, 'fold,y,z');
  const numbers = lines.map((line) => line.split(',').map(Number));
  t.same(
    numbers.map(([fold]) => fold),
    [...expected.foldOf],
  );
  t.same(
    numbers.flatMap(([, ...said]) => said),
    [...expected.predictions.data],
  );

  t.match(await run('ensemble', '--format', 'json'), {
    code: 0,
    stdout: /"event":"progress","done":2.*"event":"done"/s,
  });
  const file = path('ensemble', 'ensemble.gnvpro');
  const { mean, deviation } = await (await Ensemble.load(file)).predict(inputs);
  t.match(await gnvpro(t, 'predict', file, path('data.csv'), '--out', path('p.csv')), { code: 0 });
  t.match(readFileSync(path('p.csv'), 'utf8'), /^y,z,y deviation,z deviation\n/);
  const said = await readMatrix(path('p.csv'));
  const first = [...mean.data.subarray(0, 2), ...deviation.data.subarray(0, 2)];
  t.same([...said.data.subarray(0, 4)], first, 'means, then deviations');
  const columns = ['--inputs.columns', 'a,b,c', '--targets', path('data.csv'), '--targets.columns', 'y,z'];
  const judged = await gnvpro(t, 'evaluate', file, '--inputs', path('data.csv'), ...columns, '--format', 'json');
  t.same(JSON.parse(judged.stdout).rmse, (await (await Ensemble.load(file)).evaluate(inputs, targets)).rmse);

  t.match(await run('search'), { code: 1, stderr: /Expected validation data with search/ });
  t.match(await run('search', '--validation', '0.3', '--format', 'text'), {
    code: 0,
    stdout: /"theta":0.01.*finished/,
  });
  const { best } = await search({ ...common, inputs, targets, validation: 0.3 }, space);
  t.same((await Model.load(path('search', 'model.gnvpro'))).theta, best.model.theta);
  t.same(read('search', 'search.json').trials[read('search', 'search.json').best].options, best.options);
});

t.test('mistakes', async (t) => {
  const folder = t.testdir({ 'data.csv': 'a,y\n1,2\n3,4\n5,6\n', 'job.json': '' });
  const job = { network, inputs: { file: 'data.csv', columns: ['a'] }, targets: { file: 'data.csv', columns: ['y'] } };
  writeFileSync(join(folder, 'job.json'), JSON.stringify({ ...job, validation: 0.4 }));
  const refused = async (message: RegExp, ...args: string[]) => {
    const [name, ...more] = args;
    const told = await gnvpro(t, name, join(folder, 'job.json'), '--out', join(folder, 'out'), ...more);
    t.match(told, { code: 1, stderr: message });
  };
  await refused(/integer between 2 and 3 for folds but received 5/, 'cross-validate');
  await refused(/Expected search.space in the job/, 'search');
  await refused(
    /Unknown key "netwrk" of search.space. Did you mean "network"/,
    'search',
    '--search.space',
    '{"netwrk":[]}',
  );
  await refused(
    /Expected one of "seeds", "bootstrap", "folds" for ensemble.from/,
    'ensemble',
    '--ensemble.from',
    'bagging',
  );
  await refused(
    /Expected no split with crossValidate.groups/,
    'cross-validate',
    '--crossValidate.groups',
    join(folder, 'data.csv'),
    '--split',
    '{"test":0.3}',
  );
});
