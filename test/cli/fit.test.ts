/** @file `gnvpro fit`: any table in, a model with what it is worth out. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { fit, Model, Random } from '../../lib/index.js';
import { gnvpro } from '../support/cli.js';

const random = new Random(3);
const rows = Array.from({ length: 60 }, () => [random.uniform(-1, 1), random.uniform(10, 20)]);
const yieldOf = ([a, b]: number[]) => Math.sin(3 * a) + 0.1 * b;

/** A folder with a table, and what runs `gnvpro fit` on it. */
function tableOf(t: Test, text: string) {
  const folder = t.testdir({ 'data.csv': text });
  const path = (...names: string[]) => join(folder, ...names);
  const run = (...args: string[]) => gnvpro(t, 'fit', path('data.csv'), '--out', path('out'), ...args);
  const report = () => JSON.parse(readFileSync(path('out', 'report.json'), 'utf8'));
  return { path, run, report };
}

t.test('the files are whole, and of one fit', async (t) => {
  const lines = rows.map((row, n) => [...row, 7, n === 4 ? '?' : yieldOf(row)].join(','));
  const { path, run, report } = tableOf(t, `angle,heat [K],site,yield\n${lines.join('\n')}\n,12,7,3\n0.5,NA,7,1\n`);
  const told = await run('--targets', 'yield', '--format', 'text');
  t.match(told, {
    code: 0,
    stdout: /The network is worth it.*network +weights.*taken.*\(mean\).*Inputs that matter: angle/s,
  });
  t.match(told.stderr, /Left out, as they never change: site\.\n3 of 62 rows have a gap and were left out\./);
  const saved = report();
  t.match(saved, {
    kind: 'numbers',
    samples: 59,
    leftOut: 3,
    inputs: 2,
    stop: { status: 'done' },
    columns: { inputs: ['angle', 'heat [K]'] },
  });
  t.ok(saved.tried.some(({ name }: { name: string }) => name === saved.chosen));

  const kept = rows.filter((_, n) => n !== 4);
  const names = { inputs: ['angle', 'heat [K]'], targets: ['yield'] };
  const direct = await fit(kept, kept.map(yieldOf), { names });
  const model = await Model.load(path('out', 'model.gnvpro'));
  t.same([...model.W], [...direct.model.W], 'the model of the function');
  t.same(saved.expected, JSON.parse(JSON.stringify(direct.result.expected)));
  const page = readFileSync(path('out', 'report.html'), 'utf8');
  for (const part of [
    'Fit of yield',
    'When not to trust it',
    'Which inputs matter',
    'What was tried',
    '3 of 62 rows',
    'heat [K]',
  ]) {
    t.ok(page.includes(part), part);
  }
  t.notMatch(page, /<script/);
  t.match(await gnvpro(t, 'predict', path('out', 'model.gnvpro'), path('new.csv'), '--out', path('p.csv')), {
    code: 1,
  });
  writeFileSync(path('new.csv'), 'site,heat [K],angle\n1,15,0.2\n');
  t.match(await gnvpro(t, 'predict', path('out', 'model.gnvpro'), path('new.csv'), '--out', path('p.csv')), {
    code: 0,
  });
  const [name, value] = readFileSync(path('p.csv'), 'utf8').trim().split('\n');
  t.equal(name, 'yield');
  t.ok(Math.abs(Number(value) - yieldOf([0.2, 15])) < 0.1, 'by the names of the columns');
});

t.test('labels, columns that are chosen, JSON', async (t) => {
  const lines = rows.map(([a, b], n) => [`n${n}`, a, b, a > 0 ? 'up' : n === 7 ? '' : 'down'].join(';'));
  const { run, report } = tableOf(t, `id;a;b;way\n${lines.join('\n')}\n`);
  const options = ['--targets', 'way', '--delimiter', ';'];
  t.match(await run(...options), {
    code: 1,
    stderr: /the inputs but id of .* has "n0" in line 2\. Leave texts out \(--inputs a,b\)/,
  });
  const told = await run(...options, '--inputs', 'a', '--format', 'json', '--seed', '2');
  t.equal(told.code, 0);
  const events = told.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.match(events[0], { event: 'progress', name: 'linear model', step: 'search', done: 1 });
  t.match(events.at(-1), { event: 'done', kind: 'labels', classes: ['down', 'up'], inputs: 1 });
  const saved = report();
  t.same([saved.leftOut, saved.kind, saved.columns.targets], [rows[7][0] > 0 ? 0 : 1, 'labels', ['way']]);
  t.ok(saved.expected.error < 0.1);
});

t.test('several targets, without a header', async (t) => {
  const lines = rows.slice(0, 30).map(([a, b]) => [a, b, 2 * a, 2 * b - a].join(','));
  const { run, report, path } = tableOf(t, `${lines.join('\n')}\n`);
  const told = await run('--targets', '2,3', '--format', 'none');
  t.match(told, { code: 0, stdout: '' });
  t.match(told.stderr, /has no header: for gnvpro predict, choose the inputs with --columns 0,1\./);
  t.match(report(), { chosen: 'linear model', isLinearEnough: true, outputs: 2 });
  const page = readFileSync(path('out', 'report.html'), 'utf8');
  t.match(page, /A linear model is enough/);
  t.match(page, /Errors by output/);
});

t.test('mistakes', async (t) => {
  const { run, path } = tableOf(t, 'a,b,y\n1,2,3\n2,x,4\n3,4,5\n');
  const refused = async (message: RegExp, ...args: string[]) =>
    t.match(await run(...args), { code: 1, stderr: message });
  await refused(/required option '--targets <list>'/);
  await refused(/Expected a column of .*data\.csv \(a, b, y\) but received "z"/, '--targets', 'z');
  await refused(/b of .*data\.csv has "x" in line 3.*--inputs a\)/, '--targets', 'y');
  await refused(/inputs other than the targets but y is both/, '--targets', 'y', '--inputs', 'a,y');
  await refused(/Expected numbers in the targets, or one column of labels, but b/, '--targets', 'y,b');
  await refused(/Expected true or false/, '--targets', 'y', '--header', 'yes');
  await refused(/in line 3\. Make a column of 0 and 1/, '--targets', 'y', '--inputs', 'b');
  t.throws(() => readFileSync(path('out', 'model.gnvpro')), 'nothing was written');
  const wrong = tableOf(t, 'a;y\n1;2\n3;4\n');
  t.match(await wrong.run('--targets', 'y'), { code: 1, stderr: /Is ";" the delimiter\?/ });
  const small = tableOf(t, 'a,b,y\n1,2,3\n4,NA,6\n7,8,9\n');
  t.match(await small.run('--targets', 'y'), { code: 1, stderr: /at least 3 samples without a gap \(of 3 in all\)/ });
  const two = await small.run('--targets', 'y,b', '--as', 'labels');
  t.match(two, { code: 1, stderr: /one column of labels but received 2/ });
});
